"""Rows with predictions beside them: written whole, or in parts that make the same file."""

from __future__ import annotations

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


def test_what_is_added_has_its_kind_also_where_the_first_rows_know_nothing(tmp_path):
    unknown = ({"id": 1}, Prediction("", None, None, None, 1.0, False))
    save_scored(tmp_path / "scored.parquet", [unknown], columns=("id",), classes=_CLASSES)
    table = pq.read_table(tmp_path / "scored.parquet")
    assert [str(kind) for kind in table.schema.types] == ["int64", "string", *["double"] * 4, "bool"]
    assert table.to_pylist()[0]["probability_positive"] is None


def test_a_value_that_is_not_of_its_columns_kind_is_left_out_but_of_text(tmp_path):
    """The first rows tell the kinds; what comes far behind them may be anything."""
    first = {"whole": 1, "real": 2.5, "truth": True, "text": "a"}
    values = [None, 7, 2.5, True, "b", ["c"]]
    prediction = Prediction("", None, None, None, 1.0, False)
    layout = build_layout(tuple(first), [first], classes=_CLASSES)
    later = [layout.describe(dict.fromkeys(first, value), prediction) for value in values]
    write_part(tmp_path / "part.parquet", later, layout)
    rows = pq.read_table(tmp_path / "part.parquet").to_pylist()
    assert {name: [row[name] for row in rows] for name in first} == {
        "whole": [None, 7, None, None, None, None],
        "real": [None, 7.0, 2.5, 1.0, None, None],
        "truth": [None, None, None, True, None, None],
        "text": [None, "7", "2.5", "True", "b", '["c"]'],
    }


def test_another_form_is_refused():
    with pytest.raises(ConfigError, match=r"expected a file named \.csv, \.jsonl, \.parquet, got no suffix"):
        check_scored_path(Path("scored"))
