"""The words of many reviews: as numbers in a file without a name, in memory while they are few."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstm_cli.errors import OutputError
from lstm_cli.user_folders import is_writable

LARGEST_IN_MEMORY = 2**26
"""Bytes of words that are held in memory, more than 25,000 reviews have; where there are more, all are on disk."""

_COUNTED_AT_ONCE = 2**20
_WORD = np.dtype(np.int32)


class WordFile:
    """The words of reviews, each as the number of its first appearance in any of them.

    A review's words are written once, split as they are, and read in any order once the vocabulary is known.
    In memory are the distinct words, and eight bytes a review.

    Args:
        folder: where the file lies once it is larger than `LARGEST_IN_MEMORY`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.SpooledTemporaryFile(LARGEST_IN_MEMORY, dir=str(folder))  # noqa: SIM115 - `close`
        self._numbers = _Numbers()
        self._ends = array("q", [0])
        self._counts = np.zeros(0, np.int64)
        self._uncounted = array("i")

    def append(self, words: Iterable[str], *, counts: bool) -> None:
        """Add the words of the next review.

        Args:
            words: those of its text.
            counts: whether `iter_counts` shall know of them.
        """
        numbers = array("i", map(self._numbers.__getitem__, words))
        self._file.write(numbers.tobytes())
        self._ends.append(self._ends[-1] + len(numbers))
        if counts:
            self._uncounted += numbers
            if len(self._uncounted) >= _COUNTED_AT_ONCE:
                self._count()

    def flush(self) -> None:
        """See to it that what was added can be read, or is known not to be."""
        self._file.flush()

    def iter_words(self) -> Iterator[str]:
        """Yield the distinct words by their numbers."""
        return iter(self._numbers)

    def iter_counts(self) -> Iterator[tuple[str, int]]:
        """Yield the distinct words by their numbers, and how often each stands in the reviews that count."""
        self._count()
        return zip(self._numbers, map(int, self._counts), strict=True)

    def count_words(self) -> NDArray[np.int64]:
        """Return how many words each review has: `int64[reviews]`."""
        ends = np.array(self._ends, np.int64)
        return ends[1:] - ends[:-1]

    def read(self, row: int) -> NDArray[np.int32]:
        """Return the numbers of a review's words: `int32[words]`.

        Args:
            row: how many reviews were added before it.
        """
        start, end = self._ends[row], self._ends[row + 1]
        self._file.seek(start * _WORD.itemsize)
        return np.frombuffer(self._file.read((end - start) * _WORD.itemsize), _WORD)

    def close(self) -> None:
        """Let go of the file, which is gone then."""
        self._file.close()

    def _count(self) -> None:
        counts = np.bincount(np.frombuffer(self._uncounted, _WORD), minlength=len(self._numbers))
        counts[: len(self._counts)] += self._counts
        self._counts = counts
        self._uncounted = array("i")


@contextmanager
def open_word_file(folder: Path) -> Iterator[WordFile]:
    """Open an empty word file that is gone afterwards, also where the process is killed.

    Args:
        folder: where it lies if it must; made where it is missing. Where it cannot be written, the folder for
            temporary files does.

    Raises:
        OutputError: the words are too many for the memory, and the folder cannot be written or the disk is full.
    """
    if not is_writable(folder):
        with suppress(OSError):  # where there is none either, the words must do without
            folder = Path(tempfile.gettempdir())
    words = WordFile(folder)
    try:
        yield words
    except OSError as error:
        raise OutputError(
            f"Cannot keep the words of the reviews in {folder}: {error.strerror or error}. "
            "Free the disk, or choose another place with XDG_CACHE_HOME."
        ) from error
    finally:
        with suppress(OSError):  # what could not be written cannot be flushed either
            words.close()


class _Numbers(dict[str, int]):
    """Word → the number of distinct words that came before it."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number
