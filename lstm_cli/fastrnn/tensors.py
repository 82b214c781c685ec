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
    """`recurrence.Inputs` as tensors, with the same fields; `x` is None where a learner keeps the table."""

    x: tf.Tensor | None
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
    """Run a recurrence; differentiable in `x`, the states and the weights. A learner learns with the gradients.

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
    tables = [] if inputs.x is None else [inputs.x]
    differentiable = [*tables, *inputs.states, *weights]
    count = len(differentiable) + len(constants)

    def read(arrays: tuple[np.ndarray, ...]) -> dict[str, Any]:
        x = arrays[0] if learner is None else learner.table
        states = arrays[len(tables) : len(tables) + len(inputs.states)]
        kernel, recurrent_kernel, *bias = arrays[len(tables) + len(inputs.states) : len(differentiable)]
        rest = dict(zip(constants, arrays[len(differentiable) :], strict=True))
        return {
            "inputs": Inputs(x, states, **rest, learner=learner),
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
        of_x = () if gradients.x is None else (gradients.x,)
        return *of_x, *gradients.states[: len(inputs.states)], of.kernel, of.recurrent_kernel, *biases

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow ships no type information
    def run(*tensors: tf.Tensor) -> tuple[tuple[tf.Tensor, ...], Any]:
        given = [*tensors, *constants.values()]
        kinds = [tf.float32] * (2 + (cell.states if return_state else 0))
        *results, records = tf.numpy_function(forward, given, kinds, stateful=learner is not None)
        walked = given[0] if inputs.tokens is None else inputs.tokens
        units = weights[1].shape[0]
        results[0].set_shape([walked.shape[0], walked.shape[1] if direction.return_sequences else 1, units])
        for state in results[1:]:
            state.set_shape([walked.shape[0], units])

        def differentiate(*upstream: tf.Tensor) -> list[tf.Tensor]:
            kinds = [tf.float32] * len(tensors)
            gradients = tf.numpy_function(
                backward, [*given, records, *upstream], kinds, stateful=learner is not None
            )
            for gradient, tensor in zip(gradients, tensors, strict=True):
                gradient.set_shape(tensor.shape)
            return list(gradients)

        return tuple(results), differentiate

    return list(run(*differentiable))
