"""The LSTM's step and its gradients, beside the formulas of Keras' documentation."""

from __future__ import annotations

import numpy as np
from recurrences import assert_step_is

from lstm_cli.kernels.lstm import LSTM
from lstm_cli.kernels.recurrence import CELLS


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(x, from_state, _, c):
    i, f, g, o = np.split(x + from_state, 4, axis=1)
    new_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(new_c), new_c


def test_a_step_is_keras_formula_and_its_gradients_are_those_of_differences():
    assert_step_is("lstm", step)


def test_it_is_known_by_its_name_and_keeps_two_states_and_four_gates():
    assert CELLS["lstm"] is LSTM
    assert LSTM.record == 6
