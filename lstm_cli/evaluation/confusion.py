"""Labels beside predicted labels → counts, and what follows from counts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstm_cli.evaluation.outputs import Integers

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassScores:
    """One class against all others; 0.0 where a division has nothing to divide by.

    Attributes:
        name: the class'.
        precision: share of the reviews predicted to be of this class that are.
        recall: share of this class' reviews that are predicted to be.
        f1: the harmonic mean of the two.
        reviews: how many are of this class.
    """

    name: str
    precision: float
    recall: float
    f1: float
    reviews: int


def count_confusions(labels: Integers, predicted: Integers, *, classes: int) -> Counts:
    """Return `int64[classes, classes]`: rows are the true class, columns the predicted one.

    Args:
        labels: `int32[n]`, each in [0, classes).
        predicted: `int32[n]`, likewise.
        classes: how many there are.
    """
    # In int64: the product of 46,341 classes is beyond int32.
    places = labels.astype(np.int64) * classes + predicted
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


def score_classes(matrix: Counts, *, classes: Sequence[str]) -> tuple[ClassScores, ...]:
    """Return every class' scores.

    Args:
        matrix: `int64[k, k]` of `count_confusions`.
        classes: the k names.
    """
    hits, true, predicted = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    columns = (_divide(hits, predicted), _divide(hits, true), compute_f1(matrix), true)
    return tuple(
        ClassScores(name, *scores) for name, *scores in zip(classes, *map(np.ndarray.tolist, columns), strict=True)
    )


def compute_f1(matrix: Counts) -> Shares:
    """Return each class' F1, `float64[…, k]`, for `int64[…, k, k]`; 0 where it is neither met nor predicted."""
    hits = matrix.diagonal(axis1=-2, axis2=-1)
    return _divide(2 * hits, matrix.sum(axis=-1) + matrix.sum(axis=-2))


def compute_macro_f1(matrix: Counts) -> Shares:
    """Return `float64[…]`, the mean F1 of the classes, for `int64[…, k, k]`.

    As in `sklearn.metrics.f1_score` a class that no review is of and none is predicted to be of does not count.
    """
    met = matrix.sum(axis=-1) + matrix.sum(axis=-2) > 0
    return _divide(compute_f1(matrix).sum(axis=-1), met.sum(axis=-1))


def compute_weighted_f1(matrix: Counts) -> float:
    """Return the mean F1 of the classes, each as often as it has reviews, for `int64[k, k]` that are not all 0."""
    return float(np.average(compute_f1(matrix), weights=matrix.sum(axis=1)))


def compute_balanced_accuracy(matrix: Counts) -> float:
    """Return the mean recall of the classes that have reviews, for `int64[k, k]` that are not all 0."""
    totals = matrix.sum(axis=1)
    return float(_divide(matrix.diagonal(), totals)[totals > 0].mean())


def _divide(numerators: Counts | Shares, denominators: Counts) -> Shares:
    """Return the quotients; 0 where the denominator is 0, and the numerator with it."""
    return numerators / np.maximum(denominators, 1)
