"""JSON as a table: an object a line, read as a stream; or one document, which is held in memory."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar

from lstm_cli.config import show_value
from lstm_cli.data.review import Place
from lstm_cli.data.tables.columns import find_header
from lstm_cli.data.tables.separated_table import name_columns
from lstm_cli.data.tables.table import MOST_SAMPLED, BrokenRow, Record, Row, TextTable, get_field, sample_columns
from lstm_cli.data.text_file import TextFile
from lstm_cli.errors import DataError

_BLANKS = re.compile(r"[\s,]*")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a character; a lone one can be written to no file
_HALF = re.compile("[\ud800-\udfff]")

LARGEST_DOCUMENT = 2**28
"""Bytes of a JSON document, which is held in memory; JSON lines have no bound."""


@dataclass(frozen=True)
class JsonLines(TextTable):
    """A file with a JSON object on each line; its columns are the objects' keys.

    Attributes:
        suffix: the file's own.
    """

    suffix: str
    form: ClassVar[str] = "JSON lines"
    dialect: ClassVar[None] = None
    has_header: ClassVar[bool] = True

    @property
    def is_plain(self) -> bool:
        """Whether the first release could read the file."""
        return self.file.is_plain and self.suffix == ".jsonl"

    def iter_rows(
        self,
        names: Sequence[str],
        *,
        label: str | None = None,  # noqa: ARG002
        group: str | None = None,  # noqa: ARG002
    ) -> Iterator[Row]:
        """Yield the rows: see `Table`."""
        for line, record in self.iter_records():
            yield line, record if isinstance(record, BrokenRow) else [get_field(record, name) for name in names]

    def iter_records(self) -> Iterator[tuple[Place, Record | BrokenRow]]:
        """Yield the rows: see `Table`."""
        return _iter_records(self.file.iter_lines(newline=None))


@dataclass(frozen=True)
class JsonDocument(TextTable):
    """A JSON document with a list of reviews in it; its columns are their keys.

    Attributes:
        records: the reviews.
        has_header: whether their fields have names; else they are numbered.
    """

    records: tuple[object, ...]
    has_header: bool
    form: ClassVar[str] = "JSON"
    dialect: ClassVar[None] = None
    is_plain: ClassVar[bool] = False

    def iter_rows(
        self,
        names: Sequence[str],
        *,
        label: str | None = None,  # noqa: ARG002
        group: str | None = None,  # noqa: ARG002
    ) -> Iterator[Row]:
        """Yield the rows: see `Table`."""
        for place, record in self.iter_records():
            yield place, record if isinstance(record, BrokenRow) else [get_field(record, name) for name in names]

    def iter_records(self) -> Iterator[tuple[Place, Record | BrokenRow]]:
        """Yield the rows: see `Table`."""
        for number, record in enumerate(self.records, start=1):
            yield f"item {number}", record if isinstance(record, Mapping | BrokenRow) else _refuse(record)

    def measure_walk(self, rows: int) -> float:
        """Return how far a walk has come: see `Table`."""
        return rows / max(1, len(self.records))


def open_json(file: TextFile, *, suffix: str) -> JsonLines | JsonDocument:
    """Find out whether a file holds JSON line by line, whatever its suffix says, and what is in it.

    Args:
        file: its text.
        suffix: the file's own: `.json`, `.jsonl` or `.ndjson`.

    Raises:
        DataError: there is no JSON with reviews in it, or a document of more than `LARGEST_DOCUMENT` bytes.
    """
    if not file.beginning.strip():
        raise DataError(f"{file.path} is empty. Expected reviews in it.")
    beginning = file.beginning
    if "\n" not in beginning and not file.is_whole and beginning.lstrip().startswith("{"):
        beginning = next(iter(file.iter_lines(newline=None)))  # a first line longer than what a beginning is
    if _is_in_lines(beginning, suffix=suffix):
        lines = chain(beginning.split("\n"), *(piece.split("\n") for piece in file.pieces))
        records = list(islice(_iter_records(lines), MOST_SAMPLED))
        columns = sample_columns(record for _, record in records if not isinstance(record, BrokenRow))
        line, first = records[0]
        if not columns and isinstance(first, BrokenRow):
            raise DataError(f"{file.path}, line {line}: {first.reason}.")
        return JsonLines(file, columns, suffix)
    found, has_header = _read_document(file)
    sampled = (record for record in found[:: len(found) // MOST_SAMPLED + 1] if isinstance(record, Mapping))
    return JsonDocument(file, sample_columns(sampled), found, has_header)


def _is_in_lines(beginning: str, *, suffix: str) -> bool:
    first, _, rest = beginning.lstrip().partition("\n")
    if first.strip() in {"[", "{", "[{"}:  # a document, or several, written for people to read
        return False
    try:
        value = _parse_line(first)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return suffix != ".json" and not first.startswith("[")
    # One object alone is a line, unless it holds the reviews.
    return bool(rest.strip()) or (isinstance(value, dict) and _find_reviews(value) is None)


def _parse_line(source: str) -> object:
    """Return the value of a line: JSON, or what Python prints, as old collections of reviews are written.

    Raises:
        ValueError: it is no value.
        SyntaxError: it looks like a dictionary of Python's, and is none.
    """
    try:
        return _replace_halves(json.loads(source), source=source)
    except json.JSONDecodeError:
        if not source.startswith("{'"):
            raise
        return ast.literal_eval(source)


def _iter_records(lines: Iterable[str]) -> Iterator[tuple[Place, Record | BrokenRow]]:
    for line, source in enumerate(lines, start=1):
        if not source.strip():
            continue
        try:
            value = _parse_line(source.rstrip())  # with its end, what breaks off would be told of the next line
        except json.JSONDecodeError as error:
            yield line, BrokenRow(f"expected a JSON object, got broken JSON ({error.msg}, column {error.colno})")
        except SyntaxError:
            yield line, BrokenRow("expected a JSON object or a dictionary of Python's, got neither")
        except (ValueError, RecursionError, MemoryError):  # a number of thousands of digits, endless nesting
            yield line, BrokenRow("expected a review, got JSON past all bounds")
        else:
            yield line, value if isinstance(value, dict) else _refuse(value)


def _refuse(value: object) -> BrokenRow:
    return BrokenRow(f"expected a JSON object, got {show_value(value)}")


def _read_document(file: TextFile) -> tuple[tuple[object, ...], bool]:
    """Return the reviews of a document, and whether their fields have names."""
    value = _parse(_read_text(file), path=file.path)
    if isinstance(value, dict):
        value = _find_reviews(value) or [value]
    if isinstance(value, list) and value and all(isinstance(item, list) for item in value):
        rows = [[str(cell) for cell in item] for item in value[:MOST_SAMPLED]]
        place = find_header(rows) if rows[0] else None
        widths = Counter(len(row) for row in rows if row).most_common(1)
        width = widths[0][0] if widths else 0  # the usual one: a row may be broken
        names = name_columns([] if place is None else rows[place], width=width)
        below = value if place is None else value[place + 1 :]
        return tuple(_name_values(item, names) for item in below), place is not None
    if not isinstance(value, list) or not any(isinstance(item, dict) for item in value[:MOST_SAMPLED]):
        raise DataError(
            f"{file.path}: expected a list of JSON objects, one a review, or an object with one such list."
        )
    return tuple(value), True


def _name_values(item: Sequence[object], names: Sequence[str]) -> object:
    """Return the values of a list by their columns' names, the last of which may be missing."""
    if any(value is not None for value in item[len(names) :]):
        return BrokenRow(f"expected {len(names)} values, got {len(item)}")
    return dict(zip(names, item, strict=False))


def _read_text(file: TextFile) -> str:
    parts, size = [], 0
    for line in file.iter_lines(newline=None):
        parts.append(line)
        size += len(line)
        if size > LARGEST_DOCUMENT:
            raise DataError(
                f"{file.path}: expected at most {LARGEST_DOCUMENT:,} bytes of JSON in one document, which is held "
                "in memory. Write it as JSON lines, an object a line (jq -c '.[]'), which has no bound."
            )
    return "".join(parts)


def _parse(text: str, *, path: Path) -> object:
    """Return the value of a document, or a list of those of several, one behind the other."""
    decoder = json.JSONDecoder()
    values, place = [], _BLANKS.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    try:
        while place < len(text):
            value, place = decoder.raw_decode(text, place)
            values.append(value)
            place = _BLANKS.match(text, place).end()  # type: ignore[union-attr]
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path}, line {error.lineno}: expected JSON, got broken JSON ({error.msg}, column {error.colno})."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: expected reviews, got JSON past all bounds.") from error
    return _replace_halves(values[0] if len(values) == 1 else values, source=text)


def _replace_halves(value: object, *, source: str) -> object:
    """Return a value of JSON in whose texts no half of a character stands alone."""

    def replace(value: object) -> object:
        match value:
            case str():
                return _HALF.sub("\ufffd", value)
            case list():
                return [replace(item) for item in value]
            case dict():
                return {replace(key): replace(item) for key, item in value.items()}
        return value

    return replace(value) if _ESCAPED_HALF.search(source) else value


def _find_reviews(document: Mapping[str, Any]) -> list[object] | None:
    """Return the list of reviews in an object: the longest in it, or what pandas makes of a frame."""
    match document:
        case {"columns": [*names], "data": [*rows]} if all(isinstance(row, list) for row in rows):
            return [dict(zip(map(str, names), row, strict=False)) for row in rows]
    inner = list(document.values())
    if len(inner) > 1 and all(isinstance(value, dict) for value in inner):
        found = _find_rows(document)
        if found is not None:
            return found
    are_columns = all(isinstance(value, list) for value in inner) and len(set(map(len, inner))) == 1
    if are_columns and not any(isinstance(item, dict) for value in inner for item in value):
        return [dict(zip(document, row, strict=True)) for row in zip(*inner, strict=True)]
    lists = _find_lists(document)
    return max(lists, key=len) if lists else None


def _find_rows(document: Mapping[str, Mapping[str, Any]]) -> list[object] | None:
    """Return the rows of an object of objects with the same keys, whether these are its rows or its columns."""
    first, *others = document.values()
    if any(value.keys() != first.keys() for value in others):
        return None
    # Rows are numbered, or there are more of them than columns.
    are_numbered = [all(map(str.isdecimal, keys)) for keys in (document, first)]
    if are_numbered[0] or (not are_numbered[1] and len(document) > len(first)):
        return list(document.values())
    return [{name: column[row] for name, column in document.items()} for row in first]


def _find_lists(document: Mapping[str, Any]) -> list[list[object]]:
    """Return the lists of objects in an object, at its top or one object below it."""
    inner = [
        item for value in document.values() for item in (value.values() if isinstance(value, dict) else (value,))
    ]
    return [item for item in inner if isinstance(item, list) and item and isinstance(item[0], dict)]
