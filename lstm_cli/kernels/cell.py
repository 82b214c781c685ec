"""What a recurrent cell is: names, and arithmetic on the numbers of one unit of sixteen sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Cell:
    """A kind of recurrent cell; `frame.py` makes kernels of it.

    Attributes:
        name: as configurations have it.
        states: a class of `NamedTuple`: what it carries from step to step, its output first.
        gates: a class of `NamedTuple`: its gates; those that only the input meets first, those that only the state
            meets last.
        columns: `int64[2, gates]`: which gate of Keras' each takes its input and its recurrent weights from; -1
            where it has none.
        record: numbers that are kept of a step, first the states, last the gates: as many as there are, where no
            gate is a state.
        advance: `(sums, old states)` → `(new states, gates)`; the sums are what each gate gets from inputs, state
            and bias.
        retreat: `(gates, old states, new states, gradients of the new states)` → `(gradients of the old states but
            for what comes through the sums, gradients of the sums)`.
    """

    name: str
    states: Any
    gates: Any
    columns: np.ndarray
    record: int
    advance: Callable[..., Any]
    retreat: Callable[..., Any]

    @property
    def met_by_input(self) -> tuple[int, int]:
        """`(0, stop)`: the gates that have weights of the input."""
        return 0, int((self.columns[0] >= 0).sum())

    @property
    def met_by_state(self) -> tuple[int, int]:
        """`(first, stop)`: the gates that have weights of the state."""
        return int((self.columns[1] < 0).sum()), self.columns.shape[1]
