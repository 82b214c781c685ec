"""How a file separates its fields and what quotes them: found by clevercsv's sniffer from its beginning.

A file that reads as its suffix says is taken at its word, without a sniffer.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lstm_cli.data.review import MAX_TEXT_LENGTH
from lstm_cli.data.tables.column_names import is_column_name

# What people separate fields by; letters, digits, and what stands in any sentence would be found by accident.
_SEPARATORS = [",", "\t", ";", "|", "^", "~", "@", ":", "#", "$", "*", "\x01", "\x1f", "§", "¦"]
_LONG_WORD = re.compile(r"([\w.+%/-]{60})[\w.+%/-]+")
_QUOTES = frozenset("\"'")
_BY_SUFFIX = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


@dataclass(frozen=True)
class Dialect:
    """How rows of fields are written.

    Attributes:
        delimiter: stands between two fields.
        quotechar: stands around a field that holds the delimiter or a line's end; None where nothing does.
        escapechar: takes the meaning from the character after it; None where nothing does.
        newline: what ends a line, as `open` takes it.
    """

    delimiter: str
    quotechar: str | None = '"'
    escapechar: str | None = None
    newline: str = ""

    def read(self, lines: Iterable[str]) -> RowReader:
        """Return a reader of lines, which is strict about quotes and reads fields as long as a review may be."""
        return RowReader(
            csv.reader(
                lines,
                delimiter=self.delimiter,
                quotechar=self.quotechar,
                escapechar=self.escapechar,
                quoting=csv.QUOTE_NONE if self.quotechar is None else csv.QUOTE_MINIMAL,
                strict=True,
            )
        )


class RowReader:
    """Iterates over rows, as csv's own reader does, with room for long fields."""

    def __init__(self, rows: Iterator[list[str]]) -> None:
        self._rows = rows

    def __iter__(self) -> RowReader:
        """Return the reader."""
        return self

    def __next__(self) -> list[str]:
        """Return the next row.

        Raises:
            csv.Error: the quotes are broken, or a field is too long.
        """
        with _FIELD_LIMIT:
            return next(self._rows)


class _FieldLimit:
    """While it is held, in however many threads, `csv` reads fields as long as a review may be.

    The limit, by itself 131,072 characters, is the whole process': it is held for one row at a time, so that what
    else reads CSV there meets its own between two rows, whether or not a file is read to its end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = self._limit = 0

    def __enter__(self) -> None:
        with self._lock:
            if not self._holders:
                self._limit = csv.field_size_limit(MAX_TEXT_LENGTH)
            self._holders += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders:
                csv.field_size_limit(self._limit)


_FIELD_LIMIT = _FieldLimit()


def find_dialect(beginning: str, *, suffix: str, delimiter: str | None) -> Dialect:
    """Return how a file is written.

    Args:
        beginning: of the file; whole lines.
        suffix: the file's own, such as `.csv`.
        delimiter: what the user says stands between fields; by default it is found.
    """
    # A lone carriage return inside a text ends no line of a file whose lines end otherwise.
    newline = "\n" if "\n" in beginning else ""
    usual = Dialect(delimiter or _BY_SUFFIX.get(suffix, ","), newline=newline)
    if _is_plain(beginning, usual) or (usual.delimiter == "\t" and suffix == ".tsv" and _is_even(beginning, "\t")):
        return usual
    found = _sniff(beginning, [delimiter] if delimiter else _SEPARATORS)
    if found is None:
        return usual
    quotechar: str | None = found.quotechar if found.quotechar in _QUOTES else '"'
    if not found.quotechar and '"' in beginning and _is_even(beginning, found.delimiter):
        quotechar = None
    return Dialect(found.delimiter, quotechar, found.escapechar or None, newline)


def _is_plain(beginning: str, dialect: Dialect) -> bool:
    """Return whether all rows have the fields of a header that names columns as people do."""
    rows = (row for row in dialect.read(io.StringIO(beginning, newline=dialect.newline)) if row)
    try:
        header: list[str] = next(rows, [])
        return any(map(is_column_name, header)) and all(len(row) == len(header) for row in rows)
    except csv.Error:
        return False


def _is_even(beginning: str, delimiter: str) -> bool:
    """Return whether all lines have as many delimiters, wherever quotes stand."""
    counts = {line.count(delimiter) for line in beginning.split("\n") if line.strip()}
    return len(counts) == 1 and counts != {0}


def _sniff(beginning: str, delimiters: list[str]) -> Any:  # noqa: ANN401 - clevercsv ships no type information
    import clevercsv

    # It looks for addresses of the web at every letter of a word, so that a long one would take it for ever.
    shortened = _LONG_WORD.sub(r"\1", beginning)
    try:
        found = clevercsv.Sniffer().sniff(shortened, delimiters=delimiters)
    except clevercsv.Error:
        return None
    return found if found is not None and found.delimiter else None
