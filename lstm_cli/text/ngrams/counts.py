"""How often n-grams stand in texts of a class, and what that says, for each fold from the other folds alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.ngrams.matrix import COLUMNS
from lstm_cli.text.ngrams.occurrences import Occurrences


@dataclass(frozen=True, eq=False)
class OtherFolds:
    """The texts that each fold's statistics are learnt from: all that lie in other folds.

    A column is a fold, those past the last hold no text; n-grams are rare where fewer than `min_df` of these
    texts hold them, and then count for nothing.

    Attributes:
        occurrences: which n-grams stand in which texts.
        folds: `int64[texts]`, of each text, below `COLUMNS`.
        count: how many folds there are.
        min_df: texts that an n-gram must stand in.
        smoothing: added to every count.
    """

    occurrences: Occurrences
    folds: NDArray[np.int64]
    count: int
    min_df: int
    smoothing: float

    def find_seen(self) -> NDArray[np.bool_]:
        """Return which texts each fold's statistics are learnt from: `bool[texts, 16]`."""
        columns = np.arange(COLUMNS)
        return np.asarray((self.folds[:, None] != columns) & (columns < self.count))

    def find_frequent(self, begin: int, end: int) -> NDArray[np.bool_]:
        """Return whether n-grams `begin` to `end` count: `bool[end - begin, 16]`."""
        frequencies = self._count(begin, end, np.zeros(len(self.folds), np.bool_))[:, 0]
        return np.asarray(frequencies >= self.min_df)

    def sum_frequent(self, begin: int, end: int, is_positive: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the sum of the smoothed counts of n-grams that count, a row for each class: `float64[2, 16]`."""
        counts = self._count(begin, end, is_positive)
        is_frequent = counts.sum(axis=1, keepdims=True) >= self.min_df
        return np.asarray(np.where(is_frequent, counts + self.smoothing, 0.0).sum(axis=0))

    def compute_log_ratios(self, begin: int, end: int, is_positive: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the log of positive by negative smoothed counts, NaN for a rare n-gram: `float64[…, 16]`."""
        counts = self._count(begin, end, is_positive)
        logs = np.log(counts + self.smoothing)
        is_frequent = counts.sum(axis=1) >= self.min_df
        return np.asarray(np.where(is_frequent, logs[:, 1] - logs[:, 0], np.nan))

    def _count(self, begin: int, end: int, is_positive: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return in how many texts of the other folds, negative and positive, n-grams stand: `int64[…, 2, 16]`."""
        starts = self.occurrences.starts[begin : end + 1]
        texts = self.occurrences.texts[starts[0] : starts[-1]]
        cells = self.folds + COLUMNS * is_positive
        rows = np.repeat(np.arange(end - begin) * (2 * COLUMNS), np.diff(starts))
        counts = np.bincount(rows + cells[texts], minlength=(end - begin) * 2 * COLUMNS)
        counts = counts.reshape(end - begin, 2, COLUMNS)
        others = counts.sum(axis=2, keepdims=True) - counts
        others[:, :, self.count :] = 0
        return np.asarray(others)
