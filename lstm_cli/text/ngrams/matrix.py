"""`NgramMatrix`: the occurrences of n-grams, to be multiplied with sixteen columns at once, on several threads.

The work is cut into parts that do not depend on how many threads there are, and their sums are added up in order:
the same numbers on one core and on many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from lstm_cli.kernels.threads import run_tasks
from lstm_cli.text.ngrams.occurrences import Occurrences
from lstm_cli.text.ngrams.settings import MOST_FOLDS

COLUMNS = MOST_FOLDS
"""The kernels' lanes: a column for each fold."""

PARTS = 8
"""Of the work, each with sums of its own."""

_NGRAMS_AT_ONCE = 4096  # their values, 256 KB, stay in a core's cache between two kernels

_Columns = NDArray[np.float32]


class NgramMatrix:
    """Products with the binary matrix of texts and n-grams.

    Args:
        occurrences: which n-grams stand in which texts.
        texts: how many there are.
    """

    def __init__(self, occurrences: Occurrences, *, texts: int) -> None:
        self.occurrences = occurrences
        self._texts = texts
        nonzeros = len(occurrences.texts)
        cuts = np.searchsorted(occurrences.starts, np.arange(1, PARTS) * nonzeros // PARTS)
        self._cuts = [0, *np.minimum(cuts, len(occurrences)).tolist(), len(occurrences)]

    def sum_over_texts(self, begin: int, end: int, inputs: _Columns) -> _Columns:
        """Return for n-grams `begin` to `end` the sum of the inputs of the texts that hold it.

        Args:
            begin: the first n-gram.
            end: behind the last.
            inputs: `float32[texts, 16]`.

        Returns:
            `float32[end - begin, 16]`.
        """
        from lstm_cli.text.ngrams.kernels import sum_over_texts

        sums = np.empty((end - begin, COLUMNS), np.float32)
        found = self.occurrences
        sum_over_texts(begin, end, found.texts, found.starts, inputs.reshape(-1), sums.reshape(-1))
        return sums

    def sum_over_ngrams(self, find_values: Callable[[int, int], _Columns]) -> _Columns:
        """Return for each text the sum of the values of its n-grams: `float32[texts, 16]`.

        Args:
            find_values: the first n-gram and the one behind the last → `float32[n-grams, 16]`; called from several
                threads.
        """
        from lstm_cli.text.ngrams.kernels import add_to_texts

        found = self.occurrences
        sums = np.zeros((PARTS, self._texts, COLUMNS), np.float32)

        def add_part(part: int) -> None:
            for begin, end in self._iter_blocks(part):
                values = find_values(begin, end)
                add_to_texts(begin, end, found.texts, found.starts, values.reshape(-1), sums[part].reshape(-1))

        run_tasks(add_part, PARTS)
        return np.asarray(sums.sum(axis=0))

    def run_over_ngrams(self, task: Callable[[int, int], None]) -> None:
        """Call a task for blocks of n-grams, the first and the one behind the last; on several threads."""

        def run_part(part: int) -> None:
            for begin, end in self._iter_blocks(part):
                task(begin, end)

        run_tasks(run_part, PARTS)

    def _iter_blocks(self, part: int) -> Iterator[tuple[int, int]]:
        stop = self._cuts[part + 1]
        for begin in range(self._cuts[part], stop, _NGRAMS_AT_ONCE):
            yield begin, min(begin + _NGRAMS_AT_ONCE, stop)
