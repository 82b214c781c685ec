"""What learning of n-grams takes, known before it starts, and how many texts can be learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.ngrams.matrix import COLUMNS, PARTS
from lstm_cli.text.ngrams.settings import NgramSettings, is_of_characters

MOST_TEXTS = 100_000
"""Of more texts a sample is learnt from, ..."""
MOST_BYTES = 3_500_000_000
"""... and so where they would take more memory than this."""

# Of reviews, for each token and pattern: n-grams that stand in two texts, and their occurrences. In more texts a
# smaller share of the n-grams is new.
_NGRAMS, _OCCURRENCES = 0.06, 0.57
_BYTES_AT_FIRST = 200_000_000  # NumPy, SciPy, numba and what they compile
_SPARE = 1.15  # what lies between arrays


@dataclass(frozen=True)
class Cost:
    """What learning takes.

    Attributes:
        seconds: on a core of 2024, of two that work alike three quarters.
        bytes: of memory at most.
    """

    seconds: float
    bytes: int


def estimate_cost(
    *, texts: int, tokens: int, classes: int, settings: NgramSettings, characters: float = 0.0
) -> Cost:
    """Return what `fit_ngrams` takes for some texts.

    Args:
        texts: how many.
        tokens: of all of them.
        classes: of their labels.
        settings: what is learnt.
        characters: of a token, on average, where there are n-grams of them.
    """
    outputs = settings.count_outputs(classes)
    of_characters = sum(map(is_of_characters, settings.patterns))
    places = tokens * (len(settings.patterns) - of_characters + characters * of_characters)
    ngrams, occurrences = _NGRAMS * places, _OCCURRENCES * places
    held = tokens * 12 + ngrams * 16 + occurrences * 4
    # Squares and weights in 32 bits, the log ratios and weights of the folds in 16.
    fitting = ngrams * (8 * COLUMNS + 4 * settings.folds * outputs) + texts * COLUMNS * (4 * PARTS + 8 * 15)
    telling = ngrams * 4 * settings.folds * outputs + tokens * 2 * settings.count_channels(classes)
    sorting = tokens * max(1.0, characters if of_characters else 1.0) * 60  # units of the longest pattern
    seconds = places * (0.4e-6 + 0.35e-6 * outputs) + texts * 1e-4
    return Cost(seconds, int(_BYTES_AT_FIRST + _SPARE * (held + max(fitting, telling, sorting))))


def choose_texts(
    labels: NDArray[np.int32], *, tokens: int, classes: int, settings: NgramSettings, characters: float = 0.0
) -> NDArray[np.int64]:
    """Return the rows to learn from, in their order: all, or as many of each class as its share.

    Args:
        labels: `int32[n]`.
        tokens: of all texts.
        classes: of the labels.
        settings: what is learnt.
        characters: as for `estimate_cost`.
    """
    texts = len(labels)
    share = min(1.0, MOST_TEXTS / max(1, texts))
    whole = estimate_cost(
        texts=texts, tokens=tokens, classes=classes, settings=settings, characters=characters
    ).bytes
    # All of it but the beginning grows with the texts.
    share = min(share, (MOST_BYTES - _BYTES_AT_FIRST) / max(1, whole - _BYTES_AT_FIRST))
    if share == 1.0:
        return np.arange(texts)
    chosen = []
    for label in range(classes):
        rows = np.flatnonzero(labels == label)
        count = int(share * len(rows))
        chosen.append(rows[np.arange(count) * len(rows) // max(1, count)])  # evenly: no seed is needed
    return np.sort(np.concatenate(chosen))
