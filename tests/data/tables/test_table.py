"""Records of any depth → named columns, and what stands in a record under a column's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lstm_cli.data.tables.table import TextTable, get_field, sample_columns
from lstm_cli.data.text_file import open_text


def nest(depth: int) -> dict[str, Any]:
    """Return a record of so many records, one in the other."""
    return {"k": nest(depth - 1)} if depth else {"k": "end"}


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"a": None, "A": 2}, "a", None),
        ({"a": {"b": {"c": 3}}}, "a.b.c", 3),
        ({"a": {"b": {"c": 3}}}, "a.b", {"c": 3}),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),  # a key with a dot in it is a key
        ({" A ": 1}, "a", 1),
        ({"STRASSE": 1}, " straße", 1),
        ({"B": 1, "b ": 2}, " b", 1),  # the first of its kind
        ({5: 1}, "5", 1),
        ({"a": "text"}, "a.b", None),
        ({"a": {"b": 1}}, "a.c", None),
        ({"a": {"b": None}}, "a.b", None),
        ({"A.B": 4, "a": {}}, "a.b", 4),
        ({}, "a", None),
    ],
)
def test_a_field_is_found_by_its_name_its_dots_or_in_another_case(
    record: dict[str, Any], name: str, value: object
) -> None:
    assert get_field(record, name) == value


def test_every_name_of_some_record_is_a_column_with_the_values_of_all() -> None:
    """In any case, spelled as it stands first; what a record names twice has its first value."""
    columns = sample_columns([{"a": 1, "B": 2}, {" A": 3, "c": {"d": 4, "e": {"f": []}}}, {"b": 5, "B": 6}, {}])
    assert {column.name: column.values for column in columns} == {
        "a": (1, 3, None, None),
        "B": (2, None, 5, None),
        "c.d": (None, 4, None, None),
        "c.e.f": (None, [], None, None),
    }


def test_the_columns_values_are_what_its_name_finds() -> None:
    records = [{"a": {"b": 1}, "C": 2}, {"a": {"b": 3}, "c": 4}]
    for column in sample_columns(records):
        assert column.values == tuple(get_field(record, column.name) for record in records)


@pytest.mark.parametrize("depth", [8, 9])
def test_what_lies_deeper_than_eight_records_is_no_column_of_its_own(depth: int) -> None:
    [column] = sample_columns([nest(depth)])
    assert column.name == ".".join("k" * 9)
    assert column.values == ("end" if depth == 8 else {"k": "end"},)


def test_without_records_there_are_no_columns() -> None:
    assert sample_columns([]) == sample_columns([{}]) == ()


def test_a_table_of_text_says_what_its_file_does_and_how_far_a_walk_over_it_has_come(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n")
    table = TextTable(open_text(tmp_path / "a.csv"), ())
    assert (table.sha256, table.encoding) == (table.file.sha256, "utf-8")
    assert table.measure_walk(0) == 0
    table.file.walk.read = 2
    assert table.measure_walk(5) == 2 / 11
    (tmp_path / "b.csv").write_text("")
    assert TextTable(open_text(tmp_path / "b.csv"), ()).measure_walk(0) == 0
    (tmp_path / "c.csv").write_text("a")
    one = TextTable(open_text(tmp_path / "c.csv"), ())
    list(one.file.iter_lines(newline=""))
    assert one.measure_walk(1) == 1
