"""The errors that a model is surest of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstm_cli.evaluation.outputs import THRESHOLD, Floats, Integers, complete_probabilities, predict_labels


@dataclass(frozen=True, slots=True)
class Mistake:
    """A review whose class was predicted wrongly.

    Attributes:
        row: its place in the data set, counted from 0.
        text: what was read.
        label: the true class, as an index.
        prediction: the class predicted, as an index.
        probability: of the class predicted, as the model says.
    """

    row: int
    text: str
    label: int
    prediction: int
    probability: float


def find_mistakes(
    texts: Sequence[str], *, labels: Integers, probabilities: Floats, limit: int, threshold: float = THRESHOLD
) -> tuple[Mistake, ...]:
    """Return the `limit` most confident errors, the most confident first, equals in the data set's order.

    Args:
        texts: the n reviews.
        labels: `int32[n]`.
        probabilities: as `complete_probabilities` takes them.
        limit: how many to return at most.
        threshold: of two classes, as `predict_labels` takes it.
    """
    predicted = predict_labels(probabilities, threshold=threshold)
    # In float64, where 1 - p keeps apart what p does.
    confidences = complete_probabilities(probabilities.astype(np.float64))[np.arange(len(labels)), predicted]
    wrong = np.flatnonzero(predicted != labels)
    worst = wrong[np.argsort(-confidences[wrong], kind="stable")][:limit]
    return tuple(
        Mistake(
            row=row,
            text=texts[row],
            label=int(labels[row]),
            prediction=int(predicted[row]),
            probability=float(confidences[row]),
        )
        for row in worst.tolist()
    )
