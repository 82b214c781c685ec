"""Files of all forms, opened as tables. A new form is registered here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lstm_cli.config import SourceConfig
from lstm_cli.data.packed_file import PACKINGS, SUFFIXES, find_suffix
from lstm_cli.data.review import Place
from lstm_cli.data.tables.fasttext_table import is_fasttext, open_fasttext
from lstm_cli.data.tables.json_table import open_json
from lstm_cli.data.tables.parquet_table import open_parquet
from lstm_cli.data.tables.separated_table import SeparatedTable, open_separated
from lstm_cli.data.tables.table import BrokenRow, Record, Table
from lstm_cli.data.tables.workbook import open_workbook
from lstm_cli.data.text_file import open_text
from lstm_cli.errors import DataError


def open_table(path: Path, source: SourceConfig) -> Table:
    """Open a file of any form.

    Args:
        path: the file.
        source: how it is read, as far as the user says.

    Raises:
        DataError: it is missing, unreadable, empty or of another kind.
    """
    suffix = find_suffix(path)
    match suffix:
        case ".xlsx":
            return open_workbook(path, header=source.header)
        case ".parquet":
            return open_parquet(path)
        case ".json" | ".jsonl" | ".ndjson":
            return open_json(open_text(path, encoding=source.encoding), suffix=suffix)
        case ".csv" | ".tsv" | ".txt":
            file = open_text(path, encoding=source.encoding)
            if source.delimiter is None and is_fasttext(file.beginning):
                return open_fasttext(file)
            return open_separated(file, suffix=suffix, delimiter=source.delimiter, header=source.header)
    raise DataError(
        f"{path}: expected a file that ends in {', '.join(SUFFIXES)}, or in one of these and "
        f"{', '.join(PACKINGS)}; got {suffix or 'no suffix'}."
    )


def iter_records(
    table: Table, *, text: Sequence[str], label: str | None = None
) -> Iterator[tuple[Place, Record | BrokenRow]]:
    """Yield all rows of a table with all that they hold, as its own `iter_records` does.

    Args:
        table: of any form.
        text: the columns of the text: one alone may hold separators that nobody quoted.
        label: the one that holds the labels, if any, which tell rows from what is none.

    Raises:
        DataError: the file cannot be read, or is not what it was.
    """
    if isinstance(table, SeparatedTable):
        return table.iter_records(text=text, label=label)
    return table.iter_records()
