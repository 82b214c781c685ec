"""The training split, cut into the batches of every epoch: the same ones for one (seed, epoch)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import Config
from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.text.padding import Side

_TOKENS_PER_CALL = 1 << 18
_STEPS_PER_CALL = (16, 64)
_BATCHES_SORTED = 64  # by length, at once: enough to be alike, few enough that an epoch is not one order by length


@dataclass(frozen=True)
class Batches:
    """The reviews of a training split, in batches.

    Attributes:
        reviews: the split.
        size: reviews of a full batch.
        seed: of the order.
        maxlen: tokens of a review that a step reads at most; None for all that are there.
        by_length: whether a batch holds reviews of like length, and is as wide as they are.
        padding: the side on which rows are padded.
        truncating: the side on which what is longer than `maxlen` is cut.
        reads_logits: whether the model is told the logits of its texts, where there are any.
    """

    reviews: EncodedTexts
    size: int
    seed: int
    maxlen: int | None = None
    by_length: bool = False
    padding: Side = "pre"
    truncating: Side = "pre"
    reads_logits: bool = True

    @cached_property
    def steps_per_call(self) -> int:
        """Few enough that a wish to stop is soon seen, and many enough that a call's own cost is not."""
        if self.by_length:  # each of its own width
            return 1
        return int(np.clip(_TOKENS_PER_CALL // (self.size * self._width), *_STEPS_PER_CALL))

    def iter_epoch(self, epoch: int) -> Iterator[NDArray[np.int32]]:
        """Yield the rows of an epoch's batches.

        Args:
            epoch: from 0 on.

        Yields:
            `int32[steps, batch]`, blocks of `steps_per_call` full batches at most; the last may be a short one.
        """
        order = draw_order(len(self.reviews), seed=self.seed, epoch=epoch)
        if self.by_length:
            order = self._sort(order, epoch=epoch)
        return iter_rows(order, batch_size=self.size, steps=self.steps_per_call)

    def measure(self, rows: NDArray[np.int32]) -> int:
        """Return how many tokens wide a block of batches is, which all copies of a model must know alike."""
        return max(1, int(self._lengths[rows].max())) if self.by_length else self._width

    def iter_alike(self, count: int) -> Iterator[NDArray[np.int32]]:
        """Yield all rows once, `int32[count]` at most: the shortest first where a batch is of like lengths."""
        order = np.argsort(self._lengths, kind="stable") if self.by_length else np.arange(len(self.reviews))
        for first in range(0, len(order), count):
            yield order[first : first + count].astype(np.int32)

    def read(self, rows: NDArray[np.int32], *, width: int) -> tuple[NDArray[Any], ...]:
        """Return what a model reads of rows `int32[...]`, in the order of its inputs, and then their labels.

        Returns:
            The tokens `int32[..., width]`; where there are any, the channels `float32[..., width, c]` and, where
            the model is told them, the logits `float32[..., outputs]`; the labels `float32[..., 1]`.
        """
        reviews = self.reviews
        labels = reviews.labels[rows][..., None].astype(np.float32)
        if width == reviews.tokens.shape[1] and reviews.channels is None:
            return reviews.tokens[rows], labels
        lengths = self._lengths[rows][..., None]
        places = np.arange(width) - (width - lengths if self.padding == "pre" else 0)
        is_token = (places >= 0) & (places < lengths)
        columns = self._starts[rows][..., None] + places
        tokens = np.where(is_token, reviews.tokens[rows[..., None], np.clip(columns, 0, self._last)], np.int32(0))
        if reviews.channels is None or reviews.logits is None:
            return tokens, labels
        channels = np.zeros((*tokens.shape, reviews.channels.shape[1]), np.float32)
        channels[is_token] = reviews.channels[(self._told[rows][..., None] + columns)[is_token]]
        logits = (reviews.logits[rows],) if self.reads_logits else ()
        return tokens, channels, *logits, labels

    @cached_property
    def _width(self) -> int:
        return min(self.maxlen or self._last + 1, self._last + 1)

    @property
    def _last(self) -> int:
        return int(self.reviews.tokens.shape[1]) - 1

    @cached_property
    def _words(self) -> NDArray[np.int32]:
        """How many tokens of each row are no padding: `int32[n]`."""
        rows = range(0, len(self.reviews), 4096)
        counts = [np.count_nonzero(self.reviews.tokens[row : row + 4096], axis=1) for row in rows]
        return np.concatenate(counts).astype(np.int32)

    @cached_property
    def _lengths(self) -> NDArray[np.int32]:
        """How many of them a step reads: `int32[n]`."""
        return np.minimum(self._words, self._width)

    @cached_property
    def _starts(self) -> NDArray[np.int32]:
        """Where in its row the first of them is: `int32[n]`."""
        firsts = self._last + 1 - self._words if self.padding == "pre" else np.zeros_like(self._words)
        return firsts + (self._words - self._lengths if self.truncating == "pre" else 0)

    @cached_property
    def _told(self) -> NDArray[np.int64]:
        """Where among the channels that of a row's first column would be: `int64[n]`."""
        firsts = self._last + 1 - self._words if self.padding == "pre" else np.zeros_like(self._words)
        return np.cumsum(self._words, dtype=np.int64) - self._words - firsts

    def _sort(self, order: NDArray[np.int32], *, epoch: int) -> NDArray[np.int32]:
        """Return an order whose batches hold rows of like length, the batches in any order, a short one last."""
        pool = _BATCHES_SORTED * self.size
        pools = (order[first : first + pool] for first in range(0, len(order), pool))
        by_length = np.concatenate([one[np.argsort(self._lengths[one], kind="stable")] for one in pools])
        full = len(order) // self.size
        batches = by_length[: full * self.size].reshape(full, self.size)
        mixed = np.random.default_rng([self.seed, epoch, 1]).permutation(batches)
        return np.concatenate([mixed.reshape(-1), by_length[full * self.size :]])


def build_batches(config: Config, reviews: EncodedTexts, *, is_judged: bool = False) -> Batches:
    """Build the batches that a configuration asks for.

    Args:
        config: whose training it is.
        reviews: a split.
        is_judged: whether that is all that is done with it: then they are read as long as they are.
    """
    training = config.training
    return Batches(
        reviews,
        training.batch_size,
        training.seed,
        maxlen=None if is_judged else training.maxlen,
        by_length=training.batch_by_length and (config.model.skips_padding or not is_judged),
        padding=config.data.padding,
        truncating=config.data.truncating,
        reads_logits=config.model.logit_skip is not None,
    )


def draw_order(size: int, *, seed: int, epoch: int) -> NDArray[np.int32]:
    """Return the order of an epoch: `int32[size]`, another every epoch, the same for one (seed, epoch)."""
    return np.random.default_rng([seed, epoch]).permutation(size).astype(np.int32)


def iter_rows(order: NDArray[np.int32], *, batch_size: int, steps: int) -> Iterator[NDArray[np.int32]]:
    """Yield `int32[steps, batch]` blocks of full batches; at the end what is left: fewer, then a short one."""
    full = len(order) // batch_size
    batches = order[: full * batch_size].reshape(full, batch_size)
    for first in range(0, full, steps):
        yield batches[first : first + steps]
    if full * batch_size < len(order):
        yield order[None, full * batch_size :]
