"""What is learnt of n-grams; the configuration's `data.ngrams` says it, and has the defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

MOST_FOLDS = 16
"""As many as the kernels have lanes."""

Channel = Literal["weight", "log_ratio"]
"""What a network is told of the n-grams that end at a token."""

CHANNELS: tuple[Channel, ...] = get_args(Channel)

Grouping = Literal["content", "none"]

LONGEST_PATTERN = 8
"""Tokens from an n-gram's first to its last, or its characters."""

_PATTERN = re.compile(r"x(?:[x_]*x)?|c+")


def check_pattern(pattern: str) -> str:
    """Return a pattern.

    Raises:
        ValueError: it is none.
    """
    if not _PATTERN.fullmatch(pattern) or len(pattern) > LONGEST_PATTERN:
        raise ValueError(
            f"expected an n-gram's tokens, x for one that counts and _ for any, such as xx or x_x, an x at both "
            f"ends, or its characters, such as ccc; at most {LONGEST_PATTERN} in all; got {pattern[:40]!r}"
        )
    return pattern


def is_of_characters(pattern: str) -> bool:
    """Return whether a pattern's n-grams are of characters, not of tokens."""
    return pattern[0] == "c"


@dataclass(frozen=True)
class NgramSettings:
    """What is learnt of n-grams.

    Attributes:
        patterns: which tokens make one: `check_pattern`.
        channels: what a network is told of those that end at a token.
        folds: how many, each told of by the others; at most `MOST_FOLDS`.
        fold_seed: which folds: 0 takes groups of one size as they come, other numbers draw their order.
        grouping: which texts stay in one fold: those that speak of the same thing, or only copies of one.
        min_df: texts that an n-gram must stand in.
        smoothing: added to every count of texts.
        inverse_penalty: of the regressions' weights, scikit-learn's C.
        length_normalization: a text's weights are divided by its number of n-grams to the power of this.
    """

    patterns: tuple[str, ...]
    channels: tuple[Channel, ...]
    folds: int
    fold_seed: int
    grouping: Grouping
    min_df: int
    smoothing: float
    inverse_penalty: float
    length_normalization: float

    def count_outputs(self, classes: int) -> int:
        """Return how many regressions there are: one for two classes, else one for each."""
        return 1 if classes == 2 else classes

    def count_channels(self, classes: int) -> int:
        """Return how many numbers a network is told at a token."""
        return len(self.channels) * self.count_outputs(classes) * len(self.patterns)
