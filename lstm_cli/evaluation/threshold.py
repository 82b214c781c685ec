"""The threshold that suits two uneven classes."""

from __future__ import annotations

import numpy as np

from lstm_cli.evaluation.confusion import compute_macro_f1
from lstm_cli.evaluation.outputs import THRESHOLD, Floats, Integers, complete_probabilities


def find_threshold(labels: Integers, outputs: Floats) -> float | None:
    """Return the threshold of `predict_labels` that gives the greatest macro F1.

    All cuts between two neighbouring probabilities are tried, but none that leaves a probability of 1 below. Of
    equally good ones that nearest to 0.5 is taken, and within it 0.5 itself or the number of fewest decimals about
    the middle, so that it can be told and typed.

    Args:
        labels: `int32[n]`, 0 or 1.
        outputs: as `complete_probabilities` takes them, of two classes.

    Returns:
        Between 0 and 1, neither of which a model file holds or a user may give; None where all reviews are of one
        class, of which no threshold can be learnt.

    Raises:
        ValueError: there are more than two classes.
    """
    probabilities = complete_probabilities(outputs)
    if probabilities.shape[1] != 2:
        raise ValueError(f"A threshold is for two classes, not {probabilities.shape[1]}.")
    if labels.min(initial=1) == labels.max(initial=0):
        return None
    order = np.argsort(probabilities[:, 1], kind="stable")
    ascending, is_second = probabilities[order, 1], labels[order] == 1
    # A cut is told by how many reviews lie below it: always those of probability 0, never those of probability 1.
    cuts = np.flatnonzero(np.diff(ascending, prepend=np.float32(0.0), append=np.float32(1.0)))
    below = np.concatenate(([0], np.cumsum(is_second)))[cuts]  # the second class' reviews below each cut
    seconds = int(is_second.sum())
    matrices = np.array([[cuts - below, len(ascending) - seconds - cuts + below], [below, seconds - below]])
    scores = compute_macro_f1(np.moveaxis(matrices, -1, 0))
    lows = np.concatenate(([np.float32(0.0)], ascending))[cuts]
    highs = np.append(ascending, np.float32(1.0))[cuts]
    tops = np.nextafter(highs, np.float32(0.0))  # a threshold lies below what it lets through
    distances = np.maximum(np.maximum(lows - THRESHOLD, THRESHOLD - tops), 0.0)
    distances[scores < scores.max() - 1e-12] = np.inf  # equal but for rounding is equal
    best = int(distances.argmin())
    return _choose_between(lows[best], highs[best])


def _choose_between(low: np.float32, high: np.float32) -> float:
    """Return a number above 0 from `low`, included, to `high`, excluded, in float32 as in float64."""
    if low <= THRESHOLD < high:
        return THRESHOLD
    middle = (float(low) + float(high)) / 2
    for decimals in range(1, 10):
        rounded = round(middle, decimals)
        if rounded > 0 and float(low) <= rounded < float(high) and low <= np.float32(rounded) < high:
            return rounded
    return float(low) or middle
