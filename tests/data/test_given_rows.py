"""What a program hands over, row by row: nothing lost, nothing renamed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lstm_cli.data.given_rows import iter_given_rows
from lstm_cli.errors import ArgumentError


def test_a_frame_keeps_its_columns_its_numbers_and_its_gaps():
    frame = pd.DataFrame({"text": ["a", None], "stars": [4, 5], "share": [0.5, float("nan")], 7: [True, False]})
    assert list(iter_given_rows(frame)) == [
        {"text": "a", "stars": 4, "share": 0.5, "7": True},
        {"text": None, "stars": 5, "share": None, "7": False},
    ]
    assert [type(value) for value in next(iter_given_rows(frame)).values()] == [str, int, float, bool]


def test_a_frame_is_walked_over_in_pieces():
    frame = pd.DataFrame({"text": [f"text {number}" for number in range(10_000)]})
    assert [row["text"] for row in iter_given_rows(frame)] == frame["text"].tolist()
    assert [row["text"] for row in iter_given_rows(pa.table(frame))] == frame["text"].tolist()


def test_pairs_may_come_one_by_one():
    pairs = ((f"text {number}", number % 2) for number in range(3))
    assert [row["label"] for row in iter_given_rows(pairs)] == [0, 1, 0]


@pytest.mark.parametrize(
    ("label", "plain"),
    [(np.int64(3), int), (np.float32(0.5), float), (np.bool_(True), bool), (np.str_("good"), str), ("good", str)],
    ids=repr,
)
def test_a_label_out_of_an_array_is_pythons(label, plain):
    [row] = iter_given_rows([("a text", label)])
    assert isinstance(row["label"], plain)
    assert row["label"] == label


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (5, "got 5"),
        ("texts", "got 'texts'"),
        ({"text": "a"}, "got {'text': 'a'}"),
        ([], "got none"),
        (pd.DataFrame(), "got a data frame without columns"),
        (pd.DataFrame({"text": []}), "got none"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "got 'text' twice"),
        (["ab", "cd"], r"row 1: expected a text and its label, got 'ab'\. Two lists become pairs by zip"),
        ([("a", 1), ("b",)], r"row 2: expected a text and its label, got \('b',\)"),
        ([(1, "a")], r"row 1: expected a text and its label, got \(1, 'a'\)"),
    ],
)
def test_what_is_neither_is_told(data, message):
    with pytest.raises(ArgumentError, match=message):
        list(iter_given_rows(data))
