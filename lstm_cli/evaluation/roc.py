"""How well a probability ranks the reviews: ROC curves, and the areas under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstm_cli.evaluation.outputs import Flags, Floats, Integers, complete_probabilities


@dataclass(frozen=True, eq=False)
class RocCurve:
    """The receiver operating characteristic of one class against the rest.

    Attributes:
        false_rates: `float64[m]`, ascending from 0 to 1: the share of the rest that is taken for the class.
        true_rates: `float64[m]`, ascending from 0 to 1: the share of the class that is found.
        area: under the curve, 0 to 1; one half is guessing.
    """

    false_rates: npt.NDArray[np.float64]
    true_rates: npt.NDArray[np.float64]
    area: float


def compute_roc_auc(labels: Integers, outputs: Floats) -> float | None:
    """Return the area under the ROC curve: of two classes the second's, of more the mean of one against the rest.

    As `sklearn.metrics.roc_auc_score(multi_class="ovr", average="macro")`, over those classes that have a curve.

    Args:
        labels: `int32[n]`.
        outputs: as `complete_probabilities` takes them.

    Returns:
        None where all reviews are of one class.
    """
    areas = [curve.area for curve in compute_roc_curves(labels, outputs).values() if curve]
    return float(np.mean(areas)) if areas else None


def compute_roc_curves(labels: Integers, outputs: Floats) -> dict[int, RocCurve | None]:
    """Return the curve of each label against the rest; of two classes the second's alone, which tells of both.

    None stands for a class that no review is of, or all are.

    Args:
        labels: `int32[n]`.
        outputs: as `complete_probabilities` takes them.
    """
    probabilities = complete_probabilities(outputs)
    classes = probabilities.shape[1]
    shown = range(classes) if classes > 2 else [1]
    return {label: _compute_curve(labels == label, probabilities[:, label]) for label in shown}


def _compute_curve(is_class: Flags, scores: Floats) -> RocCurve | None:
    """Return the curve of `float32[n]` scores that are high where `bool[n]` is true; None where all are alike."""
    positives = int(is_class.sum())
    negatives = len(is_class) - positives
    if not positives or not negatives:
        return None
    order = np.argsort(-scores, kind="stable")
    # A point for every distinct score: reviews of one score are taken together.
    last_of_equals = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    found = np.concatenate(([0], np.cumsum(is_class[order])[last_of_equals]))
    taken = np.concatenate(([0], last_of_equals + 1)) - found
    # Twice the area in whole numbers, so that it is exact: trapezoids between the points.
    doubled = int((np.diff(taken) * (found[1:] + found[:-1])).sum())
    return RocCurve(taken / negatives, found / positives, doubled / (2 * positives * negatives))
