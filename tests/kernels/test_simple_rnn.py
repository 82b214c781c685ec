"""The plain cell's step and its gradients, beside the formula of Keras' documentation."""

from __future__ import annotations

import numpy as np
from recurrences import assert_step_is

from lstm_cli.kernels.recurrence import CELLS
from lstm_cli.kernels.simple_rnn import SIMPLE_RNN


def test_a_step_is_keras_formula_and_its_gradients_are_those_of_differences():
    assert_step_is("simple_rnn", lambda x, from_state, _: (np.tanh(x + from_state),))


def test_it_is_known_by_its_name_and_keeps_but_its_state_which_is_its_gate():
    assert CELLS["simple_rnn"] is SIMPLE_RNN
    assert SIMPLE_RNN.record == 1
