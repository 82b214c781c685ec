"""Random recurrences for the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lstm_cli.kernels import recurrence, reference
from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import CELLS, Gradients, Inputs, Weights

GATES = {"lstm": 4, "gru": 3, "simple_rnn": 1}


@dataclass(frozen=True)
class Case:
    """All that goes into a recurrence, and the gradients that come back to it."""

    cell: Cell
    direction: Direction
    x: np.ndarray
    mask: np.ndarray | None
    states: tuple[np.ndarray, ...]
    weights: Weights
    output_gradient: np.ndarray
    state_gradients: tuple[np.ndarray, ...]

    def as_float32(self) -> Case:
        return replace(
            self,
            x=self.x.astype(np.float32),
            states=tuple(state.astype(np.float32) for state in self.states),
            weights=Weights(*(None if a is None else a.astype(np.float32) for a in list_weights(self.weights))),
            output_gradient=self.output_gradient.astype(np.float32),
            state_gradients=tuple(gradient.astype(np.float32) for gradient in self.state_gradients),
        )


def make_case(
    kind: str,
    *,
    batch: int = 5,
    steps: int = 4,
    features: int = 3,
    units: int = 3,
    masked: bool = False,
    use_bias: bool = True,
    direction: Direction = Direction(return_sequences=True),  # noqa: B008 - frozen
    seed: int = 0,
) -> Case:
    """Return a random case in float64; where it is masked, its first sequence is masked whole."""
    random = np.random.default_rng(seed)
    columns = GATES[kind] * units
    states = len(CELLS[kind].states._fields)
    mask = None
    if masked:
        mask = random.random((batch, steps)) < 0.6
        mask[0] = False
    bias = random.normal(size=(2, columns) if kind == "gru" else columns) * 0.5 if use_bias else None
    recurrent_kernel = random.normal(size=(units, columns))
    return Case(
        CELLS[kind],
        direction,
        random.normal(size=(batch, steps, features)) * 0.5,
        mask,
        tuple(random.normal(size=(batch, units)) * 0.5 for _ in range(states)),
        Weights(
            random.normal(size=(features, columns)) / np.sqrt(features),
            recurrent_kernel / np.linalg.norm(recurrent_kernel, 2),  # above 1, rounding may grow from step to step
            bias,
        ),
        random.normal(size=(batch, steps if direction.return_sequences else 1, units)),
        tuple(random.normal(size=(batch, units)) for _ in range(states)),
    )


def list_weights(weights: Weights) -> list[np.ndarray | None]:
    return [weights.kernel, weights.recurrent_kernel, weights.bias]


def list_gradients(gradients: Gradients) -> list[np.ndarray | None]:
    return [gradients.x, *gradients.states, *list_weights(gradients.weights)]


def run_kernels(case: Case) -> list[np.ndarray | None]:
    """Return outputs, final states and all gradients from the kernels."""
    inputs = Inputs(case.x, case.states, mask=case.mask)
    return run_kernels_on(case, inputs)


def run_kernels_on(case: Case, inputs: Inputs) -> list[np.ndarray | None]:
    """Return the same for inputs of another form."""
    outputs, final, records = recurrence.run_forward(
        case.cell, case.direction, inputs=inputs, weights=case.weights, keep=True
    )
    gradients = recurrence.run_backward(
        case.cell,
        case.direction,
        inputs=inputs,
        weights=case.weights,
        records=records,
        output_gradient=case.output_gradient,
        state_gradients=case.state_gradients,
    )
    return [outputs, *final, *list_gradients(gradients)]


def run_reference(case: Case) -> list[np.ndarray | None]:
    """Return the same from the reference."""
    outputs, final, kept = reference.run_forward(
        case.cell, case.direction, x=case.x, mask=case.mask, states=case.states, weights=case.weights
    )
    gradients = reference.run_backward(
        case.cell,
        case.direction,
        x=case.x,
        mask=case.mask,
        weights=case.weights,
        kept=kept,
        output_gradient=case.output_gradient,
        state_gradients=case.state_gradients,
    )
    return [outputs, *final, *list_gradients(gradients)]


def measure_error(actual: np.ndarray | None, expected: np.ndarray | None, *, terms: float = 1) -> float:
    """Return the largest difference, relative to the largest expected value.

    The random cases are of order one, and a sum of many terms of the order of their number's square root; where
    all that is expected is tiny, it is what cancellation left of larger numbers, and the rounding of those counts.
    """
    if expected is None or actual is None:
        return 0.0 if actual is expected else np.inf
    assert actual.shape == expected.shape
    floor = 0.1 * max(terms, 1) ** 0.5
    return float(np.abs(actual - expected).max(initial=0.0) / max(np.abs(expected).max(initial=0.0), floor))


def assert_close(case: Case, actual: list[np.ndarray | None], expected: list[np.ndarray | None]) -> None:
    """Compare what the kernels gave with the reference in float64."""
    steps = case.x.shape[0] * case.x.shape[1]
    features, columns = case.weights.kernel.shape
    inputs_at, weights_at = 1 + len(case.cell.states._fields), 2 + 2 * len(case.cell.states._fields)
    for place, (one, other) in enumerate(zip(actual, expected, strict=True)):
        terms = 1.0
        if place == inputs_at and other is not None:
            by_word = other.ndim == 2
            terms = (steps if by_word else 1) * max(columns / features, 1)
        elif place >= weights_at:
            terms = steps
        assert measure_error(one, other, terms=terms) < 1e-5


def differentiate(compute: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """Return the gradient of what is computed from an array in float64, by differences that know no formula."""
    gradient = np.empty_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        losses = []
        for shift in (1e-6, -1e-6):
            array[place] = kept + shift
            losses.append(compute())
        array[place] = kept
        gradient[place] = (losses[0] - losses[1]) / 2e-6
    return gradient


def make_step(kind: str) -> Case:
    """Return a single step whose inputs are each gate's own, in Keras' order: what a unit does with its sums."""
    case = make_case(kind, batch=17, steps=1, features=3 * GATES[kind], use_bias=False)
    return replace(case, x=4 * case.x, weights=replace(case.weights, kernel=np.eye(3 * GATES[kind])))


def assert_step_is(kind: str, step: Callable[..., tuple[np.ndarray, ...]]) -> None:
    """Compare a step of the kernels, and the gradients of its sums and states, with a formula and its differences.

    Args:
        kind: of the cell.
        step: inputs of the gates, what the state gives to them, and the states → the new states, output first.
    """
    case = make_step(kind)
    sums, recurrent_kernel = case.x[:, 0], case.weights.recurrent_kernel

    def compute() -> float:
        new = step(sums, case.states[0] @ recurrent_kernel, *case.states)
        gradients = (case.output_gradient[:, 0] + case.state_gradients[0], *case.state_gradients[1:])
        return float(sum(np.sum(one * gradient) for one, gradient in zip(new, gradients, strict=True)))

    new = step(sums, case.states[0] @ recurrent_kernel, *case.states)
    expected = [new[0], *new, *(differentiate(compute, array) for array in (sums, *case.states))]
    outputs, *others = run_kernels(case.as_float32())[: 2 + 2 * len(case.states)]
    inputs_at = len(case.states)
    others[inputs_at] = others[inputs_at][:, 0]
    for actual, wanted in zip([outputs[:, 0], *others], expected, strict=True):
        assert measure_error(actual, wanted) < 2e-6
