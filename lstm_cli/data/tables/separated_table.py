"""CSV, TSV and whatever else separates fields, as a table: its dialect, its header, its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from lstm_cli.data.labels import USUAL_LABELS, fold_label
from lstm_cli.data.review import Place
from lstm_cli.data.tables.columns import Column, find_header, is_number
from lstm_cli.data.tables.dialect import Dialect, find_dialect
from lstm_cli.data.tables.separated_rows import Shape, iter_separated
from lstm_cli.data.tables.table import MOST_SAMPLED, BrokenRow, Record, Row, TextTable
from lstm_cli.data.text_file import TextFile
from lstm_cli.errors import DataError

# What Excel reads and writes before the header.
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_RETURN, _ENDS = "\r", "\r\n"
_PLAIN_DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class SeparatedTable(TextTable):
    """A file of rows of fields; its columns are known by their names, or by their numbers from 1.

    Attributes:
        dialect: how the rows are written.
        header: how many rows lie above the first review: the header and titles above it.
        titles: the header as it is written; nothing where there is none.
        skipped: lines before the rows, Excel's own.
        suffix: the file's own, such as `.csv`.
        is_regular: whether `csv` alone, strict about quotes, reads the same rows, as far as the beginning shows.
    """

    dialect: Dialect
    header: int
    titles: tuple[str, ...]
    skipped: int
    suffix: str
    is_regular: bool
    form: ClassVar[str] = "rows"

    @property
    def has_header(self) -> bool:
        """Whether the columns have names of their own."""
        return self.header > 0

    @property
    def is_plain(self) -> bool:
        """Whether the first release could read the file."""
        usual = Dialect(_PLAIN_DELIMITERS.get(self.suffix, ""), newline=self.dialect.newline)
        is_usual = self.dialect == usual and self.header == 1 and not self.skipped
        return self.file.is_plain and self.is_regular and is_usual

    def iter_rows(
        self, names: Sequence[str], *, label: str | None = None, group: str | None = None
    ) -> Iterator[Row]:
        """Yield the rows: see `Table`."""
        texts = [name for name in names if name not in (label, group)]
        return self._iter_rows(names, shape=self._build_shape(texts, label))

    def iter_records(
        self, *, text: Sequence[str] = (), label: str | None = None
    ) -> Iterator[tuple[Place, Record | BrokenRow]]:
        """Yield the rows: see `Table`.

        Args:
            text: the columns of the text, where they are known: one alone takes the separators too many.
            label: as for `iter_rows`.
        """
        names = [column.name for column in self.columns]
        for line, row in self._iter_rows(names, shape=self._build_shape(text or names, label)):
            yield line, row if isinstance(row, BrokenRow) else dict(zip(names, row, strict=True))

    def _iter_rows(self, names: Sequence[str], *, shape: Shape) -> Iterator[Row]:
        places = self._locate(names)
        lines = self.file.iter_lines(newline=self.dialect.newline)
        rows = _iter_below(lines, self.dialect, shape, skipped=self.skipped, header=self.header)
        header = list(self.titles)
        for line, fields in rows:
            if isinstance(fields, BrokenRow):
                yield line, fields
            elif fields != header:  # files that were put one behind the other repeat it
                yield line, [fields[place] for place in places]

    def _locate(self, names: Sequence[str]) -> list[int]:
        known = [column.name for column in self.columns]
        return [known.index(name) for name in names]

    def _build_shape(self, text: Sequence[str], label: str | None) -> Shape:
        surplus = self._locate(text)[0] if len(text) == 1 else None
        if label is None:
            # Where words may stand behind the text too, nothing tells whose the separators are.
            is_clear = surplus is not None and all(column.is_numeric for column in self.columns[surplus + 1 :])
            return Shape(len(self.columns), surplus if is_clear else None, None)
        (place,) = self._locate([label])
        known = self.columns[place].labels | USUAL_LABELS
        takes_numbers = self.columns[place].is_numeric

        def is_likely(fields: Sequence[str]) -> bool:
            folded = fold_label(fields[place])
            return folded in known or (takes_numbers and is_number(folded))

        return Shape(len(self.columns), surplus, is_likely)


def open_separated(
    file: TextFile, *, suffix: str, delimiter: str | None = None, header: bool | None = None
) -> SeparatedTable:
    """Find out how a file of rows is written.

    Args:
        file: its text.
        suffix: the file's own, such as `.csv`.
        delimiter: what the user says stands between fields; by default it is found.
        header: whether the user says that the first row names the columns; by default it is found.

    Raises:
        DataError: there are no rows.
    """
    beginning, skipped = file.beginning, 0
    separator = _SEPARATOR_LINE.match(beginning)
    if separator:
        beginning, skipped = beginning[separator.end() :], 1
        delimiter = delimiter or separator[1]
    dialect = find_dialect(beginning, suffix=suffix, delimiter=delimiter)
    rows = list(islice(_iter_readable(beginning, dialect), MOST_SAMPLED))
    if not rows:
        raise DataError(f"{file.path} is empty. Expected reviews in it.")
    place = find_header(rows[: MOST_SAMPLED // 10]) if header is None else (0 if header else None)
    above = 0 if place is None else place + 1
    width = Counter(map(len, rows)).most_common(1)[0][0]
    names = name_columns([] if place is None else rows[place], width=width)
    shape = Shape(len(names), None, None)
    sampled = _iter_below(io.StringIO(beginning, newline=dialect.newline), dialect, shape, header=above)
    whole = [fields for _, fields in islice(sampled, MOST_SAMPLED) if not isinstance(fields, BrokenRow)]
    if not file.is_whole and rows[-1] in whole:  # what comes behind it is of a row that is cut off
        whole = whole[: len(whole) - whole[::-1].index(rows[-1])]
    is_regular = rows[above:] == whole[: len(rows) - above]
    spread = [
        fields
        for piece in file.pieces
        for _, fields in iter_separated(io.StringIO(piece, newline=dialect.newline), dialect, shape)
        if not isinstance(fields, BrokenRow)
    ]
    if above and len(rows) == above and not whole and file.is_whole:
        raise DataError(f"{file.path} has a header but no reviews. Expected at least one row below it.")
    columns = tuple(
        Column(name, tuple(row[place] for row in whole), tuple(row[place] for row in spread))
        for place, name in enumerate(names)
    )
    titles = () if place is None else tuple(rows[place])
    return SeparatedTable(file, columns, dialect, above, titles, skipped, suffix, is_regular)


def _iter_below(
    lines: Iterable[str], dialect: Dialect, shape: Shape, *, skipped: int = 0, header: int
) -> Iterator[Row]:
    """Yield the rows below the header."""
    rows = iter_separated(islice(lines, skipped, None), dialect, shape, first_line=skipped + 1)
    yield from islice(rows, header, None)


def _iter_readable(beginning: str, dialect: Dialect) -> Iterator[list[str]]:
    """Yield the rows of a beginning that `csv` can read and that are not empty."""
    # A carriage return that ends no line is none of `csv`'s outside of quotes.
    lines = (
        f"{line.rstrip(_ENDS).replace(_RETURN, ' ')}\n" for line in io.StringIO(beginning, newline=dialect.newline)
    )
    while True:
        try:
            for row in dialect.read(lines):
                if any(map(str.strip, row)):
                    yield row
        except csv.Error:
            continue  # the rest is read on from the next line
        return


def name_columns(header: Sequence[str], *, width: int) -> list[str]:
    """Return a name for each column: that of the header, or its number where it has none or another has it."""
    # R writes the rows' names without one for their column.
    given = ["", *header] if header and len(header) == width - 1 else list(header)
    names: list[str] = []
    for number in range(1, (len(given) or width) + 1):
        name = given[number - 1].strip() if given else ""
        names.append(name if name and name not in names else str(number))
    return names
