"""Workbooks as people save them, and as nobody should."""

from __future__ import annotations

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
