"""One walk over all reviews of a corpus: what of each is enough to split them, and to see what is odd."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DIGEST_SIZE = 16  # bytes: among a billion texts two different ones agree with a chance of 1e-21


@dataclass(frozen=True, eq=False)
class Survey:
    """What is known of each review, in the order of their rows: the part to split, then the source's own parts.

    Attributes:
        labels: `uint16[n]`, the places of their classes.
        texts: `int64[n]`, numbers that are equal where the texts are.
        counts: reviews of the part to split, of the source's own validation and of its own test part.
        groups: `int64[n]`, numbers that are equal where the groups are; None where no groups are kept together.
    """

    labels: NDArray[np.uint16]
    texts: NDArray[np.int64]
    counts: tuple[int, int, int]
    groups: NDArray[np.int64] | None = None

    def count_groups(self) -> int | None:
        """Return how many groups there are; None where none are kept together."""
        return None if self.groups is None else len(np.unique(self.groups))

    def find_duplicates(self) -> NDArray[np.int64]:
        """Return the rows whose text stood in an earlier one."""
        _, firsts = np.unique(self.texts, return_index=True)
        is_first = np.zeros(len(self.texts), np.bool_)
        is_first[firsts] = True
        return np.flatnonzero(~is_first)

    def find_contradictions(self) -> NDArray[np.int64]:
        """Return, of each text with more than one label, the first row whose label is not its first row's."""
        _, firsts, text_of = np.unique(self.texts, return_index=True, return_inverse=True)
        rows = np.flatnonzero(self.labels != self.labels[firsts[text_of]])
        _, first_of_each = np.unique(text_of[rows], return_index=True)
        return np.sort(rows[first_of_each])


class Surveyor:
    """Takes note of one review after the other, and of its group where groups are kept together."""

    def __init__(self, *, is_grouped: bool = False) -> None:
        self.labels = array("H")
        self._digests = bytearray()
        self._groups = bytearray() if is_grouped else None
        self._counts: list[int] = []

    def add(self, text: str, label: int, group: str = "") -> None:
        """Note a review; without a group it is of one with the copies of its text."""
        self.labels.append(label)
        digest = _digest(text)
        self._digests += digest
        if self._groups is not None:
            self._groups += _digest(group, person=b"group") if group else digest

    def end_part(self) -> None:
        """Note that a part is over."""
        self._counts.append(len(self.labels) - sum(self._counts))

    def relabel(self, places: Sequence[int]) -> None:
        """Put the places of the classes where labels were noted so far.

        Args:
            places: by the labels that were noted.
        """
        self.labels = array("H", np.array(places, np.uint16)[np.array(self.labels, np.uint16)].tobytes())

    def end(self) -> Survey:
        """Return what was noted."""
        labels = np.array(self.labels, np.uint16)
        counts = [*self._counts, 0, 0, 0][:3]
        groups = None if self._groups is None else _number(self._groups)
        return Survey(labels, _number(self._digests), (counts[0], counts[1], counts[2]), groups)


def _digest(text: str, *, person: bytes = b"") -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_DIGEST_SIZE, person=person).digest()


def _number(digests: bytearray) -> NDArray[np.int64]:
    """Return `int64[n]` numbers that are equal where the digests are."""
    halves = np.frombuffer(digests, np.uint64).reshape(-1, 2)
    order = np.lexsort((halves[:, 0], halves[:, 1]))
    is_new = (halves[order[1:]] != halves[order[:-1]]).any(axis=1)
    numbers = np.zeros(len(order), np.int64)
    numbers[order[1:]] = np.cumsum(is_new)
    return numbers
