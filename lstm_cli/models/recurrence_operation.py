"""The recurrence as an operation on TensorFlow's tensors, with its gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from lstm_cli.kernels import recurrence
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.deferred_adam import DeferredAdam
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import Inputs, Weights

Arrays: TypeAlias = dict[str, np.ndarray]


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
    learner = inputs.learner
    states = cell.states._fields
    final = [f"final_{state}" for state in states] if return_state else []
    # Of what need not be there, what is: no states, or all; perhaps a bias, a mask.
    differentiable = {
        "x": inputs.x,
        **dict(zip(states, inputs.states, strict=False)),
        **dict(zip(("kernel", "recurrent_kernel", "bias"), weights, strict=False)),
    }
    optional = {"tokens": inputs.tokens, "dropout": inputs.dropout, "mask": inputs.mask}
    constants = {name: tensor for name, tensor in optional.items() if tensor is not None}

    def read(arrays: Arrays) -> dict[str, Any]:
        x = arrays["x"] if learner is None else learner.table
        given = tuple(arrays[state] for state in states if state in differentiable)
        rest = {name: arrays[name] for name in constants}
        return {
            "inputs": Inputs(x, given, **rest, learner=learner),
            "weights": Weights(arrays["kernel"], arrays["recurrent_kernel"], arrays.get("bias")),
        }

    def forward(arrays: Arrays) -> Arrays:
        outputs, last, records = recurrence.run_forward(cell, direction, **read(arrays), keep=keep)
        return {"outputs": outputs, **dict(zip(final, last, strict=False)), "records": records}

    def backward(arrays: Arrays) -> Arrays:
        given, records = read(arrays), arrays["records"]
        if not keep:
            records = recurrence.run_forward(cell, direction, **given, keep=True)[2]
        gradients = recurrence.run_backward(
            cell,
            direction,
            **given,
            records=records,
            output_gradient=arrays["outputs"],
            state_gradients=tuple(arrays[state] for state in final),
        )
        of_x = {"x": gradients.x} if gradients.rows is None else {"x": gradients.x, "rows": gradients.rows}
        of_weights = {name: array for name, array in vars(gradients.weights).items() if array is not None}
        return {**of_x, **dict(zip(states, gradients.states, strict=True)), **of_weights}

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow ships no type information
    def run(*tensors: tf.Tensor) -> tuple[tuple[tf.Tensor, ...], Any]:
        given = {**dict(zip(differentiable, tensors, strict=True)), **constants}
        table = given.pop("x") if learner else given["x"]
        results = _call(forward, given, ["outputs", *final, "records"], stateful=learner is not None)
        records = results.pop("records")
        walked = table if inputs.tokens is None else inputs.tokens
        units = given["recurrent_kernel"].shape[0]
        steps = walked.shape[1] if direction.return_sequences else 1
        for name, tensor in results.items():
            tensor.set_shape([walked.shape[0], *([steps] if name == "outputs" else []), units])

        def differentiate(*upstream: tf.Tensor) -> list[tf.Tensor | tf.IndexedSlices]:
            known = {**given, "records": records, **dict(zip(results, upstream, strict=True))}
            names = [*differentiable, *(["rows"] if learner else [])]
            gradients = _call(backward, known, names, stateful=learner is not None)
            for name, tensor in given.items():
                if name in gradients:
                    gradients[name].set_shape(tensor.shape)
            if learner:
                gradients["x"].set_shape([None, table.shape[1]])
                gradients["x"] = tf.IndexedSlices(gradients["x"], gradients.pop("rows"), tf.shape(table))
            return list(gradients.values())

        return tuple(results.values()), differentiate

    return list(run(*differentiable.values()))


def _call(
    function: Callable[[Arrays], Arrays], given: Mapping[str, tf.Tensor], names: Sequence[str], *, stateful: bool
) -> dict[str, tf.Tensor]:
    """Call a function of named arrays, whenever TensorFlow runs, and return its results of some names."""

    def call(*arrays: np.ndarray) -> list[np.ndarray]:
        results = function(dict(zip(given, arrays, strict=True)))
        return [results[name] for name in names]

    kinds = [tf.int32 if name == "rows" else tf.float32 for name in names]
    tensors = tf.numpy_function(call, list(given.values()), kinds, stateful=stateful)
    return dict(zip(names, tensors, strict=True))
