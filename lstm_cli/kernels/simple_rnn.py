"""The plain recurrent cell (Elman 1990): `h' = tanh(W x + R h + b)`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lstm_cli.kernels.activations import tanh
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.compilation import compile_part
from lstm_cli.kernels.lanes import Lanes, constant


class SimpleState(NamedTuple):
    """The output, which is the one gate, too."""

    h: Lanes


@compile_part
def advance(sums: SimpleState, _: SimpleState) -> tuple[SimpleState, SimpleState]:
    """Take a step; `Cell.advance`."""
    new = SimpleState(tanh(sums.h))
    return new, new


@compile_part
def retreat(_: SimpleState, __: SimpleState, new: SimpleState, d: SimpleState) -> tuple[SimpleState, SimpleState]:
    """Take a step back; `Cell.retreat`."""
    return SimpleState(constant(0.0)), SimpleState(d.h * (constant(1.0) - new.h * new.h))


SIMPLE_RNN = Cell("simple_rnn", SimpleState, SimpleState, np.array([[0], [0]]), 1, advance, retreat)
