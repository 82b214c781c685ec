"""A workbook (.xlsx) as a table, read by calamine and held in memory: its first sheet that holds rows."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lstm_cli.data.packed_file import open_content
from lstm_cli.data.review import Place
from lstm_cli.data.tables.columns import Column, find_header
from lstm_cli.data.tables.separated_table import name_columns
from lstm_cli.data.tables.table import MOST_SAMPLED, Record, Row
from lstm_cli.errors import DataError

LARGEST_WORKBOOK = 2**29
"""Bytes of a workbook, unpacked, which is held in memory; a CSV file has no bound."""

MOST_CELLS = 20_000_000
"""Cells between the first and the last of a sheet, for which calamine makes room."""

_REFERENCE = re.compile(rb'\br="([A-Z]{0,4})(\d{1,9})"')
_READ_AT_ONCE = 2**20
_ADVICE = "Save the sheet as CSV, which has no bound."


@dataclass(frozen=True)
class Workbook:
    """The first sheet of a workbook that holds rows.

    Attributes:
        sha256: of the file's content (hexadecimal).
        rows: all of them, each with its number.
        has_header: whether the row before them names the columns.
        columns: by their names, or by their numbers from 1.
    """

    sha256: str
    rows: tuple[tuple[int, tuple[object, ...]], ...]
    has_header: bool
    columns: tuple[Column, ...]
    form: ClassVar[str] = "a workbook"
    encoding: ClassVar[None] = None
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
        known = [column.name for column in self.columns]
        places = [known.index(name) for name in names]
        for number, row in self.rows:
            yield number, [row[place] for place in places]

    def iter_records(self) -> Iterator[tuple[Place, Record]]:
        """Yield the rows: see `Table`."""
        names = [column.name for column in self.columns]
        for number, row in self.rows:
            yield number, dict(zip(names, row, strict=True))

    def measure_walk(self, rows: int) -> float:
        """Return how far a walk has come: see `Table`."""
        return rows / max(1, len(self.rows))


def open_workbook(path: Path, *, header: bool | None = None) -> Workbook:
    """Read a workbook.

    Args:
        path: the file, packed or not.
        header: whether the user says that the first row names the columns; by default it is found.

    Raises:
        DataError: there is no such file, it is no workbook, larger than what is held in memory, or empty.
    """
    with open_content(path) as file:
        data = file.read(LARGEST_WORKBOOK + 1)
    _check_bounds(data, path)
    sheets = [rows for rows in _iter_sheets(data, path) if rows]
    if not sheets:
        raise DataError(f"{path} is empty. Expected reviews in it.")
    # A sheet of notes has one column.
    rows = next((rows for rows in sheets if len(rows[0][1]) > 1), sheets[0])
    shown = [[str(cell) for cell in row] for _, row in rows[: MOST_SAMPLED // 10]]
    place = find_header(shown) if header is None else (0 if header else None)
    names = name_columns([] if place is None else shown[place], width=len(shown[0]))
    below = tuple(rows if place is None else rows[place + 1 :])
    if not below:
        raise DataError(f"{path} has a header but no reviews. Expected at least one row below it.")
    sampled = [row for _, row in below[:: len(below) // MOST_SAMPLED + 1]]
    columns = tuple(Column(name, tuple(row[place] for row in sampled)) for place, name in enumerate(names))
    return Workbook(hashlib.sha256(data).hexdigest(), below, place is not None, columns)


def _check_bounds(data: bytes, path: Path) -> None:
    """Raise an error where a workbook is none, or would unfold to more than is held.

    What its parts say of their own size is not believed.
    """
    left = LARGEST_WORKBOOK
    last_row = last_column = 1
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for item in archive.infolist():
                with archive.open(item) as part:
                    tail = b""
                    while block := part.read(_READ_AT_ONCE):
                        left -= len(block)
                        if left < 0:
                            raise DataError(
                                f"{path}: expected at most {LARGEST_WORKBOOK:,} bytes, unpacked, of a workbook, "
                                f"which is held in memory. {_ADVICE}"
                            )
                        for letters, number in _REFERENCE.findall(tail + block):
                            last_row = max(last_row, int(number))
                            last_column = max(last_column, _read_column(letters))
                        tail = block[-32:]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path} is no workbook that can be read ({error}). Expected .xlsx of Excel.") from error
    if last_row * last_column > MOST_CELLS:
        raise DataError(
            f"{path}: expected at most {MOST_CELLS:,} cells in a sheet, got {last_row:,} rows of {last_column:,}. "
            f"{_ADVICE}"
        )


def _read_column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _iter_sheets(data: bytes, path: Path) -> Iterator[list[tuple[int, tuple[object, ...]]]]:
    """Yield the rows of one sheet after the other that are not empty, each with its number."""
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            rows = enumerate(sheet.to_python(skip_empty_area=False), start=1)
            yield [(number, tuple(map(_plain, row))) for number, row in rows if any(cell != "" for cell in row)]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DataError(f"{path} is no workbook that can be read ({' '.join(str(error).split())}).") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a fault in Rust arrives, which no class of Python's is
            raise
        raise DataError(f"{path} is no workbook that can be read: it is damaged.") from error


def _plain(cell: Any) -> object:  # noqa: ANN401 - whatever a cell holds
    """Return a cell's value; Excel has no whole numbers but as fractions."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
