"""What every source of reviews hands over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_TEXT_LENGTH = 10_000_000
"""Characters a single review may hold; more is a broken file (an unclosed quote, say), not a review."""


@dataclass(frozen=True, slots=True)
class Review:
    """A text and its sentiment.

    Attributes:
        text: the review as its source holds it.
        label: 0 for negative, 1 for positive.
    """

    text: str
    label: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """All labelled reviews of a data set, before any split.

    The reviews may be walked over any number of times. Those of a source without bounds are read anew by every
    walk; a tuple they are where the source is small.

    Attributes:
        name: the data set's name, or its file's or folder's.
        fingerprint: SHA-256 (hexadecimal) of the content that the reviews were read from.
        reviews: in the source's order.
        test_reviews: the source's own test split, or None where it has none.
    """

    name: str
    fingerprint: str
    reviews: Iterable[Review]
    test_reviews: Iterable[Review] | None = None
