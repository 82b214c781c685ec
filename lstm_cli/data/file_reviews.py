"""The reviews of a user's own file, whatever its form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.findings import NO_GROUP, UNKNOWN_LABEL, Findings, describe_left_out
from lstm_cli.data.labelled_rows import Labels, iter_labelled
from lstm_cli.data.labels import MOST_CLASSES, find_class, find_classes, fold_label, group_classes, is_missing
from lstm_cli.data.reading import Reading, build_reading
from lstm_cli.data.review import Corpus, OpenedSource, Review
from lstm_cli.data.survey import Survey, Surveyor
from lstm_cli.data.tables.columns import find_label, find_text, list_present
from lstm_cli.data.tables.fasttext_table import LABEL, TEXT, FastTextTable
from lstm_cli.data.tables.forms import open_table
from lstm_cli.data.tables.table import Table, TextTable
from lstm_cli.errors import DataError

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

# The names of columns that the first release knew; the first that is there counted.
_PLAIN_TEXT, _PLAIN_LABEL = ("text", "review"), ("label", "sentiment")
_MOST_SPELLINGS = 4 * MOST_CLASSES  # a class may be spelled in several ways
_ENOUGH_ROWS = 20  # to tell labels from what is different in every row
_MOST_SHOWN = 8


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


@dataclass(frozen=True)
class FileReviews:
    """The reviews of files, read anew by every walk over them, so that no more than one is in memory.

    Attributes:
        files: which are read, one after the other.
        classes: what the labels mean.
        unknown: why a row whose label is none of theirs is left out.
        strict: whether rows that would be left out are refused.
    """

    files: tuple[LabelledTable, ...]
    classes: Classes
    unknown: str
    strict: bool = False

    def __iter__(self) -> Iterator[Review]:
        """Yield the reviews in the files' order.

        Raises:
            DataError: rows are broken, the message names the first few of them; or a file is not what it was.
        """
        for file in self.files:
            findings = Findings(str(file.path), strict=self.strict)
            yield from _iter_reviews(file, self.classes, findings, unknown=self.unknown)
            findings.check()


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
        The reviews that it loads are `FileReviews`.

    Raises:
        DataError: a file is missing, unreadable or of another kind, or its columns are not clear. Loading it
            raises another where rows are broken, none can serve, or the labels are no classes.
    """
    opened = {
        part: tuple(open_labelled(path, source, usual=usual) for path in parts.get(part, ())) for part in PARTS
    }
    return OpenedSource(
        compute_fingerprint=lambda: _build_fingerprint(opened),
        load=lambda known: _load(opened, source, name=name, known=known),
    )


def load_files(parts: Mapping[Part, Sequence[Path]], source: SourceConfig, *, name: str) -> Corpus:
    """Return the labelled reviews of files: those of `open_files`.

    Raises:
        DataError: as `open_files`, and as loading what it opens.
    """
    return open_files(parts, source, name=name).load(None)


def _load(
    parts: Mapping[Part, tuple[LabelledTable, ...]], source: SourceConfig, *, name: str, known: Classes | None
) -> Corpus:
    files = [file for part in PARTS for file in parts[part]]
    findings = Findings(str(files[0].path) if len(files) == 1 else name, strict=source.strict)
    unknown = NO_GROUP if known is None else UNKNOWN_LABEL
    given = group_classes(source.classes) if known is None and source.classes is not None else known
    classes, survey = _survey(parts, findings, given=given, unknown=unknown)
    findings.check()
    _check_survey(files[0], survey, classes, findings, is_known=known is not None)
    reviews = {part: FileReviews(parts[part], classes, unknown, source.strict) for part in PARTS if parts[part]}
    return Corpus(
        name,
        _build_fingerprint(parts),
        reviews["train"],
        reviews.get("test"),
        reviews.get("validation"),
        classes=classes,
        left_out=findings.left_out,
        reading=files[0].reading,
        survey=survey,
    )


def _build_fingerprint(parts: Mapping[Part, tuple[LabelledTable, ...]]) -> str:
    """Return one file's own fingerprint, or one of all of them and of the parts they are."""
    files = [(part, file.fingerprint) for part in PARTS for file in parts[part]]
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
        DataError: as `open_files`.
    """
    table = open_table(path, source)
    if source.strict and isinstance(table, TextTable) and table.file.broken_line is not None:
        raise DataError(
            f"{path}, line {table.file.broken_line}: expected utf-8 text, got a byte that is none of it."
        )
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


def _survey(
    parts: Mapping[Part, tuple[LabelledTable, ...]], findings: Findings, *, given: Classes | None, unknown: str
) -> tuple[Classes, Survey]:
    """Walk over all files, and find their classes on the way unless they are given."""
    surveyor = Surveyor()
    labels = _Labels()
    several = sum(map(len, parts.values())) > 1
    for part in PARTS:
        for file in parts[part]:
            if several:
                findings.begin_file(file.path.name)
            if given is None:
                for text, number in labels.iter_numbered(file, findings):
                    surveyor.add(text, number)
            else:
                for review in _iter_reviews(file, given, findings, unknown=unknown):
                    surveyor.add(review.text, review.label)
        surveyor.end_part()
    if given is not None:
        return given, surveyor.end()
    classes = find_classes(labels.counts)
    return classes, surveyor.end(places=[classes.spellings[fold_label(label)] for label in labels.counts])


class _Labels:
    """The labels of files whose classes are not known yet.

    Attributes:
        counts: how often each is there, as it is spelled.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._numbers: dict[str, int] = {}

    def iter_numbered(self, file: LabelledTable, findings: Findings) -> Iterator[tuple[str, int]]:
        """Yield each text and the number of its label among those that came before."""
        counts, numbers = self.counts, self._numbers
        for place, text, label in iter_labelled(file.table, findings, text=file.text, label=file.label):
            if not isinstance(label, str):
                findings.refuse(place, f"expected a label, got {len(label)} ({', '.join(label)})")
                continue
            if label not in numbers:
                numbers[label], counts[label] = len(numbers), 0
                if len(numbers) > _MOST_SPELLINGS:
                    raise _explain_labels(file, f"more than {MOST_CLASSES:,} different values")
            counts[label] += 1
            yield text, numbers[label]


def _iter_reviews(file: LabelledTable, classes: Classes, findings: Findings, *, unknown: str) -> Iterator[Review]:
    """Yield the reviews of a file, noting the rows that are none."""
    known: dict[Labels, tuple[int, ...]] = {}
    for place, text, labels in iter_labelled(file.table, findings, text=file.text, label=file.label):
        if labels not in known:
            each = (labels,) if isinstance(labels, str) else labels
            found = {find_class(label, classes) for label in each} - {None}
            known[labels] = tuple(label for label in found if label is not None)
        match known[labels]:
            case (label,):
                yield Review(text, label, place)
            case ():
                findings.leave_out(place, unknown)
            case several:
                findings.refuse(place, f"expected a label, got {len(several)} ({', '.join(labels)})")


def _check_survey(
    file: LabelledTable, survey: Survey, classes: Classes, findings: Findings, *, is_known: bool
) -> None:
    """Raise an error where a file holds no reviews, or labels that are no classes."""
    rows = len(survey.labels)
    if not rows:
        reasons = "; ".join(describe_left_out(findings.left_out)) or "it is empty"
        hint = f" The model knows {', '.join(classes.names)}." if is_known else ""
        raise DataError(f"{file.path}: expected reviews, found none that can serve.{hint}\n{reasons}.")
    count = len(classes.names)
    if not is_known and (count > MOST_CLASSES or (rows >= _ENOUGH_ROWS and count > rows / 2)):
        raise _explain_labels(file, f"{count:,} different values in {rows:,} rows")
    present = set(np.unique(survey.labels).tolist())
    missing = [name for place, name in enumerate(classes.names) if place not in present]
    if file.reading.classes and missing:
        raise DataError(
            f"{file.path}: no row has a label of the class {missing[0]!r} "
            f"({', '.join(file.reading.classes[missing[0]])}). {_list_labels(file)}"
        )


def _explain_labels(file: LabelledTable, found: str) -> DataError:
    return DataError(
        f"{file.path}: the column {file.label!r} holds {found}, which are no classes. Name another column with "
        "--label, or make classes of its values: --classes 'negative=1,2 positive=4,5'."
    )


def _list_labels(file: LabelledTable) -> str:
    column = next(column for column in file.table.columns if column.name == file.label)
    labels = sorted(set(column.filled))
    return f"Found {', '.join(labels[:_MOST_SHOWN])}{', …' if len(labels) > _MOST_SHOWN else ''}."
