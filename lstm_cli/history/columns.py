"""A table as people leave it → a `History`: its columns' names, its numbers, and which epoch a row is of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstm_cli.errors import HistoryError
from lstm_cli.history.epochs import History
from lstm_cli.history.names import find_keras_name, is_epoch_name, is_index_name
from lstm_cli.history.rows import Report, are_apart, join, number_rows, order_rows

MAX_FIGURES = 2**22
"""Cells of a table: half a million epochs of eight metrics."""

_GAPS = {"", "<na>", "n/a", "na", "nan", "none", "null"}


@dataclass(frozen=True, eq=False)
class Table:
    """What a file holds, before it is known what is what.

    Attributes:
        columns: their cells by the columns' names; a column that is shorter than others has gaps at its end. What
            stands in place of a column where there should be one is kept as it is.
        index: what names each row apart from the columns; None where nothing does.
        lines: the rows' lines in the file; None where it has none.
    """

    columns: Mapping[str, object]
    index: Sequence[object] | None = None
    lines: Sequence[int] | None = None


@dataclass(frozen=True)
class _Column:
    """A column's numbers.

    Attributes:
        name: as the file says.
        values: a float a row, gaps as NaN.
        problem: what and where the first cell is that is no number; None where all are.
        has_numbers: whether any cell is one.
    """

    name: str
    values: list[float]
    problem: str | None
    has_numbers: bool


def build_history(table: Table, *, path: str, report: Report) -> History:
    """Make a history of a table from anywhere.

    Columns without any number are left out, and reported; a validation column of nothing but gaps is left out as
    well, since Keras' `CSVLogger` writes those where nothing is validated.

    Args:
        table: the columns.
        path: the file's, for messages.
        report: hears what is left out, and where rows are not simply those of one training.

    Raises:
        HistoryError: a column holds something between its numbers, or there are none.
    """
    indices = [cells for name, cells in table.columns.items() if is_index_name(name)]
    epochs = [cells for name, cells in table.columns.items() if is_epoch_name(name)]
    numbering = next((cells for cells in (*epochs, table.index, *indices) if isinstance(cells, list)), None)
    columns = {
        name: cells for name, cells in table.columns.items() if not (is_epoch_name(name) or is_index_name(name))
    }
    read = _read_columns(columns, lines=table.lines, path=path, report=report)
    named = _name_columns([column for column in read if column.has_numbers or not _is_validation(column.name)])
    rows = max(map(len, named.values()), default=0)
    if rows == 0:
        return History()
    cells = None if numbering is None else [read_number(cell) for cell in numbering]
    numbers = number_rows(cells, rows=rows, path=path, report=report)
    kept = order_rows(list(zip(*named.values(), strict=True)), numbers, path=path, report=report)
    return History(dict(zip(named, zip(*kept.values(), strict=True), strict=True)), tuple(kept))


def build_own_history(table: Table, *, path: str) -> History:
    """Make a history of a table of ours, every name and row as it is.

    Raises:
        HistoryError: a column holds something else than numbers and gaps.
    """
    columns = [_read_column(name, cells, lines=None, path=path) for name, cells in table.columns.items()]
    for column in columns:
        if column.problem:
            raise HistoryError(column.problem)
    return History({column.name: tuple(column.values) for column in _fill(columns, path=path)})


def read_number(cell: object) -> float | None:
    """Return a cell's number, NaN for a gap, None where it is neither."""
    if cell is None:
        return math.nan
    if isinstance(cell, str):
        word = cell.strip()
        try:
            return math.nan if word.lower() in _GAPS else float(word)
        except ValueError:
            return None
    return cell if isinstance(cell, float) else None


def name_kind(value: object) -> str:
    """Return what JSON calls `value`, with its beginning where it is a string."""
    if isinstance(value, str):
        return f"the text {quote(value)}"
    kinds = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def quote(text: str) -> str:
    """Return `text` in quotes, on one line and no longer than a message can bear."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _is_validation(name: str) -> bool:
    return find_keras_name(name).startswith("val_")


def _read_columns(
    columns: Mapping[str, object], *, lines: Sequence[int] | None, path: str, report: Report
) -> list[_Column]:
    """Return the columns of numbers, equally long."""
    read = [_read_column(name, cells, lines=lines, path=path) for name, cells in columns.items()]
    kept = [column for column in read if not column.problem]
    left_out = [column for column in read if column.problem]
    has_any = any(column.has_numbers for column in kept)
    for column in left_out:
        if column.problem and (column.has_numbers or not has_any):
            raise HistoryError(column.problem)
    if left_out:
        names = ", ".join(quote(column.name) for column in left_out[:8])
        more = f" and {len(left_out) - 8} more" if len(left_out) > 8 else ""
        report(f"{path}: left out for want of numbers: {names}{more}.")
    return _fill(kept, path=path)


def _read_column(name: str, cells: object, *, lines: Sequence[int] | None, path: str) -> _Column:
    if not isinstance(cells, list):
        problem = f"{path}: expected a list of numbers under {quote(name)}, got {name_kind(cells)}."
        return _Column(name, [], problem, has_numbers=False)
    numbers = [read_number(cell) for cell in cells]
    values = [math.nan if number is None else number for number in numbers]
    has_numbers = not all(map(math.isnan, values))
    if None not in numbers:
        return _Column(name, values, None, has_numbers)
    row = numbers.index(None)
    place = f"line {lines[row]}" if lines else f"epoch {row + 1}"
    problem = f"{path}, {place}: expected a number under {quote(name)}, got {name_kind(cells[row])}."
    return _Column(name, values, problem, has_numbers)


def _fill(columns: Sequence[_Column], *, path: str) -> list[_Column]:
    """Return the columns with gaps at the ends of those that are shorter than others."""
    rows = max((len(column.values) for column in columns), default=0)
    check_size(rows=rows, columns=len(columns), path=path)
    return [
        _Column(column.name, column.values + [math.nan] * (rows - len(column.values)), None, column.has_numbers)
        for column in columns
    ]


def check_size(*, rows: int, columns: int, path: str) -> None:
    """Raise a HistoryError where a table has more cells than a history can."""
    if rows * columns > MAX_FIGURES:
        raise HistoryError(
            f"{path}: expected a training history, got {rows:,} rows of {columns:,} columns:"
            f" more than {MAX_FIGURES:,} figures."
        )


def _name_columns(columns: Sequence[_Column]) -> dict[str, list[float]]:
    """Return the columns under Keras' names.

    Of two that would share a name (`acc` and `accuracy`) both go under it where no row has a value of each, as
    where one training followed another; else the one that had the name keeps it, or the first, and the other its
    own.
    """
    spelt: dict[str, str] = {}
    named: dict[str, list[float]] = {}
    for column in columns:
        name, values = find_keras_name(column.name), column.values
        if name not in named:
            spelt[name], named[name] = column.name, values
        elif are_apart(named[name], values):
            named[name] = join(named[name], values)
        elif column.name == name:
            named[spelt[name]], named[name] = named[name], values
        else:
            named[column.name] = values
    return named
