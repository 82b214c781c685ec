"""What files of all forms look like to the rest: rows, each with the values of named columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lstm_cli.data.review import Place
from lstm_cli.data.tables.columns import Column
from lstm_cli.data.tables.dialect import Dialect
from lstm_cli.data.text_file import TextFile

MOST_SAMPLED = 2_000
"""Rows by which a table's columns are judged."""

_DEEPEST = 8


@dataclass(frozen=True)
class TextTable:
    """What tables of text files share.

    Attributes:
        file: the text.
        columns: with the values of some rows.
    """

    file: TextFile
    columns: tuple[Column, ...]

    def measure_walk(self, rows: int) -> float:  # noqa: ARG002 - see `Table`
        """Return how far a walk has come: see `Table`."""
        return self.file.walk.read / max(1, self.file.size)

    @property
    def sha256(self) -> str:
        """Of the file's content."""
        return self.file.sha256

    @property
    def encoding(self) -> str:
        """Of the file's text."""
        return self.file.encoding


@dataclass(frozen=True)
class BrokenRow:
    """A row that is none.

    Attributes:
        reason: what was expected and what came.
    """

    reason: str


Row = tuple[Place, Sequence[object] | BrokenRow]
Record = Mapping[str, object]


class Table(Protocol):
    """A file that holds rows.

    Attributes:
        form: what the file is, in a word or two.
        sha256: of its content (hexadecimal), unpacked.
        encoding: of its text; None where the form has its own.
        dialect: how its rows are written; None where the form says it.
        columns: with the values of some rows.
        has_header: whether the columns have names of their own.
        is_plain: whether the first release could read files of this form, written in this way.
    """

    @property
    def form(self) -> str:
        """See above."""
        ...

    @property
    def sha256(self) -> str:
        """See above."""
        ...

    @property
    def encoding(self) -> str | None:
        """See above."""
        ...

    @property
    def dialect(self) -> Dialect | None:
        """See above."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """See above."""
        ...

    @property
    def has_header(self) -> bool:
        """See above."""
        ...

    @property
    def is_plain(self) -> bool:
        """See above."""
        ...

    def iter_rows(
        self, names: Sequence[str], *, label: str | None = None, group: str | None = None
    ) -> Iterator[Row]:
        """Yield every row that is not empty, with its place and its values in the columns of these names.

        Args:
            names: of the columns.
            label: the one that holds the labels, which tell rows from what is none.
            group: the one that keeps rows together; the rest hold the text, whose separators may be too many.

        Raises:
            DataError: the file cannot be read, or is not what it was.
        """
        ...

    def iter_records(self) -> Iterator[tuple[Place, Record | BrokenRow]]:
        """Yield every row that is not empty, with its place and its values by the columns' names.

        Raises:
            DataError: as `iter_rows`.
        """
        ...

    def measure_walk(self, rows: int) -> float:
        """Return how far a walk has come that has yielded so many rows, from 0 to 1."""
        ...


def get_field(record: Mapping[str, object], name: str) -> object:
    """Return what stands in a record under a name, dotted where it is nested; None where nothing does."""
    if name in record:
        return record[name]
    value: object = record
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            break
        value = value[part]
    else:
        return value
    folded = name.strip().casefold()
    return next((value for key, value in record.items() if str(key).strip().casefold() == folded), None)


def sample_columns(records: Iterable[Mapping[str, object]]) -> tuple[Column, ...]:
    """Return the columns of some records: every name that is in one of them, in any case, dotted where nested."""
    names: dict[str, str] = {}
    rows = []
    for record in records:
        row: dict[str, object] = {}
        for name, value in _flatten(record):
            folded = name.strip().casefold()
            names.setdefault(folded, name)
            row.setdefault(folded, value)
        rows.append(row)
    return tuple(Column(name, tuple(row.get(folded) for row in rows)) for folded, name in names.items())


def _flatten(record: Mapping[str, object], *, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        if isinstance(value, Mapping) and depth < _DEEPEST:
            yield from _flatten(value, prefix=f"{prefix}{name}.", depth=depth + 1)
        else:
            yield f"{prefix}{name}", value
