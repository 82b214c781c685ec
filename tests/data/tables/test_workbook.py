"""Workbooks as people save them, and as nobody should."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from workbooks import build_workbook

from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.file_reviews import load_files
from lstm_cli.data.tables import workbook
from lstm_cli.data.tables.table import MOST_SAMPLED
from lstm_cli.data.tables.workbook import open_workbook
from lstm_cli.errors import DataError

HEADER = ["text", "label"]
ROWS: list[list[Any]] = [[f"the sentence of number {n}, long enough", n % 2] for n in range(12)]


def load(path: Path, **options: Any) -> Corpus:
    return load_files({"train": [path]}, SourceConfig(dataset=str(path), **options), name=path.name)


def save(folder: Path, *sheets: list[list[Any]]) -> Path:
    path = folder / "a.xlsx"
    path.write_bytes(build_workbook(*sheets))
    return path


@pytest.mark.parametrize(
    "sheets",
    [
        [[HEADER, *ROWS]],
        [[], [HEADER, *ROWS]],
        [[["Notes on this workbook"]], [HEADER, *ROWS]],
        [[["Export of May"], [], HEADER, *ROWS]],
        [ROWS],
        [[["Id", "Review", "Liked"], *([n, text, bool(label)] for n, (text, label) in enumerate(ROWS))]],
        [[HEADER, *([text, float(label)] for text, label in ROWS)]],
    ],
)
def test_the_first_sheet_of_rows_is_read(tmp_path: Path, sheets: list[list[list[Any]]]) -> None:
    corpus = load(save(tmp_path, *sheets))
    assert [review.label for review in corpus.reviews] == [0, 1] * 6
    assert [review.text for review in corpus.reviews] == [text for text, _ in ROWS]


def test_rows_are_known_by_the_numbers_that_people_see(tmp_path: Path) -> None:
    """Those of Excel: the header is 1, and empty rows count."""
    corpus = load(save(tmp_path, [HEADER, *ROWS[:3], [], ["", 1], ["nobody knows", None], *ROWS[3:]]))
    assert {item.reason: item.places for item in corpus.left_out} == {"no text": (6,), "no label": (7,)}


def test_a_number_in_a_cell_is_a_text_or_a_label(tmp_path: Path) -> None:
    corpus = load(save(tmp_path, [["text", "stars"], [10, 5], ["the best of all", 1.0], ["no good at all", 2.5]]))
    assert [review.text for review in corpus.reviews] == ["10", "the best of all", "no good at all"]
    assert corpus.classes.names == ("1", "2.5", "5")


@pytest.mark.parametrize(
    "content",
    [b"", b"text,label\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" * 99],
)
def test_what_is_no_workbook_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is no workbook that can be read") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_zip_of_something_else_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(DataError, match="is no workbook that can be read"):
        load(path)


def test_damaged_bytes_end_in_reviews_or_in_a_line(tmp_path: Path) -> None:
    whole = build_workbook([HEADER, *ROWS])
    path = tmp_path / "a.xlsx"
    for place in range(0, len(whole), 37):
        spoilt = bytearray(whole)
        spoilt[place] ^= 255
        path.write_bytes(spoilt)
        try:
            list(load(path).reviews)
        except DataError as error:
            assert str(error).count("\n") <= 1  # noqa: PT017 - either end is right


def replace_sheet(content: bytes, change: Any) -> bytes:
    """Return a workbook with another XML in the place of its first sheet's."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            data = source.read(item)
            target.writestr(item.filename, change(data) if "sheet1" in item.filename else data)
    return buffer.getvalue()


def test_a_cell_far_away_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    content = build_workbook([HEADER, *ROWS])
    path.write_bytes(replace_sheet(content, lambda data: data.replace(b'r="B13"', b'r="XFD1048576"')))
    with pytest.raises(
        DataError, match="expected at most 20,000,000 cells in a sheet, got 1,048,576 rows of 16,384"
    ):
        load(path)


def test_a_workbook_that_unfolds_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST_WORKBOOK", 100_000)
    path = tmp_path / "a.xlsx"
    path.write_bytes(replace_sheet(build_workbook([HEADER, *ROWS]), lambda data: data + b" " * 1_000_000))
    with pytest.raises(DataError, match=r"expected at most 100,000 bytes, unpacked.*Save the sheet as CSV"):
        load(path)


def test_rows_are_records_by_their_columns_names_or_numbers(tmp_path: Path) -> None:
    path = save(tmp_path, [["text", "label"], ["a film", 1.0], [], ["a bore", 0.5]])
    named = open_workbook(path)
    assert named.has_header
    assert list(named.iter_records()) == [
        (2, {"text": "a film", "label": 1}),
        (4, {"text": "a bore", "label": 0.5}),
    ]
    assert list(named.iter_rows(["label", "text"])) == [(2, [1, "a film"]), (4, [0.5, "a bore"])]
    assert (named.form, named.is_plain, named.encoding, named.dialect) == ("a workbook", False, None, None)
    assert named.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    numbered = open_workbook(path, header=False)
    assert not numbered.has_header
    assert next(numbered.iter_records()) == (1, {"1": "text", "2": "label"})
    assert len(numbered.rows) == 3


def test_the_user_says_that_the_first_row_names_the_columns(tmp_path: Path) -> None:
    path = save(tmp_path, [["a film", 1], ["a bore", 0], ["a film", 1]])
    assert not open_workbook(path).has_header
    named = open_workbook(path, header=True)
    assert [column.name for column in named.columns] == ["a film", "1"]
    assert [number for number, _ in named.rows] == [2, 3]


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ([[]], r"a\.xlsx is empty\. Expected reviews in it"),
        ([[], []], r"a\.xlsx is empty\. Expected reviews in it"),
        ([[HEADER]], r"a\.xlsx has a header but no reviews\. Expected at least one row below"),
    ],
)
def test_a_workbook_without_reviews_says_what_it_lacks(
    tmp_path: Path, sheets: list[list[list[Any]]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        open_workbook(save(tmp_path, *sheets))


def test_a_workbook_of_single_columns_is_its_first_sheet(tmp_path: Path) -> None:
    """And of several with more columns the first of them is read."""
    assert open_workbook(save(tmp_path, [["a"], ["b"]], [["c"]])).rows == ((1, ("a",)), (2, ("b",)))
    found = open_workbook(save(tmp_path, [["notes"]], [["a", "b"]], [["c", "d", "e"]], [["f", "g"]]), header=False)
    assert found.rows == ((1, ("a", "b")),)


def test_a_walk_is_measured_by_its_rows(tmp_path: Path) -> None:
    table = open_workbook(save(tmp_path, [HEADER, *ROWS]))
    assert [table.measure_walk(rows) for rows in (0, 3, 12)] == [0, 0.25, 1]
    assert open_workbook(save(tmp_path, [HEADER, *ROWS[:1]])).measure_walk(1) == 1


def test_columns_are_judged_by_rows_from_all_over_the_sheet(tmp_path: Path) -> None:
    rows = [[f"film {number}", number] for number in range(5_000)]
    values = open_workbook(save(tmp_path, [HEADER, *rows])).columns[1].values
    assert 1_000 < len(values) <= MOST_SAMPLED
    assert values[0] == 0
    assert int(str(values[-1])) > 4_990
    few = open_workbook(save(tmp_path, [HEADER, *rows[:1_999]])).columns[1].values
    assert few == tuple(range(1_999))


@pytest.mark.parametrize("size", range(40, 58))
def test_a_cell_far_away_is_seen_wherever_reading_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(workbook, "_READ_AT_ONCE", size)
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        replace_sheet(build_workbook([HEADER, *ROWS]), lambda data: data.replace(b'r="B13"', b'r="XFD1048576"'))
    )
    with pytest.raises(DataError, match="got 1,048,576 rows of 16,384"):
        open_workbook(path)


@pytest.mark.parametrize("bound", ["MOST_CELLS", "LARGEST_WORKBOOK"])
def test_a_workbook_as_large_as_its_bound_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    path = save(tmp_path, [HEADER, *ROWS])
    with zipfile.ZipFile(path) as archive:
        size = {"MOST_CELLS": 2 * 13, "LARGEST_WORKBOOK": sum(item.file_size for item in archive.infolist())}[
            bound
        ]
    monkeypatch.setattr(workbook, bound, size)
    assert len(open_workbook(path).rows) == 12
    monkeypatch.setattr(workbook, bound, size - 1)
    with pytest.raises(DataError, match=f"expected at most {size - 1:,} "):
        open_workbook(path)
