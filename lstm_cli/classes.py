"""The classes of a data set: what a label may be, and how the data spell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Classes:
    """Two classes or more, in their order; a label is a class' place in it.

    Attributes:
        names: distinct.
        spellings: how a label is written in the data → the class' place. What is not among them is no label.
    """

    names: tuple[str, ...]
    spellings: Mapping[str, int]

    def __len__(self) -> int:
        """Return how many classes there are."""
        return len(self.names)

    @property
    def outputs(self) -> int:
        """Units of a model's last layer: one with a sigmoid for two classes, else one a class with a softmax."""
        return 1 if len(self.names) == 2 else len(self.names)


_MOST_OF_A_PAIR = 0.6


def is_even_pair(counts: Sequence[int]) -> bool:
    """Return whether the accuracy alone tells how good a model is: of two classes, none of which has over 60 %."""
    return len(counts) == 2 and max(counts) <= _MOST_OF_A_PAIR * sum(counts)


SENTIMENT = Classes(("negative", "positive"), {"0": 0, "neg": 0, "negative": 0, "1": 1, "pos": 1, "positive": 1})
"""What most data sets of this field have, in its usual spellings."""
