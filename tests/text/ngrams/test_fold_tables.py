"""What the folds have learnt side by side is taken apart, a fold's own alone, or averaged over all."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lstm_cli.config import NgramsConfig
from lstm_cli.text.ngrams.fold_tables import FoldTables, OutputOfFolds

NAN = np.nan
SETTINGS = dataclasses.replace(
    NgramsConfig().build_settings(), patterns=("x", "xx", "x_x"), folds=2, length_normalization=0.25
)
# Three n-grams of one pattern and one of each other; the second fold does not know the first of the first two.
KEYS = (np.array([3, 5, 8], np.uint64), np.array([1], np.uint64), np.array([9], np.uint64))
LOG_RATIOS = np.array([[1, NAN], [2, 4], [NAN, 6], [8, NAN], [0, 2]], np.float16)
WEIGHTS = np.array([[2, 0], [4, 8], [0, 10], [6, 0], [-2, 2]], np.float16)


@pytest.fixture
def tables():
    """Tables of two folds and two outputs, the second's values ten times the first's."""
    outputs = [
        OutputOfFolds(WEIGHTS, LOG_RATIOS, np.array([0.5, 1.5])),
        OutputOfFolds(10 * WEIGHTS, 10 * LOG_RATIOS, np.array([-1.0, -2.0])),
    ]
    return FoldTables(SETTINGS, KEYS, outputs, np.array([3.0, 4.0]), 3.5)


@pytest.mark.parametrize(
    ("fold", "keys", "known", "intercepts", "mean_count"),
    [
        (0, [[3, 5], [1], [9]], [0, 1, 3, 4], [0.5, -1.0], 3.0),
        (1, [[5, 8], [], [9]], [1, 2, 4], [1.5, -2.0], 4.0),
    ],
)
def test_a_folds_table_holds_what_counts_for_it_and_nothing_else(
    *, tables, fold, keys, known, intercepts, mean_count
):
    taken = tables.take(fold)
    assert [one.tolist() for one in taken.keys] == keys
    assert taken.weights.tolist() == [[WEIGHTS[row, fold], 10 * WEIGHTS[row, fold]] for row in known]
    assert taken.log_ratios.tolist() == [[LOG_RATIOS[row, fold], 10 * LOG_RATIOS[row, fold]] for row in known]
    assert taken.intercepts.tolist() == intercepts
    assert taken.mean_count == mean_count


def test_the_mean_holds_every_ngram_and_one_that_a_fold_does_not_know_is_nothing_to_it(tables):
    mean = tables.average()
    assert [one.tolist() for one in mean.keys] == [[3, 5, 8], [1], [9]]
    assert mean.weights.tolist() == [[1, 10], [6, 60], [5, 50], [3, 30], [0, 0]]
    assert mean.log_ratios.tolist() == [[0.5, 5], [3, 30], [3, 30], [4, 40], [1, 10]]
    assert mean.intercepts.tolist() == [1.0, -1.5]
    assert mean.mean_count == 3.5


def test_a_table_is_read_as_the_settings_say_and_kept_in_half_precision(tables):
    for table in (tables.take(0), tables.average()):
        assert (table.patterns, table.channels) == (SETTINGS.patterns, SETTINGS.channels)
        assert table.length_normalization == 0.25
        assert (table.weights.dtype, table.log_ratios.dtype) == (np.float16, np.float16)


def test_a_mean_is_summed_up_with_more_digits_than_it_is_kept_with():
    """Sixteen folds of 5,000 are more than half precision can hold."""
    values = np.full((1, 16), 5_000, np.float16)
    output = OutputOfFolds(values, values, np.zeros(16))
    keys = (np.array([3], np.uint64), *[np.array([], np.uint64)] * 2)
    assert FoldTables(SETTINGS, keys, [output], np.ones(16), 1.0).average().weights.tolist() == [[5_000]]
