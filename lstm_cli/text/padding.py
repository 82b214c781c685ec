"""Sequences of any length → one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Side = Literal["pre", "post"]


def truncate_sequence(sequence: Sequence[int], *, maxlen: int, truncating: Side) -> Sequence[int]:
    """Return at most `maxlen` tokens of `sequence`, cut on the side `truncating`."""
    return sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]


def pad_sequences(
    sequences: Sequence[Sequence[int]], *, maxlen: int, padding: Side, truncating: Side, value: int
) -> NDArray[np.int32]:
    """Cut or pad sequences to one length, equal to `keras.utils.pad_sequences`.

    Cutting before the text (`truncating="pre"`) drops the index that starts a review, as Keras does.

    Args:
        sequences: n lists of token ids.
        maxlen: tokens a row, at least 1.
        padding: the side that is filled up.
        truncating: the side that a longer sequence is cut on.
        value: what it is filled up with.

    Returns:
        `int32[n, maxlen]`.
    """
    rows = np.full((len(sequences), maxlen), value, dtype=np.int32)
    for row, sequence in zip(rows, sequences, strict=True):
        kept = truncate_sequence(sequence, maxlen=maxlen, truncating=truncating)
        if padding == "post":
            row[: len(kept)] = kept
        else:
            row[maxlen - len(kept) :] = kept
    return rows
