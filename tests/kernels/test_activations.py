"""tanh and sigmoid as the kernels have them, beside NumPy's in float64."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.kernels.activations import sigmoid, tanh
from lstm_cli.kernels.compilation import compile_kernel
from lstm_cli.kernels.lanes import LANES, load, store


@compile_kernel
def compute_both(x: np.ndarray, hyperbolic: np.ndarray, logistic: np.ndarray) -> None:
    for place in range(0, len(x), LANES):
        store(hyperbolic, place, tanh(load(x, place)))
        store(logistic, place, sigmoid(load(x, place)))


def compute(x):
    """Return tanh and sigmoid of some numbers."""
    given = np.zeros(-(-len(x) // LANES) * LANES, np.float32)
    given[: len(x)] = x
    results = np.empty_like(given), np.empty_like(given)
    compute_both(given, *results)
    return [result[: len(x)] for result in results]


@pytest.fixture(scope="module")
def numbers():
    """Numbers of all sizes that `float32` has, with either sign, and closer ones where the curves bend."""
    sizes = np.concatenate([np.logspace(-37, 38, 20_000), np.linspace(0, 20, 200_000)]).astype(np.float32)
    return np.concatenate([-sizes, sizes])


def test_tanh_is_right_to_seven_digits_small_numbers_included(numbers):
    found, expected = compute(numbers)[0], np.tanh(numbers.astype(np.float64))
    assert (np.abs(found - expected) <= 3e-7 * np.abs(expected)).all()


def test_sigmoid_is_right_to_2e_7(numbers):
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-numbers.astype(np.float64)))
    assert np.abs(compute(numbers)[1] - expected).max() <= 2e-7


def test_neither_leaves_its_bounds(numbers):
    hyperbolic, logistic = compute(numbers)
    assert (hyperbolic.min(), hyperbolic.max()) == (-1, 1)
    assert (logistic.min(), logistic.max()) == (0, 1)


def test_the_infinite_is_a_bound_and_what_is_no_number_stays_none():
    hyperbolic, logistic = compute(np.array([-np.inf, np.inf, np.nan], np.float32))
    np.testing.assert_array_equal(hyperbolic, [-1, 1, np.nan])
    np.testing.assert_array_equal(logistic, [0, 1, np.nan])
