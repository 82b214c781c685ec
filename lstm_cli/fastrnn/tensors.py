"""The recurrence as an operation on TensorFlow's tensors, with its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from lstm_cli.fastrnn import recurrence
from lstm_cli.fastrnn.deferred_adam import DeferredAdam
from lstm_cli.fastrnn.recurrence import Cell, Direction, Inputs, Weights


@dataclass(frozen=True)
class TensorInputs:
    """`recurrence.Inputs` as tensors, with the same fields; where a learner keeps the table, `x` is not read."""

    x: tf.Tensor
    states: tuple[tf.Tensor, ...]
    tokens: tf.Tensor | None = None
    dropout: tf.Tensor | None = None
    mask: tf.Tensor | None = None
    learner: DeferredAdam | None = None


def run_recurrence(
    cell: Cell,
    direction: Direction,
    *,
    inputs: TensorInputs,
    weights: list[tf.Tensor],
    keep: bool,
    return_state: bool,
) -> list[tf.Tensor]:
    """Run a recurrence; differentiable in `x`, the states and the weights.

    The gradient of `x` where a learner keeps the table is `tf.IndexedSlices` of the rows read, each but once.

    Args:
        cell: the kind of cell.
        direction: how to walk.
        inputs: what to read.
        weights: Keras' kernel, recurrent kernel and, where the layer has it, bias.
        keep: whether to keep what the gradient needs; without, the gradient runs the steps once more.

        return_state: whether to hand out the final states; every array that crosses costs some microseconds.

    Returns:
        The outputs `float32[batch, steps or 1, units]`, and with `return_state` the final states.
    """
    optional = {"tokens": inputs.tokens, "dropout": inputs.dropout, "mask": inputs.mask}
    constants = {name: tensor for name, tensor in optional.items() if tensor is not None}
    learner = inputs.learner
    read_here = [*([] if learner else [inputs.x]), *inputs.states, *weights]
    count = len(read_here) + len(constants)

    def read(arrays: tuple[np.ndarray, ...]) -> dict[str, Any]:
        rest = list(arrays)
        x = learner.table if learner else rest.pop(0)
        states, rest = tuple(rest[: len(inputs.states)]), rest[len(inputs.states) :]
        kernel, recurrent_kernel, *bias = rest[: len(weights)]
        optional = dict(zip(constants, rest[len(weights) :], strict=True))
        return {
            "inputs": Inputs(x, states, **optional, learner=learner),
            "weights": Weights(kernel, recurrent_kernel, bias[0] if bias else None),
        }

    def forward(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        outputs, final, records = recurrence.run_forward(cell, direction, **read(arrays), keep=keep)
        return outputs, *(final if return_state else ()), records

    def backward(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        given = read(arrays[:count])
        records, output_gradient, *state_gradients = arrays[count:]
        if not keep:
            records = recurrence.run_forward(cell, direction, **given, keep=True)[2]
        gradients = recurrence.run_backward(
            cell,
            direction,
            **given,
            records=records,
            output_gradient=output_gradient,
            state_gradients=tuple(state_gradients),
        )
        of = gradients.weights
        biases = () if of.bias is None else (of.bias,)
        rows = () if gradients.rows is None else (gradients.rows,)
        states = gradients.states[: len(inputs.states)]
        return *rows, gradients.x, *states, of.kernel, of.recurrent_kernel, *biases

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow ships no type information
    def run(*tensors: tf.Tensor) -> tuple[tuple[tf.Tensor, ...], Any]:
        given = [*(tensors[1:] if learner else tensors), *constants.values()]
        kinds = [tf.float32] * (2 + (cell.states if return_state else 0))
        *results, records = tf.numpy_function(forward, given, kinds, stateful=learner is not None)
        walked = inputs.x if inputs.tokens is None else inputs.tokens
        units = weights[1].shape[0]
        results[0].set_shape([walked.shape[0], walked.shape[1] if direction.return_sequences else 1, units])
        for state in results[1:]:
            state.set_shape([walked.shape[0], units])

        def differentiate(*upstream: tf.Tensor) -> list[tf.Tensor | tf.IndexedSlices]:
            kinds = [*([tf.int32] if learner else []), *[tf.float32] * len(tensors)]
            results = tf.numpy_function(
                backward, [*given, records, *upstream], kinds, stateful=learner is not None
            )
            gradients = results[1:] if learner else results
            for gradient, tensor in zip(gradients, tensors, strict=True):
                gradient.set_shape([None, *tensor.shape[1:]] if learner and tensor is tensors[0] else tensor.shape)
            if learner:
                gradients[0] = tf.IndexedSlices(gradients[0], results[0], tf.shape(tensors[0]))
            return list(gradients)

        return tuple(results), differentiate

    return list(run(inputs.x, *inputs.states, *weights))
