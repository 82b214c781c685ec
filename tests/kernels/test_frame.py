"""The frame around every cell, on the kernels that there are: directions, masks, blocks, what is kept and read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrences import assert_close, make_case, run_kernels, run_kernels_on, run_reference

from lstm_cli.kernels import recurrence
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.frame import Direction, Shape, build_kernels, drop_names
from lstm_cli.kernels.recurrence import CELLS, Inputs

KINDS = ["lstm", "gru", "simple_rnn"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(
    batch=st.integers(1, 70),
    steps=st.integers(1, 20),
    features=st.integers(1, 40),
    units=st.integers(1, 40),
    masked=st.booleans(),
    use_bias=st.booleans(),
    direction=st.builds(Direction, st.booleans(), st.booleans(), st.booleans()),
    seed=st.integers(0, 100),
)
def test_equal_to_the_reference_whatever_is_asked(kind, **settings_of_case):
    case = make_case(kind, **settings_of_case)
    assert_close(case, run_kernels(case.as_float32()), run_reference(case))


@pytest.mark.parametrize("kind", KINDS)
def test_a_masked_step_changes_nothing_whatever_it_holds(kind):
    case = make_case(kind, batch=20, steps=9, masked=True).as_float32()
    other = case.x.copy()
    other[~case.mask] = 7.0
    results, changed = run_kernels(case), run_kernels(replace(case, x=other))
    for actual, expected in zip(changed, results, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)
    assert not results[1 + len(case.cell.states._fields)][~case.mask].any()  # no gradient reaches a skipped input


@pytest.mark.parametrize("kind", KINDS)
def test_without_keeping_the_outputs_are_the_same_bits(kind):
    case = make_case(kind, batch=33, masked=True).as_float32()
    given = {"inputs": Inputs(case.x, case.states, mask=case.mask), "weights": case.weights}
    kept = recurrence.run_forward(case.cell, case.direction, **given, keep=True)
    bare = recurrence.run_forward(case.cell, case.direction, **given, keep=False)
    np.testing.assert_array_equal(bare[0], kept[0])
    assert bare[2].size == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["vectors", "words"])
def test_dropped_features_and_words_of_a_table_are_the_vectors_they_stand_for(kind, form):
    case = make_case(kind, batch=20, steps=11, features=40, units=9, masked=True)
    random = np.random.default_rng(0)
    factors, inputs_at = random.integers(0, 2, (20, 1, 40)) * 2.0, 1 + len(case.states)
    table, tokens = random.normal(size=(6, 40)), random.integers(0, 6, (20, 11), dtype=np.int32)
    case = replace(case, x=case.x * factors if form == "vectors" else table[tokens])
    expected, single = run_reference(case), case.as_float32()
    if form == "vectors":
        given = make_case(kind, batch=20, steps=11, features=40, units=9, masked=True).as_float32().x
        inputs = Inputs(given, single.states, dropout=factors[:, 0].astype(np.float32), mask=case.mask)
        expected[inputs_at] = expected[inputs_at] * factors
    else:
        inputs = Inputs(table.astype(np.float32), single.states, tokens, mask=case.mask)
        by_word = np.zeros_like(table)
        np.add.at(by_word, tokens, expected[inputs_at])
        expected[inputs_at] = by_word
    assert_close(case, run_kernels_on(single, inputs), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_backwards_is_forwards_through_the_reversed_and_the_last_output_is_one_of_all(kind):
    case = make_case(kind, batch=3, steps=5).as_float32()
    forwards = run_kernels(case)[0]
    turned = replace(case, x=case.x[:, ::-1].copy(), direction=Direction(go_backwards=True, return_sequences=True))
    np.testing.assert_array_equal(run_kernels(turned)[0], forwards)
    last = replace(case, direction=Direction(), output_gradient=case.output_gradient[:, -1:])
    np.testing.assert_array_equal(run_kernels(last)[0], forwards[:, -1:])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("zeros", [False, True])
def test_a_masked_step_gives_the_output_before_it_or_zeros(kind, zeros):
    direction = Direction(return_sequences=True, zero_output_for_mask=zeros)
    case = make_case(kind, batch=3, steps=6, masked=True, direction=direction).as_float32()
    outputs = run_kernels(case)[0]
    assert not outputs[0].any()  # the first sequence is masked whole
    for row, step in zip(*np.nonzero(~case.mask), strict=True):
        np.testing.assert_array_equal(outputs[row, step], outputs[row, step - 1] if step and not zeros else 0)


def test_names_are_dropped_one_floor_deep():
    assert drop_names(Shape(1, 2, 3, 4), 5, (6, 7)) == ((1, 2, 3, 4), 5, (6, 7))
    assert type(drop_names(Shape(1, 2, 3, 4))[0]) is tuple


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_each_cells_kernels_have_names_and_so_files_of_their_own(cell: Cell):
    forward, backward = build_kernels(cell)
    assert forward.__qualname__ == f"{cell.name}_run_forward"
    assert backward.__qualname__ == f"{cell.name}_run_backward"
