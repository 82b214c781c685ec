"""The recurrent cells written plainly in NumPy, for any float type: the judge of the kernels in the tests.

Slow on purpose: a line here is a line of the formulas. The gates stand in Keras' order.
"""

from __future__ import annotations

import numpy as np

from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import Gradients, Weights

Step = dict[str, np.ndarray]


def run_forward(
    cell: Cell,
    direction: Direction,
    *,
    x: np.ndarray,
    mask: np.ndarray | None,
    states: tuple[np.ndarray, ...],
    weights: Weights,
) -> tuple[np.ndarray, tuple[np.ndarray, ...], list[Step]]:
    """Return what `recurrence.run_forward` returns, and for every step what the backward pass needs."""
    step_forward = _FORWARD[cell.name]
    output = np.zeros_like(states[0])
    outputs, kept = [], []
    for time in _list_times(x.shape[1], direction):
        new, step = step_forward(x[:, time], states, weights)
        here = np.ones((len(x), 1), bool) if mask is None else mask[:, time, None]
        output = np.where(here, new[0], 0.0 if direction.zero_output_for_mask else output)
        states = tuple(np.where(here, after, before) for after, before in zip(new, states, strict=True))
        outputs.append(output)
        kept.append(step)
    if not direction.return_sequences:
        outputs = outputs[-1:]
    return np.stack(outputs, axis=1), states, kept


def run_backward(
    cell: Cell,
    direction: Direction,
    *,
    x: np.ndarray,
    mask: np.ndarray | None,
    weights: Weights,
    kept: list[Step],
    output_gradient: np.ndarray,
    state_gradients: tuple[np.ndarray, ...],
) -> Gradients:
    """Return the gradients of all that went into `run_forward`."""
    step_backward = _BACKWARD[cell.name]
    bias = None if weights.bias is None else np.zeros_like(weights.bias)
    total = Weights(np.zeros_like(weights.kernel), np.zeros_like(weights.recurrent_kernel), bias)
    x_gradient = np.zeros_like(x)
    d_states = state_gradients
    d_output = np.zeros_like(d_states[0])
    times = _list_times(x.shape[1], direction)
    for step in reversed(range(len(times))):
        time = times[step]
        if direction.return_sequences:
            d_output = d_output + output_gradient[:, step]
        elif step == len(times) - 1:
            d_output = d_output + output_gradient[:, 0]
        here = np.ones((len(x), 1), bool) if mask is None else mask[:, time, None]
        d_new = [np.where(here, d_state, 0.0) for d_state in d_states]
        d_new[0] = d_new[0] + np.where(here, d_output, 0.0)
        passed = [np.where(here, 0.0, d_state) for d_state in d_states]
        d_output = np.where(here | direction.zero_output_for_mask, 0.0, d_output)
        d_x, d_old = step_backward(tuple(d_new), kept[step], weights, total)
        x_gradient[:, time] = d_x
        d_states = tuple(old + rest for old, rest in zip(d_old, passed, strict=True))
    return Gradients(x_gradient, d_states, total)


def _list_times(steps: int, direction: Direction) -> list[int]:
    return list(reversed(range(steps))) if direction.go_backwards else list(range(steps))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _step_lstm(x: np.ndarray, states: tuple[np.ndarray, ...], weights: Weights) -> tuple[list[np.ndarray], Step]:
    h, c = states
    z = x @ weights.kernel + h @ weights.recurrent_kernel + (0.0 if weights.bias is None else weights.bias)
    z_i, z_f, z_c, z_o = np.split(z, 4, axis=1)
    i, f, g, o = _sigmoid(z_i), _sigmoid(z_f), np.tanh(z_c), _sigmoid(z_o)
    new_c = f * c + i * g
    t = np.tanh(new_c)
    return [o * t, new_c], {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "t": t}


def _step_lstm_back(
    d_new: tuple[np.ndarray, ...], step: Step, weights: Weights, total: Weights
) -> tuple[np.ndarray, list[np.ndarray]]:
    d_h, d_c = d_new
    i, f, g, o, t = step["i"], step["f"], step["g"], step["o"], step["t"]
    d_c = d_c + d_h * o * (1 - t * t)
    d_i, d_f, d_g, d_o = d_c * g, d_c * step["c"], d_c * i, d_h * t
    parts = [d_i * i * (1 - i), d_f * f * (1 - f), d_g * (1 - g * g), d_o * o * (1 - o)]
    dz = np.concatenate(parts, axis=1)
    total.kernel[...] += step["x"].T @ dz
    total.recurrent_kernel[...] += step["h"].T @ dz
    if total.bias is not None:
        total.bias[...] += dz.sum(axis=0)
    return dz @ weights.kernel.T, [dz @ weights.recurrent_kernel.T, d_c * f]


def _step_gru(x: np.ndarray, states: tuple[np.ndarray, ...], weights: Weights) -> tuple[list[np.ndarray], Step]:
    (h,) = states
    input_bias, recurrent_bias = (0.0, 0.0) if weights.bias is None else weights.bias
    x_z, x_r, x_h = np.split(x @ weights.kernel + input_bias, 3, axis=1)
    h_z, h_r, h_h = np.split(h @ weights.recurrent_kernel + recurrent_bias, 3, axis=1)
    z, r = _sigmoid(x_z + h_z), _sigmoid(x_r + h_r)
    g = np.tanh(x_h + r * h_h)
    return [z * h + (1 - z) * g], {"x": x, "h": h, "z": z, "r": r, "g": g, "b": h_h}


def _step_gru_back(
    d_new: tuple[np.ndarray, ...], step: Step, weights: Weights, total: Weights
) -> tuple[np.ndarray, list[np.ndarray]]:
    (d_h,) = d_new
    z, r, g, b, h = step["z"], step["r"], step["g"], step["b"], step["h"]
    d_z = d_h * (h - g) * z * (1 - z)
    d_g = d_h * (1 - z) * (1 - g * g)
    d_r = d_g * b * r * (1 - r)
    d_input = np.concatenate([d_z, d_r, d_g], axis=1)
    d_recurrent = np.concatenate([d_z, d_r, d_g * r], axis=1)
    total.kernel[...] += step["x"].T @ d_input
    total.recurrent_kernel[...] += h.T @ d_recurrent
    if total.bias is not None:
        total.bias[0] += d_input.sum(axis=0)
        total.bias[1] += d_recurrent.sum(axis=0)
    return d_input @ weights.kernel.T, [d_recurrent @ weights.recurrent_kernel.T + d_h * z]


def _step_simple(x: np.ndarray, states: tuple[np.ndarray, ...], weights: Weights) -> tuple[list[np.ndarray], Step]:
    (h,) = states
    z = x @ weights.kernel + h @ weights.recurrent_kernel + (0.0 if weights.bias is None else weights.bias)
    return [np.tanh(z)], {"x": x, "h": h, "t": np.tanh(z)}


def _step_simple_back(
    d_new: tuple[np.ndarray, ...], step: Step, weights: Weights, total: Weights
) -> tuple[np.ndarray, list[np.ndarray]]:
    dz = d_new[0] * (1 - step["t"] * step["t"])
    total.kernel[...] += step["x"].T @ dz
    total.recurrent_kernel[...] += step["h"].T @ dz
    if total.bias is not None:
        total.bias[...] += dz.sum(axis=0)
    return dz @ weights.kernel.T, [dz @ weights.recurrent_kernel.T]


_FORWARD = {"lstm": _step_lstm, "gru": _step_gru, "simple_rnn": _step_simple}
_BACKWARD = {"lstm": _step_lstm_back, "gru": _step_gru_back, "simple_rnn": _step_simple_back}
