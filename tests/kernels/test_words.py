"""Products by word against the reference, which knows nothing of words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrences import assert_close, list_gradients, make_case, run_kernels_on, run_reference

from lstm_cli.kernels import recurrence, threads
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import Inputs
from lstm_cli.kernels.words import find_words

KINDS = ["lstm", "gru", "simple_rnn"]


@pytest.fixture(autouse=True)
def _restore_threads():
    yield
    threads.set_threads(None)


def make_words(kind, *, words, batch=20, steps=9, features=40, seed=0, **settings_of_case):
    """Return a case whose inputs are embeddings, its table and its tokens."""
    case = make_case(kind, batch=batch, steps=steps, features=features, seed=seed, **settings_of_case)
    random = np.random.default_rng(seed)
    table = random.normal(size=(words + 3, features)) * 0.5  # the last three rows are never read
    tokens = random.integers(0, words, size=(batch, steps), dtype=np.int32)
    return replace(case, x=table[tokens]), table, tokens


def run_words(case, table, tokens):
    single = case.as_float32()
    return run_kernels_on(single, Inputs(table.astype(np.float32), single.states, tokens=tokens, mask=single.mask))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(
    words=st.integers(1, 60),
    batch=st.integers(1, 70),
    steps=st.integers(1, 20),
    features=st.integers(20, 70),
    units=st.integers(1, 40),
    masked=st.booleans(),
    use_bias=st.booleans(),
    direction=st.builds(Direction, st.booleans(), st.booleans(), st.booleans()),
    seed=st.integers(0, 100),
)
def test_outputs_and_gradients_are_those_of_the_embeddings_themselves(kind, **settings_of_case):
    case, table, tokens = make_words(kind, **settings_of_case)
    expected = run_reference(case)
    at = 1 + len(case.cell.states._fields)
    by_row = np.zeros(table.shape)
    np.add.at(by_row, tokens, expected[at])
    expected[at] = by_row
    assert_close(case, run_words(case, table, tokens), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_asked_for_twice_are_the_same(kind):
    """Although those of the words are written over the records."""
    case, table, tokens = make_words(kind, words=5, masked=True)
    single = case.as_float32()
    inputs = Inputs(table.astype(np.float32), single.states, tokens=tokens, mask=single.mask)
    forward = {"inputs": inputs, "weights": single.weights}
    records = recurrence.run_forward(case.cell, case.direction, **forward, keep=True)[2]
    before = records.copy()
    first, second = (
        recurrence.run_backward(
            case.cell,
            case.direction,
            **forward,
            records=records,
            output_gradient=single.output_gradient,
            state_gradients=single.state_gradients,
        )
        for _ in range(2)
    )
    assert not np.array_equal(records, before)
    for one, other in zip(list_gradients(first), list_gradients(second), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_any_number_of_threads_gives_the_same_bits(kind):
    given_words = make_words(kind, words=90, batch=65, units=33)
    results = []
    for count in (1, 2, 3):
        threads.set_threads(count)
        results.append(run_words(*given_words))
    for others in results[1:]:
        for actual, expected in zip(others, results[0], strict=True):
            np.testing.assert_array_equal(actual, expected)


def test_each_token_is_the_number_of_its_word():
    tokens = np.array([[7, 3, 7], [0, 3, 7]], np.int32)
    words = find_words(tokens, table_rows=9, features=1000)
    assert words.rows.tolist() == [7, 3, 0]
    np.testing.assert_array_equal(words.rows[words.tokens], tokens)


@pytest.mark.parametrize(
    ("words", "features", "pays"), [(60, 64, True), (60, 16, False), (1000, 64, False), (1000, 1000, False)]
)
def test_words_are_looked_for_only_where_that_saves_work(words, features, pays):
    tokens = (np.arange(600, dtype=np.int32) % words).reshape(30, 20)
    assert (find_words(tokens, table_rows=1000, features=features) is not None) == pays
