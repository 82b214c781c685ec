"""A configuration's layers and their weights → probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import ModelConfig, RecurrentLayer
from lstm_cli.inference.activations import ACTIVATIONS, Activation, Array, sigmoid, softmax
from lstm_cli.inference.cells import run_cell
from lstm_cli.kernels.requirements import find_unmet

# Reviews computed at once: enough to fill the cores, little enough that memory does not notice.
_LARGEST_BATCH = 512
_LARGEST_ARRAY = 2**26  # numbers of one; reviews of 100,000 tokens are computed a few at a time
# Multiply-adds below which NumPy has done before the kernels are loaded (half a second, seven the first time).
_SMALL_WORK = 1_000_000_000


@dataclass(frozen=True, eq=False)
class Network:
    """Layers with their weights.

    Attributes:
        config: the layers.
        weights: `float32` arrays in the order of Keras' `model.get_weights()`.
        outputs: units of the last layer: one with a sigmoid, or one a class with a softmax.
        activations: by the names that the layers have for them.
    """

    config: ModelConfig
    weights: tuple[Array, ...]
    outputs: int
    activations: Mapping[str, Activation] = field(default_factory=lambda: ACTIVATIONS)

    def predict(self, tokens: NDArray[np.int32]) -> Array:
        """Return what the last layer gives for each row.

        Args:
            tokens: `int32[n, maxlen]`, each a row of the embedding.

        Returns:
            `float32[n, outputs]`: the probability of the second class, or of each class.
        """
        maxlen = tokens.shape[1]
        with_kernels = len(tokens) * maxlen * self._count_work() >= _SMALL_WORK
        widest = max(weight.shape[-1] for weight in self.weights)
        size = max(1, min(_LARGEST_BATCH, _LARGEST_ARRAY // (maxlen * widest)))
        results = [
            self._run(np.asarray(tokens[first : first + size]), with_kernels=with_kernels)
            for first in range(0, len(tokens), size)
        ]
        return np.concatenate(results) if results else np.empty((0, self.outputs), np.float32)

    def _count_work(self) -> int:
        """Return the multiply-adds of a step of a sequence."""
        return sum(weight.size for weight in self.weights[1:] if weight.ndim == 2)

    def _run(self, tokens: NDArray[np.int32], *, with_kernels: bool) -> Array:
        weights = iter(self.weights)
        x, mask = next(weights)[tokens], None
        if self.config.embedding.mask_zero:
            mask = tokens != 0
        for position, layer in enumerate(self.config.recurrent):
            return_sequences = self.config.derive_return_sequences(position)
            # Unrolling gives the same numbers.
            is_fit = find_unmet(layer.model_dump(exclude={"unroll", "recurrent_dropout"})) is None
            run = _run_kernel if with_kernels and is_fit else partial(run_cell, activations=self.activations)
            x = _run_recurrent(layer, weights, x, mask=mask, return_sequences=return_sequences, run_direction=run)
        x = _pool(x, self.config.pooling, mask=mask)
        for dense in self.config.dense:
            x = x @ next(weights)
            if dense.use_bias:
                x = x + next(weights)
            x = self.activations[dense.activation](x)
        logits = x @ next(weights) + next(weights)
        return sigmoid(logits) if self.outputs == 1 else softmax(logits)


def _run_recurrent(
    layer: RecurrentLayer,
    weights: Iterator[Array],
    x: Array,
    *,
    mask: NDArray[np.bool_] | None,
    return_sequences: bool,
    run_direction: Callable[..., Array],
) -> Array:
    count = 3 if layer.use_bias else 2

    def run(*, go_backwards: bool) -> Array:
        own = [next(weights) for _ in range(count)]
        return run_direction(
            layer,
            own,
            x,
            mask=mask,
            go_backwards=go_backwards,
            return_sequences=return_sequences,
            # As Keras' Bidirectional sets it for its two halves.
            zero_output_for_mask=layer.bidirectional and return_sequences,
        )

    if not layer.bidirectional:
        return run(go_backwards=layer.go_backwards)
    forward, backward = run(go_backwards=False), run(go_backwards=True)[:, ::-1]
    if layer.merge_mode == "concat":
        return np.concatenate([forward, backward], axis=-1)
    if layer.merge_mode == "mul":
        return forward * backward
    total = forward + backward
    return total * np.float32(0.5) if layer.merge_mode == "ave" else total


def _run_kernel(
    layer: RecurrentLayer,
    weights: Sequence[Array],
    x: Array,
    *,
    mask: NDArray[np.bool_] | None,
    go_backwards: bool,
    return_sequences: bool,
    zero_output_for_mask: bool,
) -> Array:
    """Run all steps of a batch as `run_cell` does, by the compiled kernels."""
    from lstm_cli.kernels import recurrence
    from lstm_cli.kernels.frame import Direction

    kernel, recurrent_kernel, *bias = weights
    outputs, _, _ = recurrence.run_forward(
        recurrence.CELLS[layer.cell],
        Direction(go_backwards, return_sequences, zero_output_for_mask),
        inputs=recurrence.Inputs(np.ascontiguousarray(x), (), mask=mask),
        weights=recurrence.Weights(kernel, recurrent_kernel, bias[0] if bias else None),
        keep=False,
    )
    return outputs


def _pool(x: Array, pooling: str, *, mask: NDArray[np.bool_] | None) -> Array:
    """Return `float32[batch, units]` of `float32[batch, steps, units]`; one step where only the last is there."""
    if pooling == "max":
        return np.asarray(x.max(axis=1))
    if pooling == "mean":
        if mask is None:
            return np.asarray(x.mean(axis=1))
        with np.errstate(invalid="ignore"):  # nothing but padding: no number, as in Keras
            return np.asarray((x * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, dtype=np.float32)[:, None])
    return x[:, -1]
