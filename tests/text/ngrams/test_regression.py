"""Sixteen regressions at once are scikit-learn's, one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from ngram_reference import fit_regression

from lstm_cli.kernels.threads import get_threads, set_threads
from lstm_cli.text.ngrams import regression
from lstm_cli.text.ngrams.matrix import COLUMNS, NgramMatrix
from lstm_cli.text.ngrams.occurrences import Occurrences
from lstm_cli.text.ngrams.regression import RegressionTask, fit_regressions

TEXTS, NGRAMS = 60, 90


def build_task(*, seed=0, inverse_penalty=1.0):
    generator = np.random.default_rng(seed)
    holds = generator.random((NGRAMS, TEXTS)) < 0.2
    counts = holds.sum(axis=1)
    occurrences = Occurrences(
        (np.arange(NGRAMS, dtype=np.uint64),),
        np.nonzero(holds)[1].astype(np.int32),
        np.concatenate([[0], np.cumsum(counts)]),
    )
    task = RegressionTask(
        NgramMatrix(occurrences, texts=TEXTS),
        squares=generator.normal(size=(NGRAMS, COLUMNS)).astype(np.float32) ** 2,
        scales=generator.uniform(0.5, 2, (TEXTS, COLUMNS)).astype(np.float32),
        is_seen=generator.random((TEXTS, COLUMNS)) < 0.8,
        is_positive=generator.random(TEXTS) < 0.4,
        inverse_penalty=inverse_penalty,
    )
    return task, holds


@pytest.mark.parametrize("inverse_penalty", [0.01, 1.0])
def test_they_are_scikit_learns(inverse_penalty):
    task, holds = build_task(inverse_penalty=inverse_penalty)
    reports = []
    weights = fit_regressions(task, report=reports.append)
    for column in range(COLUMNS):
        seen = task.is_seen[:, column]
        factors = np.sqrt(task.squares[:, column].astype(float))
        inputs = task.scales[:, column, None] * holds.T * factors
        inputs = np.column_stack([inputs, np.ones(TEXTS)])[seen]
        expected = fit_regression(inputs, task.is_positive[seen], inverse_penalty=inverse_penalty)
        assert weights.intercepts[column] == pytest.approx(expected[-1], abs=2e-3)
        assert weights.ngrams[:, column] == pytest.approx(expected[:-1] * factors, abs=2e-3)
    assert reports == sorted(reports)
    assert reports[-1] == 1.0


def test_with_more_steps_they_are_scikit_learns_to_more_digits(monkeypatch):
    monkeypatch.setattr(regression, "NEWTON_STEPS", 12)
    monkeypatch.setattr(regression, "GRADIENT_STEPS", 60)
    task, holds = build_task(inverse_penalty=10.0)
    weights = fit_regressions(task, report=lambda _: None)
    seen = task.is_seen[:, 3]
    factors = np.sqrt(task.squares[:, 3].astype(float))
    inputs = np.column_stack([task.scales[:, 3, None] * holds.T * factors, np.ones(TEXTS)])[seen]
    expected = fit_regression(inputs, task.is_positive[seen], inverse_penalty=10.0)
    assert weights.ngrams[:, 3] == pytest.approx(expected[:-1] * factors, abs=2e-5)


def test_a_step_that_would_lead_upward_is_halved(monkeypatch):
    """Texts whose factors differ a lot: whole steps of Newton's method leap over the valley."""
    task, _ = build_task(inverse_penalty=100.0)
    scales = np.exp(np.random.default_rng(0).normal(size=task.scales.shape) * 3)
    task = dataclasses.replace(task, scales=scales.astype(np.float32))
    losses = []
    search = regression._search_length

    def record(task, coefficients, odds, **ways):
        losses.append(task.compute_loss(coefficients, odds))
        return search(task, coefficients, odds, **ways)

    monkeypatch.setattr(regression, "_search_length", record)
    weights = fit_regressions(task, report=lambda _: None)
    assert np.isfinite(weights.ngrams).all()
    assert (np.diff(losses, axis=0) <= 1e-6).all()


def test_texts_of_one_class_or_none_give_finite_weights():
    task, _ = build_task()
    task.is_seen[:, 0] = task.is_positive
    task.is_seen[:, 1] = False
    weights = fit_regressions(task, report=lambda _: None)
    assert np.isfinite(weights.ngrams).all()
    assert weights.intercepts[0] > 0
    assert (weights.ngrams[:, 1] == 0).all()
    assert weights.intercepts[1] == 0


def test_the_threads_change_no_digit():
    threads = get_threads()
    try:
        of_threads = []
        for count in (1, 3):
            set_threads(count)
            of_threads.append(fit_regressions(build_task()[0], report=lambda _: None).ngrams)
    finally:
        set_threads(threads)
    assert (of_threads[0] == of_threads[1]).all()
