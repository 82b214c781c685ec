"""Which texts are computed together, and what of them: rows of like length, without the padding they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_cli.inference.activations import Array

# Reviews computed at once: enough to fill the cores, little enough that memory does not notice.
_LARGEST_BATCH = 512
_LARGEST_ARRAY = 2**26  # numbers of one; reviews of 100,000 tokens are computed a few at a time
_SORTED_AT_ONCE = 16 * _LARGEST_BATCH


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows as a network reads them at once.

    Attributes:
        rows: `int[batch]`, which ones.
        tokens: `int32[batch, steps]`.
        channels: `float32[batch, steps, c]`, zeros where there is padding; or None.
        logits: `float32[batch, outputs]` or None.
    """

    rows: NDArray[np.intp]
    tokens: NDArray[np.int32]
    channels: Array | None
    logits: Array | None


def iter_batches(
    tokens: NDArray[np.int32],
    *,
    channels: NDArray[Any] | None,
    logits: Array | None,
    widest: int,
    skips_padding: bool,
) -> Iterator[Batch]:
    """Yield every row once; in their order, unless padding is skipped.

    Args:
        tokens: `int32[n, maxlen]`.
        channels: floats `[count, c]` of the `count` tokens that are no padding, row by row; or None.
        logits: `float32[n, outputs]` or None.
        widest: numbers that a step of a row needs at most.
        skips_padding: whether a step of padding changes nothing.
    """
    maxlen = tokens.shape[1]
    size = _SORTED_AT_ONCE if skips_padding else _fit(maxlen, widest)
    told = 0
    for first in range(0, len(tokens), size):
        block = np.asarray(tokens[first : first + size])
        is_token = block != 0
        ends = told + is_token.sum(axis=1).cumsum()
        starts, told = np.concatenate([[told], ends[:-1]]), ends[-1]
        everything = (np.arange(len(block)), slice(0, maxlen))
        for rows, steps in _iter_like_rows(is_token, widest=widest) if skips_padding else [everything]:
            own = None
            if channels is not None:
                own = np.zeros((len(rows), steps.stop - steps.start, channels.shape[1]), np.float32)
                own[is_token[rows, steps]] = np.concatenate(
                    [channels[start:end] for start, end in zip(starts[rows], ends[rows], strict=True)]
                )
            places = first + rows
            yield Batch(places, block[rows, steps], own, None if logits is None else logits[places])


def _iter_like_rows(is_token: NDArray[np.bool_], *, widest: int) -> Iterator[tuple[NDArray[np.intp], slice]]:
    """Yield rows of like length, the longest first, and the steps outside of which all of them are padding."""
    maxlen = is_token.shape[1]
    is_empty = ~is_token.any(axis=1)
    first = is_token.argmax(axis=1)
    end = np.where(is_empty, 1, maxlen - is_token[:, ::-1].argmax(axis=1))  # a row of nothing keeps a step
    length = end - first
    order = np.argsort(-length, kind="stable")
    done = 0
    while done < len(order):
        longest = int(length[order[done]])
        rows = order[done : done + _fit(longest, widest)]
        rows = rows[length[rows] > longest // 2]  # shorter ones would be computed as long for nothing
        yield rows, slice(int(first[rows].min()), int(end[rows].max()))
        done += len(rows)


def _fit(steps: int, widest: int) -> int:
    """Return how many rows of so many steps are computed at once."""
    return max(1, min(_LARGEST_BATCH, _LARGEST_ARRAY // (steps * widest)))
