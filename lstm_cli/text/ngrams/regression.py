"""Logistic regressions on the same n-grams, one a column, each learnt from texts of its own.

Newton's method, its steps by conjugate gradients (Lin, Weng & Keerthi 2008, "Trust region Newton method for
large-scale logistic regression"). A regression's weights are sums over its texts, so that a few numbers a text
stand for the millions of weights, and a step costs one walk over the matrix: the kernel trick for the linear
kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.ngrams.matrix import COLUMNS, NgramMatrix

NEWTON_STEPS = 6
GRADIENT_STEPS = 12
_HALVINGS = 8  # of a step that leads upward

_Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RegressionTask:
    """What sixteen regressions learn from, a column each.

    The loss of one, scikit-learn's `LogisticRegression(solver="liblinear")`, is half the squared weights, the
    intercept's among them, and C times the log loss of its texts. An n-gram's input is its factor times the
    text's.

    Attributes:
        matrix: which n-grams stand in which texts.
        squares: `float32[ngrams, 16]`, of the n-grams' factors.
        scales: `float32[texts, 16]`, the texts' factors.
        is_seen: `bool[texts, 16]`, which texts each column learns from.
        is_positive: `bool[texts]`.
        inverse_penalty: scikit-learn's C.
    """

    matrix: NgramMatrix
    squares: NDArray[np.float32]
    scales: NDArray[np.float32]
    is_seen: NDArray[np.bool_]
    is_positive: NDArray[np.bool_]
    inverse_penalty: float

    def spread(self, coefficients: _Values) -> NDArray[np.float32]:
        """Return what each text's n-grams are summed with, `float32[texts, 16]`."""
        return (self.scales * coefficients).astype(np.float32)

    def multiply(self, coefficients: _Values) -> _Values:
        """Return the log odds of every text under weights that are a sum over texts: `float64[texts, 16]`."""
        inputs = self.spread(coefficients)
        sums = self.matrix.sum_over_ngrams(
            lambda begin, end: self.matrix.sum_over_texts(begin, end, inputs) * self.squares[begin:end]
        )
        return np.asarray(self.scales * sums + coefficients.sum(axis=0))

    def compute_loss(self, coefficients: _Values, odds: _Values) -> _Values:
        """Return the loss of each column: `float64[16]`."""
        losses = np.logaddexp(0.0, np.where(self.is_positive[:, None], -odds, odds))
        penalty = (coefficients * odds).sum(axis=0) / 2
        return np.asarray(penalty + self.inverse_penalty * np.where(self.is_seen, losses, 0.0).sum(axis=0))


@dataclass(frozen=True, eq=False)
class Weights:
    """What sixteen regressions have learnt.

    Attributes:
        ngrams: `float32[ngrams, 16]`, each weight times its n-gram's factor.
        intercepts: `float64[16]`.
    """

    ngrams: NDArray[np.float32]
    intercepts: _Values


def fit_regressions(task: RegressionTask, *, report: Callable[[float], None]) -> Weights:
    """Return the weights of all columns.

    Args:
        task: what to learn from.
        report: told the share that is done.
    """
    shape = task.is_seen.shape
    coefficients, odds = np.zeros(shape), np.zeros(shape)
    for step in range(NEWTON_STEPS):
        chances = np.exp(-np.logaddexp(0.0, -odds))
        slopes = task.inverse_penalty * np.where(task.is_seen, chances - task.is_positive[:, None], 0.0)
        curvature = task.inverse_penalty * np.where(task.is_seen, chances * (1.0 - chances), 0.0)
        way, odds_way = _solve(
            task,
            -(coefficients + slopes),
            curvature,
            report=lambda done, step=step: report((step + done) / NEWTON_STEPS),  # type: ignore[misc]
        )
        length = _search_length(task, coefficients, odds, way=way, odds_way=odds_way)
        coefficients += length * way
        odds += length * odds_way
    inputs = task.spread(coefficients)
    weights = np.empty_like(task.squares)

    def write(begin: int, end: int) -> None:
        weights[begin:end] = task.matrix.sum_over_texts(begin, end, inputs) * task.squares[begin:end]

    task.matrix.run_over_ngrams(write)
    return Weights(weights, coefficients.sum(axis=0))


def _solve(
    task: RegressionTask, residual: _Values, curvature: _Values, *, report: Callable[[float], None]
) -> tuple[_Values, _Values]:
    """Return a Newton step and what it adds to the log odds, by conjugate gradients in the weights' norm."""
    solution, odds = np.zeros_like(residual), np.zeros_like(residual)
    direction, odds_direction = np.zeros_like(residual), np.zeros_like(residual)
    before = np.ones(COLUMNS)
    for step in range(GRADIENT_STEPS):
        product = task.multiply(residual)
        norm = np.maximum((residual * product).sum(axis=0), 0.0)
        share = norm / before if step else np.zeros(COLUMNS)
        direction = residual + share * direction
        odds_direction = product + share * odds_direction
        image = direction + curvature * odds_direction
        bend = (odds_direction * image).sum(axis=0)
        length = np.divide(norm, bend, out=np.zeros(COLUMNS), where=(norm > 0) & (bend > 0))
        solution += length * direction
        odds += length * odds_direction
        residual = residual - length * image
        before = np.where(norm > 0, norm, 1.0)
        report((step + 1) / GRADIENT_STEPS)
    return solution, odds


def _search_length(
    task: RegressionTask, coefficients: _Values, odds: _Values, *, way: _Values, odds_way: _Values
) -> _Values:
    """Return for each column which share of a step leads downward: 1, or the first of its halves that does."""
    before = task.compute_loss(coefficients, odds)
    lengths = np.ones(COLUMNS)
    for _ in range(_HALVINGS):
        after = task.compute_loss(coefficients + lengths * way, odds + lengths * odds_way)
        rises = after > before
        if not rises.any():
            break
        lengths[rises] /= 2
    return lengths
