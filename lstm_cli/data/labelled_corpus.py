"""Labelled rows, of files or held in memory → a corpus: its classes, its parts, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from lstm_cli.classes import Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.findings import NO_GROUP, UNKNOWN_LABEL, Findings, describe_left_out
from lstm_cli.data.labelled_rows import LabelledRow, LabelledRows, Labels
from lstm_cli.data.labels import MOST_CLASSES, find_class, find_common_classes, fold_label, group_classes
from lstm_cli.data.review import PARTS, Part, Review
from lstm_cli.data.survey import Survey, Surveyor
from lstm_cli.errors import DataError

_MOST_SPELLINGS = 4 * MOST_CLASSES  # a class may be spelled in several ways
_ROWS_SHOWN, _LABELS_SHOWN = 1_000, 6  # where none of the labels is known
_ENOUGH_ROWS = 20  # to tell labels from what is different in every row
_MOST_SHOWN = 8


@dataclass(frozen=True)
class RowReviews:
    """The reviews of labelled rows, read anew by every walk over them: of a file no more than one is in memory.

    Attributes:
        files: which are read, one after the other.
        classes: what the labels mean.
        unknown: why a row whose label is none of theirs is left out.
        strict: whether rows that would be left out are refused.
    """

    files: tuple[LabelledRows, ...]
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
            for row, label in _iter_known(file, self.classes, findings, unknown=self.unknown):
                yield Review(row.text, label, row.place)
            findings.check()


def load_labelled(
    parts: Mapping[Part, Sequence[LabelledRows]],
    source: SourceConfig,
    *,
    name: str,
    fingerprint: str,
    known: Classes | None = None,
) -> Corpus:
    """Return the labelled reviews of opened files, or of other rows.

    The classes are those of the part `train`; rows of the others that have none of their labels are left out, and
    a part that then has none is no part.

    Args:
        parts: the rows of each part; there is a `train`.
        source: as for `load_files`.
        name: of them all.
        fingerprint: of them all.
        known: as for `load_files`.

    Raises:
        DataError: rows are broken, none can serve, or the labels are no classes.
    """
    files = [file for part in PARTS for file in parts.get(part, ())]
    findings = Findings(str(files[0].path) if len(files) == 1 else name, strict=source.strict)
    given = group_classes(source.classes) if known is None and source.classes is not None else known
    unknown = UNKNOWN_LABEL if known is not None or given is None else NO_GROUP
    surveyor = Surveyor(is_grouped=source.group is not None)
    classes = _survey(parts, findings, surveyor, given=given, unknown=unknown)
    survey = surveyor.end()
    findings.check()
    _check_survey(files[0], survey, classes, findings, source=source, is_known=known is not None)
    reviews = {
        part: RowReviews(tuple(parts[part]), classes, unknown, source.strict)
        for part, count in zip(PARTS, survey.counts, strict=True)
        if count
    }
    first = files[0].reading
    others = [(file.path.name, file.reading.describe()) for file in files if file.reading]
    return Corpus(
        name,
        fingerprint,
        reviews["train"],
        reviews.get("test"),
        reviews.get("validation"),
        classes=classes,
        left_out=findings.left_out,
        reading=first,
        further_readings=tuple(
            f"{place}: {how}" for place, how in others if first is None or how != first.describe()
        ),
        survey=survey,
    )


def _survey(
    parts: Mapping[Part, Sequence[LabelledRows]],
    findings: Findings,
    surveyor: Surveyor,
    *,
    given: Classes | None,
    unknown: str,
) -> Classes:
    """Walk over all files, and find the classes of the first part on the way unless they are given."""
    several = sum(map(len, parts.values())) > 1
    classes = given or _survey_first(parts["train"], findings, surveyor, several=several)
    for part in PARTS:
        is_new = part != "train" or given is not None
        for file in parts.get(part, ()) if is_new else ():
            findings.begin_file(file.path.name if several else "")
            for row, label in _iter_known(file, classes, findings, unknown=unknown):
                surveyor.add(row.text, label, row.group)
        surveyor.end_part()
    return classes


def _survey_first(
    files: Sequence[LabelledRows], findings: Findings, surveyor: Surveyor, *, several: bool
) -> Classes:
    """Walk over files whose classes are not known yet, and return them."""
    labels = _Labels()
    for file in files:
        findings.begin_file(file.path.name if several else "")
        for row, number in labels.iter_numbered(file, findings):
            surveyor.add(row.text, number, row.group)
    classes = find_common_classes(labels.counts)
    surveyor.relabel([classes.spellings[fold_label(label)] for label in labels.numbers])
    return classes


class _Labels:
    """The labels of files whose classes are not known yet.

    Attributes:
        numbers: of each, as it is spelled, in the order of their first appearance.
        counts: how often each is there, file by file.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.counts: list[dict[str, int]] = []

    def iter_numbered(self, file: LabelledRows, findings: Findings) -> Iterator[tuple[LabelledRow, int]]:
        """Yield each row and the number of its label among those that came before."""
        counts: dict[str, int] = {}
        self.counts.append(counts)
        numbers = self.numbers
        for row in file.iter_labelled(findings):
            label = row.labels
            if not isinstance(label, str):
                findings.refuse(row.place, f"expected a label, got {len(label)} ({', '.join(label)})")
                continue
            if label not in numbers:
                numbers[label] = len(numbers)
                if len(numbers) > _MOST_SPELLINGS:
                    raise _explain_labels(file, f"more than {MOST_CLASSES:,} different values")
            counts[label] = counts.get(label, 0) + 1
            yield row, numbers[label]


def _iter_known(
    file: LabelledRows, classes: Classes, findings: Findings, *, unknown: str
) -> Iterator[tuple[LabelledRow, int]]:
    """Yield the rows of a file that are of one class, and its place, noting the others."""
    known: dict[Labels, tuple[int, ...]] = {}
    for row in file.iter_labelled(findings):
        labels = row.labels
        if labels not in known:
            each = (labels,) if isinstance(labels, str) else labels
            found = {find_class(label, classes) for label in each} - {None}
            known[labels] = tuple(label for label in found if label is not None)
        match known[labels]:
            case (label,):
                yield row, label
            case ():
                findings.leave_out(row.place, unknown)
            case several:
                findings.refuse(row.place, f"expected a label, got {len(several)} ({', '.join(labels)})")


def _list_first_labels(file: LabelledRows) -> list[str]:
    """Return some of a file's labels, as they are spelled."""
    rows = islice(file.iter_labelled(Findings(file.path.name)), _ROWS_SHOWN)
    spelled = {
        label: None for row in rows for label in ((row.labels,) if isinstance(row.labels, str) else row.labels)
    }
    return list(spelled)[:_LABELS_SHOWN]


def _check_survey(
    file: LabelledRows,
    survey: Survey,
    classes: Classes,
    findings: Findings,
    *,
    source: SourceConfig,
    is_known: bool,
) -> None:
    """Raise an error where there are no reviews to learn from, or labels that are no classes."""
    rows = survey.counts[0]
    if not rows:
        reasons = "; ".join(describe_left_out(findings.left_out)) or "it is empty"
        hint = f" The model knows {', '.join(classes.names)}." if is_known else ""
        if labels := _list_first_labels(file):
            hint += f" Its labels are {', '.join(map(repr, labels))}."
        raise DataError(f"{file.path}: expected reviews, found none that can serve.{hint}\n{reasons}.")
    count = len(classes.names)
    if not is_known and (count > MOST_CLASSES or (rows >= _ENOUGH_ROWS and count > rows / 2)):
        raise _explain_labels(file, f"{count:,} different values in {rows:,} rows")
    present = set(np.unique(survey.labels).tolist())
    missing = [name for place, name in enumerate(classes.names) if place not in present]
    if source.classes and not is_known and missing:
        raise DataError(
            f"{file.path}: no row has a label of the class {missing[0]!r} "
            f"({', '.join(source.classes[missing[0]])}). {_list_labels(file)}"
        )


def _explain_labels(file: LabelledRows, found: str) -> DataError:
    return DataError(
        f"{file.path}: the column {file.label!r} holds {found}, which are no classes. Name another column with "
        "--label, or make classes of its values: --classes 'negative=1,2 positive=4,5'."
    )


def _list_labels(file: LabelledRows) -> str:
    labels = sorted(file.labels)
    return f"Found {', '.join(labels[:_MOST_SHOWN])}{', …' if len(labels) > _MOST_SHOWN else ''}."
