"""Weights in the kernels' order and gradients in Keras', beside plain sums and matrices in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.kernels.blocks import TILE, round_up
from lstm_cli.kernels.lanes import LANES
from lstm_cli.kernels.recurrence import CELLS
from lstm_cli.kernels.weights import add_rows, pack_bias, pack_weights, unpack_bias_gradient, unpack_gradient

for_every_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
in_every_size = pytest.mark.parametrize(("features", "units"), [(1, 1), (8, 16), (21, 3), (37, 35)])


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def list_places(cell, units):
    """Yield for the input (0) and the state (1) which rows of gates stand for which of Keras' columns."""
    width = round_up(units, TILE)
    for part, gates in enumerate(cell.columns):
        for gate, column in enumerate(gates):
            if column >= 0:
                yield part, slice(gate * width, gate * width + units), slice(column * units, (column + 1) * units)


def count_columns(cell) -> int:
    return int(cell.columns.max()) + 1


@for_every_cell
@in_every_size
@pytest.mark.parametrize("transposed", [False, True])
def test_packed_weights_are_one_matrix_in_tiles_of_eight_rows(cell, features, units, transposed):
    given = draw(features, count_columns(cell) * units), draw(units, count_columns(cell) * units)
    starts = 0, round_up(features, TILE)
    rows = len(cell.gates._fields) * round_up(units, TILE)
    matrix = np.zeros((rows, starts[1] + round_up(units, TILE)), np.float32)
    for part, place, columns in list_places(cell, units):
        matrix[place, starts[part] : starts[part] + len(given[part])] = given[part][:, columns].T
    packed = np.zeros(matrix.size, np.float32)
    pack_weights(*given, cell.columns, transposed, packed)
    expected = matrix.T if transposed else matrix
    tiles = expected.reshape(-1, TILE, expected.shape[1]).swapaxes(1, 2)
    np.testing.assert_array_equal(packed.reshape(tiles.shape), tiles)


@for_every_cell
@in_every_size
@pytest.mark.parametrize("tasks", [1, 3])
def test_weight_gradients_are_the_tasks_sums_in_keras_columns(cell, features, units, tasks):
    rows, inputs = len(cell.gates._fields) * round_up(units, TILE), round_up(features, LANES)
    totals = draw(tasks, rows, inputs + round_up(units, LANES))
    found = [np.full((count, count_columns(cell) * units), np.nan, np.float32) for count in (features, units)]
    unpack_gradient(totals, cell.columns, *found)
    total = totals[0]
    for other in totals[1:]:  # in the order of the tasks, which no thread changes
        total = total + other
    for part, place, columns in list_places(cell, units):
        start = inputs if part else 0
        np.testing.assert_array_equal(found[part][:, columns], total[place, start : start + len(found[part])].T)
    assert np.isfinite(np.concatenate(found)).all()


@for_every_cell
@pytest.mark.parametrize("units", [1, 8, 21])
def test_a_bias_is_the_inputs_and_the_states_together_and_its_gradient_goes_to_both(cell, units):
    parts = 2 if (cell.columns < 0).any() else 1
    bias = draw(parts, count_columns(cell) * units)
    rows = len(cell.gates._fields) * round_up(units, TILE)
    packed, expected = np.zeros((2, rows), np.float32)
    totals, gradient = draw(3, rows, LANES), np.full_like(bias, np.nan)
    pack_bias(bias, cell.columns, units, packed)
    unpack_bias_gradient(totals, cell.columns, units, gradient)
    for part, place, columns in list_places(cell, units):
        if part < parts:
            expected[place] += bias[part, columns]
            np.testing.assert_allclose(gradient[part, columns], totals.sum(axis=(0, 2))[place], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(packed, expected)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("features", [1, 16, 37])
def test_the_rows_of_a_word_are_added_up_in_the_order_they_come(features):
    tokens = np.random.default_rng(1).integers(0, 5, 40, dtype=np.int32)
    rows, table = draw(40, features), np.zeros((7, features), np.float32)
    expected = table.copy()
    add_rows(rows.reshape(-1), tokens, features, table.reshape(-1))
    np.add.at(expected, tokens, rows)
    np.testing.assert_array_equal(table, expected)
