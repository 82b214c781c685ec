"""The GRU of Cho et al. (2014), reset after the product (`reset_after=True`).

z, r = sigmoid(W_z x + R_z h + b_z), sigmoid(W_r x + R_r h + b_r)
g = tanh(a + r b)   with   a = W_h x + b_h   and   b = R_h h + b_rh,   kept apart
h' = z h + (1 - z) g
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_cli.kernels.activations import sigmoid, tanh
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.compilation import compile_part
from lstm_cli.kernels.lanes import Lanes, constant, multiply_add


class GruState(NamedTuple):
    """The output."""

    h: Lanes


class GruSums(NamedTuple):
    """What each gate gets; `a` from the input alone, `b` from the state alone."""

    a: Lanes
    z: Lanes
    r: Lanes
    b: Lanes


@compile_part
def advance(sums: GruSums, old: GruState) -> tuple[GruState, GruSums]:
    """Take a step; `Cell.advance`. In the place of `a` it keeps `g`, which is what a step back asks for."""
    z, r = sigmoid(sums.z), sigmoid(sums.r)
    g = tanh(multiply_add(r, sums.b, sums.a))
    return GruState(multiply_add(z, old.h - g, g)), GruSums(g, z, r, sums.b)


@compile_part
def retreat(kept: GruSums, old: GruState, _: GruState, d: GruState) -> tuple[GruState, GruSums]:
    """Take a step back; `Cell.retreat`."""
    g, z, r, b = kept
    one = constant(1.0)
    d_a = d.h * (one - z) * (one - g * g)
    d_z = GruSums(a=d_a, z=d.h * (old.h - g) * z * (one - z), r=d_a * b * r * (one - r), b=d_a * r)
    return GruState(d.h * z), d_z


GRU = Cell("gru", GruState, GruSums, np.array([[2, 0, 1, -1], [-1, 0, 1, 2]]), 5, advance, retreat)
