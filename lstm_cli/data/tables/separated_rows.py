"""Rows of fields between separators, read by Python's `csv`; what it cannot read as quoted is read as it stands.

A quote that quotes nothing must not run rows together. Where `csv` gives a row of several lines each of which is a
whole row by itself, or no row at all, the quotes in it are taken for what they look like: a field ends with a
quote before a separator, or it was never quoted.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from lstm_cli.data.tables.columns import is_number
from lstm_cli.data.tables.dialect import Dialect
from lstm_cli.data.tables.table import BrokenRow

Fields = list[str]

_END = re.compile("[\r\n]")
_MOST_LINES = 40
"""Lines of a row with broken quotes; further ones are not looked at for its end."""

_MOST_COLUMNS, _MOST_ENDS = 200, 100  # of a row with broken quotes, and of a field in it
_RARE_IN_TEXT = frozenset("\t|^~\x01\x1f")


@dataclass(frozen=True)
class Shape:
    """What a row of a file looks like.

    Attributes:
        width: how many fields it has.
        surplus: the place of the field that a separator too many is part of; None where that is not known.
        is_likely: whether fields are those of a row, as its label tells; None where nothing tells.
    """

    width: int
    surplus: int | None
    is_likely: Callable[[Sequence[str]], bool] | None


def iter_separated(
    lines: Iterable[str], dialect: Dialect, shape: Shape, *, first_line: int = 1
) -> Iterator[tuple[int, Fields | BrokenRow]]:
    """Yield the rows that are not empty, each with the number of the line it begins on.

    Args:
        lines: with their ends.
        dialect: how they are written.
        shape: what all rows have.
        first_line: the number of the first.
    """
    feeder = _Feeder(lines)
    taken = feeder.taken
    rows = dialect.read(feeder.iter_lines())
    line, width = first_line, shape.width
    while True:
        taken.clear()
        try:
            fields = next(rows, None)
        except csv.Error:
            mended = _mend(feeder, dialect, shape)
            yield line, mended or BrokenRow("a field that begins with a quote does not end with one")
            rows = dialect.read(feeder.iter_lines())  # the other one may be at its end
        else:
            if fields is None:
                return
            if len(taken) == 1:
                if len(fields) == width:
                    yield line, fields
                elif any(map(str.strip, fields)):
                    yield line, _fit(fields, dialect, shape)
            elif len(fields) == width and not _are_rows(taken, dialect, shape):
                yield line, fields
            else:
                yield line, _mend(feeder, dialect, shape) or _refuse(fields, shape)
        line += len(taken)


class _Feeder:
    """Lines that can be given back.

    Attributes:
        taken: those that were given out since it was last cleared.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def iter_lines(self) -> Iterator[str]:
        taken = self.taken
        while True:
            while self._again:
                line = self._again.popleft()
                taken.append(line)
                yield line
            for line in self._lines:
                taken.append(line)
                yield line
                if self._again:
                    break
            else:
                if not self._again:
                    return

    def take(self) -> bool:
        """Take one more line, unless there is none."""
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            return False
        self.taken.append(line)
        return True

    def give_back(self, count: int) -> None:
        """Give the last lines that were taken out again."""
        if count:
            self._again.extendleft(reversed(self.taken[-count:]))
            del self.taken[-count:]


def _are_rows(taken: Sequence[str], dialect: Dialect, shape: Shape) -> bool:
    """Return whether the lines of what `csv` takes for one row are rows by themselves."""
    if shape.is_likely is None:
        tells = shape.width > 1 and dialect.delimiter in _RARE_IN_TEXT
        return tells and all(len(_split_literally(line, dialect)) == shape.width for line in taken)
    ends = [_split_literally(line, dialect) for line in (taken[0], taken[-1])]
    return shape.width > 1 and all(len(fields) == shape.width and shape.is_likely(fields) for fields in ends)


def _mend(feeder: _Feeder, dialect: Dialect, shape: Shape) -> Fields | None:
    """Return the fields of the row that begins with the lines taken, whatever its quotes; None where it is no row.

    Lines that are not the row's are given back; of what is no row the first line is kept.
    """
    taken = feeder.taken
    for count in range(1, _MOST_LINES + 1):
        if count > len(taken) and not feeder.take():
            break
        text = "".join(taken[:count])
        if text.count(dialect.delimiter) < shape.width - 1:
            continue
        ways = [_split_loosely(text, dialect, width=shape.width)]
        if count == 1:
            ways.append(_split_literally(text, dialect))
        for fields in ways:
            if fields and len(fields) == shape.width and (shape.is_likely is None or shape.is_likely(fields)):
                feeder.give_back(len(taken) - count)
                return fields
    feeder.give_back(len(taken) - 1)
    fitted = _fit(_split_literally(taken[0], dialect), dialect, shape)
    return None if isinstance(fitted, BrokenRow) else fitted


def _fit(fields: Fields, dialect: Dialect, shape: Shape) -> Fields | BrokenRow:
    """Return a row of too many or too few fields as one of the right number, if it is clear how."""
    extra = len(fields) - shape.width
    if extra > 0:
        if not any(map(str.strip, fields[shape.width :])):
            return fields[: shape.width]
        if shape.surplus is not None:
            end = shape.surplus + extra + 1
            joined = dialect.delimiter.join(fields[shape.surplus : end])
            whole = [*fields[: shape.surplus], joined, *fields[end:]]
            behind = whole[shape.surplus + 1 :]
            if shape.is_likely(whole) if shape.is_likely else all(map(is_number, behind)):
                return whole
    return _refuse(fields, shape)


def _refuse(fields: Fields, shape: Shape) -> BrokenRow:
    return BrokenRow(f"expected {shape.width} fields, got {len(fields)}")


def _split_literally(line: str, dialect: Dialect) -> Fields:
    """Return the fields of a line in which quotes quote nothing, but those around a whole field."""
    quote = dialect.quotechar
    return [
        field[1:-1].replace(quote * 2, quote)
        if quote and len(field) > 1 and field[0] == field[-1] == quote
        else field
        for field in line.rstrip("\r\n").split(dialect.delimiter)
    ]


def _split_loosely(text: str, dialect: Dialect, *, width: int) -> Fields | None:
    """Return the fields of a row in which a quoted field ends with some quote before a separator or the row's end.

    Which quotes end fields follows from how many fields there must be; None where no choice of them gives so many.
    A field without quotes around it ends with its line.
    """
    quote, delimiter = dialect.quotechar, dialect.delimiter
    if not quote or width > _MOST_COLUMNS:
        return None
    text = text.rstrip("\r\n")

    @cache
    def split(start: int, left: int) -> tuple[str, ...] | None:
        """Return the last fields of the row, `left` of them, which begin at a place."""
        if left == 1:
            is_quoted = text.startswith(quote, start) and text.endswith(quote) and len(text) > start + 1
            if is_quoted:
                return (text[start + 1 : -1].replace(quote * 2, quote),)
            return None if delimiter in text[start:] or _END.search(text, start) else (text[start:],)
        if text.startswith(quote, start):
            end = text.find(quote + delimiter, start + 1)
            for _ in range(_MOST_ENDS):
                if end < 0:
                    break
                rest = split(end + 2, left - 1)
                if rest is not None:
                    return (text[start + 1 : end].replace(quote * 2, quote), *rest)
                end = text.find(quote + delimiter, end + 1)
        end = text.find(delimiter, start)
        rest = split(end + 1, left - 1) if end >= 0 and not _END.search(text, start, end) else None
        return None if rest is None else (text[start:end], *rest)

    fields = split(0, width)
    return None if fields is None else list(fields)
