"""Folds of whole groups of texts, the classes as even in each as can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def assign_folds(
    groups: NDArray[np.int64], labels: NDArray[np.int32], *, folds: int, seed: int = 0
) -> NDArray[np.int64]:
    """Return the fold of each text, `int64[n]` from 0 on; those of one group are in one fold.

    The largest groups come first, each into the fold where the classes stay most even: where the sum of the
    squared shares that the folds have of the classes grows least; of several the one with the fewest texts.

    Args:
        groups: `int64[n]`, any numbers.
        labels: `int32[n]`, classes from 0 on.
        folds: how many.
        seed: of groups of one size the first comes first with 0; other numbers draw their order.
    """
    _, firsts, numbers = np.unique(groups, return_index=True, return_inverse=True)
    numbers = numbers.reshape(-1)
    classes = int(labels.max(initial=0)) + 1
    # `counts[group, class]`, and how many texts of a class there are.
    counts = np.bincount(numbers * classes + labels, minlength=len(firsts) * classes).reshape(-1, classes)
    totals = np.maximum(counts.sum(axis=0), 1).astype(np.float64)
    filled = np.zeros((folds, classes))
    fold_of = np.empty(len(firsts), np.int64)
    # Ties by a group's first text: whatever numbers the groups have, the folds are the same.
    order = firsts
    if seed:
        order = np.empty_like(firsts)
        order[np.argsort(firsts)] = np.random.default_rng(seed).permutation(len(firsts))
    for group in np.lexsort((order, -counts.sum(axis=1))).tolist():
        growth = filled @ (counts[group] / totals**2)
        fold_of[group] = fold = int(np.lexsort((filled.sum(axis=1), growth))[0])
        filled[fold] += counts[group]
    return fold_of[numbers]
