"""Words ↔ indices, numbered as Keras numbers its IMDB reviews, or as somebody else's model has them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from lstm_cli.errors import DataError

UNKNOWN_WORD = "[OOV]"
DROPPED = -1
"""In place of the index of a word that is neither known nor stood for: the encoder leaves it out."""


@dataclass(frozen=True)
class SpecialIndices:
    """The indices that are no words, which may be absent in models that others trained.

    The defaults are those of `keras.datasets.imdb.load_data`: its `start_char`, `oov_char` and `index_from`.

    Attributes:
        pad: fills what is shorter than `maxlen`.
        start: stands before a text's words; None where nothing does.
        unknown: stands for every word that the vocabulary lacks; None where such words are left out.
        first_word: the index of the vocabulary's first word.
    """

    pad: int = 0
    start: int | None = 1
    unknown: int | None = 2
    first_word: int = 3


@dataclass(frozen=True)
class Vocabulary:
    """The words a model knows, the most frequent first.

    Attributes:
        words: distinct; `words[i]` has the index `special.first_word + i`.
        special: the indices that are no words.
    """

    words: tuple[str, ...]
    special: SpecialIndices = SpecialIndices()

    def __len__(self) -> int:
        """Return how many indices there are, those that are no words among them."""
        return self.special.first_word + len(self.words)

    def index(self, words: Iterable[str]) -> list[int]:
        """Return the index of each word; of unknown ones `special.unknown`, or `DROPPED` where there is none."""
        return list(map(self._indices.__getitem__, words))

    def decode(self, indices: Iterable[int]) -> list[str]:
        """Return the words of `indices`: `[OOV]` for unknown ones, padding and start left out.

        Raises:
            ValueError: an index is outside the vocabulary.
        """
        decoded = []
        for index in indices:
            if not 0 <= index < len(self):
                raise ValueError(f"expected an index from 0 to {len(self) - 1}, got {index}")
            if index >= self.special.first_word:
                decoded.append(self.words[index - self.special.first_word])
            elif index == self.special.unknown:
                decoded.append(UNKNOWN_WORD)
        return decoded

    @cached_property
    def _indices(self) -> _Indices:
        first, unknown = self.special.first_word, self.special.unknown
        indices = _Indices(zip(self.words, range(first, len(self)), strict=True))
        indices.missing = DROPPED if unknown is None else unknown
        return indices


class _Indices(dict[str, int]):
    """Word → index; that of unknown words for all others."""

    missing: int

    def __missing__(self, word: str) -> int:
        return self.missing


def build_vocabulary(counts: Iterable[tuple[str, int]], *, num_words: int) -> Vocabulary:
    """Return the vocabulary of the most frequent words.

    Args:
        counts: distinct words, and how often each stands in the training split; 0 is as good as missing.
        num_words: at most this many indices, the special ones among them.

    Returns:
        At most `num_words - 3` words by falling frequency, ties by the word itself (code points).

    Raises:
        DataError: the reviews hold no word at all.
    """
    found = ((-count, word) for word, count in counts if count)
    top = heapq.nsmallest(num_words - SpecialIndices.first_word, found)
    if not top:
        raise DataError("The training reviews hold not a single word. Check the text column.")
    return Vocabulary(tuple(word for _, word in top))


def cut_words(words: Sequence[str], *, num_words: int, special: SpecialIndices) -> Vocabulary:
    """Return a vocabulary of the first words, of at most `num_words` indices in all."""
    return Vocabulary(tuple(words[: max(0, num_words - special.first_word)]), special)
