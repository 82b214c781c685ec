"""What the recurrent kernels share: matrix products and data movement for a block of sixteen sequences.

Inside a kernel everything is in lane layout, `float32[rows, 16]`: one row a unit or feature, one lane a sequence,
so that one vector instruction serves sixteen sequences and a product with a weight matrix needs no transposition.
Rows are padded to a multiple of `TILE`; the padding holds zero weights, hence stays zero. All arrays are flat.

The inner loop of a product keeps a tile of eight rows in eight registers: on one core of an AMD EPYC (Zen 4) it
was measured at 116 GFLOP/s where OpenBLAS, on a large product, reaches 109.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lstm_cli.kernels.compilation import compile_part
from lstm_cli.kernels.lanes import LANES, Array, load, multiply_add, spread, store, transpose

TILE: Final = 8
CHUNK: Final = 8  # time steps whose weight gradients are added up at once, while they are in the cache


@compile_part
def round_up(number: int, multiple: int) -> int:
    """Return the smallest multiple of `multiple` that is not below `number`."""
    return (number + multiple - 1) // multiple * multiple


@compile_part
def allocate(size: int) -> Array:
    """Return zeros `float32[size]` that begin at a cache line: a register read across two costs double."""
    raw = np.zeros(size + LANES, np.float32)
    first = -(raw.ctypes.data // 4) % LANES
    return raw[first : first + size]


@compile_part
def locate_rows(block: int, batch: int, stride: int) -> Array:
    """Return `int64[16]`: where each sequence of a block begins, `stride` floats a sequence.

    The lanes past the batch's end repeat its last sequence: what they compute is finite and not kept.
    """
    offsets = np.empty(LANES, np.int64)
    for lane in range(LANES):
        offsets[lane] = min(block * LANES + lane, batch - 1) * stride
    return offsets


@compile_part
def locate_inputs(  # noqa: PLR0917 - numba calls by position
    tokens: Array, block: int, batch: int, steps: int, time: int, features: int, offsets: Array
) -> None:
    """Write where each lane's inputs of one step begin: in the batch, or in the table its tokens point into.

    Args:
        tokens: `int32[batch, steps]`, the rows of a table `float32[words, features]`; empty where the inputs are
            the batch itself, `float32[batch, steps, features]`.
        block: which sixteen sequences.
        batch: see `tokens`.
        steps: see `tokens`.
        time: the step.
        features: see `tokens`.
        offsets: takes `int64[16]`.
    """
    for lane in range(LANES):
        place = min(block * LANES + lane, batch - 1) * steps + time
        offsets[lane] = (np.int64(tokens[place]) if tokens.size > 0 else place) * features


@compile_part
def locate_words(rows: Array, block: int, features: int, offsets: Array) -> None:
    """Write where the embeddings of sixteen words begin in their table.

    Args:
        rows: `int32[words]`, the row of each word; lanes past the end repeat the last.
        block: which sixteen words.
        features: of an embedding.
        offsets: takes `int64[16]`.
    """
    for lane in range(LANES):
        offsets[lane] = np.int64(rows[min(block * LANES + lane, len(rows) - 1)]) * features


@compile_part
def scale(factors: Array, target: Array, size: int) -> None:
    """Multiply the first `size` numbers of `target` by those of `factors`, both in lane layout."""
    for place in range(0, size, LANES):
        store(target, place, load(factors, place) * load(target, place))


@compile_part
def read_lanes(  # noqa: PLR0917 - numba calls by position
    source: Array, offsets: Array, shift: int, width: int, target: Array, position: int
) -> None:
    """Copy `width` features of sixteen sequences, `source[offsets[lane] + shift + …]`, into lane layout."""
    rows = np.arange(LANES) * LANES
    whole = width // LANES * LANES
    for feature in range(0, whole, LANES):
        transpose(source, offsets, shift + feature, target, rows, position + feature * LANES)
    for feature in range(whole, width):
        for lane in range(LANES):
            target[position + feature * LANES + lane] = source[offsets[lane] + shift + feature]


@compile_part
def write_lanes(  # noqa: PLR0917 - numba calls by position
    source: Array, position: int, width: int, target: Array, offsets: Array, shift: int, count: int
) -> None:
    """Copy `width` rows of lane layout to the first `count` sequences, `target[offsets[lane] + shift + …]`."""
    whole = 0
    if count == LANES:
        rows = np.arange(LANES) * LANES
        whole = width // LANES * LANES
        for feature in range(0, whole, LANES):
            transpose(source, rows, position + feature * LANES, target, offsets, shift + feature)
    for feature in range(whole, width):
        for lane in range(count):
            target[offsets[lane] + shift + feature] = source[position + feature * LANES + lane]


@compile_part
def read_mask(  # noqa: PLR0917 - numba calls by position
    mask: Array, block: int, batch: int, steps: int, step: int, target: Array
) -> None:
    """Write 1.0 to the lanes whose sequence has a token at `step`, else 0.0."""
    for lane in range(LANES):
        target[lane] = mask[min(block * LANES + lane, batch - 1) * steps + step]


@compile_part
def write_bias(bias: Array, target: Array, position: int) -> None:
    """Write each row's bias to all its lanes, `float32[len(bias), 16]` from `position` on."""
    for row in range(len(bias)):
        store(target, position + row * LANES, spread(bias, row))


@compile_part
def multiply(  # noqa: PLR0917 - numba calls by position
    weights: Array,
    tiles: tuple[int, int],
    depth: int,
    span: tuple[int, int],
    lanes: Array,
    lanes_position: int,
    target: Array,
    target_position: int,
) -> None:
    """Add `weights @ lanes` to `target` for some tiles of eight rows.

    Args:
        weights: `float32[all_tiles, depth, 8]`, from `pack_weights`.
        tiles: `(first, stop)`.
        depth: the columns of the whole weight matrix.
        span: `(first, stop)` of the columns used.
        lanes: holds `float32[stop - first, 16]` from `lanes_position` on.
        lanes_position: see `lanes`.
        target: holds `float32[8 * tiles, 16]` from `target_position` on.
        target_position: see `target`.
    """
    for tile in range(tiles[0], tiles[1]):
        out = target_position + (tile - tiles[0]) * TILE * LANES
        sum0, sum1 = load(target, out), load(target, out + LANES)
        sum2, sum3 = load(target, out + 2 * LANES), load(target, out + 3 * LANES)
        sum4, sum5 = load(target, out + 4 * LANES), load(target, out + 5 * LANES)
        sum6, sum7 = load(target, out + 6 * LANES), load(target, out + 7 * LANES)
        weight = (tile * depth + span[0]) * TILE
        position = lanes_position
        for _ in range(span[1] - span[0]):
            value = load(lanes, position)
            sum0 = multiply_add(spread(weights, weight), value, sum0)
            sum1 = multiply_add(spread(weights, weight + 1), value, sum1)
            sum2 = multiply_add(spread(weights, weight + 2), value, sum2)
            sum3 = multiply_add(spread(weights, weight + 3), value, sum3)
            sum4 = multiply_add(spread(weights, weight + 4), value, sum4)
            sum5 = multiply_add(spread(weights, weight + 5), value, sum5)
            sum6 = multiply_add(spread(weights, weight + 6), value, sum6)
            sum7 = multiply_add(spread(weights, weight + 7), value, sum7)
            weight += TILE
            position += LANES
        store(target, out, sum0)
        store(target, out + LANES, sum1)
        store(target, out + 2 * LANES, sum2)
        store(target, out + 3 * LANES, sum3)
        store(target, out + 4 * LANES, sum4)
        store(target, out + 5 * LANES, sum5)
        store(target, out + 6 * LANES, sum6)
        store(target, out + 7 * LANES, sum7)


@compile_part
def accumulate(  # noqa: PLR0917 - numba calls by position
    gradients: Array,
    gradient_rows: int,
    span: tuple[int, int],
    rows: Array,
    row_width: int,
    columns: tuple[int, int],
    steps: int,
    total: Array,
) -> None:
    """Add `gradients @ rows` over some steps of a block to `total`: a part of the weights' gradient.

    Args:
        gradients: `float32[steps, gradient_rows, 16]`, lane layout.
        gradient_rows: see `gradients`.
        span: `(first, stop)` of the gradient rows used, multiples of 8.
        rows: `float32[steps, 16, row_width]`: a row a sequence, its input and state side by side.
        row_width: see `rows`.
        columns: `(first, stop)` of the columns of `rows` used, multiples of 16.
        steps: see `gradients`.
        total: `float32[gradient_rows, row_width]`.
    """
    for column in range(columns[0], columns[1], LANES):
        for row in range(span[0], span[1], TILE):
            out = row * row_width + column
            sum0, sum1 = load(total, out), load(total, out + row_width)
            sum2, sum3 = load(total, out + 2 * row_width), load(total, out + 3 * row_width)
            sum4, sum5 = load(total, out + 4 * row_width), load(total, out + 5 * row_width)
            sum6, sum7 = load(total, out + 6 * row_width), load(total, out + 7 * row_width)
            for step in range(steps):
                gradient = (step * gradient_rows + row) * LANES
                position = step * LANES * row_width + column
                for _ in range(LANES):
                    value = load(rows, position)
                    sum0 = multiply_add(spread(gradients, gradient), value, sum0)
                    sum1 = multiply_add(spread(gradients, gradient + LANES), value, sum1)
                    sum2 = multiply_add(spread(gradients, gradient + 2 * LANES), value, sum2)
                    sum3 = multiply_add(spread(gradients, gradient + 3 * LANES), value, sum3)
                    sum4 = multiply_add(spread(gradients, gradient + 4 * LANES), value, sum4)
                    sum5 = multiply_add(spread(gradients, gradient + 5 * LANES), value, sum5)
                    sum6 = multiply_add(spread(gradients, gradient + 6 * LANES), value, sum6)
                    sum7 = multiply_add(spread(gradients, gradient + 7 * LANES), value, sum7)
                    gradient += 1
                    position += row_width
            store(total, out, sum0)
            store(total, out + row_width, sum1)
            store(total, out + 2 * row_width, sum2)
            store(total, out + 3 * row_width, sum3)
            store(total, out + 4 * row_width, sum4)
            store(total, out + 5 * row_width, sum5)
            store(total, out + 6 * row_width, sum6)
            store(total, out + 7 * row_width, sum7)


@compile_part
def keep_inputs(  # noqa: PLR0917 - numba calls by position
    x: Array, offsets: Array, dropout: Array, dropout_rows: Array, features: int,
    rows: Array, first: int, row_width: int,
) -> None:  # fmt: skip
    """Write a step's inputs, a row a sequence, to the left of its state: for `accumulate`.

    Args:
        x: the inputs; sequence `lane` has them from `offsets[lane]` on.
        offsets: `int64[16]`.
        dropout: factors of the inputs; sequence `lane` has them from `dropout_rows[lane]` on. May be empty.
        dropout_rows: `int64[16]`.
        features: inputs a sequence.
        rows: `float32[…, 16, row_width]`, whose rows from `first` on are written.
        first: see `rows`.
        row_width: see `rows`.
    """
    whole = features // LANES * LANES
    for lane in range(LANES):
        row = (first + lane) * row_width
        for feature in range(0, whole, LANES):
            store(rows, row + feature, load(x, offsets[lane] + feature))
        for feature in range(whole, features):
            rows[row + feature] = x[offsets[lane] + feature]
        if dropout.size > 0:
            for feature in range(features):
                rows[row + feature] *= dropout[dropout_rows[lane] + feature]


@compile_part
def keep_state(  # noqa: PLR0917 - numba calls by position
    state: Array, position: int, units: int, rows: Array, first: int, row_width: int
) -> None:
    """Write the state before a step, a row a sequence, to the right of its inputs: for `accumulate`.

    Args:
        state: holds the state in lane layout from `position` on, and behind it enough for sixteen rows.
        position: see `state`.
        units: of the state.
        rows: as in `keep_inputs`.
        first: as there.
        row_width: as there.
    """
    state_width = round_up(units, LANES)
    targets = (first + np.arange(LANES)) * row_width
    lane_rows = np.arange(LANES) * LANES
    for unit in range(0, state_width, LANES):
        transpose(state, lane_rows, position + unit * LANES, rows, targets, row_width - state_width + unit)
