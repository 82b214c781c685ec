"""The reviews of a user's own file, whatever its form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.findings import Findings
from lstm_cli.data.labelled_corpus import PARTS, LabelledRows, Part, load_labelled
from lstm_cli.data.labelled_rows import Labels, iter_labelled
from lstm_cli.data.labels import fold_label, is_missing
from lstm_cli.data.reading import Reading, build_reading
from lstm_cli.data.review import Corpus, Place
from lstm_cli.data.tables.columns import find_label, find_text, list_present
from lstm_cli.data.tables.fasttext_table import LABEL, TEXT, FastTextTable
from lstm_cli.data.tables.forms import open_table
from lstm_cli.data.tables.table import Table

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
    """

    path: Path
    table: Table
    text: tuple[str, ...]
    label: str
    reading: Reading

    @property
    def fingerprint(self) -> str:
        """Of the content and, where it is not plain, of how it is read."""
        return self.reading.build_fingerprint(self.table.sha256)

    @property
    def labels(self) -> frozenset[str]:
        """Some of the labels, as they are spelled."""
        return frozenset(next(column for column in self.table.columns if column.name == self.label).filled)

    def iter_labelled(self, findings: Findings) -> Iterator[tuple[Place, str, Labels]]:
        """Yield the place, the text and the label of each row that has both; the others are noted."""
        return iter_labelled(self.table, findings, text=self.text, label=self.label)


def load_files(
    parts: Mapping[Part, Sequence[Path]],
    source: SourceConfig,
    *,
    name: str,
    known: Classes | None = None,
    usual: SourceConfig | None = None,
) -> Corpus:
    """Return the labelled reviews of files of any size.

    Args:
        parts: the files of each part, of `packed_file.SUFFIXES`, packed or not; `train` may be split further.
        source: how they are read, as far as the user says.
        name: of them all.
        known: the classes of a model that is to judge the reviews; by default they are the files' own.
        usual: as for `open_labelled`.

    Returns:
        Its reviews are `RowReviews`.

    Raises:
        DataError: a file is missing, unreadable or of another kind, its columns are not clear, rows of it are
            broken, none can serve, or its labels are no classes.
    """
    opened, fingerprint = open_files(parts, source, usual=usual)
    return load_labelled(opened, source, name=name, fingerprint=fingerprint, known=known)


def compute_files_fingerprint(parts: Mapping[Part, Sequence[Path]], source: SourceConfig) -> str:
    """Return the fingerprint of `load_files(parts, source)` without parsing the files.

    Raises:
        DataError: a file is missing, unreadable or of another kind, or its columns are not clear.
    """
    _, fingerprint = open_files(parts, source)
    return fingerprint


def open_files(
    parts: Mapping[Part, Sequence[Path]], source: SourceConfig, *, usual: SourceConfig | None = None
) -> tuple[dict[Part, tuple[LabelledRows, ...]], str]:
    """Open the files of each part, and return them and the fingerprint of them all.

    Raises:
        DataError: as `compute_files_fingerprint`.
    """
    opened = {
        part: tuple(open_labelled(path, source, usual=usual) for path in paths) for part, paths in parts.items()
    }
    return dict(opened), _build_fingerprint(opened)


def _build_fingerprint(parts: Mapping[Part, tuple[LabelledTable, ...]]) -> str:
    """Return one file's own fingerprint, or one of all of them and of the parts they are."""
    files = [(part, file.fingerprint) for part in PARTS for file in parts.get(part, ())]
    if len(files) == 1:
        return files[0][1]
    return hashlib.sha256("\n".join(f"{part} {fingerprint}" for part, fingerprint in files).encode()).hexdigest()


def open_labelled(path: Path, source: SourceConfig, *, usual: SourceConfig | None = None) -> LabelledTable:
    """Open a file, and find out which columns hold the text and the label.

    Args:
        path: the file.
        source: how it is read, as far as the user says.
        usual: how a model's own data were read: its columns are taken where the file has them.

    Raises:
        DataError: as `compute_files_fingerprint`.
    """
    table = open_table(path, source)
    if isinstance(table, FastTextTable):
        return LabelledTable(path, table, (TEXT,), LABEL, build_reading(table, source))
    usual_text, usual_label = (usual.text or (), usual.label) if usual else ((), None)
    named_text = source.text or list_present(table.columns, usual_text)
    text = find_text(table.columns, named=named_text, has_header=table.has_header, path=path)
    named_label = source.label or next(
        iter(list_present(table.columns, [usual_label] if usual_label else [])), None
    )
    label = find_label(table.columns, named=named_label, has_header=table.has_header, text=text, path=path)
    is_plain = table.is_plain and source.classes is None and _is_plain(table, text=text, label=label)
    reading = build_reading(table, source, text=text, label=label, is_plain=is_plain)
    return LabelledTable(path, table, text, label, reading)


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
