"""Products and movements of a block of sixteen sequences, beside NumPy's on whole matrices."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.kernels.blocks import (
    TILE,
    accumulate,
    allocate,
    keep_inputs,
    keep_state,
    locate_inputs,
    locate_rows,
    locate_words,
    multiply,
    read_lanes,
    read_mask,
    round_up,
    scale,
    write_bias,
    write_lanes,
)
from lstm_cli.kernels.compilation import compile_kernel
from lstm_cli.kernels.lanes import LANES

_NO_TOKENS = np.zeros(0, np.int32)


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@compile_kernel
def carry(  # noqa: PLR0917 - numba calls by position
    source: np.ndarray, offsets: np.ndarray, width: int, count: int, lanes: np.ndarray, target: np.ndarray
) -> None:
    read_lanes(source, offsets, 2, width, lanes, LANES)
    write_lanes(lanes, LANES, width, target, offsets, 2, count)


@compile_kernel
def multiply_scaled(  # noqa: PLR0917 - numba calls by position
    weights: np.ndarray,
    tiles: tuple[int, int],
    depth: int,
    span: tuple[int, int],
    factors: np.ndarray,
    lanes: np.ndarray,
    bias: np.ndarray,
    target: np.ndarray,
) -> None:
    scale(factors, lanes, factors.size)
    write_bias(bias, target, LANES)
    multiply(weights, tiles, depth, span, lanes, LANES, target, LANES)


@compile_kernel
def keep_step(  # noqa: PLR0917 - numba calls by position
    x: np.ndarray,
    dropout: np.ndarray,
    features: int,
    state: np.ndarray,
    units: int,
    rows: np.ndarray,
    first: int,
    row_width: int,
) -> None:
    lanes = np.arange(LANES)
    keep_inputs(
        x, lanes * (features + 1), dropout, lanes[::-1].copy() * features, features, rows, first, row_width
    )
    keep_state(state, LANES, units, rows, first, row_width)


@compile_kernel
def accumulate_steps(
    gradients: np.ndarray, span: tuple[int, int], rows: np.ndarray, columns: tuple[int, int], total: np.ndarray
) -> None:
    steps, gradient_rows, _ = gradients.shape
    flat = gradients.reshape(-1), rows.reshape(-1), total.reshape(-1)
    accumulate(flat[0], gradient_rows, span, flat[1], rows.shape[2], columns, steps, flat[2])


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (1, 8), (8, 8), (9, 16), (17, 24)])
def test_a_size_is_rounded_up_to_whole_tiles(number, expected):
    assert round_up(number, TILE) == expected


@pytest.mark.parametrize("size", [1, 16, 33])
def test_zeros_begin_at_a_cache_line(size):
    for _ in range(5):
        array = allocate(size)
        assert array.ctypes.data % 64 == 0
        assert (array.dtype, array.shape, array.any()) == (np.float32, (size,), False)


def test_lanes_past_the_end_repeat_the_last_sequence():
    np.testing.assert_array_equal(locate_rows(0, 20, 3), np.arange(16) * 3)
    np.testing.assert_array_equal(locate_rows(1, 20, 3), [48, 51, 54, *[57] * 13])
    present, mask = np.empty(LANES), np.arange(20 * 4).astype(np.uint8)
    read_mask(mask, 1, 20, 4, 2, present)
    np.testing.assert_array_equal(present, [66, 70, 74, *[78] * 13])
    offsets = np.empty(LANES, np.int64)
    locate_words(np.array([7, 5, *range(20, 36)], np.int32), 1, 10, offsets)
    np.testing.assert_array_equal(offsets, [340, *[350] * 15])


def test_inputs_are_found_in_the_batch_or_in_the_row_of_their_token():
    offsets = np.empty(LANES, np.int64)
    locate_inputs(_NO_TOKENS, 1, 20, 4, 2, 10, offsets)
    np.testing.assert_array_equal(offsets, [660, 700, 740, *[780] * 13])
    locate_inputs(1000 - np.arange(80, dtype=np.int32), 1, 20, 4, 2, 10, offsets)
    np.testing.assert_array_equal(offsets, [9340, 9300, 9260, *[9220] * 13])


def test_a_table_may_have_more_numbers_than_an_int32_counts():
    offsets = np.empty(LANES, np.int64)
    locate_inputs(np.full(1, 2**20, np.int32), 0, 1, 1, 0, 2**12, offsets)
    assert offsets[0] == 2**32
    locate_words(np.full(1, 2**20, np.int32), 0, 2**12, offsets)
    assert offsets[0] == 2**32


@pytest.mark.parametrize("width", [1, 16, 37])
@pytest.mark.parametrize("count", [1, 15, 16])
def test_sequences_become_lanes_and_come_back_but_for_those_past_the_end(width, count):
    source = draw(LANES, width + 5)
    order = np.random.default_rng(1).permutation(LANES)
    lanes, target = np.zeros((1 + round_up(width, LANES), LANES), np.float32), np.zeros_like(source)
    carry(source.reshape(-1), order * (width + 5), width, count, lanes.reshape(-1), target.reshape(-1))
    np.testing.assert_array_equal(lanes[1 : 1 + width], source[order, 2 : 2 + width].T)
    assert not lanes[0].any()
    expected = np.zeros_like(source)
    expected[order[:count], 2 : 2 + width] = source[order[:count], 2 : 2 + width]
    np.testing.assert_array_equal(target, expected)


@pytest.mark.parametrize(
    ("tiles", "span"), [((0, 3), (0, 9)), ((1, 3), (2, 8)), ((2, 3), (4, 5)), ((1, 1), (0, 9))]
)
def test_a_product_is_added_for_the_tiles_and_columns_that_are_asked_for(tiles, span):
    matrix, factors = draw(3 * TILE, 9), draw(1 + span[1] - span[0], LANES)
    lanes, rows = draw(len(factors), LANES)[::-1].copy(), TILE * (tiles[1] - tiles[0])
    scaled = lanes * factors
    bias, target = draw(rows), np.full((1 + rows, LANES), 7, np.float32)
    packed = matrix.reshape(3, TILE, 9).swapaxes(1, 2).copy()
    flat = factors.reshape(-1), lanes.reshape(-1), bias, target.reshape(-1)
    multiply_scaled(packed.reshape(-1), tiles, 9, span, *flat)
    used = matrix[tiles[0] * TILE : tiles[1] * TILE, span[0] : span[1]]
    np.testing.assert_allclose(target[1:], bias[:, None] + used @ scaled[1:], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(target[0], np.full(LANES, 7))
    np.testing.assert_array_equal(lanes, scaled)


@pytest.mark.parametrize(("features", "units"), [(1, 1), (16, 16), (21, 35)])
@pytest.mark.parametrize("dropping", [False, True])
def test_a_step_is_kept_with_its_inputs_to_the_left_and_its_state_to_the_right(features, units, dropping):
    x, dropout, state = draw(LANES, features + 1), draw(LANES, features), draw(1 + round_up(units, LANES), LANES)
    inputs = round_up(features, LANES)
    rows = np.zeros((3, LANES, inputs + round_up(units, LANES)), np.float32)
    given = x.reshape(-1), dropout.reshape(-1) if dropping else np.zeros(0, np.float32), features
    keep_step(*given, state.reshape(-1), units, rows.reshape(-1), LANES, rows.shape[2])
    expected = x[:, :features] * (dropout[::-1] if dropping else 1)
    np.testing.assert_array_equal(rows[1, :, :features], expected)
    np.testing.assert_array_equal(rows[1, :, inputs : inputs + units], state[1 : 1 + units].T)
    assert not rows[[0, 2]].any()
    assert not rows[1, :, features:inputs].any()


@pytest.mark.parametrize(
    ("span", "columns"), [((0, 24), (0, 48)), ((8, 24), (16, 48)), ((0, 8), (32, 48)), ((0, 24), (0, 0))]
)
@pytest.mark.parametrize("steps", [1, 3])
def test_gradients_of_weights_are_added_up_over_the_steps_where_they_are_asked_for(span, columns, steps):
    gradients, rows, total = draw(steps, 24, LANES), draw(steps, LANES, 48), draw(24, 48)
    expected = total.copy()
    place = slice(*span), slice(*columns)
    expected[place] += sum(one @ other for one, other in zip(gradients, rows, strict=True))[place]
    accumulate_steps(gradients, span, rows, columns, total)
    np.testing.assert_allclose(total, expected, rtol=0, atol=2e-5)
