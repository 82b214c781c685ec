"""Which n-grams stand in which texts: found by sorting once a pattern, and kept n-gram by n-gram."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.ngrams.patterns import sort_ngrams
from lstm_cli.text.ngrams.tokens import TokenTexts


@dataclass(frozen=True, eq=False)
class Occurrences:
    """A binary matrix of n-grams and texts, in sparse columns; the n-grams of one pattern follow another's.

    Attributes:
        keys: `uint64[ngrams of the pattern]` of each pattern, sorted.
        texts: `int32[nonzeros]`, the texts that hold an n-gram, in their order, n-gram by n-gram.
        starts: `int64[ngrams + 1]`, where in `texts` those of each n-gram begin, and the end of the last.
    """

    keys: tuple[NDArray[np.uint64], ...]
    texts: NDArray[np.int32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of n-grams."""
        return len(self.starts) - 1


def find_occurrences(
    texts: TokenTexts, *, patterns: Sequence[str], min_df: int, report: Callable[[float], None]
) -> Occurrences:
    """Return the n-grams that stand in several texts.

    Args:
        texts: to look through; one pattern after the other, which bounds the memory.
        patterns: which tokens make an n-gram.
        min_df: texts that an n-gram must stand in.
        report: told the share that is done.
    """
    keys, texts_of, counts = [], [], [np.zeros(1, np.int64)]
    for done, pattern in enumerate(patterns, start=1):
        found = sort_ngrams(texts.list_units(pattern), pattern)
        pair_keys = np.flatnonzero(found.is_new_key[found.is_new_pair])
        pair_texts = found.texts[found.is_new_pair]
        frequencies = np.diff(np.append(pair_keys, len(pair_texts)))
        is_frequent = frequencies >= min_df
        keys.append(found.keys[found.is_new_key][is_frequent])
        texts_of.append(pair_texts[np.repeat(is_frequent, frequencies)])
        counts.append(frequencies[is_frequent])
        del found, pair_keys, pair_texts  # a pattern's arrays are as large as all the others together
        report(done / len(patterns))
    return Occurrences(tuple(keys), np.concatenate(texts_of), np.cumsum(np.concatenate(counts)))
