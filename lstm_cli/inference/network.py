"""A configuration's layers and their weights → probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import Config, ModelConfig, RecurrentLayer
from lstm_cli.inference.activations import ACTIVATIONS, Activation, Array, sigmoid, softmax
from lstm_cli.inference.batches import Batch, iter_batches
from lstm_cli.inference.cells import run_cell
from lstm_cli.kernels.requirements import find_unmet
from lstm_cli.modelfile.shapes import NEVER_THE_MAXIMUM
from lstm_cli.text.encoder import EncodedTexts

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

    def predict(
        self, tokens: NDArray[np.int32], *, channels: NDArray[Any] | None = None, logits: Array | None = None
    ) -> Array:
        """Return what the last layer gives for each row.

        Args:
            tokens: `int32[n, maxlen]`, each a row of the embedding, 0 where there is padding.
            channels: floats `[count, c]` of the `count` tokens that are no padding, row by row; where the network
                reads any.
            logits: `float32[n, outputs]`, where the configuration skips to one.

        Returns:
            `float32[n, outputs]`: the probability of the second class, or of each class.

        Raises:
            ValueError: channels or logits are missing, not wanted, or of another shape.
        """
        self._check_inputs(tokens, channels, logits)
        skips_padding = self.config.skips_padding
        steps = int(np.count_nonzero(tokens)) if skips_padding else tokens.size
        with_kernels = steps * self._count_work() >= _SMALL_WORK
        probabilities = np.empty((len(tokens), self.outputs), np.float32)
        for batch in iter_batches(
            tokens,
            channels=channels,
            logits=logits,
            widest=max(weight.shape[-1] for weight in self.weights),
            skips_padding=skips_padding,
        ):
            probabilities[batch.rows] = self._run(batch, with_kernels=with_kernels)
        return probabilities

    def predict_texts(self, texts: EncodedTexts) -> Array:
        """Return `predict` of encoded texts, for whatever the network reads of them."""
        logits = texts.logits if self.config.logit_skip is not None else None
        return self.predict(texts.tokens, channels=texts.channels, logits=logits)

    def _check_inputs(
        self, tokens: NDArray[np.int32], channels: NDArray[Any] | None, logits: Array | None
    ) -> None:
        width = self.weights[1].shape[0] - self.weights[0].shape[1]
        expected = {
            "channels": (int(np.count_nonzero(tokens)), width) if width else None,
            "logits": (len(tokens), self.outputs) if self.config.logit_skip is not None else None,
        }
        for name, given in {"channels": channels, "logits": logits}.items():
            shape = None if given is None else given.shape
            if shape != expected[name]:
                raise ValueError(f"expected {name} of the shape {expected[name]}, got {shape}")

    def _count_work(self) -> int:
        """Return the multiply-adds of a step of a sequence."""
        return sum(weight.size for weight in self.weights[1:] if weight.ndim == 2)

    def _run(self, batch: Batch, *, with_kernels: bool) -> Array:
        table, *others = self.weights
        weights = iter(others)
        mask = batch.tokens != 0 if self.config.embedding.mask_zero else None
        on_kernels = [with_kernels and _suits_kernels(layer) for layer in self.config.recurrent]
        # Given the table, the kernels multiply once what the tokens of a word share.
        by_word = on_kernels[0] and batch.channels is None
        x = table if by_word else table[batch.tokens]
        if batch.channels is not None:
            x = np.concatenate([x, batch.channels], axis=-1)
        for position, layer in enumerate(self.config.recurrent):
            return_sequences = self.config.derive_return_sequences(position)
            run = partial(run_cell, activations=self.activations)
            if on_kernels[position]:
                run = partial(_run_kernel, tokens=batch.tokens if by_word and position == 0 else None)
            x = _run_recurrent(layer, weights, x, mask=mask, return_sequences=return_sequences, run_direction=run)
        x = np.concatenate([_pool(x, name, mask=mask) for name in self.config.poolings], axis=-1)
        for dense in self.config.dense:
            x = x @ next(weights)
            if dense.use_bias:
                x = x + next(weights)
            x = self.activations[dense.activation](x)
        if batch.logits is not None:
            x = np.concatenate([x, batch.logits], axis=-1)
        outputs = x @ next(weights) + next(weights)
        return sigmoid(outputs) if self.outputs == 1 else softmax(outputs)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Networks of the same layers, whose probabilities are averaged."""

    members: tuple[Network, ...]

    def predict_texts(self, texts: EncodedTexts) -> Array:
        """Return the mean of what the members give for encoded texts, as `Network.predict_texts` does."""
        total = sum(network.predict_texts(texts) for network in self.members)
        return np.asarray(total / np.float32(len(self.members)), np.float32)


def build_network(config: Config, weights: Sequence[Array], *, outputs: int) -> Network | Ensemble:
    """Return what a model of ours computes.

    Args:
        config: of the training.
        weights: `float32` arrays in the order of Keras' `model.get_weights()`; of an ensemble member by member.
        outputs: `Classes.outputs`.
    """
    count = len(weights) // config.members
    members = tuple(
        Network(config.model, tuple(weights[first : first + count]), outputs)
        for first in range(0, len(weights), count)
    )
    return members[0] if len(members) == 1 else Ensemble(members)


def _suits_kernels(layer: RecurrentLayer) -> bool:
    """Whether the kernels compute this layer; unrolling gives the same numbers, dropout is for training."""
    return find_unmet(layer.model_dump(exclude={"unroll", "recurrent_dropout"})) is None


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
    tokens: NDArray[np.int32] | None,
    mask: NDArray[np.bool_] | None,
    go_backwards: bool,
    return_sequences: bool,
    zero_output_for_mask: bool,
) -> Array:
    """Run all steps of a batch as `run_cell` does, by the kernels; with `tokens`, of those rows of a table `x`."""
    from lstm_cli.kernels import recurrence
    from lstm_cli.kernels.frame import Direction

    kernel, recurrent_kernel, *bias = weights
    outputs, _, _ = recurrence.run_forward(
        recurrence.CELLS[layer.cell],
        Direction(go_backwards, return_sequences, zero_output_for_mask),
        inputs=recurrence.Inputs(np.ascontiguousarray(x), (), tokens=tokens, mask=mask),
        weights=recurrence.Weights(kernel, recurrent_kernel, bias[0] if bias else None),
        keep=False,
    )
    return outputs


def _pool(x: Array, pooling: str, *, mask: NDArray[np.bool_] | None) -> Array:
    """Return `float32[batch, units]` of `float32[batch, steps, units]`; one step where only the last is there."""
    if pooling == "max":
        # As the Keras model does it, so that a row of padding alone gives the same too.
        x = x if mask is None else x + np.where(mask, np.float32(0), np.float32(NEVER_THE_MAXIMUM))[:, :, None]
        return np.asarray(x.max(axis=1))
    if pooling == "mean":
        if mask is None:
            return np.asarray(x.mean(axis=1))
        with np.errstate(invalid="ignore"):  # nothing but padding: no number, as in Keras
            return np.asarray((x * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, dtype=np.float32)[:, None])
    return x[:, -1]
