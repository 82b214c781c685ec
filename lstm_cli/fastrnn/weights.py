"""Keras' weights in the order the kernels read them, and the kernels' gradients in Keras' order."""

from __future__ import annotations

import numpy as np

from lstm_cli.fastrnn.blocks import TILE, round_up
from lstm_cli.fastrnn.compilation import compile_kernel
from lstm_cli.fastrnn.lanes import LANES, Array, load, store


@compile_kernel
def pack_weights(kernel: Array, recurrent_kernel: Array, gates: Array, transposed: bool, packed: Array) -> None:
    """Write the input and recurrent weights as one matrix of tiles of eight rows, a tile's columns in a row.

    Args:
        kernel: `float32[features, columns]`, Keras' `kernel`.
        recurrent_kernel: `float32[units, columns]`, Keras' `recurrent_kernel`.
        gates: `int64[2, rows]`: which gate of Keras' a row of gates takes its input and recurrent weights from;
            -1 where it has none.
        transposed: False for gates x (features, units), as the forward pass multiplies; True for the backward.
        packed: zeros `float32[tiles, depth, 8]`, flat.
    """
    features, units = len(kernel), len(recurrent_kernel)
    inputs, width = round_up(features, TILE), round_up(units, TILE)
    depth = gates.shape[1] * width if transposed else inputs + width
    for part, count, start in ((0, features, 0), (1, units, inputs)):
        source = kernel if part == 0 else recurrent_kernel
        for gate in range(gates.shape[1]):
            if gates[part, gate] < 0:
                continue
            for feature in range(count):
                for unit in range(units):
                    value = source[feature, gates[part, gate] * units + unit]
                    row, column = gate * width + unit, start + feature
                    if transposed:
                        row, column = column, row
                    packed[(row // TILE * depth + column) * TILE + row % TILE] = value


@compile_kernel
def unpack_gradient(totals: Array, gates: Array, kernel: Array, recurrent_kernel: Array) -> None:
    """Add up the tasks' weight gradients, always in the same order, in Keras' layout.

    Args:
        totals: `float32[tasks, gate_rows, row_width]`, from `blocks.accumulate`.
        gates: see `pack_weights`.
        kernel: takes `float32[features, columns]`.
        recurrent_kernel: takes `float32[units, columns]`.
    """
    features, units = len(kernel), len(recurrent_kernel)
    inputs, width = round_up(features, LANES), round_up(units, TILE)
    for task in range(1, len(totals)):
        for row in range(totals.shape[1]):
            for column in range(totals.shape[2]):
                totals[0, row, column] += totals[task, row, column]
    for part, count, start in ((0, features, 0), (1, units, inputs)):
        target = kernel if part == 0 else recurrent_kernel
        for gate in range(gates.shape[1]):
            if gates[part, gate] >= 0:
                for feature in range(count):
                    for unit in range(units):
                        value = totals[0, gate * width + unit, start + feature]
                        target[feature, gates[part, gate] * units + unit] = value


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
