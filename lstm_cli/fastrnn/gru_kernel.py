"""The GRU of Cho et al. (2014), reset after the product (`reset_after=True`), for a block of sixteen sequences.

    z, r = sigmoid(W_z x + R_z h + b_z), sigmoid(W_r x + R_r h + b_r)
    g = tanh(a + r b)   with   a = W_h x + b_h   and   b = R_h h + b_rh,   kept apart
    h' = z h + (1 - z) g

The rows of the weights are ordered a, z, r, b: the input meets the first three and the state the last three.
"""

from __future__ import annotations

import numpy as np

from lstm_cli.fastrnn.activations import sigmoid, tanh
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
from lstm_cli.fastrnn.lanes import LANES, Array, constant, load, multiply_add, select, store

GATES = 4
RECORD = 5  # h, g, z, r, b are kept for the backward pass


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
    group = width // LANES // TILE
    gate_rows = GATES * width // LANES
    depth, input_depth = (inputs + width) // LANES, inputs // LANES
    first = input_depth if projected else 0  # of the columns that are still to be multiplied
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
        gates = record + width
        if projected:
            locate_inputs(tokens, block, batch, steps, time, gate_rows, x_rows)
            read_lanes(projections, x_rows, 0, gate_rows, own, gates)
        else:
            locate_inputs(tokens, block, batch, steps, time, features, x_rows)
            read_lanes(x, x_rows, 0, features, v, 0)
            if dropping:
                scale(factors, v, inputs)
            write_bias(bias, own, gates)
        multiply(weights, (0, group), depth, (first, input_depth), v, 0, own, gates)
        multiply(weights, (group, 3 * group), depth, (first, depth), v, first * LANES, own, gates + width)
        from_state = (input_depth, depth)
        multiply(weights, (3 * group, 4 * group), depth, from_state, v, inputs, own, gates + 3 * width)
        if masked:
            read_mask(mask, block, batch, steps, time, present)
        for unit in range(0, width, LANES):
            z = sigmoid(load(own, gates + width + unit))
            r = sigmoid(load(own, gates + 2 * width + unit))
            g = tanh(multiply_add(r, load(own, gates + 3 * width + unit), load(own, gates + unit)))
            old = load(v, inputs + unit)
            h = multiply_add(z, old - g, g)
            if masked:
                here = load(present, 0)
                other = constant(0.0) if zero_output else load(output, unit)
                store(output, unit, select(here, h, other))
                h = select(here, h, old)
            store(v, inputs + unit, h)
            if keep:
                store(own, record + unit, h)
                store(own, gates + unit, g)
                store(own, gates + width + unit, z)
                store(own, gates + 2 * width + unit, r)
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
    rows_of_gate = width // LANES
    gate_rows = GATES * rows_of_gate
    input_tiles, all_tiles = inputs // LANES // TILE, (inputs + width) // LANES // TILE
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
    dz = allocate(CHUNK * GATES * width)
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
        gates = record + width
        if masked:
            read_mask(mask, block, batch, steps, time, present)
        if return_sequences or back == 0:
            shift = step * units if return_sequences else 0
            read_lanes(output_gradient, output_rows, shift, units, incoming, 0)
        here = load(present, 0)
        slot = filled * GATES * width
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
            g = load(records, gates + unit)
            z = load(records, gates + width + unit)
            r = load(records, gates + 2 * width + unit)
            b = load(records, gates + 3 * width + unit)
            old = load(h_first, unit) if step == 0 else load(records, record - size + unit)
            d_a = d_h * (one - z) * (one - g * g)
            d_z = d_h * (old - g) * z * (one - z)
            d_r = d_a * b * r * (one - r)
            d_b = d_a * r
            store(passed, unit, multiply_add(d_h, z, kept))
            store(dz, slot + unit, d_a)
            store(dz, slot + width + unit, d_z)
            store(dz, slot + 2 * width + unit, d_r)
            store(dz, slot + 3 * width + unit, d_b)
            store(bias_gradient, unit, load(bias_gradient, unit) + d_a)
            store(bias_gradient, width + unit, load(bias_gradient, width + unit) + d_z)
            store(bias_gradient, 2 * width + unit, load(bias_gradient, 2 * width + unit) + d_r)
            store(bias_gradient, 3 * width + unit, load(bias_gradient, 3 * width + unit) + d_b)
        from_input, from_state = (0, 3 * rows_of_gate), (rows_of_gate, gate_rows)
        dv.fill(0.0)
        if projected:
            write_lanes(dz, slot, gate_rows, records, record_rows, record, count)  # the step's records are used up
        else:
            multiply(weights, (0, input_tiles), gate_rows, from_input, dz, slot, dv, 0)
            if dropping:
                scale(factors, dv, inputs)
            write_lanes(dv, 0, features, x_gradient, x_gradient_rows, time * features, count)
        multiply(weights, (input_tiles, all_tiles), gate_rows, from_state, dz, slot + width, dv, inputs)
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
            columns = (0, 0 if projected else input_width), (input_width, row_width)
            accumulate(dz, gate_rows, from_input, rows, row_width, columns[0], filled, weight_gradient)
            accumulate(dz, gate_rows, from_state, rows, row_width, columns[1], filled, weight_gradient)
            filled = 0
    write_lanes(dh, 0, units, initial_gradient[0], state_rows, 0, count)
