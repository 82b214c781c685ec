"""Rows with predictions beside them: written whole, or in parts that make the same file."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lstm_cli.errors import ConfigError
from lstm_cli.inference.classifier import Prediction
from lstm_cli.inference.scored_file import build_layout, check_scored_path, join_parts, save_scored, write_part

_CLASSES = ("negative", "positive")
_VALUES = [1, None, "two", 2.5, True, {"nested": ["ä", 1]}, 'line\nbreak, "quoted"', 2**40]


def make_rows(count):
    for number in range(count):
        known = number % 7 != 3
        yield (
            {"id": number, "any": _VALUES[number % len(_VALUES)], "prediction": "mine"},
            Prediction(
                text="",
                label=_CLASSES[number % 2] if known else None,
                probability=0.75 if known else None,
                probabilities={"negative": 0.25, "positive": 0.75} if known else None,
                unknown_share=number / 9_000,
                truncated=number % 2 == 1,
            ),
        )


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_parts_are_joined_to_the_file_that_is_written_whole(tmp_path, suffix):
    """To the byte, and also where there are no rows at all."""
    for count in (0, 1, 9_000):
        rows, whole, joined = list(make_rows(count)), tmp_path / f"whole{suffix}", tmp_path / f"joined{suffix}"
        columns = ("id", "any", "prediction")
        assert save_scored(whole, rows, columns=columns, classes=_CLASSES) == count
        layout = build_layout(columns, [record for record, _ in rows[:4096]], classes=_CLASSES)
        assert layout.added["prediction"] == "prediction_2"
        parts = []
        for first in range(0, count, 4096):
            parts.append(tmp_path / f"{first}{suffix}")
            write_part(parts[-1], [layout.describe(*row) for row in rows[first : first + 4096]], layout)
        join_parts(joined, parts, layout)
        assert joined.read_bytes() == whole.read_bytes()


_UNKNOWN = Prediction("", None, None, None, 1.0, False)
_KNOWN = Prediction("", "positive", 0.75, {"negative": 0.25, "positive": 0.75}, 0.5, True)


def test_a_row_of_text_holds_what_it_came_with_and_empty_cells_for_what_is_not_known(tmp_path):
    """What is nested is JSON in a cell, in its own letters; a column that a row lacks is empty, or not there."""
    rows = [
        ({"id": 1, "any": {"ä": [1, None]}}, _KNOWN),
        ({"id": None, "any": [date(2024, 1, 2)]}, _UNKNOWN),
        ({"any": "é"}, _UNKNOWN),
    ]
    for name in ("scored.csv", "SCORED.JSONL"):
        assert save_scored(tmp_path / name, rows, columns=("id", "any"), classes=_CLASSES) == 3
    with (tmp_path / "scored.csv").open(encoding="utf-8", newline="") as file:
        header, *cells = csv.reader(file)
    added = ["prediction", "probability", "probability_negative", "probability_positive"]
    assert header == ["id", "any", *added, "unknown_share", "truncated"]
    assert cells == [
        ["1", '{"ä": [1, null]}', "positive", "0.75", "0.25", "0.75", "0.5", "True"],
        ["", '["2024-01-02"]', "", "", "", "", "1.0", "False"],
        ["", "é", "", "", "", "", "1.0", "False"],
    ]
    lines = (tmp_path / "SCORED.JSONL").read_text(encoding="utf-8").splitlines()
    known = '"prediction": "positive", "probability": 0.75, "probability_negative": 0.25, '
    known += '"probability_positive": 0.75, "unknown_share": 0.5, "truncated": true}'
    assert lines[0] == '{"id": 1, "any": {"ä": [1, null]}, ' + known
    unknown = dict.fromkeys(added) | {"unknown_share": 1.0, "truncated": False}
    assert [*json.loads(lines[1]).items()] == [("id", None), ("any", ["2024-01-02"]), *unknown.items()]
    assert [*json.loads(lines[2]).items()] == [("any", "é"), *unknown.items()]


def test_a_name_that_is_taken_gets_the_first_number_that_is_free():
    columns = ("prediction", "prediction_2", "prediction_3", "truncated", "probability_a_2")
    added = build_layout(columns, [], classes=("a", "a_2")).added
    assert added == {
        "prediction": "prediction_4",
        "probability": "probability",
        "probability_a": "probability_a",
        "probability_a_2": "probability_a_2_2",
        "unknown_share": "unknown_share",
        "truncated": "truncated_2",
    }


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None], "int64"),
        ([1, 2.5], "double"),
        ([2.5], "double"),
        ([True, False], "bool"),
        ([True, 1], "string"),
        (["a"], "string"),
        ([1, "a"], "string"),
        ([1, 2.5, "a"], "string"),
        ([[1]], "string"),
        ([None], "string"),
        ([], "string"),
    ],
    ids=str,
)
def test_a_column_is_of_the_kind_that_all_its_first_values_have(values, kind):
    layout = build_layout(("a",), [{"a": value} for value in values], classes=())
    assert layout.kinds[0] == kind


def test_what_is_added_has_its_kind_also_where_the_first_rows_know_nothing(tmp_path):
    save_scored(tmp_path / "scored.parquet", [({"id": 1}, _UNKNOWN)], columns=("id",), classes=_CLASSES)
    table = pq.read_table(tmp_path / "scored.parquet")
    assert [str(kind) for kind in table.schema.types] == ["int64", "string", *["double"] * 4, "bool"]
    assert table.to_pylist()[0]["probability_positive"] is None


def test_a_value_that_is_not_of_its_columns_kind_is_left_out_but_of_text(tmp_path):
    """The first rows tell the kinds; what comes far behind them may be anything."""
    first = {"whole": 1, "real": 2.5, "truth": True, "text": "a"}
    values = [None, 7, 2.5, True, "b", ["c"]]
    layout = build_layout(tuple(first), [first], classes=_CLASSES)
    later = [layout.describe(dict.fromkeys(first, value), _UNKNOWN) for value in values]
    write_part(tmp_path / "part.parquet", later, layout)
    rows = pq.read_table(tmp_path / "part.parquet").to_pylist()
    assert {name: [row[name] for row in rows] for name in first} == {
        "whole": [None, 7, None, None, None, None],
        "real": [None, 7.0, 2.5, 1.0, None, None],
        "truth": [None, None, None, True, None, None],
        "text": [None, "7", "2.5", "True", "b", '["c"]'],
    }


@pytest.mark.parametrize(("name", "got"), [("scored", "no suffix"), ("scored.csv.txt", "'.txt'")])
def test_another_form_is_refused(name, got):
    with pytest.raises(ConfigError, match=rf"expected a file named \.csv, \.jsonl, \.parquet, got {got}\.$"):
        check_scored_path(Path(name))
    check_scored_path(Path("SCORED.Csv"))
