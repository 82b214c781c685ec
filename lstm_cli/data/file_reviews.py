"""The reviews of a user's own file, whatever its form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.classes import SENTIMENT
from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus, OpenedSource
from lstm_cli.data.findings import Findings
from lstm_cli.data.labelled_corpus import load_labelled
from lstm_cli.data.labelled_rows import LabelledRow, iter_labelled
from lstm_cli.data.labels import fold_label, is_missing
from lstm_cli.data.reading import Reading, build_reading
from lstm_cli.data.review import PARTS, Part
from lstm_cli.data.tables.columns import explain_no_groups, find_group, find_label, find_text, list_present
from lstm_cli.data.tables.fasttext_table import LABEL, TEXT, FastTextTable
from lstm_cli.data.tables.forms import open_table
from lstm_cli.data.tables.table import Table, TextTable
from lstm_cli.errors import DataError

# The names of columns that the first release knew; the first that is there counted.
_PLAIN_TEXT, _PLAIN_LABEL = ("text", "review"), ("label", "sentiment")


@dataclass(frozen=True)
class LabelledTable:
    """A file whose columns of text and label are known.

    Attributes:
        path: the file.
        table: its rows.
        text: the columns of the text.
        label: the column of the label.
        reading: what is told of all this.
        group: the column of what keeps rows together; None where none is asked for.
    """

    path: Path
    table: Table
    text: tuple[str, ...]
    label: str
    reading: Reading
    group: str | None = None

    @property
    def fingerprint(self) -> str:
        """Of the content and, where it is not plain, of how it is read."""
        return self.reading.build_fingerprint(self.table.sha256)

    @property
    def labels(self) -> frozenset[str]:
        """Some of the labels, as they are spelled."""
        return frozenset(next(column for column in self.table.columns if column.name == self.label).filled)

    def iter_labelled(self, findings: Findings) -> Iterator[LabelledRow]:
        """Yield the rows that have a text and a label; the others are noted."""
        return iter_labelled(self.table, findings, text=self.text, label=self.label, group=self.group)


def open_files(
    parts: Mapping[Part, Sequence[Path]], source: SourceConfig, *, name: str, usual: SourceConfig | None = None
) -> OpenedSource:
    """Open files of labelled reviews, each of any size, and find out how they are read.

    Args:
        parts: the files of each part, of `packed_file.SUFFIXES`, packed or not; `train` may be split further.
        source: how they are read, as far as the user says.
        name: of them all.
        usual: as for `open_labelled`.

    Returns:
        The reviews that it loads are `RowReviews`.

    Raises:
        DataError: a file is missing, unreadable or of another kind, or its columns are not clear. Loading it
            raises another where rows are broken, none can serve, or the labels are no classes.
    """
    opened = {
        part: tuple(open_labelled(path, source, usual=usual) for path in parts[part])
        for part in PARTS
        if part in parts
    }
    return OpenedSource(
        compute_fingerprint=lambda: _build_fingerprint(opened),
        load=lambda known: load_labelled(
            opened, source, name=name, fingerprint=_build_fingerprint(opened), known=known
        ),
        open_parts=lambda: opened,
    )


def load_files(parts: Mapping[Part, Sequence[Path]], source: SourceConfig, *, name: str) -> Corpus:
    """Return the labelled reviews of files: those of `open_files`.

    Raises:
        DataError: as `open_files`, and as loading what it opens.
    """
    return open_files(parts, source, name=name).load(None)


def _build_fingerprint(parts: Mapping[Part, tuple[LabelledTable, ...]]) -> str:
    """Return one file's own fingerprint, or one of all of them and of the parts they are."""
    files = [(part, file.fingerprint) for part in PARTS for file in parts.get(part, ())]
    if len(files) == 1:
        return files[0][1]
    return hashlib.sha256("\n".join(f"{part} {fingerprint}" for part, fingerprint in files).encode()).hexdigest()


def open_labelled(path: Path, source: SourceConfig, *, usual: SourceConfig | None = None) -> LabelledTable:
    """Open a file, and find out which columns hold the text, the label and, where it is asked for, the group.

    Args:
        path: the file.
        source: how it is read, as far as the user says.
        usual: how a model's own data were read: its columns are taken where the file has them.

    Raises:
        DataError: as `open_files`.
    """
    table = open_table(path, source)
    if source.strict and isinstance(table, TextTable) and table.file.broken_line is not None:
        raise DataError(
            f"{path}, line {table.file.broken_line}: expected {table.file.encoding} text, got a byte that is none "
            "of it."
        )
    if isinstance(table, FastTextTable):
        if source.group is not None:
            raise explain_no_groups(str(path), table.form)
        return LabelledTable(path, table, (TEXT,), LABEL, build_reading(table, source))
    group = (
        None
        if source.group is None
        else find_group(table.columns, named=source.group, has_header=table.has_header, path=path)
    )
    usual_text, usual_label = (usual.text or (), usual.label) if usual else ((), None)
    named_text = source.text or list_present(table.columns, usual_text)
    text = find_text(table.columns, named=named_text, has_header=table.has_header, group=group, path=path)
    named_label = source.label or next(
        iter(list_present(table.columns, [usual_label] if usual_label else [])), None
    )
    label = find_label(
        table.columns, named=named_label, has_header=table.has_header, text=text, group=group, path=path
    )
    if group in (*text, label):
        what = "label" if group == label else "text"
        raise DataError(
            f"{path}: --group names the column of the {what}, {group!r}. Expected that of a film, an author or a "
            "thread."
        )
    is_plain = table.is_plain and source.classes is None and _is_plain(table, text=text, label=label)
    reading = build_reading(table, source, text=text, label=label, group=group, is_plain=is_plain)
    return LabelledTable(path, table, text, label, reading, group)


def _is_plain(table: Table, *, text: tuple[str, ...], label: str) -> bool:
    """Return whether the first release read the rows as they are read now, as far as a sample of them shows."""
    columns = {column.name.strip().lower(): column for column in reversed(table.columns)}
    chosen = [
        next((columns[name] for name in names if name in columns), None) for names in (_PLAIN_TEXT, _PLAIN_LABEL)
    ]
    if [column.name for column in chosen if column] != [*text, label]:
        return False
    values = [value for column in chosen if column for value in column.values]
    labels = set(map(fold_label, columns[label.strip().lower()].filled))
    return not any(map(is_missing, values)) and labels <= SENTIMENT.spellings.keys()
