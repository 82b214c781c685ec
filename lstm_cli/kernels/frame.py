"""The frame around every cell: all steps of a block of sixteen sequences, forward and backward.

A cell is arithmetic on the numbers of one unit (`cell.py`). Reading the inputs, products with the weights, masks,
dropout, what is kept for the way back, and the sums of the gradients are here.

A block keeps `steps + 1` records, each `float32[rows, 16]`: the states after a step, then the gates of the step,
in the order of their names. The first one holds the initial states, and no gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lstm_cli.kernels.blocks import (
    CHUNK,
    TILE,
    accumulate,
    allocate,
    keep_inputs,
    keep_state,
    locate_inputs,
    locate_rows,
    multiply,
    read_lanes,
    read_mask,
    round_up,
    scale,
    write_bias,
    write_lanes,
)  # fmt: skip
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.compilation import compile_kernel
from lstm_cli.kernels.lanes import (
    LANES,
    Array,
    add_to_first,
    add_to_rows,
    constant,
    load,
    load_rows,
    select,
    store,
    store_rows,
)  # fmt: skip


class Direction(NamedTuple):
    """How a layer walks through its sequences; the fields are Keras' arguments.

    Attributes:
        go_backwards: begin at the last step; the outputs come in the order of processing.
        return_sequences: give every step's output, not only the last.
        zero_output_for_mask: a masked step gives zeros, not the output before it.
    """

    go_backwards: bool = False
    return_sequences: bool = False
    zero_output_for_mask: bool = False


class Shape(NamedTuple):
    """The sizes of a batch, and of the layer that reads it."""

    batch: int
    steps: int
    features: int
    units: int


class Sources(NamedTuple):
    """What a kernel reads, each array flat; what there is none of is empty.

    Attributes:
        x: `float32[batch, steps, features]`; with `tokens` a table `float32[words, features]`.
        tokens: `int32[batch, steps]`, the rows of the table, or of the words' products.
        dropout: `float32[batch, features]`, factors of every step's inputs.
        mask: `uint8[batch, steps]`, 0 where a step is skipped.
        weights: from `pack_weights`, transposed for the way back.
    """

    x: Array
    tokens: Array
    dropout: Array
    mask: Array
    weights: Array


class Results(NamedTuple):
    """What comes of all steps, or the gradient of that, each array flat.

    Attributes:
        outputs: `float32[batch, steps or 1, units]`.
        states: `float32[batch, units]` each, after the last step.
    """

    outputs: Array
    states: tuple[Array, ...]


class SourceGradients(NamedTuple):
    """Where the gradients of what was read are written, each array flat.

    Attributes:
        x: takes `float32[batch, steps, features]`; untouched with products by word.
        states: take `float32[batch, units]` each.
        weights: `float32[gate_rows, row_width]`, which is added to.
        bias: `float32[gate_rows, 16]`, which is added to.
    """

    x: Array
    states: tuple[Array, ...]
    weights: Array
    bias: Array


class Kernels(NamedTuple):
    """The compiled ways of a cell; `build_forward` and `build_backward` show their arguments."""

    run_forward: Callable[..., None]
    run_backward: Callable[..., None]


def build_kernels(cell: Cell) -> Kernels:
    """Build the kernels of a cell; they are compiled, or loaded, when they are first called."""
    return Kernels(build_forward(cell), build_backward(cell))


def drop_names(*arguments: object) -> tuple[object, ...]:
    """Return a kernel's arguments as it takes them; it names them again.

    A plain tuple crosses to numba in a microsecond less than one with names, which tells at eight units.
    """
    return tuple(tuple(one) if isinstance(one, tuple) else one for one in arguments)


def build_forward(cell: Cell) -> Callable[..., None]:  # noqa: PLR0915 - one loop over the steps
    """Build the way forward through a block."""
    States, Gates, advance, record_rows = cell.states, cell.gates, cell.advance, cell.record  # noqa: N806 - classes
    state_count, gate_count = len(States._fields), len(Gates._fields)
    (_, outer), (inner, _) = cell.met_by_input, cell.met_by_state

    def run_forward(  # noqa: PLR0917, PLR0912, PLR0915 - numba: by position, and one loop over the steps
        block: int,
        shape: Shape,
        direction: Direction,
        given: Sources,
        projections: Array,
        bias: Array,
        initial: tuple[Array, ...],
        results: Results,
        records: Array,
    ) -> None:
        """Run all steps.

        Args:
            block: which sixteen sequences.
            shape: of the batch.
            direction: how to walk.
            given: what to read.
            projections: the products of words, `float32[words, gate_rows]`, flat; empty where there are none.
            bias: `float32[gate_rows]`.
            initial: the states before the first step, like the results'.
            results: takes what comes of it.
            records: takes what the way back needs; empty where there is none.
        """
        shape, direction, given, results = Shape(*shape), Direction(*direction), Sources(*given), Results(*results)
        batch, steps, features, units = shape
        return_sequences = direction.return_sequences
        keep, masked, projected = records.size > 0, given.mask.size > 0, projections.size > 0
        dropping = given.dropout.size > 0
        inputs, width = round_up(features, TILE) * LANES, round_up(units, TILE) * LANES
        gate_tiles, gate_rows = width // LANES // TILE, gate_count * width // LANES
        depth, input_depth = (inputs + width) // LANES, inputs // LANES
        first = input_depth if projected else 0  # of the columns that are still to be multiplied
        size = record_rows * width
        count = min(LANES, batch - block * LANES)
        x_rows = np.empty(LANES, np.int64)
        state_rows = locate_rows(block, batch, units)
        output_rows = locate_rows(block, batch, (steps if return_sequences else 1) * units)
        v = allocate(inputs + state_count * width)  # x above h: what the weights multiply; the other states below
        output, present, factors = allocate(width), allocate(LANES), allocate(inputs)
        if dropping:
            read_lanes(given.dropout, locate_rows(block, batch, features), 0, features, factors, 0)
        for state in range(state_count):
            read_lanes(initial[state], state_rows, 0, units, v, inputs + state * width)
        own = records if keep else allocate(size)
        record = block * (steps + 1) * size if keep else 0
        for place in range(0, state_count * width if keep else 0, LANES):
            store(own, record + place, load(v, inputs + place))
        for step in range(steps):
            time = steps - 1 - step if direction.go_backwards else step
            record += size if keep else 0
            gates = record + size - gate_count * width
            if projected:
                locate_inputs(given.tokens, block, batch, steps, time, gate_rows, x_rows)
                read_lanes(projections, x_rows, 0, gate_rows, own, gates)
            else:
                locate_inputs(given.tokens, block, batch, steps, time, features, x_rows)
                read_lanes(given.x, x_rows, 0, features, v, 0)
                if dropping:
                    scale(factors, v, inputs)
                write_bias(bias, own, gates)
            if inner > 0:
                tiles = (0, inner * gate_tiles)
                multiply(given.weights, tiles, depth, (first, input_depth), v, first * LANES, own, gates)
            tiles = (inner * gate_tiles, outer * gate_tiles)
            sums = gates + inner * width
            multiply(given.weights, tiles, depth, (first, depth), v, first * LANES, own, sums)
            if outer < gate_count:
                tiles = (outer * gate_tiles, gate_count * gate_tiles)
                sums = gates + outer * width
                multiply(given.weights, tiles, depth, (input_depth, depth), v, inputs, own, sums)
            if masked:
                read_mask(given.mask, block, batch, steps, time, present)
            for unit in range(0, width, LANES):
                old = load_rows(States, v, inputs + unit, width)
                new, kept = advance(load_rows(Gates, own, gates + unit, width), old)
                if masked:
                    here = load(present, 0)
                    other = constant(0.0) if direction.zero_output_for_mask else load(output, unit)
                    store(output, unit, select(here, new.h, other))
                    new = select(here, new, old)
                store_rows(v, inputs + unit, width, new)
                if keep:
                    store_rows(own, gates + unit, width, kept)
                    store_rows(own, record + unit, width, new)
            if return_sequences or step == steps - 1:
                shift = step * units if return_sequences else 0
                if masked:
                    write_lanes(output, 0, units, results.outputs, output_rows, shift, count)
                else:
                    write_lanes(v, inputs, units, results.outputs, output_rows, shift, count)
        for state in range(state_count):
            write_lanes(v, inputs + state * width, units, results.states[state], state_rows, 0, count)

    return _compile(run_forward, cell)


def build_backward(cell: Cell) -> Callable[..., None]:  # noqa: PLR0915 - one loop over the steps
    """Build the way back through a block."""
    States, Gates, retreat, record_rows = cell.states, cell.gates, cell.retreat, cell.record  # noqa: N806 - classes
    state_count, gate_count = len(States._fields), len(Gates._fields)
    (_, outer), (inner, _) = cell.met_by_input, cell.met_by_state

    def run_backward(  # noqa: PLR0917, PLR0912, PLR0915 - numba: by position, and one loop over the steps
        block: int,
        shape: Shape,
        direction: Direction,
        given: Sources,
        projected: bool,
        records: Array,
        upstream: Results,
        gradients: SourceGradients,
    ) -> None:
        """Run all steps back.

        Args:
            block: which sixteen sequences.
            shape: of the batch.
            direction: how to walk.
            given: what was read.
            projected: whether words had products: the gradients of these, `float32[gate_rows]` a token, are then
                written over the records.
            records: from the way forward.
            upstream: the results' gradients.
            gradients: takes those of what was read.
        """
        shape, direction, given, upstream = (
            Shape(*shape),
            Direction(*direction),
            Sources(*given),
            Results(*upstream),
        )
        gradients = SourceGradients(*gradients)
        batch, steps, features, units = shape
        return_sequences = direction.return_sequences
        masked, dropping = given.mask.size > 0, given.dropout.size > 0
        inputs, width = round_up(features, TILE) * LANES, round_up(units, TILE) * LANES
        rows_of_gate = width // LANES
        gate_rows = gate_count * rows_of_gate
        input_tiles, all_tiles = inputs // LANES // TILE, (inputs + width) // LANES // TILE
        from_input, from_state = (0, outer * rows_of_gate), (inner * rows_of_gate, gate_rows)
        size = record_rows * width
        count = min(LANES, batch - block * LANES)
        x_rows = np.empty(LANES, np.int64)
        x_gradient_rows = locate_rows(block, batch, steps * features)
        record_lanes = np.arange(LANES) * gate_rows
        dropout_rows, state_rows = locate_rows(block, batch, features), locate_rows(block, batch, units)
        output_rows = locate_rows(block, batch, (steps if return_sequences else 1) * units)
        input_width = round_up(features, LANES)
        row_width = input_width + round_up(units, LANES)
        rows = allocate(CHUNK * LANES * row_width)
        dz, dv = allocate(CHUNK * gate_count * width), allocate(inputs + width)
        d_states, d_output, incoming = allocate(state_count * width), allocate(width), allocate(width)
        lanes_kept, present, factors = allocate(LANES), allocate(LANES), allocate(inputs)
        lanes_kept[:count] = 1.0
        real, nothing = load(lanes_kept, 0), constant(0.0)
        if dropping:
            read_lanes(given.dropout, dropout_rows, 0, features, factors, 0)
        for state in range(state_count):
            read_lanes(upstream.states[state], state_rows, 0, units, d_states, state * width)
        for place in range(0, state_count * width, LANES):
            store(d_states, place, load(d_states, place) * real)
        filled = 0
        for back in range(steps):
            step = steps - 1 - back
            time = steps - 1 - step if direction.go_backwards else step
            record = (block * (steps + 1) + step + 1) * size
            gates = record + size - gate_count * width
            if masked:
                read_mask(given.mask, block, batch, steps, time, present)
            if return_sequences or back == 0:
                shift = step * units if return_sequences else 0
                read_lanes(upstream.outputs, output_rows, shift, units, incoming, 0)
            here = load(present, 0)
            slot = filled * gate_count * width
            for unit in range(0, width, LANES):
                after = load_rows(States, d_states, unit, width)
                d_out = load(incoming, unit) * real if return_sequences or back == 0 else nothing
                if masked:
                    d_out = d_out + load(d_output, unit)
                    later = nothing if direction.zero_output_for_mask else select(here, nothing, d_out)
                    store(d_output, unit, later)
                    arriving = select(here, add_to_first(after, d_out), nothing)
                else:
                    arriving = add_to_first(after, d_out)
                before, d_z = retreat(
                    load_rows(Gates, records, gates + unit, width),
                    load_rows(States, records, record - size + unit, width),
                    load_rows(States, records, record + unit, width),
                    arriving,
                )
                store_rows(d_states, unit, width, select(here, before, after) if masked else before)
                store_rows(dz, slot + unit, width, d_z)
                add_to_rows(gradients.bias, unit, width, d_z)
            dv.fill(0.0)
            if projected:
                write_lanes(dz, slot, gate_rows, records, record_lanes, record, count)  # the step's are used up
            else:
                multiply(given.weights, (0, input_tiles), gate_rows, from_input, dz, slot, dv, 0)
                if dropping:
                    scale(factors, dv, inputs)
                write_lanes(dv, 0, features, gradients.x, x_gradient_rows, time * features, count)
            state_slot = slot + from_state[0] * LANES
            multiply(given.weights, (input_tiles, all_tiles), gate_rows, from_state, dz, state_slot, dv, inputs)
            for unit in range(0, width, LANES):
                store(d_states, unit, load(dv, inputs + unit) + load(d_states, unit))
            first = filled * LANES
            if not projected:
                locate_inputs(given.tokens, block, batch, steps, time, features, x_rows)
                keep_inputs(given.x, x_rows, given.dropout, dropout_rows, features, rows, first, row_width)
            keep_state(records, record - size, units, rows, first, row_width)
            filled += 1
            if filled == CHUNK or step == 0:
                columns = (0, 0 if projected else input_width), (input_width, row_width)
                accumulate(dz, gate_rows, from_input, rows, row_width, columns[0], filled, gradients.weights)
                accumulate(dz, gate_rows, from_state, rows, row_width, columns[1], filled, gradients.weights)
                filled = 0
        for state in range(state_count):
            write_lanes(d_states, state * width, units, gradients.states[state], state_rows, 0, count)

    return _compile(run_backward, cell)


def _compile(kernel: Callable[..., None], cell: Cell) -> Callable[..., None]:
    # numba names its file by this. In one file for all cells, two processes that compile at once could take each
    # other's code for their own.
    kernel.__qualname__ = f"{cell.name}_{kernel.__name__}"
    return compile_kernel(kernel)
