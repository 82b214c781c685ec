"""What a batch's words have in common is computed once a word, not once a token.

Where the inputs are rows of an embedding, a word has the same product with the weights wherever it stands. A batch
of reviews has two to ten tokens for each of its words, so the products of the distinct words cost that much less;
the recurrence then reads one of them for every token. Backward, the gradients of a word's tokens are added up
first, and multiplied once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_cli.kernels.blocks import (
    CHUNK,
    TILE,
    accumulate,
    allocate,
    keep_inputs,
    locate_words,
    multiply,
    read_lanes,
    round_up,
    write_bias,
    write_lanes,
)
from lstm_cli.kernels.compilation import compile_kernel, compile_part
from lstm_cli.kernels.lanes import LANES, Array, constant, load, store

# To read and to add up a product for every token costs about as much as multiplying that many features does.
_FEATURES_WORTH_A_READ = 24


@dataclass(frozen=True)
class Words:
    """The distinct words of a batch, in the order in which they first appear.

    Attributes:
        rows: `int32[words]`, the row of the embedding's table that each one is.
        tokens: `int32[batch, steps]`, which of these words each token is.
    """

    rows: np.ndarray
    tokens: np.ndarray


def find_words(tokens: np.ndarray, *, table_rows: int, features: int, always: bool = False) -> Words | None:
    """Return the distinct words of a batch; None where their products would not pay.

    Args:
        tokens: `int32[batch, steps]`, each below `table_rows`.
        table_rows: of the embedding.
        features: of the embedding.
        always: return them in any case.
    """
    if features <= _FEATURES_WORTH_A_READ and not always:
        return None
    rows = np.empty(min(tokens.size, table_rows), np.int32)
    numbered = np.empty(tokens.shape, np.int32)
    count = number_words(tokens.reshape(-1), np.full(table_rows, -1, np.int32), rows, numbered.reshape(-1))
    pays = features * (tokens.size - count) > _FEATURES_WORTH_A_READ * tokens.size
    return Words(rows[:count], numbered) if pays or always else None


@compile_kernel
def are_rows(tokens: Array, table_rows: int) -> bool:
    """Return whether all tokens, `int32[tokens]`, are rows of a table."""
    wrong = 0
    for token in tokens:
        wrong += token < 0 or token >= table_rows
    return wrong == 0


@compile_kernel
def number_words(tokens: Array, numbers: Array, rows: Array, numbered: Array) -> int:
    """Number the words of a batch by their first appearance, and return how many they are.

    Args:
        tokens: `int32[tokens]`.
        numbers: `int32[table_rows]`, all -1.
        rows: takes the row of each word, `int32[words]`.
        numbered: takes the number of each token's word, `int32[tokens]`.
    """
    count = 0
    for place in range(len(tokens)):
        row = tokens[place]
        if numbers[row] < 0:
            numbers[row] = count
            rows[count] = row
            count += 1
        numbered[place] = numbers[row]
    return count


@compile_kernel
def locate_gradients(  # noqa: PLR0917 - numba calls by position
    numbered: Array, steps: int, go_backwards: bool, record: int, gate_rows: int, ends: Array, places: Array
) -> None:
    """List where the gradients of each word's tokens are, word by word, in the order of the tokens.

    The backward kernels put them where a step's record of sixteen sequences was, a row each.

    Args:
        numbered: `int32[tokens]`, from `number_words`.
        steps: of a sequence.
        go_backwards: whether the last token was read first.
        record: floats that are kept for a step.
        gate_rows: of a token's gradient.
        ends: zeros `int64[words + 1]`; takes where each word's places end, behind a leading 0.
        places: takes `int64[tokens]`.
    """
    for token in range(len(numbered)):
        ends[numbered[token] + 1] += 1
    for word in range(1, len(ends)):
        ends[word] += ends[word - 1]
    filled = ends[:-1].copy()
    for token in range(len(numbered)):
        sequence, time = divmod(token, steps)
        block, lane = divmod(sequence, LANES)
        step = steps - 1 - time if go_backwards else time
        places[filled[numbered[token]]] = (block * (steps + 1) + step + 1) * record + lane * gate_rows
        filled[numbered[token]] += 1


@compile_kernel
def project_words(  # noqa: PLR0917 - numba calls by position
    blocks: tuple[int, int, int],
    features: int,
    depth: int,
    table: Array,
    rows: Array,
    weights: Array,
    bias: Array,
    projections: Array,
) -> None:
    """Write the products of words with the input weights, and the bias with them.

    Args:
        blocks: which sixteens of words: `(first, stop, step)`.
        features: of an embedding.
        depth: the columns of the whole weight matrix, the states' too.
        table: the embeddings, `float32[table_rows, features]`, flat.
        rows: see `Words`.
        weights: from `pack_weights`.
        bias: `float32[gate_rows]`.
        projections: takes `float32[words, gate_rows]`, flat.
    """
    gate_rows = len(bias)
    inputs = allocate(round_up(features, TILE) * LANES)
    products = allocate(gate_rows * LANES)
    offsets = np.empty(LANES, np.int64)
    targets = np.empty(LANES, np.int64)
    for block in range(blocks[0], blocks[1], blocks[2]):
        locate_words(rows, block, features, offsets)
        for lane in range(LANES):
            targets[lane] = (block * LANES + lane) * gate_rows
        read_lanes(table, offsets, 0, features, inputs, 0)
        write_bias(bias, products, 0)
        multiply(weights, (0, gate_rows // TILE), depth, (0, len(inputs) // LANES), inputs, 0, products, 0)
        write_lanes(products, 0, gate_rows, projections, targets, 0, min(LANES, len(rows) - block * LANES))


@compile_part
def add_rows(rows: Array, places: Array, width: int, sums: Array, position: int) -> None:
    """Write the sum of some rows, added up in their order.

    Args:
        rows: `float32[…]`.
        places: `int64[count]`, where in it each row begins.
        width: a multiple of eight.
        sums: takes `float32[width]` from `position` on.
        position: see `sums`.
    """
    wide = width // (4 * LANES) * (4 * LANES)
    for column in range(0, wide, 4 * LANES):  # four registers: a row's cache lines are read side by side
        sum0, sum1, sum2, sum3 = constant(0.0), constant(0.0), constant(0.0), constant(0.0)
        for entry in range(len(places)):
            row = places[entry] + column
            sum0, sum1 = sum0 + load(rows, row), sum1 + load(rows, row + LANES)
            sum2, sum3 = sum2 + load(rows, row + 2 * LANES), sum3 + load(rows, row + 3 * LANES)
        store(sums, position + column, sum0)
        store(sums, position + column + LANES, sum1)
        store(sums, position + column + 2 * LANES, sum2)
        store(sums, position + column + 3 * LANES, sum3)
    whole = width // LANES * LANES
    for column in range(wide, whole, LANES):
        sum0 = constant(0.0)
        for entry in range(len(places)):
            sum0 = sum0 + load(rows, places[entry] + column)
        store(sums, position + column, sum0)
    for column in range(whole, width):
        total = np.float32(0.0)
        for entry in range(len(places)):
            total += rows[places[entry] + column]
        sums[position + column] = total


@compile_kernel
def collect_words(  # noqa: PLR0917 - numba calls by position
    blocks: tuple[int, int, int],
    features: int,
    row_width: int,
    table: Array,
    rows: Array,
    ends: Array,
    places: Array,
    weights: Array,
    gradients: Array,
    targets: Array,
    table_gradient: Array,
    weight_gradient: Array,
) -> None:
    """Add up the gradients of each word's tokens; write the embeddings' gradient, and add to the input weights'.

    Args:
        blocks: which sixteens of words: `(first, stop, step)`.
        features: of an embedding.
        row_width: of `weight_gradient`.
        table: the embeddings, `float32[table_rows, features]`, flat.
        rows: see `Words`.
        ends: from `locate_gradients`.
        places: from `locate_gradients`.
        weights: from `pack_weights`, transposed.
        gradients: holds those of each token's products, `float32[gate_rows]` a place.
        targets: `int32[words]`, the row of `table_gradient` for each word.
        table_gradient: takes `float32[rows, features]`, flat.
        weight_gradient: `float32[gate_rows, row_width]`, flat.
    """
    gate_rows = len(weight_gradient) // row_width
    inputs = round_up(features, TILE)
    sums = allocate(LANES * gate_rows)
    lanes = allocate(CHUNK * gate_rows * LANES)
    input_rows = allocate(CHUNK * LANES * row_width)
    embedding_gradient = allocate(inputs * LANES)
    no_dropout = np.empty(0, np.float32)
    offsets, target_offsets = np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    sum_offsets = np.arange(LANES) * gate_rows
    filled = 0
    for block in range(blocks[0], blocks[1], blocks[2]):
        count = min(LANES, len(rows) - block * LANES)
        locate_words(rows, block, features, offsets)
        sums.fill(0.0)
        for lane in range(count):
            word = block * LANES + lane
            add_rows(gradients, places[ends[word] : ends[word + 1]], gate_rows, sums, lane * gate_rows)
        slot = filled * gate_rows * LANES
        read_lanes(sums, sum_offsets, 0, gate_rows, lanes, slot)
        embedding_gradient.fill(0.0)
        multiply(weights, (0, inputs // TILE), gate_rows, (0, gate_rows), lanes, slot, embedding_gradient, 0)
        locate_words(targets, block, features, target_offsets)
        write_lanes(embedding_gradient, 0, features, table_gradient, target_offsets, 0, count)
        keep_inputs(table, offsets, no_dropout, offsets, features, input_rows, filled * LANES, row_width)
        filled += 1
        if filled == CHUNK or block + blocks[2] >= blocks[1]:
            columns = (0, round_up(features, LANES))
            accumulate(lanes, gate_rows, (0, gate_rows), input_rows, row_width, columns, filled, weight_gradient)
            filled = 0
