"""Sixteen numbers in a register: what the kernels do with them is what NumPy does with sixteen `float32`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from lstm_cli.kernels.compilation import compile_kernel
from lstm_cli.kernels.lanes import (
    LANES,
    Lanes,
    add_to_first,
    add_to_rows,
    are_equal,
    clip,
    constant,
    copy_half,
    flush,
    load,
    load_rows,
    multiply_add,
    select,
    spread,
    square_root,
    store,
    store_rows,
    transpose,
)  # fmt: skip

_ODD = 3  # no register begins here


class Triple(NamedTuple):
    """Three rows."""

    first: Lanes
    second: Lanes
    third: Lanes


@compile_kernel
def calculate(left: np.ndarray, right: np.ndarray, results: np.ndarray) -> tuple[bool, bool]:
    """Write one row of results after the other; the inputs begin at an odd place."""
    a, b = load(left, _ODD), load(right, _ODD)
    store(results, 0 * LANES, a + b)
    store(results, 1 * LANES, a - b)
    store(results, 2 * LANES, a * b)
    store(results, 3 * LANES, a / b)
    store(results, 4 * LANES, multiply_add(a, b, constant(1.5)))
    store(results, 5 * LANES, square_root(b))
    store(results, 6 * LANES, clip(a, 0.75))
    store(results, 7 * LANES, flush(a))
    store(results, 8 * LANES, select(a, b, constant(2)))
    store(results, 9 * LANES, spread(left, _ODD + 1))
    return are_equal(a, b), are_equal(a, a)


@compile_kernel
def move(source: np.ndarray, places: np.ndarray, target: np.ndarray, rows: np.ndarray) -> None:
    """Transpose `source` into `target`, copy eight numbers behind that, and calculate with triples in `rows`."""
    transpose(source, places, 1, target, np.arange(LANES) * LANES, 0)
    copy_half(source, _ODD, target, LANES * LANES)
    triple = load_rows(Triple, source, _ODD, 20)
    other = add_to_first(triple, load(source, 100))
    store_rows(rows, 0, 32, triple)
    add_to_rows(rows, 96, 16, triple)
    store_rows(rows, 144, 16, other)
    store_rows(rows, 192, 16, select(load(source, 0), triple, constant(0.5)))
    store_rows(rows, 240, 16, select(load(source, 0), triple, other))


@pytest.fixture
def numbers():
    """Two times sixteen, the second above zero."""
    random = np.random.default_rng(0)
    left, right = random.normal(size=16), random.uniform(0.5, 2, 16)
    return left.astype(np.float32), right.astype(np.float32)


def compute(left, right):
    """Return the rows of results, and what is equal."""
    results = np.zeros((10, LANES), np.float32)
    given = [np.concatenate([np.zeros(_ODD, np.float32), row]) for row in (left, right)]
    return results, calculate(*given, results.reshape(-1))


def test_arithmetic_is_that_of_sixteen_floats(numbers):
    left, right = numbers
    left[4] = 0.0
    results, _ = compute(left, right)
    exact = [left + right, left - right, left * right, left / right]
    np.testing.assert_array_equal(results[:4], exact)
    np.testing.assert_allclose(results[4], left * right + np.float32(1.5), rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(results[5], np.sqrt(right))
    np.testing.assert_array_equal(results[6], np.clip(left, -0.75, 0.75))
    np.testing.assert_array_equal(results[8], np.where(left != 0, right, 2))
    np.testing.assert_array_equal(results[9], np.full(LANES, left[1]))


def test_what_is_no_number_stays_none_and_counts_as_something(numbers):
    left, right = numbers
    left[2] = np.nan
    results, _ = compute(left, right)
    assert np.isnan(results[[0, 1, 2, 3, 4, 6, 7], 2]).all()
    assert results[8, 2] == right[2]


def test_numbers_too_small_to_be_normal_become_zero_and_no_others(numbers):
    least = np.float32(2.0**-126)
    left = numbers[0]
    left[:6] = [least, -least, np.nextafter(least, 0), -np.nextafter(least, 0), 1e-45, -1e-45]
    np.testing.assert_array_equal(compute(left, numbers[1])[0][7], [*left[:2], 0, 0, 0, 0, *left[6:]])


def test_rows_are_equal_if_all_sixteen_are(numbers):
    left, right = numbers
    assert compute(left, right)[1] == (False, True)
    assert compute(right, right)[1] == (True, True)
    left[:] = right
    left[15] += 1
    assert compute(left, right)[1] == (False, True)
    left[15] = np.nan
    assert compute(left, left)[1] == (False, False)


def test_rows_are_transposed_and_moved_wherever_they_begin():
    source = np.arange(500, dtype=np.float32)
    places = np.random.default_rng(0).permutation(LANES) * 30
    target, rows = np.zeros(LANES * LANES + LANES, np.float32), np.zeros(288, np.float32)
    move(source, places, target, rows)
    expected = source[places[:, None] + 1 + np.arange(LANES)]
    np.testing.assert_array_equal(target[: LANES * LANES].reshape(LANES, LANES), expected.T)
    np.testing.assert_array_equal(target[LANES * LANES :], [*source[_ODD : _ODD + 8], *[0] * 8])


def test_triples_are_rows_at_a_distance_and_calculated_with_field_by_field():
    source = np.arange(500, dtype=np.float32)
    source[:8] = 0
    rows = np.ones(288, np.float32)
    move(source, np.arange(LANES), np.zeros(LANES * LANES + LANES, np.float32), rows)
    first, second, third, added = (source[start : start + LANES] for start in (_ODD, _ODD + 20, _ODD + 40, 100))
    kept = np.ones(LANES, np.float32)  # between the rows of a triple and behind it
    here = source[:LANES] != 0
    expected = [
        first, kept, second, kept, third, kept,
        first + 1, second + 1, third + 1,
        first + added, second, third,
        np.where(here, first, 0.5), np.where(here, second, 0.5), np.where(here, third, 0.5),
        np.where(here, first, first + added), second, third,
    ]  # fmt: skip
    np.testing.assert_array_equal(rows.reshape(-1, LANES), expected)
