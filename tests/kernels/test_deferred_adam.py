"""An embedding whose rows wait for their steps ends where Adam's walk through all of them ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrences import list_gradients, make_case

from lstm_cli.kernels import deferred_adam, recurrence, threads, words
from lstm_cli.kernels.deferred_adam import AdamSettings, DeferredAdam
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import Inputs


@dataclass(frozen=True)
class Given:
    """Adam's settings, and the learning rate of each step, counted from 0."""

    settings: AdamSettings
    rate: Callable[[int], float]
    name: str

    def __str__(self) -> str:
        return self.name


def give(beta_1, beta_2, epsilon, rate, name):
    return Given(AdamSettings(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon), rate, name)


USUAL = give(0.9, 0.999, 1e-7, lambda _: 0.01, "usual")
OTHERS = [
    give(0.5, 0.9, 1e-3, lambda _: 0.1, "fast"),
    give(0.0, 0.5, 1e-7, lambda _: 0.01, "no momentum"),
    # Moves do not fade: each may be longer than the one before.
    give(0.95, 0.7, 1e-7, lambda _: 0.001, "moves that grow"),
    give(0.9, 0.999, 1e-7, lambda step: 0.01 * min(1.0, (step % 2100 + 1) / 30), "a warm-up"),
    give(0.9, 0.999, 1e-7, lambda step: 0.01 * 0.99 ** (step % 300), "a rate that falls, and rises again"),
    give(0.9, 0.999, 1e-7, lambda step: 0.001 * (1 + step % 7) ** 3, "a rate that goes up and down"),
]


@pytest.fixture(autouse=True)
def _restore_threads():
    yield
    threads.set_threads(None)


class DenseAdam:
    """The slow reference: all rows, every step, in float64."""

    def __init__(self, given: Given, table, *, step=0):
        self.given, self.step = given, step
        self.arrays = [table.astype(np.float64), np.zeros(table.shape), np.zeros(table.shape)]

    def learn(self, rows, gradients):
        given_rate = self.given.rate(self.step)
        self.step += 1
        one, gradient = self.given.settings, np.zeros(self.arrays[0].shape)
        gradient[rows] = gradients
        table, momentums, velocities = self.arrays
        momentums += (gradient - momentums) * (1 - one.beta_1)
        velocities += (gradient**2 - velocities) * (1 - one.beta_2)
        rate = given_rate * np.sqrt(1 - one.beta_2**self.step) / (1 - one.beta_1**self.step)
        table -= rate * momentums / (np.sqrt(velocities) + one.epsilon)


def make_table(rows=40, features=32, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, features)).astype(np.float32) * np.float32(0.1)


@dataclass
class Learner:
    """A table that learns at the rates given."""

    given: Given
    adam: DeferredAdam
    step: int

    def learn(self, rows, gradients):
        """As in training: some rows are read, and then learn."""
        self.adam.catch_up(rows, (0, -(-len(rows) // 16), 1))
        self.adam.learn(rows, gradients, learning_rate=self.given.rate(self.step))
        self.step += 1

    def settle(self):
        return self.adam.settle()


def build_learner(given, table, *, step=0):
    adam = DeferredAdam(given.settings, table.shape)
    adam.load(table, np.zeros_like(table), np.zeros_like(table), step=step)
    return Learner(given, adam, step)


def draw_step(random, table, *, size=1.0):
    """Return distinct rows, in any order, now and then none, and gradients of about that size."""
    rows = random.permutation(len(table))[: random.integers(0, len(table) + 1)].astype(np.int32)
    return rows, (random.normal(size=(len(rows), table.shape[1])) * size).astype(np.float32)


def assert_close(arrays, reference: DenseAdam):
    for actual, expected in zip(arrays, reference.arrays, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=3e-5, atol=3e-5 * np.abs(expected).max())


@settings(max_examples=60, deadline=None)
@given(
    given_settings=st.sampled_from([USUAL, *OTHERS]),
    shape=st.tuples(st.integers(1, 60), st.sampled_from([32, 48])),
    steps=st.integers(0, 40),
    begin=st.integers(0, 2000),
    size=st.sampled_from([1e-4, 1.0]),
    seed=st.integers(0, 1000),
)
def test_all_rows_end_where_adam_takes_them(given_settings, shape, *, steps, begin, size, seed):
    """From any step on, whichever rows are read when."""
    table, random = make_table(*shape, seed), np.random.default_rng(seed)
    learner = build_learner(given_settings, table, step=begin)
    reference = DenseAdam(given_settings, table, step=begin)
    for _ in range(steps):
        rows, gradients = draw_step(random, table, size=size)
        learner.learn(rows, gradients)
        reference.learn(rows, gradients)
    assert_close(learner.settle(), reference)


@pytest.mark.parametrize("given_settings", [USUAL, *OTHERS], ids=str)
def test_a_row_that_waited_long_ends_where_adam_takes_it(given_settings):
    """3,000 steps: long enough that the moves change nothing any more, and for more than one lot of rates."""
    table, random = make_table(), np.random.default_rng(1)
    learner, reference = build_learner(given_settings, table), DenseAdam(given_settings, table)
    everything, none = np.arange(len(table), dtype=np.int32), np.zeros(0, np.int32)
    steps = [(everything, random.normal(size=table.shape).astype(np.float32))]
    steps += [(none, np.zeros((0, table.shape[1]), np.float32))] * 3000
    steps += [(everything[:7], random.normal(size=(7, table.shape[1])).astype(np.float32))]
    for rows, gradients in steps:
        learner.learn(rows, gradients)
        reference.learn(rows, gradients)
    assert_close(learner.settle(), reference)


def test_a_row_is_up_to_date_when_it_is_read():
    """And those that are not read stay behind, which is what it is for."""
    table, random = make_table(), np.random.default_rng(2)
    learner, reference = build_learner(USUAL, table), DenseAdam(USUAL, table)
    rows = np.arange(len(table), dtype=np.int32)
    gradients = random.normal(size=table.shape).astype(np.float32)
    for count in (len(rows), 5, 5, 5):
        learner.learn(rows[:count], gradients[:count])
        reference.learn(rows[:count], gradients[:count])
    learner.adam.catch_up(rows[:20], (0, 2, 1))
    np.testing.assert_allclose(learner.adam.table[:20], reference.arrays[0][:20], rtol=0, atol=1e-6)
    assert np.abs(learner.adam.table[20:] - reference.arrays[0][20:]).min(axis=1).max() > 1e-3


def test_settling_between_two_steps_changes_nothing():
    table = make_table()
    often, seldom = build_learner(USUAL, table), build_learner(USUAL, table)
    for learner in (often, seldom):
        random = np.random.default_rng(3)
        for _ in range(50):
            learner.learn(*draw_step(random, table))
            if learner is often:
                learner.settle()
    for actual, expected in zip(often.settle(), seldom.settle(), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-30)


def test_no_moment_is_left_that_is_too_small_for_a_normal_number():
    """TensorFlow's threads take it for 0 and ours do not: the digits would tell which of them was there."""
    table = make_table()
    learner, least = build_learner(USUAL, table), np.finfo(np.float32).tiny
    rows = np.arange(len(table), dtype=np.int32)
    learner.learn(rows, np.full(table.shape, 1e-3, np.float32) * make_table(seed=1))
    learner.learn(rows[:20], np.full((20, table.shape[1]), 1e-41, np.float32))
    for _ in range(850):  # after which most would be
        learner.learn(rows[:0], np.zeros((0, table.shape[1]), np.float32))
    _, momentums, velocities = learner.settle()
    for moments in (momentums, velocities):
        assert not ((moments != 0) & (np.abs(moments) < least)).any()
    assert (velocities > 0).any()


def test_what_is_no_number_stays_none():
    """So that the training sees that it has diverged."""
    table = make_table()
    learner = build_learner(USUAL, table)
    rows = np.arange(3, dtype=np.int32)
    learner.learn(rows, np.full((3, 32), np.nan, np.float32))
    learner.learn(rows[:0], np.zeros((0, 32), np.float32))
    settled = learner.settle()[0]
    assert np.isnan(settled[:3]).all()
    assert np.isfinite(settled[3:]).all()


def test_features_that_fill_no_register_are_refused():
    with pytest.raises(ValueError, match="a larger multiple of 16, not 40"):
        DeferredAdam(USUAL.settings, (10, 40))


def test_loaded_kernels_are_those_that_run():
    """A training that follows `load_kernels` compiles nothing more."""
    recurrence.load_kernels(recurrence.CELLS["simple_rnn"])
    learner, rows = build_learner(USUAL, make_table()), np.arange(3, dtype=np.int32)
    learner.learn(rows, np.ones((3, 32), np.float32))
    learner.settle()
    for kernel in (
        deferred_adam.catch_up_rows,
        deferred_adam.learn_rows,
        words.project_words,
        words.collect_words,
    ):
        assert len(kernel.signatures) == 1, kernel


@pytest.mark.parametrize("kind", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize(
    ("distinct", "masked"), [(30, True), (999, False)], ids=["words repeat", "they hardly do"]
)
def test_a_recurrence_gives_the_gradient_of_the_rows_that_it_reads(kind, distinct, masked):
    """Outputs and gradients as without a learner, and the table where they take it, on any number of threads."""
    settings_of_case = {"batch": 37, "steps": 7, "features": 32, "units": 19, "masked": masked}
    direction = Direction(go_backwards=True, return_sequences=True)
    case = make_case(kind, **settings_of_case, direction=direction).as_float32()
    table, random = make_table(distinct + 3), np.random.default_rng(4)
    batches = [random.integers(0, distinct, (37, 7), dtype=np.int32) for _ in range(3)]

    def run(tokens, learner=None):
        read = learner.adam.table if learner else reference.arrays[0].astype(np.float32)
        inputs = Inputs(read, case.states, tokens=tokens, mask=case.mask, learner=learner and learner.adam)
        forward = {"inputs": inputs, "weights": case.weights}
        outputs, _, records = recurrence.run_forward(case.cell, case.direction, **forward, keep=True)
        upstream = {"output_gradient": case.output_gradient, "state_gradients": case.state_gradients}
        return outputs, recurrence.run_backward(case.cell, case.direction, **forward, records=records, **upstream)

    settled = []
    for count in (1, 2, 3):
        threads.set_threads(count)
        learner, reference = build_learner(USUAL, table), DenseAdam(USUAL, table)
        for tokens in batches:
            outputs, gradients = run(tokens, learner)
            expected_outputs, expected = run(tokens)
            assert sorted(gradients.rows.tolist()) == sorted(set(tokens.reshape(-1).tolist()))
            np.testing.assert_allclose(outputs, expected_outputs, rtol=0, atol=1e-5)
            for one, other in zip(list_gradients(gradients)[1:], list_gradients(expected)[1:], strict=True):
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * np.abs(other).max())
            learner.learn(gradients.rows, gradients.x)
            reference.learn(np.arange(len(table)), expected.x)
        settled.append([array.copy() for array in learner.settle()])
        for actual, expected_array in zip(settled[-1], reference.arrays, strict=True):
            np.testing.assert_allclose(actual, expected_array, rtol=0, atol=1e-3 * np.abs(expected_array).max())
    for others in settled[1:]:
        for one, other in zip(others, settled[0], strict=True):
            np.testing.assert_array_equal(one, other)
