"""The plain recurrent cell (Elman 1990), for a block of sixteen sequences: `h' = tanh(W x + R h + b)`."""

from __future__ import annotations

import numpy as np

from lstm_cli.fastrnn.activations import tanh
from lstm_cli.fastrnn.blocks import (
    CHUNK,
    SPARE,
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
from lstm_cli.fastrnn.compilation import compile_kernel
from lstm_cli.fastrnn.lanes import LANES, Array, constant, load, select, store

GATES = 1
RECORD = 1  # h is kept for the backward pass


@compile_kernel
def run_forward(  # noqa: PLR0917, PLR0915 - numba: by position, and one loop over the steps
    block: int,
    shape: tuple[int, int, int, int],
    flags: tuple[bool, bool, bool, bool],
    x: Array,
    tokens: Array,
    dropout: Array,
    mask: Array,
    projections: Array,
    initial: tuple[Array, ...],
    weights: Array,
    bias: Array,
    outputs: Array,
    final: tuple[Array, ...],
    records: Array,
) -> None:
    """Run all steps of one block forward; `recurrence.run_forward` describes the arguments."""
    batch, steps, features, units = shape
    go_backwards, zero_output, return_sequences, keep = flags
    masked, projected = mask.size > 0, projections.size > 0
    inputs, width = round_up(features, TILE) * LANES, round_up(units, TILE) * LANES
    tiles = (0, width // LANES // TILE)
    gate_rows = width // LANES
    depth = (inputs + width) // LANES
    first = inputs // LANES if projected else 0  # of the columns that are still to be multiplied
    size = RECORD * width
    count = min(LANES, batch - block * LANES)
    x_rows = np.empty(LANES, np.int64)
    state_rows = locate_rows(block, batch, units)
    output_rows = locate_rows(block, batch, (steps if return_sequences else 1) * units)
    v = allocate(inputs + width)  # x above h: what the weights multiply
    output = allocate(width)
    present = allocate(LANES)
    factors = allocate(inputs)
    dropping = dropout.size > 0
    if dropping:
        read_lanes(dropout, locate_rows(block, batch, features), 0, features, factors, 0)
    own = records if keep else allocate(size)
    read_lanes(initial[0], state_rows, 0, units, v, inputs)
    for step in range(steps):
        time = steps - 1 - step if go_backwards else step
        record = (block * steps + step) * size if keep else 0
        if projected:
            locate_inputs(tokens, block, batch, steps, time, gate_rows, x_rows)
            read_lanes(projections, x_rows, 0, gate_rows, own, record)
        else:
            locate_inputs(tokens, block, batch, steps, time, features, x_rows)
            read_lanes(x, x_rows, 0, features, v, 0)
            if dropping:
                scale(factors, v, inputs)
            write_bias(bias, own, record)
        multiply(weights, tiles, depth, (first, depth), v, first * LANES, own, record)
        if masked:
            read_mask(mask, block, batch, steps, time, present)
        for unit in range(0, width, LANES):
            h = tanh(load(own, record + unit))
            if masked:
                here = load(present, 0)
                other = constant(0.0) if zero_output else load(output, unit)
                store(output, unit, select(here, h, other))
                h = select(here, h, load(v, inputs + unit))
            store(v, inputs + unit, h)
            if keep:
                store(own, record + unit, h)
        if return_sequences or step == steps - 1:
            shift = step * units if return_sequences else 0
            if masked:
                write_lanes(output, 0, units, outputs, output_rows, shift, count)
            else:
                write_lanes(v, inputs, units, outputs, output_rows, shift, count)
    write_lanes(v, inputs, units, final[0], state_rows, 0, count)


@compile_kernel
def run_backward(  # noqa: PLR0917, PLR0912, PLR0915 - numba: by position, and one loop over the steps
    block: int,
    shape: tuple[int, int, int, int],
    flags: tuple[bool, bool, bool, bool],
    x: Array,
    tokens: Array,
    dropout: Array,
    mask: Array,
    projections: Array,
    initial: tuple[Array, ...],
    weights: Array,
    records: Array,
    output_gradient: Array,
    final_gradient: tuple[Array, ...],
    x_gradient: Array,
    initial_gradient: tuple[Array, ...],
    weight_gradient: Array,
    bias_gradient: Array,
) -> None:
    """Run all steps of one block backward; `recurrence.run_backward` describes the arguments."""
    batch, steps, features, units = shape
    go_backwards, zero_output, return_sequences, _ = flags
    masked, projected = mask.size > 0, projections.size > 0
    inputs, width = round_up(features, TILE) * LANES, round_up(units, TILE) * LANES
    gate_rows = width // LANES
    tiles = (inputs // LANES // TILE if projected else 0, (inputs + width) // LANES // TILE)
    size = RECORD * width
    count = min(LANES, batch - block * LANES)
    x_rows = np.empty(LANES, np.int64)
    x_gradient_rows = locate_rows(block, batch, steps * features)
    record_rows = np.arange(LANES) * gate_rows
    dropout_rows = locate_rows(block, batch, features)
    state_rows = locate_rows(block, batch, units)
    output_rows = locate_rows(block, batch, (steps if return_sequences else 1) * units)
    input_width = round_up(features, LANES)
    row_width = input_width + round_up(units, LANES)
    rows = allocate(CHUNK * LANES * row_width)
    dz = allocate(CHUNK * width)
    dv = allocate(inputs + width)
    dh = allocate(width)
    incoming, d_output, passed = allocate(width), allocate(width), allocate(width)
    h_first = allocate(width + SPARE)
    lanes_kept, present = allocate(LANES), allocate(LANES)
    lanes_kept[:count] = 1.0
    factors = allocate(inputs)
    dropping = dropout.size > 0
    if dropping:
        read_lanes(dropout, dropout_rows, 0, features, factors, 0)
    read_lanes(initial[0], state_rows, 0, units, h_first, 0)
    read_lanes(final_gradient[0], state_rows, 0, units, dh, 0)
    real = load(lanes_kept, 0)
    one, nothing = constant(1.0), constant(0.0)
    for unit in range(0, width, LANES):
        store(dh, unit, load(dh, unit) * real)
    filled = 0
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if go_backwards else step
        record = (block * steps + step) * size
        if masked:
            read_mask(mask, block, batch, steps, time, present)
        if return_sequences or back == 0:
            shift = step * units if return_sequences else 0
            read_lanes(output_gradient, output_rows, shift, units, incoming, 0)
        here = load(present, 0)
        slot = filled * width
        for unit in range(0, width, LANES):
            d_h = load(dh, unit)
            d_out = load(incoming, unit) * real if return_sequences or back == 0 else nothing
            kept = nothing
            if masked:
                d_out = d_out + load(d_output, unit)
                kept = select(here, nothing, d_h)
                store(d_output, unit, nothing if zero_output else select(here, nothing, d_out))
                d_h = select(here, d_h + d_out, nothing)
            else:
                d_h = d_h + d_out
            h = load(records, record + unit)
            d_z = d_h * (one - h * h)
            store(passed, unit, kept)
            store(dz, slot + unit, d_z)
            store(bias_gradient, unit, load(bias_gradient, unit) + d_z)
        dv.fill(0.0)
        multiply(weights, tiles, gate_rows, (0, gate_rows), dz, slot, dv, tiles[0] * TILE * LANES)
        if projected:
            write_lanes(dz, slot, gate_rows, records, record_rows, record, count)  # the step's records are used up
        else:
            if dropping:
                scale(factors, dv, inputs)
            write_lanes(dv, 0, features, x_gradient, x_gradient_rows, time * features, count)
        for unit in range(0, width, LANES):
            store(dh, unit, load(dv, inputs + unit) + load(passed, unit))
        first = filled * LANES
        if not projected:
            locate_inputs(tokens, block, batch, steps, time, features, x_rows)
            keep_inputs(x, x_rows, dropout, dropout_rows, features, rows, first, row_width)
        if step == 0:
            keep_state(h_first, 0, units, rows, first, row_width)
        else:
            keep_state(records, record - size, units, rows, first, row_width)
        filled += 1
        if filled == CHUNK or step == 0:
            whole, columns = (0, gate_rows), (input_width if projected else 0, row_width)
            accumulate(dz, gate_rows, whole, rows, row_width, columns, filled, weight_gradient)
            filled = 0
    write_lanes(dh, 0, units, initial_gradient[0], state_rows, 0, count)
