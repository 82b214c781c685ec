"""Words ↔ indices, numbered as Keras numbers its IMDB reviews."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lstm_cli.errors import DataError

PAD_INDEX = 0
START_INDEX = 1
UNKNOWN_INDEX = 2
FIRST_WORD_INDEX = 3
UNKNOWN_WORD = "[OOV]"


@dataclass(frozen=True)
class Vocabulary:
    """The words a model knows.

    Index 0 pads, 1 starts a review, 2 stands for an unknown word and words follow from 3, the most frequent
    first: `keras.datasets.imdb.load_data`'s `start_char`, `oov_char` and `index_from`.

    Attributes:
        words: distinct; `words[i]` has the index `i + 3`.
    """

    words: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many indices there are, the three special ones among them."""
        return FIRST_WORD_INDEX + len(self.words)

    def encode(self, words: Iterable[str]) -> list[int]:
        """Return the indices of a review's words after the index that starts a review."""
        return [START_INDEX, *map(self._indices.__getitem__, words)]

    def decode(self, indices: Iterable[int]) -> list[str]:
        """Return the words of `indices`: `[OOV]` for unknown ones, padding and start left out.

        Raises:
            ValueError: an index is outside the vocabulary.
        """
        decoded = []
        for index in indices:
            if not 0 <= index < len(self):
                raise ValueError(f"expected an index from 0 to {len(self) - 1}, got {index}")
            if index >= FIRST_WORD_INDEX:
                decoded.append(self.words[index - FIRST_WORD_INDEX])
            elif index == UNKNOWN_INDEX:
                decoded.append(UNKNOWN_WORD)
        return decoded

    @cached_property
    def _indices(self) -> _Indices:
        return _Indices(zip(self.words, range(FIRST_WORD_INDEX, len(self)), strict=True))


class _Indices(dict[str, int]):
    """Word → index; an unknown word's index for all others."""

    def __missing__(self, word: str) -> int:
        return UNKNOWN_INDEX


def build_vocabulary(counts: Iterable[tuple[str, int]], *, num_words: int) -> Vocabulary:
    """Return the vocabulary of the most frequent words.

    Args:
        counts: distinct words, and how often each stands in the training split; 0 is as good as missing.
        num_words: at most this many indices, the three special ones among them.

    Returns:
        At most `num_words - 3` words by falling frequency, ties by the word itself (code points).

    Raises:
        DataError: the reviews hold no word at all.
    """
    found = ((-count, word) for word, count in counts if count)
    top = heapq.nsmallest(num_words - FIRST_WORD_INDEX, found)
    if not top:
        raise DataError("The training reviews hold not a single word. Check the text column.")
    return Vocabulary(tuple(word for _, word in top))
