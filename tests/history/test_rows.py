"""Rows are of the epochs that they say; a new training in the same log replaces the one before."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.history.rows import number_rows, order_rows


def number(cells, *, rows=None):
    told: list[str] = []
    numbers = number_rows(cells, rows=len(cells) if rows is None else rows, path="log.csv", report=told.append)
    return list(numbers), told


def order(numbers, values=None):
    told: list[str] = []
    rows = values or [(float(index),) for index in range(len(numbers))]
    return order_rows(rows, numbers, path="log.csv", report=told.append), told


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        ([0.0, 1.0, 2.0], [1, 2, 3]),  # CSVLogger, pandas
        ([10.0, 11.0, 12.0], [11, 12, 13]),  # CSVLogger of a training that went on
        ([1.0, 2.0, 3.0], [1, 2, 3]),  # counted from 1
        ([5.0, 10.0, 15.0], [5, 10, 15]),  # every fifth, counted from 1
        ([0.0, 5.0, 10.0], [1, 6, 11]),
        ([0.0], [1]),
        ([1.0], [1]),
        ([0.0, 1.0, 0.0, 1.0, 2.0], [1, 2, 1, 2, 3]),
    ],
)
def test_epochs_count_from_one(cells, numbers):
    assert number(cells) == (numbers, [])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([0.0, 0.0, 0.0], "every row is of epoch 0"),  # fit(epochs=1) in a loop
        ([0.5, 1.0, 1.5], "no whole numbers"),
        ([0.0, None, 2.0], "no whole numbers"),
        ([0.0, math.nan, 2.0], "no whole numbers"),
        ([-1.0, 0.0, 1.0], "no whole numbers"),
        ([0.0, 1.0, 1e300], "no whole numbers"),
        ([0.0, 1.0, math.inf], "no whole numbers"),
    ],
)
def test_rows_are_counted_where_their_epochs_say_nothing(cells, said):
    numbers, told = number(cells)
    assert numbers == [1, 2, 3]
    assert said in told[0]


def test_rows_without_epochs_are_counted():
    assert list(number_rows(None, rows=3, path="", report=pytest.fail)) == [1, 2, 3]


def test_a_column_of_epochs_may_be_longer_than_the_others_but_not_shorter():
    assert number([4.0, 5.0, 6.0], rows=2) == ([5, 6], [])
    assert number([4.0, 5.0], rows=3)[0] == [1, 2, 3]


@given(st.permutations([1, 2, 5, 9]))
def test_rows_in_any_order_are_sorted(numbers):
    kept, told = order(numbers)
    assert list(kept) == [1, 2, 5, 9]
    assert all(kept[number] == (float(numbers.index(number)),) for number in numbers)
    assert told == []


@pytest.mark.parametrize(
    ("numbers", "drawn"),
    [
        ([1, 2, 1, 2, 3], {1: 2, 2: 3, 3: 4}),  # a new training
        ([1, 2, 3, 4, 5, 1, 2], {1: 5, 2: 6}),  # a new one that is not as far yet
        ([1, 2, 3, 2, 3, 4], {1: 0, 2: 3, 3: 4, 4: 5}),  # gone on with from an epoch before the last
        ([1, 2, 1, 2, 1], {1: 4}),
        ([1, 1, 2], {1: 1, 2: 2}),
    ],
)
def test_rows_that_start_again_replace_those_from_there_on_and_that_is_told(numbers, drawn):
    kept, told = order(numbers)
    assert {number: int(values[0]) for number, values in kept.items()} == drawn
    assert f"of {len(numbers)} rows the last {len(drawn)}" in told[0]


def test_a_new_training_takes_nothing_of_the_one_before():
    kept, _ = order([1, 2, 1], [(0.5, 0.6), (0.4, 0.5), (0.3, math.nan)])
    assert kept[1][0] == 0.3
    assert math.isnan(kept[1][1])


def test_rows_of_one_epoch_complete_one_another_without_a_word():
    """As where a training and its validation are logged in turn."""
    kept, told = order([1, 1, 2, 2], [(0.5, math.nan), (math.nan, 0.6), (0.4, math.nan), (math.nan, 0.5)])
    assert kept == {1: (0.5, 0.6), 2: (0.4, 0.5)}
    assert told == []
