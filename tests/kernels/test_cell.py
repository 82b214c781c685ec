"""A cell tells which of its gates meet the input and which the state, by Keras' columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstm_cli.kernels.recurrence import CELLS


@pytest.mark.parametrize(
    ("columns", "met_by_input", "met_by_state"),
    [
        ([[0], [0]], (0, 1), (0, 1)),
        ([[0, 1, 2, 3], [0, 1, 2, 3]], (0, 4), (0, 4)),
        ([[2, 0, 1, -1], [-1, 0, 1, 2]], (0, 3), (1, 4)),
        ([[0, 1, -1, -1], [-1, -1, -1, 0]], (0, 2), (3, 4)),
    ],
)
def test_gates_without_a_column_of_keras_are_not_met(columns, met_by_input, met_by_state):
    cell = replace(CELLS["gru"], columns=np.array(columns))
    assert cell.met_by_input == met_by_input
    assert cell.met_by_state == met_by_state


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_every_cell_has_a_column_or_none_for_each_gate_its_output_first_and_room_for_what_it_keeps(cell):
    assert cell.columns.shape == (2, len(cell.gates._fields))
    assert cell.states._fields[0] == "h"
    kept = {*cell.states._fields, *cell.gates._fields}  # the plain cell's one gate is its state
    assert cell.record == len(kept)
    assert sorted(set(cell.columns[cell.columns >= 0])) == list(range(cell.columns.max() + 1))
