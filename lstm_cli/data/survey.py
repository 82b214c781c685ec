"""One walk over all reviews of a corpus: what of each is enough to split them, and to see what is odd."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lstm_cli.data.review import Corpus

_DIGEST_SIZE = 16  # bytes: among a billion texts two different ones agree with a chance of 1e-21


@dataclass(frozen=True, eq=False)
class Survey:
    """What is known of each review, in the order of their rows: the part to split, then the source's own parts.

    Attributes:
        labels: `uint16[n]`, the places of their classes.
        texts: `int64[n]`, numbers that are equal where the texts are.
        counts: reviews of the part to split, of the source's own validation and of its own test part.
    """

    labels: NDArray[np.uint16]
    texts: NDArray[np.int64]
    counts: tuple[int, int, int]


class Surveyor:
    """Takes note of one review after the other."""

    def __init__(self) -> None:
        self.labels = array("H")
        self._digests = bytearray()
        self._counts: list[int] = []

    def add(self, text: str, label: int) -> None:
        """Note a review."""
        self.labels.append(label)
        data = text.encode("utf-8", "surrogatepass")
        self._digests += hashlib.blake2b(data, digest_size=_DIGEST_SIZE).digest()

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
        return Survey(labels, _number_texts(self._digests), (counts[0], counts[1], counts[2]))


def survey_corpus(corpus: Corpus) -> Survey:
    """Return the corpus' survey, made now where there is none."""
    if corpus.survey is not None:
        return corpus.survey
    surveyor = Surveyor()
    for reviews in (corpus.reviews, corpus.validation_reviews or (), corpus.test_reviews or ()):
        for review in reviews:
            surveyor.add(review.text, review.label)
        surveyor.end_part()
    return surveyor.end()


def _number_texts(digests: bytearray) -> NDArray[np.int64]:
    """Return `int64[n]` numbers that are equal where the digests are."""
    halves = np.frombuffer(digests, np.uint64).reshape(-1, 2)
    order = np.lexsort((halves[:, 0], halves[:, 1]))
    is_new = (halves[order[1:]] != halves[order[:-1]]).any(axis=1)
    texts = np.zeros(len(order), np.int64)
    texts[order[1:]] = np.cumsum(is_new)
    return texts
