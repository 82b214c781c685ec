"""What learning takes is known before, and bounded whatever the file."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import NgramsConfig
from lstm_cli.text.ngrams import cost
from lstm_cli.text.ngrams.cost import MOST_BYTES, MOST_TEXTS, choose_texts, estimate_cost

SETTINGS = NgramsConfig().build_settings()


def test_all_texts_are_learnt_from_while_they_are_few():
    labels = np.zeros(25_000, np.int32)
    assert (choose_texts(labels, tokens=6_600_000, classes=2, settings=SETTINGS) == np.arange(25_000)).all()


@given(st.integers(1, 10**7), st.integers(0, 10**4), st.integers(2, 40))
def test_a_sample_takes_at_most_the_memory_that_is_allowed(texts, length, classes):
    labels = np.zeros(texts, np.int8)
    chosen = len(choose_texts(labels, tokens=texts * length, classes=classes, settings=SETTINGS))
    assert chosen <= MOST_TEXTS
    estimate = estimate_cost(texts=chosen, tokens=chosen * length, classes=classes, settings=SETTINGS)
    assert estimate.bytes <= MOST_BYTES
    if chosen < texts:  # and nearly all of it
        more = estimate_cost(texts=chosen + 2, tokens=(chosen + 2) * length, classes=classes, settings=SETTINGS)
        assert chosen + 2 > MOST_TEXTS or more.bytes > MOST_BYTES


def test_a_sample_has_the_classes_shares_and_rows_from_all_over(monkeypatch):
    monkeypatch.setattr(cost, "MOST_TEXTS", 100)
    labels = np.repeat([0, 1, 2], [600, 300, 100]).astype(np.int32)
    np.random.default_rng(0).shuffle(labels)
    rows = choose_texts(labels, tokens=10_000, classes=3, settings=SETTINGS)
    assert np.bincount(labels[rows]).tolist() == [60, 30, 10]
    assert (np.diff(rows) > 0).all()
    assert np.diff(rows).max() < 60


@pytest.mark.parametrize("change", [{"folds": 16}, {"patterns": ("x",) * 10}])
def test_more_to_learn_costs_more(change):
    def estimate(settings, classes=2):
        return estimate_cost(texts=1_000, tokens=10**6, classes=classes, settings=settings)

    assert estimate(dataclasses.replace(SETTINGS, **change)).bytes > estimate(SETTINGS).bytes
    assert estimate(SETTINGS, classes=5).bytes > estimate(SETTINGS).bytes
    assert estimate(SETTINGS, classes=5).seconds > 2 * estimate(SETTINGS).seconds


def test_patterns_of_characters_cost_as_many_places_as_there_are_characters():
    def estimate(*patterns, characters=0.0):
        settings = dataclasses.replace(SETTINGS, patterns=patterns)
        return estimate_cost(texts=0, tokens=10**7, classes=2, settings=settings, characters=characters)

    words, letters = estimate("x", "xx"), estimate("c", "cc", characters=5.0)
    assert letters.seconds == pytest.approx(5 * words.seconds)
    assert letters.bytes > 3 * words.bytes
    assert estimate("x", "c", characters=1.0) == words
    assert estimate("x", "c", characters=3.0).seconds == pytest.approx(2 * words.seconds)
    assert estimate("x", "xx", characters=5.0) == words  # where none is of characters, their number is no matter


def test_of_no_texts_none_are_chosen():
    assert choose_texts(np.zeros(0, np.int32), tokens=0, classes=2, settings=SETTINGS).tolist() == []


_PROGRAM = """
import pathlib
import numpy as np
from lstm_cli.config import NgramsConfig
from lstm_cli.text.ngrams.cost import estimate_cost
from lstm_cli.text.ngrams.fitting import fit_ngrams
from lstm_cli.text.ngrams.tokens import TokenTexts

generator = np.random.default_rng(0)
texts, length, distinct = 4_000, 250, 30_000
chances = 1 / np.arange(10, distinct + 10)
numbers = generator.choice(distinct, texts * length, p=chances / chances.sum()).astype(np.int32)
hashes = generator.integers(0, 2**63, distinct).astype(np.uint64)
tokens = TokenTexts(numbers, hashes, np.arange(texts + 1) * length)
settings = NgramsConfig().build_settings()
fit_ngrams(tokens, generator.integers(0, 2, texts).astype(np.int32), classes=2, settings=settings)
status = pathlib.Path("/proc/self/status").read_text()  # getrusage knows the parent's memory too
print(1024 * int(status.partition("VmHWM:")[2].split()[0]))
print(estimate_cost(texts=texts, tokens=texts * length, classes=2, settings=settings).bytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for its memory")
def test_the_memory_is_what_was_estimated():
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    measured, estimated = map(int, done.stdout.split())
    assert 0.5 * estimated < measured < estimated
