"""A review, where it stands and which part of its data it is of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MAX_TEXT_LENGTH = 10_000_000
"""Characters a single review may hold; more is a broken file (an unclosed quote, say), not a review."""

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

Place = int | str
"""Where a review stands: its line or row in a file, counted from 1, or its file in a folder."""


@dataclass(frozen=True, slots=True)
class Review:
    """A text and its class.

    Attributes:
        text: the review as its source holds it.
        label: the place of its class among the corpus' classes.
        place: where it stands; None where that tells nobody anything.
    """

    text: str
    label: int
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class LeftOut:
    """Rows that cannot serve.

    Attributes:
        reason: `no text`, `no label`, `in no group` or `unknown label`.
        count: how many.
        places: where the first few stand.
    """

    reason: str
    count: int
    places: tuple[Place, ...]
