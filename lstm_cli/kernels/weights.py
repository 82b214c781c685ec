"""Keras' weights in the order the kernels read them, and the kernels' gradients in Keras' order."""

from __future__ import annotations

import numpy as np

from lstm_cli.kernels.blocks import TILE, allocate, round_up
from lstm_cli.kernels.compilation import compile_kernel
from lstm_cli.kernels.lanes import LANES, Array, copy_half, load, store, transpose


@compile_kernel
def pack_weights(kernel: Array, recurrent_kernel: Array, gates: Array, transposed: bool, packed: Array) -> None:
    """Write the input and recurrent weights as one matrix of tiles of eight rows, a tile's columns in a row.

    Args:
        kernel: `float32[features, columns]`, Keras' `kernel`, row by row.
        recurrent_kernel: `float32[units, columns]`, Keras' `recurrent_kernel`, row by row.
        gates: `int64[2, rows]`: which gate of Keras' a row of gates takes its input and recurrent weights from;
            -1 where it has none.
        transposed: False for gates x (features, units), as the forward pass multiplies; True for the backward.
        packed: zeros `float32[tiles, depth, 8]`, flat.
    """
    (features, columns), units = kernel.shape, len(recurrent_kernel)
    inputs, width = round_up(features, TILE), round_up(units, TILE)
    depth = gates.shape[1] * width if transposed else inputs + width
    whole = units // TILE * TILE
    for part, count, start in ((0, features, 0), (1, units, inputs)):
        source = (kernel if part == 0 else recurrent_kernel).reshape(-1)
        for gate in range(gates.shape[1]):
            if gates[part, gate] < 0:
                continue
            for feature in range(count):
                given = feature * columns + gates[part, gate] * units
                if transposed:
                    row = start + feature
                    taken = (row // TILE * depth + gate * width) * TILE + row % TILE
                    for unit in range(units):
                        packed[taken + unit * TILE] = source[given + unit]
                    continue
                taken = (gate * width // TILE * depth + start + feature) * TILE
                for unit in range(0, whole, TILE):
                    copy_half(source, given + unit, packed, taken + unit * depth)
                for unit in range(whole, units):
                    packed[taken + whole * depth + unit - whole] = source[given + unit]


@compile_kernel
def unpack_gradient(totals: Array, gates: Array, kernel: Array, recurrent_kernel: Array) -> None:
    """Add up the tasks' weight gradients, always in the same order, in Keras' layout.

    Args:
        totals: `float32[tasks, gate_rows, row_width]`, from `blocks.accumulate`.
        gates: see `pack_weights`.
        kernel: takes `float32[features, columns]`.
        recurrent_kernel: takes `float32[units, columns]`.
    """
    (features, columns), units = kernel.shape, len(recurrent_kernel)
    inputs, width = round_up(features, LANES), round_up(units, TILE)
    tasks, row_width = len(totals), totals.shape[2]
    stride = totals.shape[1] * row_width
    given, square, lanes = totals.reshape(-1), allocate(LANES * LANES), np.arange(LANES)
    for part, count, start in ((0, features, 0), (1, units, inputs)):
        target = (kernel if part == 0 else recurrent_kernel).reshape(-1)
        whole, whole_units = count // LANES * LANES, units // LANES * LANES
        for gate in range(gates.shape[1]):
            if gates[part, gate] < 0:
                continue
            corner, taken = gate * width * row_width + start, gates[part, gate] * units
            for unit in range(0, whole_units, LANES):
                for feature in range(0, whole, LANES):
                    for lane in range(LANES):
                        place = corner + (unit + lane) * row_width + feature
                        total = load(given, place)
                        for task in range(1, tasks):
                            total = total + load(given, task * stride + place)
                        store(square, lane * LANES, total)
                    transpose(square, lanes * LANES, 0, target, lanes * columns, feature * columns + taken + unit)
            for unit in range(units):
                for feature in range(whole if unit < whole_units else 0, count):
                    place = corner + unit * row_width + feature
                    rest = given[place]
                    for task in range(1, tasks):
                        rest += given[task * stride + place]
                    target[feature * columns + taken + unit] = rest


@compile_kernel
def add_rows(rows: Array, tokens: Array, features: int, table: Array) -> None:
    """Add up the rows of each word, in the order they come.

    Args:
        rows: `float32[tokens, features]`, flat.
        tokens: `int32[tokens]`: the word of each row.
        features: see `rows`.
        table: zeros `float32[words, features]`, flat.
    """
    whole = features // LANES * LANES
    for place in range(len(tokens)):
        source, target = place * features, np.int64(tokens[place]) * features
        for feature in range(0, whole, LANES):
            store(table, target + feature, load(table, target + feature) + load(rows, source + feature))
        for feature in range(whole, features):
            table[target + feature] += rows[source + feature]


@compile_kernel
def pack_bias(bias: Array, gates: Array, units: int, packed: Array) -> None:
    """Write one number a row of gates: the input's bias plus the state's.

    Args:
        bias: Keras' `bias`, `float32[1, columns]`, or `float32[2, columns]` where input and state have their own.
        gates: see `pack_weights`.
        units: of the layer.
        packed: zeros `float32[rows]`.
    """
    width = round_up(units, TILE)
    for part in range(len(bias)):
        for gate in range(gates.shape[1]):
            if gates[part, gate] >= 0:
                for unit in range(units):
                    packed[gate * width + unit] += bias[part, gates[part, gate] * units + unit]


@compile_kernel
def unpack_bias_gradient(totals: Array, gates: Array, units: int, gradient: Array) -> None:
    """Add up the tasks' and the lanes' bias gradients, always in the same order.

    Args:
        totals: `float32[tasks, rows, 16]`: each task's sum over its steps, a lane a sequence.
        gates: see `pack_weights`.
        units: of the layer.
        gradient: takes `float32[1, columns]`, or `float32[2, columns]`, as Keras' bias has it.
    """
    width = round_up(units, TILE)
    for part in range(len(gradient)):
        for gate in range(gates.shape[1]):
            if gates[part, gate] >= 0:
                for unit in range(units):
                    total = np.float32(0.0)
                    for task in range(len(totals)):
                        for lane in range(LANES):
                            total += totals[task, gate * width + unit, lane]
                    gradient[part, gates[part, gate] * units + unit] = total
