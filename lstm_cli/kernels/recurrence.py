"""The recurrent kernels on NumPy arrays: all steps of a batch forward, and backward.

A batch is cut into blocks of sixteen sequences, whatever the number of threads; sums over blocks are taken in a
fixed order. Hence the results do not depend on how many threads work nor on which is first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_cli.kernels.blocks import TILE, round_up
from lstm_cli.kernels.buffers import borrow
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.deferred_adam import AdamSettings, DeferredAdam
from lstm_cli.kernels.frame import Direction, Results, Shape, SourceGradients, Sources, build_kernels, drop_names
from lstm_cli.kernels.gru import GRU
from lstm_cli.kernels.lanes import LANES
from lstm_cli.kernels.lstm import LSTM
from lstm_cli.kernels.simple_rnn import SIMPLE_RNN
from lstm_cli.kernels.threads import get_threads, run_tasks
from lstm_cli.kernels.weights import add_rows, pack_bias, pack_weights, unpack_bias_gradient, unpack_gradient
from lstm_cli.kernels.words import Words, are_rows, collect_words, find_words, locate_gradients, project_words

_MOST_TASKS = 16  # each keeps a weight gradient of its own; more would only cost memory
_NO_MASK = np.zeros(0, np.uint8)
_NO_TOKENS = np.zeros(0, np.int32)
_NOTHING = np.zeros(0, np.float32)
_USED_UP: Final = 1.0  # the last of the records, once gradients have been written over them

CELLS: Final = {cell.name: cell for cell in (LSTM, GRU, SIMPLE_RNN)}
_KERNELS: Final = {cell.name: build_kernels(cell) for cell in CELLS.values()}


@dataclass(frozen=True)
class Inputs:
    """What a layer reads.

    Attributes:
        x: `float32[batch, steps, features]`; with `tokens` a table `float32[words, features]`.
        states: the initial ones, `float32[batch, units]` each, or none for zeros.
        tokens: `int32[batch, steps]`, the rows of the table, or None.
        dropout: `float32[batch, features]`, factors of every step's inputs, or None.
        mask: `bool[batch, steps]`, False where a step is skipped, or None.
        learner: keeps the table `x`, and brings the rows of `tokens` up to date before they are read; not with
            `dropout`. Or None.
    """

    x: np.ndarray
    states: tuple[np.ndarray, ...]
    tokens: np.ndarray | None = None
    dropout: np.ndarray | None = None
    mask: np.ndarray | None = None
    learner: DeferredAdam | None = None


@dataclass(frozen=True)
class Weights:
    """A layer's weights, as Keras keeps them (`float32`).

    Attributes:
        kernel: `float32[features, columns]`, a column block of `units` a gate.
        recurrent_kernel: `float32[units, columns]`.
        bias: `float32[columns]`, for a GRU `float32[2, columns]`, or None.
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray | None


@dataclass(frozen=True)
class Gradients:
    """The gradients of everything that went in.

    Attributes:
        x: like `Inputs.x`; of a learner's table, that of the rows which the batch reads.
        states: `float32[batch, units]` for each state, whether it was given or zero.
        weights: like the weights.
        rows: `int32[words]`, those rows; None where `x` is of all.
    """

    x: np.ndarray
    states: tuple[np.ndarray, ...]
    weights: Weights
    rows: np.ndarray | None = None


def run_forward(
    cell: Cell, direction: Direction, *, inputs: Inputs, weights: Weights, keep: bool
) -> tuple[np.ndarray, tuple[np.ndarray, ...], np.ndarray]:
    """Run all steps of a batch.

    Args:
        cell: the kind of cell.
        direction: how to walk.
        inputs: what to read.
        weights: of the layer.
        keep: whether a backward pass may follow.

    Returns:
        The outputs `float32[batch, steps or 1, units]`, the final states, and what the backward pass needs.

    Raises:
        ValueError: if a token points outside the table.
    """
    _check_tokens(inputs)
    shape = _measure(inputs, weights)
    batch, steps, _, units = shape
    packed = _pack(cell, weights, transposed=False)
    bias = borrow(_count_gate_rows(cell, units))
    bias.fill(0.0)
    if weights.bias is not None:
        pack_bias(weights.bias.reshape(-1, weights.bias.shape[-1]), cell.columns, units, bias)
    words = _find_words(inputs)
    projections = _NOTHING if words is None else _project(words, inputs, packed, bias)
    blocks = -(-batch // LANES)
    records = borrow(blocks * (steps + 1) * _measure_record(cell, units) + 1 if keep else 0)
    records[-1:] = 0.0
    outputs = borrow(batch, steps if direction.return_sequences else 1, units)
    final = tuple(borrow(batch, units) for _ in cell.states._fields)
    results = Results(outputs.reshape(-1), _ravel(final))
    given, initial = _flatten(inputs, words, packed), _fill_up(inputs.states, cell, batch, units)
    kernel = _KERNELS[cell.name].run_forward
    arguments = drop_names(shape, direction, given, projections, bias, initial, results, records)
    run_tasks(lambda block: kernel(block, *arguments), blocks)
    return outputs, final, records


def run_backward(
    cell: Cell,
    direction: Direction,
    *,
    inputs: Inputs,
    weights: Weights,
    records: np.ndarray,
    output_gradient: np.ndarray,
    state_gradients: tuple[np.ndarray, ...],
) -> Gradients:
    """Return the gradients of all that went into `run_forward`, called with `keep=True`.

    Args:
        cell: as before.
        direction: as before.
        inputs: as before.
        weights: as before.
        records: what `run_forward` kept. Their memory may serve for gradients; if it did before, the steps are run
            once more.
        output_gradient: like its outputs.
        state_gradients: like its final states, or none for zeros.
    """
    shape = _measure(inputs, weights)
    batch, steps, features, units = shape
    rows = _count_gate_rows(cell, units)
    packed = _pack(cell, weights, transposed=True)
    blocks = -(-batch // LANES)
    tasks = max(1, min(blocks, _MOST_TASKS))  # one even for an empty batch, whose gradients are zeros
    totals = borrow(tasks, rows, round_up(features, LANES) + round_up(units, LANES))
    bias_totals = borrow(tasks, rows, LANES)
    words = _find_words(inputs)
    if records[-1] == _USED_UP:
        records = run_forward(cell, direction, inputs=inputs, weights=weights, keep=True)[2]
    # The gradients of words' products come to lie in the records.
    records[-1] = 0.0 if words is None else _USED_UP
    walked_gradient = borrow(*((batch, steps, features) if words is None else (0,)))
    initial = tuple(borrow(batch, units) for _ in cell.states._fields)
    given, taken = _flatten(inputs, words, packed), (walked_gradient.reshape(-1), _ravel(initial))
    upstream = Results(output_gradient.reshape(-1), _fill_up(state_gradients, cell, batch, units))
    kernel = _KERNELS[cell.name].run_backward
    arguments = drop_names(shape, direction, given, words is not None, records, upstream)

    def run_task(task: int) -> None:
        gradients = SourceGradients(*taken, totals[task].reshape(-1), bias_totals[task].reshape(-1))
        gradients.weights.fill(0.0)
        gradients.bias.fill(0.0)
        for block in range(task, blocks, tasks):
            kernel(block, *arguments, *drop_names(gradients))

    run_tasks(run_task, tasks)
    x_gradient = walked_gradient
    if words is not None:
        places = _locate_gradients(words, _measure_record(cell, units), rows, go_backwards=direction.go_backwards)
        x_gradient = _collect(words, inputs, packed=packed, records=records, places=places, totals=totals)
    kernel_gradient = borrow(*weights.kernel.shape)
    recurrent_gradient = borrow(*weights.recurrent_kernel.shape)
    unpack_gradient(totals, cell.columns, kernel_gradient, recurrent_gradient)
    bias_gradient = None
    if weights.bias is not None:
        bias_gradient = borrow(*weights.bias.shape)
        by_part = bias_gradient.reshape(-1, weights.bias.shape[-1])
        unpack_bias_gradient(bias_totals, cell.columns, units, by_part)
    if inputs.tokens is not None and words is None:
        x_gradient = _add_up_by_word(walked_gradient, inputs.tokens, inputs.x.shape)
    read_rows = words.rows if words is not None and inputs.learner is not None else None
    return Gradients(x_gradient, initial, Weights(kernel_gradient, recurrent_gradient, bias_gradient), read_rows)


def load_kernels(cell: Cell) -> None:
    """Compile a cell's kernels or load them from disk, as their first call else would.

    All of them, those too that narrow embeddings do without: they are few, and the next training may need them.
    The first time on a machine it takes seconds, after that tenths of one.
    """
    features = 2 * LANES  # wide enough for a learner
    table = np.zeros((1, features), np.float32)
    for steps in (1, 1 << 10):  # as many words as tokens, and but one word
        _load_kernels(cell, Inputs(table, (), tokens=np.zeros((1, steps), np.int32)))
    learner = DeferredAdam(AdamSettings(0.0, 0.0, 1.0), (1, features))
    learner.load(table, table, table, step=0)
    _load_kernels(cell, Inputs(learner.table, (), tokens=np.zeros((1, 1), np.int32), learner=learner))
    learner.learn(np.zeros(1, np.int32), table, learning_rate=0.0)


def _load_kernels(cell: Cell, inputs: Inputs) -> None:
    features = inputs.x.shape[1]
    columns = int(cell.columns.max()) + 1
    bias = np.zeros((2 if (cell.columns < 0).any() else 1, columns), np.float32)
    weights = Weights(np.zeros((features, columns), np.float32), np.zeros((1, columns), np.float32), bias)
    outputs, final, records = run_forward(cell, Direction(), inputs=inputs, weights=weights, keep=True)
    run_backward(
        cell,
        Direction(),
        inputs=inputs,
        weights=weights,
        records=records,
        output_gradient=outputs,
        state_gradients=final,
    )


def _check_tokens(inputs: Inputs) -> None:
    if inputs.tokens is not None and not are_rows(inputs.tokens.reshape(-1), len(inputs.x)):
        lowest, highest = inputs.tokens.min(), inputs.tokens.max()
        raise ValueError(
            f"tokens must be 0 … {len(inputs.x) - 1}, the rows of the embedding, not {lowest} … {highest}"
        )


def _measure(inputs: Inputs, weights: Weights) -> Shape:
    walked = inputs.x if inputs.tokens is None else inputs.tokens
    return Shape(walked.shape[0], walked.shape[1], inputs.x.shape[-1], len(weights.recurrent_kernel))


def _count_gate_rows(cell: Cell, units: int) -> int:
    return len(cell.gates._fields) * round_up(units, TILE)


def _measure_record(cell: Cell, units: int) -> int:
    """Return how many floats are kept for a step of sixteen sequences."""
    return cell.record * round_up(units, TILE) * LANES


def _pack(cell: Cell, weights: Weights, *, transposed: bool) -> np.ndarray:
    inputs, units = round_up(len(weights.kernel), TILE), len(weights.recurrent_kernel)
    packed = borrow(_count_gate_rows(cell, units) * (inputs + round_up(units, TILE)))
    packed.fill(0.0)
    by_row = np.ascontiguousarray(weights.kernel), np.ascontiguousarray(weights.recurrent_kernel)
    pack_weights(*by_row, cell.columns, transposed, packed)
    return packed


def _find_words(inputs: Inputs) -> Words | None:
    # Dropout gives every sequence inputs of its own.
    if inputs.tokens is None or inputs.dropout is not None:
        return None
    rows, features = inputs.x.shape
    return find_words(inputs.tokens, table_rows=rows, features=features, always=inputs.learner is not None)


def _project(words: Words, inputs: Inputs, packed: np.ndarray, bias: np.ndarray) -> np.ndarray:
    projections = borrow(len(words.rows) * len(bias))
    depth = len(packed) // len(bias)
    arguments = (inputs.x.shape[1], depth, inputs.x.reshape(-1), words.rows, packed, bias, projections)
    blocks = -(-len(words.rows) // LANES)
    tasks = min(blocks, 2 * get_threads())  # no more calls than it takes to share; a word's product is its own

    def run_task(task: int) -> None:
        share = (task, blocks, tasks)
        if inputs.learner is not None:
            inputs.learner.catch_up(words.rows, share)
        project_words(share, *arguments)

    run_tasks(run_task, tasks)
    return projections


def _locate_gradients(
    words: Words, record: int, gate_rows: int, *, go_backwards: bool
) -> tuple[np.ndarray, np.ndarray]:
    ends, places = np.zeros(len(words.rows) + 1, np.int64), np.empty(words.tokens.size, np.int64)
    steps = words.tokens.shape[1]
    locate_gradients(words.tokens.reshape(-1), steps, go_backwards, record, gate_rows, ends, places)
    return ends, places


def _collect(
    words: Words,
    inputs: Inputs,
    *,
    packed: np.ndarray,
    records: np.ndarray,
    places: tuple[np.ndarray, np.ndarray],
    totals: np.ndarray,
) -> np.ndarray:
    """Return the gradient of the table, or of the rows read of a learner's; add the input weights' to `totals`."""
    table = inputs.x
    if inputs.learner is None:
        gradient, targets = borrow(*table.shape), words.rows
        gradient.fill(0.0)
    else:
        gradient, targets = borrow(len(words.rows), table.shape[1]), np.arange(len(words.rows), dtype=np.int32)
    tasks, row_width = len(totals), totals.shape[2]
    blocks = -(-len(words.rows) // LANES)
    given = (table.shape[1], row_width, table.reshape(-1), words.rows, *places, packed, records)
    taken = (targets, gradient.reshape(-1))

    def run_task(task: int) -> None:
        share = (task, blocks, tasks)
        collect_words(share, *given, *taken, totals[task].reshape(-1))

    run_tasks(run_task, tasks)
    return gradient


def _flatten(inputs: Inputs, words: Words | None, packed: np.ndarray) -> Sources:
    tokens = inputs.tokens if words is None else words.tokens
    return Sources(
        x=inputs.x.reshape(-1),
        tokens=_NO_TOKENS if tokens is None else tokens.reshape(-1),
        dropout=_NOTHING if inputs.dropout is None else inputs.dropout.reshape(-1),
        mask=_NO_MASK if inputs.mask is None else inputs.mask.view(np.uint8).reshape(-1),
        weights=packed,
    )


def _fill_up(states: tuple[np.ndarray, ...], cell: Cell, batch: int, units: int) -> tuple[np.ndarray, ...]:
    return _ravel(states) if states else (np.zeros(batch * units, np.float32),) * len(cell.states._fields)


def _ravel(arrays: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    return tuple(array.reshape(-1) for array in arrays)


def _add_up_by_word(gradient: np.ndarray, tokens: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    table = borrow(*shape)
    table.fill(0.0)
    add_rows(gradient.reshape(-1), tokens.reshape(-1), shape[-1], table.reshape(-1))
    return table
