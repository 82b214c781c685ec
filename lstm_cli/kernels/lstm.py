"""The LSTM of Hochreiter & Schmidhuber (1997) as Keras has it.

i, f, g, o = sigmoid(z_i), sigmoid(z_f), tanh(z_g), sigmoid(z_o)        z = W x + R h + b, Keras' gate order
c' = f c + i g,   h' = o tanh(c')
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_cli.kernels.activations import sigmoid, tanh
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.compilation import compile_part
from lstm_cli.kernels.lanes import Lanes, constant, multiply_add


class LstmStates(NamedTuple):
    """The output, and the memory."""

    h: Lanes
    c: Lanes


class LstmGates(NamedTuple):
    """The input, forget and output gates, and `g`, what is to be remembered."""

    i: Lanes
    f: Lanes
    g: Lanes
    o: Lanes


@compile_part
def advance(z: LstmGates, old: LstmStates) -> tuple[LstmStates, LstmGates]:
    """Take a step; `Cell.advance`."""
    i, f, g, o = sigmoid(z.i), sigmoid(z.f), tanh(z.g), sigmoid(z.o)
    c = multiply_add(i, g, f * old.c)
    return LstmStates(o * tanh(c), c), LstmGates(i, f, g, o)


@compile_part
def retreat(gates: LstmGates, old: LstmStates, new: LstmStates, d: LstmStates) -> tuple[LstmStates, LstmGates]:
    """Take a step back; `Cell.retreat`."""
    i, f, g, o = gates
    one, t = constant(1.0), tanh(new.c)
    d_c = multiply_add(d.h * o, one - t * t, d.c)
    d_z = LstmGates(
        i=d_c * g * i * (one - i),
        f=d_c * old.c * f * (one - f),
        g=d_c * i * (one - g * g),
        o=d.h * t * o * (one - o),
    )
    return LstmStates(constant(0.0), d_c * f), d_z


LSTM = Cell("lstm", LstmStates, LstmGates, np.array([[0, 1, 2, 3], [0, 1, 2, 3]]), 6, advance, retreat)
