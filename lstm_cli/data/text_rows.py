"""The rows of a file whose texts are to be classified: every one that came, in order, with or without a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lstm_cli.config import SourceConfig
from lstm_cli.data.labelled_rows import join_text
from lstm_cli.data.packed_file import find_suffix
from lstm_cli.data.reading import Reading, build_reading
from lstm_cli.data.review import Place
from lstm_cli.data.tables.columns import find_text, list_present
from lstm_cli.data.tables.fasttext_table import TEXT, FastTextTable, is_fasttext
from lstm_cli.data.tables.forms import iter_records, open_table
from lstm_cli.data.tables.table import BrokenRow, Table, get_field
from lstm_cli.data.text_file import TextFile, open_text
from lstm_cli.errors import DataError


@dataclass(frozen=True)
class TextRow:
    """A row of a file.

    Attributes:
        place: where it stands.
        text: None where it has none.
        fields: all that it holds, by the columns' names; nothing where the row is a line of text.
        problem: why it cannot be read; empty where it can.
    """

    place: Place
    text: str | None
    fields: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class TextRows:
    """The rows of a table, read anew by every walk over them, so that no more than one is in memory.

    Attributes:
        table: whose rows they are.
        text: the columns of the text.
        reading: how the file is read.
    """

    table: Table
    text: tuple[str, ...]
    reading: Reading

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.table.columns)

    @property
    def fingerprint(self) -> str:
        """Of the content and of how it is read."""
        return self.reading.build_fingerprint(self.table.sha256)

    def measure_walk(self, rows: int) -> float:
        """Return how far the walk has come that has yielded so many rows, from 0 to 1."""
        return self.table.measure_walk(rows)

    def __iter__(self) -> Iterator[TextRow]:
        """Yield every row.

        Raises:
            DataError: the file is not what it was.
        """
        for place, record in iter_records(self.table, text=self.text):
            if isinstance(record, BrokenRow):
                yield TextRow(place, None, problem=record.reason)
                continue
            try:
                text = join_text([get_field(record, name) for name in self.text])
            except ValueError as error:
                yield TextRow(place, None, record, problem=str(error))
            else:
                yield TextRow(place, text, record)


@dataclass(frozen=True)
class TextLines:
    """The lines of a file, each a text.

    Attributes:
        file: whose lines they are.
        reading: how the file is read.
        columns: none.
    """

    file: TextFile
    reading: Reading
    columns: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Of the content and of how it is read."""
        return self.reading.build_fingerprint(self.file.sha256)

    def measure_walk(self, rows: int) -> float:  # noqa: ARG002 - as of a table
        """Return how far the walk has come, from 0 to 1."""
        return self.file.walk.read / max(1, self.file.size)

    def __iter__(self) -> Iterator[TextRow]:
        """Yield every line, blank ones too.

        Raises:
            DataError: the file is not what it was.
        """
        # U+0085 and its like stand inside reviews and end no line.
        for number, line in enumerate(self.file.iter_lines(newline=None), start=1):
            text = line.rstrip("\n")
            yield TextRow(number, None if not text or text.isspace() else text)


def open_text_rows(path: Path, source: SourceConfig, *, usual_text: Sequence[str] = ()) -> TextRows | TextLines:
    """Open a file whose texts are to be classified.

    A `.txt` file holds a text a line, unless its lines begin as fastText's do or the user names a column or a
    separator.

    Args:
        path: of one of `packed_file.SUFFIXES`, packed or not; it needs no labels.
        source: how it is read, as far as the user says.
        usual_text: columns of the text that a model was trained on; taken where the file has them.

    Raises:
        DataError: the file is missing, unreadable, empty or of another kind, or it is not clear where the text is.
    """
    if find_suffix(path) == ".txt" and source.text is None and source.delimiter is None:
        file = open_text(path, encoding=source.encoding)
        if not file.beginning:
            raise DataError(f"{path} is empty. Expected reviews in it.")
        if not is_fasttext(file.beginning):
            return TextLines(file, Reading("a text a line", encoding=file.encoding))
    table = open_table(path, source)
    if isinstance(table, FastTextTable):
        return TextRows(table, (TEXT,), build_reading(table, source))
    named = source.text or list_present(table.columns, usual_text)
    text = find_text(table.columns, named=named, has_header=table.has_header, path=path)
    return TextRows(table, text, build_reading(table, source, text=text))
