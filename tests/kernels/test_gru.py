"""The GRU's step and its gradients, beside the formulas of Keras' documentation."""

from __future__ import annotations

import numpy as np
from recurrences import assert_step_is

from lstm_cli.kernels.gru import GRU
from lstm_cli.kernels.recurrence import CELLS


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(x, from_state, h):
    """The state is reset after the product, as `reset_after=True` has it."""
    (x_z, x_r, x_h), (h_z, h_r, h_h) = np.split(x, 3, axis=1), np.split(from_state, 3, axis=1)
    z = sigmoid(x_z + h_z)
    return (z * h + (1 - z) * np.tanh(x_h + sigmoid(x_r + h_r) * h_h),)


def test_a_step_is_keras_formula_and_its_gradients_are_those_of_differences():
    assert_step_is("gru", step)


def test_it_is_known_by_its_name_and_keeps_a_state_and_four_gates():
    assert CELLS["gru"] is GRU
    assert GRU.record == 5
