"""Adam for an embedding of whose rows a step reads few: a row is brought up to date when it is read.

Adam moves every row in every step: one whose word is not in the batch goes on by its momentum, which fades. Where
it goes is known beforehand, so it may wait: when a batch reads the row, it makes up for the steps it missed, one
after the other, with the numbers it would have had but for rounding. Once a move is too small to change the row,
two powers are all that is left to compute.

Kingma & Ba (2015), as Keras has it (https://keras.io/api/optimizers/adam).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_cli.kernels.buffers import borrow
from lstm_cli.kernels.compilation import compile_kernel
from lstm_cli.kernels.lanes import LANES, Array, are_equal, constant, flush, load, spread, square_root, store
from lstm_cli.kernels.threads import get_threads, run_tasks

_STEPS_AT_ONCE: Final = 1 << 10  # for which factors are computed
_SHARES: Final = 16  # of all rows, brought up to date side by side


@dataclass(frozen=True)
class AdamSettings:
    """Keras' arguments of the same names."""

    beta_1: float
    beta_2: float
    epsilon: float


def suits_learner(features: int) -> bool:
    """Return whether rows of so many features can learn apart: whole registers, and enough to work by word."""
    return features > LANES and features % LANES == 0


class DeferredAdam:
    """An embedding's table and its moments, each row as it was after some step.

    Args:
        settings: of Adam.
        shape: `(rows, features)`, of features that `suits_learner`.
    """

    def __init__(self, settings: AdamSettings, shape: tuple[int, int]) -> None:
        if not suits_learner(shape[1]):
            raise ValueError(f"the features must be a larger multiple of {LANES}, not {shape[1]}")
        self._settings = settings
        self._numbers = np.float32(settings.beta_1), np.float32(settings.beta_2), np.float32(settings.epsilon)
        table, momentums, velocities = borrow(*shape), borrow(*shape), borrow(*shape)
        for array in (table, momentums, velocities):
            array.fill(0.0)
        self._arrays = table, momentums, velocities
        self._flat = table.reshape(-1), momentums.reshape(-1), velocities.reshape(-1)
        self._taken = np.zeros(shape[0], np.int64)
        self._begin(0)

    def load(self, table: np.ndarray, momentums: np.ndarray, velocities: np.ndarray, *, step: int) -> None:
        """Copy the table and its moments, `float32[rows, features]` each, as they are after a step, from 0 on."""
        for array, values in zip(self._arrays, (table, momentums, velocities), strict=True):
            array[...] = values
        self._taken.fill(step)
        self._begin(step)

    @property
    def table(self) -> np.ndarray:
        """The embedding; of its rows only those are up to date that were caught up with."""
        return self._arrays[0]

    def catch_up(self, rows: np.ndarray, blocks: tuple[int, int, int]) -> None:
        """Bring rows to where the last step left them.

        Args:
            rows: `int32[words]`, distinct.
            blocks: which sixteens of them: `(first, stop, step)`; calls for different ones may run side by side.
        """
        steps = (self._first, self._step, self._fades_from)
        catch_up_rows(blocks, rows, steps, self._rates, self._numbers, self._flat, self._taken)

    def learn(self, rows: np.ndarray, gradients: np.ndarray, *, learning_rate: float) -> None:
        """Take the next step with rows that are up to date.

        Args:
            rows: as in `catch_up`.
            gradients: `float32[words, features]`.
            learning_rate: of this step.
        """
        rate = self._note_rate(np.float32(learning_rate))
        flat, step, blocks = gradients.reshape(-1), self._step, -(-len(rows) // LANES)
        tasks = max(1, min(blocks, 2 * get_threads()))

        def run_task(task: int) -> None:
            learn_rows((task, blocks, tasks), rows, step, rate, flat, self._numbers, self._flat, self._taken)

        run_tasks(run_task, tasks)

    def _begin(self, step: int) -> None:
        """Forget the rates of earlier steps, for all rows have taken these."""
        self._first = self._step = self._fades_from = step
        self._rates = np.zeros(_STEPS_AT_ONCE, np.float32)
        self._corrections = _compute_corrections(self._settings, first=step, count=_STEPS_AT_ONCE)

    def _note_rate(self, learning_rate: np.float32) -> np.float32:
        """Count a step; keep and return its rate with Adam's corrections in it, as TensorFlow computes them."""
        place = self._step - self._first
        if place == len(self._rates):
            self._rates = np.concatenate([self._rates, np.zeros_like(self._rates)])
            self._corrections = _compute_corrections(self._settings, first=self._first, count=len(self._rates))
        root, divisor = self._corrections
        rate = self._rates[place] = learning_rate * root[place] / divisor[place]
        self._step += 1
        # A row that a step leaves alone is left alone by those behind, unless rates rise faster than moves fade.
        settings = self._settings
        if place and not rate * settings.beta_1 <= self._rates[place - 1] * settings.beta_2**0.5:
            self._fades_from = self._step
        return np.float32(rate)

    def settle(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Bring all rows up to date, and return the table and its moments, `float32[rows, features]` each."""
        rows = np.arange(len(self.table), dtype=np.int32)
        blocks = -(-len(rows) // LANES)
        run_tasks(lambda task: self.catch_up(rows, (task, blocks, _SHARES)), _SHARES)
        return self._arrays


def _compute_corrections(settings: AdamSettings, *, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what Adam multiplies and divides the rates of the steps behind one by: `float32[count]` each."""
    steps = np.arange(first + 1, first + 1 + count).astype(np.float32)
    one, beta_1, beta_2 = np.float32(1.0), np.float32(settings.beta_1), np.float32(settings.beta_2)
    return np.sqrt(one - beta_2**steps), one - beta_1**steps


@compile_kernel
def catch_up_rows(  # noqa: PLR0917 - numba calls by position
    blocks: tuple[int, int, int],
    rows: Array,
    steps: tuple[int, int, int],
    rates: Array,
    numbers: tuple[np.float32, np.float32, np.float32],
    arrays: tuple[Array, Array, Array],
    taken: Array,
) -> None:
    """Take the steps that rows have missed, without a gradient.

    Args:
        blocks: which sixteens of rows: `(first, stop, step)`.
        rows: `int32[words]`.
        steps: `(first, last, fading)`: behind which `rates` begin, which is the last to be taken, and from which
            on a row that a step leaves alone is left alone by those behind it.
        rates: `float32[…]`: Adam's learning rate of each step, both corrections in it.
        numbers: `(beta_1, beta_2, epsilon)`.
        arrays: the table, its momentums and its velocities, `float32[table_rows * features]` each.
        taken: `int64[table_rows]`, the last step that each row has taken; changed.
    """
    table, momentums, velocities = arrays
    beta_1, beta_2, epsilon = numbers
    features = len(table) // len(taken)
    first, last, fading = steps
    for block in range(blocks[0], blocks[1], blocks[2]):
        for word in range(block * LANES, min((block + 1) * LANES, len(rows))):
            row = np.int64(rows[word])
            missed = last - taken[row]
            if missed <= 0:
                continue
            begin = taken[row] - first
            taken[row] = last
            for place in range(row * features, (row + 1) * features, LANES):
                weight, momentum, velocity = load(table, place), load(momentums, place), load(velocities, place)
                done = 0
                while done < missed:
                    momentum, velocity = constant(beta_1) * momentum, constant(beta_2) * velocity
                    rate = spread(rates, begin + done)
                    moved = weight - momentum * rate / (square_root(velocity) + constant(epsilon))
                    done += 1
                    if first + begin + done >= fading and are_equal(moved, weight):
                        break
                    weight = moved
                rest = np.float64(missed - done)
                store(table, place, weight)
                # TensorFlow's threads flush what is too small, ours do not: digits must not tell which it was.
                store(momentums, place, flush(constant(np.float64(beta_1) ** rest) * momentum))
                store(velocities, place, flush(constant(np.float64(beta_2) ** rest) * velocity))


@compile_kernel
def learn_rows(  # noqa: PLR0917 - numba calls by position
    blocks: tuple[int, int, int],
    rows: Array,
    step: int,
    rate: np.float32,
    gradients: Array,
    numbers: tuple[np.float32, np.float32, np.float32],
    arrays: tuple[Array, Array, Array],
    taken: Array,
) -> None:
    """Take one step with a gradient.

    Args:
        blocks: as in `catch_up_rows`.
        rows: as there; they have taken the step before.
        step: the number of this one, from 1 on.
        rate: as in `rates` there.
        gradients: `float32[words * features]`.
        numbers: as there.
        arrays: as there.
        taken: as there.
    """
    table, momentums, velocities = arrays
    beta_1, beta_2, epsilon = numbers
    features = len(table) // len(taken)
    new_1, new_2 = constant(np.float32(1.0) - beta_1), constant(np.float32(1.0) - beta_2)
    for block in range(blocks[0], blocks[1], blocks[2]):
        for word in range(block * LANES, min((block + 1) * LANES, len(rows))):
            row = np.int64(rows[word])
            taken[row] = step
            for column in range(0, features, LANES):
                place = row * features + column
                gradient = load(gradients, word * features + column)
                momentum, velocity = load(momentums, place), load(velocities, place)
                momentum = momentum + (gradient - momentum) * new_1
                velocity = velocity + (gradient * gradient - velocity) * new_2
                move = momentum * constant(rate) / (square_root(velocity) + constant(epsilon))
                store(table, place, load(table, place) - move)
                store(momentums, place, flush(momentum))
                store(velocities, place, flush(velocity))
