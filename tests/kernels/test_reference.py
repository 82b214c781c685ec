"""The NumPy reference against finite differences, which know no formula of a gradient."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from recurrences import Case, differentiate, list_weights, make_case, measure_error, run_reference

from lstm_cli.kernels import reference
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import Weights


def compute_loss(case: Case) -> float:
    outputs, final, _ = reference.run_forward(
        case.cell, case.direction, x=case.x, mask=case.mask, states=case.states, weights=case.weights
    )
    loss = np.sum(outputs * case.output_gradient)
    return float(loss + sum(np.sum(s * g) for s, g in zip(final, case.state_gradients, strict=True)))


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "direction",
    [
        Direction(),
        Direction(return_sequences=True),
        Direction(go_backwards=True, return_sequences=True, zero_output_for_mask=True),
        Direction(go_backwards=True),
    ],
)
def test_gradients_equal_finite_differences(kind, masked, direction):
    case = make_case(kind, batch=3, masked=masked, direction=direction)
    case = replace(case, weights=Weights(*list_weights(case.weights)))
    gradients = run_reference(case)[1 + len(case.cell.states._fields) :]
    inputs = [case.x, *case.states, *list_weights(case.weights)]
    for gradient, array in zip(gradients, inputs, strict=True):
        assert measure_error(gradient, differentiate(partial(compute_loss, case), array)) < 1e-6


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
def test_no_bias_is_a_bias_of_zeros(kind):
    bare = make_case(kind, use_bias=False)
    zeros = np.zeros_like(make_case(kind).weights.bias)
    with_zeros = replace(bare, weights=Weights(bare.weights.kernel, bare.weights.recurrent_kernel, zeros))
    bare_results, results = run_reference(bare), run_reference(with_zeros)
    assert bare_results[-1] is None
    for actual, expected in zip(bare_results[:-1], results[:-1], strict=True):
        np.testing.assert_array_equal(actual, expected)
