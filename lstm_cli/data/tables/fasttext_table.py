"""fastText's form as a table: `__label__x` before a text, both on one line (https://fasttext.cc/docs/en)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from lstm_cli.data.review import Place
from lstm_cli.data.tables.columns import Column
from lstm_cli.data.tables.table import Record, Row, TextTable
from lstm_cli.data.text_file import TextFile

PREFIX = "__label__"
LABEL, TEXT = "label", "text"

_LINE = re.compile(rf"\s*((?:{PREFIX}\S+\s*,?\s*)+)(.*)", re.DOTALL)


@dataclass(frozen=True)
class FastTextTable(TextTable):
    """A file in fastText's form."""

    form: ClassVar[str] = "fastText lines"
    dialect: ClassVar[None] = None
    has_header: ClassVar[bool] = True
    is_plain: ClassVar[bool] = False

    def iter_rows(
        self,
        names: Sequence[str],
        *,
        label: str | None = None,  # noqa: ARG002
        group: str | None = None,  # noqa: ARG002
    ) -> Iterator[Row]:
        """Yield the rows: see `Table`; of a line with several labels the label is a tuple of them."""
        for line, record in self.iter_records():
            yield line, [record[name] for name in names]

    def iter_records(self) -> Iterator[tuple[Place, Record]]:
        """Yield the rows: see `Table`."""
        for line, source in enumerate(self.file.iter_lines(newline=None), start=1):
            if source.strip():
                yield line, _split(source)


def is_fasttext(beginning: str) -> bool:
    """Return whether a file's lines begin as fastText's do."""
    lines = [line for line in beginning.split("\n") if line.strip()]
    return bool(lines) and sum(line.lstrip().startswith(PREFIX) for line in lines) > len(lines) / 2


def open_fasttext(file: TextFile) -> FastTextTable:
    """Return a file in fastText's form as a table."""
    rows = [_split(line) for line in file.beginning.split("\n") if line.strip()]
    columns = tuple(Column(name, tuple(row[name] for row in rows)) for name in (LABEL, TEXT))
    return FastTextTable(file, columns)


def _split(line: str) -> dict[str, object]:
    found = _LINE.fullmatch(line.rstrip("\n"))
    if found is None:
        return {LABEL: None, TEXT: line.strip()}
    labels = tuple(label.removeprefix(PREFIX).rstrip(",") for label in found[1].replace(",", " ").split())
    return {LABEL: labels[0] if len(set(labels)) == 1 else labels, TEXT: found[2].strip()}
