"""Classes that are numbers, such as one to five stars: how far off a prediction is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstm_cli.evaluation.outputs import Integers


@dataclass(frozen=True, slots=True)
class RatingScores:
    """How far predicted ratings are from the true ones.

    Attributes:
        mean_absolute_error: the mean distance between the two numbers.
        within_one_step: share of the reviews whose rating, or the one next to it, is predicted.
    """

    mean_absolute_error: float
    within_one_step: float


def score_ratings(labels: Integers, predicted: Integers, *, classes: Sequence[str]) -> RatingScores | None:
    """Return how far off the predictions are; None where not all classes are numbers.

    Args:
        labels: `int32[n]`, indices into `classes`; n > 0.
        predicted: `int32[n]`, likewise.
        classes: the names, in any order: a step is from one number to the next greater.
    """
    numbers = [_parse_number(name) for name in classes]
    if None in numbers:
        return None
    ratings = np.array(numbers, dtype=np.float64)
    steps = np.unique(ratings, return_inverse=True)[1]
    return RatingScores(
        mean_absolute_error=float(np.abs(ratings[labels] - ratings[predicted]).mean()),
        within_one_step=float((np.abs(steps[labels] - steps[predicted]) <= 1).mean()),
    )


def _parse_number(name: str) -> float | None:
    try:
        number = float(name)
    except ValueError:
        return None
    # Python reads 1_000, "nan" and "inf" as numbers too; as names of classes they are words.
    return number if math.isfinite(number) and "_" not in name else None
