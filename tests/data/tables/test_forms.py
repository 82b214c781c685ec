"""A file's suffix, and where that is of several forms its beginning, tells how it is read."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workbooks import build_workbook

from lstm_cli.config import SourceConfig
from lstm_cli.data.tables.forms import iter_records, open_table
from lstm_cli.data.tables.separated_table import SeparatedTable
from lstm_cli.errors import DataError

_ROWS = [("lovely", "pos"), ("dull", "neg")]
_COMMAS = b"text,label\nlovely,pos\ndull,neg\n"
_LINES = b'{"text": "lovely", "label": "pos"}\n{"text": "dull", "label": "neg"}\n'
_DOCUMENT = b'[{"text": "lovely", "label": "pos"}, {"text": "dull", "label": "neg"}]'
_FASTTEXT = b"__label__pos lovely\n__label__neg dull\n"
_WORKBOOK = build_workbook([["text", "label"], *map(list, _ROWS)])


def build_parquet() -> bytes:
    """Return the bytes of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": [text for text, _ in _ROWS], "label": [label for _, label in _ROWS]}), buffer)
    return buffer.getvalue()


def build_zip(name: str, content: bytes) -> bytes:
    """Return the bytes of an archive of one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.csv", _COMMAS, ""),
        ("A.CSV", _COMMAS, ""),
        ("a.tsv", _COMMAS.replace(b",", b"\t"), ""),
        ("a.txt", _COMMAS.replace(b",", b";"), ""),
        ("a.json", _DOCUMENT, "JSON"),
        ("a.json", _LINES, "JSON lines"),
        ("a.jsonl", _LINES, "JSON lines"),
        ("a.ndjson", _LINES, "JSON lines"),
        ("a.xlsx", _WORKBOOK, "a workbook"),
        ("a.parquet", build_parquet(), "Parquet"),
        ("a.csv.gz", gzip.compress(_COMMAS, mtime=0), ""),
        ("a.jsonl.gz", gzip.compress(_LINES, mtime=0), "JSON lines"),
        ("a.zip", build_zip("b.jsonl", _LINES), "JSON lines"),
    ],
)
def test_all_forms_hold_the_same_rows(tmp_path: Path, name: str, content: bytes, form: str) -> None:
    table = open_table(write(tmp_path, name, content), SourceConfig())
    assert form in table.form
    records = [record for _, record in iter_records(table, text=["text"], label="label")]
    assert [(record["text"], record["label"]) for record in records] == _ROWS  # type: ignore[index]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt"])
def test_labels_before_texts_are_fasttexts_unless_the_user_names_a_separator(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path, f"a.{suffix}", _FASTTEXT)
    assert open_table(path, SourceConfig()).form == "fastText lines"
    assert isinstance(open_table(path, SourceConfig(delimiter=" ", header=False)), SeparatedTable)


@pytest.mark.parametrize(
    ("name", "content", "settings", "columns"),
    [
        ("a.csv", "größe,label\nx,1\n".encode("cp1252"), {"encoding": "cp1252"}, ["größe", "label"]),
        ("a.csv", b"a,b;c,d\n1,2;3,4\n", {"delimiter": ";"}, ["a,b", "c,d"]),
        ("a.csv", b"lovely,pos\ndull,neg\n", {"header": True}, ["lovely", "pos"]),
        ("a.csv", _COMMAS, {"header": False}, ["1", "2"]),
        ("a.xlsx", _WORKBOOK, {"header": False}, ["1", "2"]),
        ("a.jsonl", '{"größe": 1}\n'.encode("cp1252"), {"encoding": "cp1252"}, ["größe"]),
    ],
)
def test_what_the_user_says_of_a_file_holds(
    tmp_path: Path, name: str, content: bytes, settings: dict[str, Any], columns: list[str]
) -> None:
    table = open_table(write(tmp_path, name, content), SourceConfig(**settings))
    assert [column.name for column in table.columns] == columns


@pytest.mark.parametrize(
    ("name", "got"), [("a.docx", ".docx"), ("a", "no suffix"), ("a.gz", "no suffix"), ("a.doc.gz", ".doc")]
)
def test_any_other_suffix_is_refused_with_those_that_are_read(tmp_path: Path, name: str, got: str) -> None:
    path = write(tmp_path, name, _COMMAS)
    with pytest.raises(DataError) as caught:
        open_table(path, SourceConfig())
    assert str(caught.value) == (
        f"{path}: expected a file that ends in .csv, .tsv, .txt, .jsonl, .ndjson, .json, .xlsx, .parquet, or in "
        f"one of these and .gz, .bz2, .xz, .zip; got {got}."
    )


def test_separators_that_nobody_quoted_are_the_texts_where_its_column_and_the_labels_are_known(
    tmp_path: Path,
) -> None:
    rows = b"".join(b"%d,one text,1\n%d,another text,0\n" % (number, number) for number in range(9))
    table = open_table(
        write(tmp_path, "a.csv", b"id,text,label\n" + rows + b"7,lovely, and long,1\n"), SourceConfig()
    )
    *_, (place, record) = iter_records(table, text=["text"], label="label")
    assert (place, record) == (20, {"id": "7", "text": "lovely, and long", "label": "1"})
