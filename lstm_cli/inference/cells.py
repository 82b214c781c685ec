"""The recurrent cells in NumPy, with every argument that Keras' have: for what the kernels cannot or need not do.

All sequences of a batch take a step together. The gates stand in Keras' order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import GRULayer, LSTMLayer, RecurrentLayer
from lstm_cli.inference.activations import Activation, Array

Step = Callable[[Array, list[Array]], list[Array]]
"""Projected inputs `float32[batch, columns]`, states `float32[batch, units]` → the next states, output first."""


def run_cell(
    layer: RecurrentLayer,
    weights: Sequence[Array],
    x: Array,
    *,
    mask: NDArray[np.bool_] | None,
    go_backwards: bool,
    return_sequences: bool,
    zero_output_for_mask: bool,
    activations: Mapping[str, Activation],
) -> Array:
    """Run all steps of a batch.

    Args:
        layer: the cell and its arguments.
        weights: Keras' kernel, recurrent kernel and, where the layer has it, bias.
        x: `float32[batch, steps, features]`.
        mask: `bool[batch, steps]`, False where a step is skipped, or None.
        go_backwards: begin at the last step; the outputs come in the order of processing.
        return_sequences: give every step's output, not only the last.
        zero_output_for_mask: a skipped step gives zeros, not the output before it.
        activations: by the names that the layer has for them.

    Returns:
        `float32[batch, steps or 1, units]`.
    """
    kernel, recurrent_kernel, *bias = weights
    batch, steps, _ = x.shape
    step, input_bias = _build_step(layer, recurrent_kernel, bias[0] if bias else None, activations)
    # Step by step in memory, so that each reads its own part alone.
    projected = np.ascontiguousarray((x @ kernel + input_bias).swapaxes(0, 1))
    states = [np.zeros((batch, layer.units), np.float32) for _ in range(2 if isinstance(layer, LSTMLayer) else 1)]
    output = states[0]
    outputs = np.empty((batch, steps if return_sequences else 1, layer.units), np.float32)
    for place in range(steps):
        time = steps - 1 - place if go_backwards else place
        after = step(projected[time], states)
        if mask is None:
            states, output = after, after[0]
        else:
            here = mask[:, time, None]
            output = np.where(here, after[0], np.float32(0) if zero_output_for_mask else output)
            states = [np.where(here, new, old) for new, old in zip(after, states, strict=True)]
        if return_sequences:
            outputs[:, place] = output
    if not return_sequences:
        outputs[:, 0] = output
    return outputs


def _build_step(
    layer: RecurrentLayer, recurrent_kernel: Array, bias: Array | None, activations: Mapping[str, Activation]
) -> tuple[Step, Array]:
    """Return a cell's step, and what is added to the projected inputs beforehand."""
    activate = activations[layer.activation]
    nothing: Array = np.zeros((), np.float32)
    units = layer.units
    if isinstance(layer, LSTMLayer):
        gate = activations[layer.recurrent_activation]

        def step_lstm(x: Array, states: list[Array]) -> list[Array]:
            h, c = states
            z = x + h @ recurrent_kernel
            c = gate(z[:, units : 2 * units]) * c + gate(z[:, :units]) * activate(z[:, 2 * units : 3 * units])
            return [gate(z[:, 3 * units :]) * activate(c), c]

        return step_lstm, nothing if bias is None else bias
    if isinstance(layer, GRULayer):
        gate = activations[layer.recurrent_activation]
        if layer.reset_after:
            recurrent_bias = nothing if bias is None else bias[1]

            def step_gru(x: Array, states: list[Array]) -> list[Array]:
                (h,) = states
                inner = h @ recurrent_kernel + recurrent_bias
                gates = gate(x[:, : 2 * units] + inner[:, : 2 * units])
                update = gates[:, :units]
                new = activate(x[:, 2 * units :] + gates[:, units:] * inner[:, 2 * units :])
                return [update * h + (1 - update) * new]

            return step_gru, nothing if bias is None else bias[0]

        def step_gru_before(x: Array, states: list[Array]) -> list[Array]:
            (h,) = states
            gates = gate(x[:, : 2 * units] + h @ recurrent_kernel[:, : 2 * units])
            update = gates[:, :units]
            inner: Array = np.matmul(gates[:, units:] * h, recurrent_kernel[:, 2 * units :])
            new = activate(x[:, 2 * units :] + inner)
            return [update * h + (1 - update) * new]

        return step_gru_before, nothing if bias is None else bias

    def step_simple(x: Array, states: list[Array]) -> list[Array]:
        (h,) = states
        z: Array = x + h @ recurrent_kernel
        return [activate(z)]

    return step_simple, nothing if bias is None else bias
