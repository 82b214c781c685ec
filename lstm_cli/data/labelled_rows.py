"""The rows of a table that have a text and a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from lstm_cli.config import show_value
from lstm_cli.data.findings import NO_LABEL, NO_TEXT, Findings
from lstm_cli.data.labels import fold_label, is_missing
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import MAX_TEXT_LENGTH, Place
from lstm_cli.data.tables.table import BrokenRow, Table

Labels = str | tuple[str, ...]  # several on one line, which fastText allows

# JSON's escapes can name half a character (an emoji cut in two), which no file could be written with.
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_MISSING = 12  # characters of whatever stands for no text


class LabelledRow(NamedTuple):
    """A row with a text and a label.

    Attributes:
        place: where it stands.
        text: its text.
        labels: its label as it is spelled, or several.
        group: what it shares with the rows of one film, author or thread; empty where it is a group of its own.
    """

    place: Place
    text: str
    labels: Labels
    group: str = ""


class LabelledRows(Protocol):
    """Rows that have a text and a label, wherever they come from.

    Attributes:
        path: where they lie, or their name.
        label: what holds the labels.
        labels: some of them, as they are spelled.
        reading: how they are read; None where that is no question.
    """

    @property
    def path(self) -> Path:
        """See above."""
        ...

    @property
    def label(self) -> str:
        """See above."""
        ...

    @property
    def labels(self) -> frozenset[str]:
        """See above."""
        ...

    @property
    def reading(self) -> Reading | None:
        """See above."""
        ...

    def iter_labelled(self, findings: Findings) -> Iterator[LabelledRow]:
        """Yield the rows that have a text and a label; the others are noted."""
        ...


def iter_labelled(
    table: Table, findings: Findings, *, text: Sequence[str], label: str, group: str | None = None
) -> Iterator[LabelledRow]:
    """Yield the rows that have a text and a label; the others are noted.

    Args:
        table: whose rows they are.
        findings: is told of the others.
        text: the columns of the text, which are joined.
        label: the column of the label.
        group: the column of the group; None where none is asked for.
    """
    names = [*text, label] if group is None else [*text, label, group]
    for place, row in table.iter_rows(names, label=label, group=group):
        if isinstance(row, BrokenRow):
            findings.refuse(place, row.reason)
            continue
        try:
            joined = join_text(row[: len(text)])
            spelled = spell_label(row[len(text)])
            shared = "" if group is None else _spell_group(row[-1])
        except ValueError as error:
            findings.refuse(place, str(error))
            continue
        if joined is None:
            findings.leave_out(place, NO_TEXT)
        elif spelled is None:
            findings.leave_out(place, NO_LABEL)
        else:
            yield LabelledRow(place, joined, spelled, shared)


def join_text(values: Sequence[object]) -> str | None:
    """Return a row's text, joined of what stands in its columns; None where nothing does.

    Raises:
        ValueError: a value is no text, or longer than a review may be.
    """
    texts = [text for text in map(_read_text, values) if text is not None]
    if not texts:
        return None
    text = texts[0] if len(texts) == 1 else " ".join(texts)
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueError(f"expected at most {MAX_TEXT_LENGTH:,} characters, got {len(text):,}")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _read_text(value: object) -> str | None:
    if isinstance(value, str):
        # Only what is short can stand for nothing.
        nothing = is_missing(value) if len(value) <= _LONGEST_MISSING else value.isspace()
        return None if nothing else value
    if is_missing(value):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"expected the text as a string, got {show_value(value)}")


def spell_label(value: object) -> Labels | None:
    """Return a row's label as it is spelled; None where there is none.

    Raises:
        ValueError: it is nothing that labels are.
    """
    if isinstance(value, str | tuple):
        return None if isinstance(value, str) and is_missing(value) else value
    if is_missing(value):
        return None
    if isinstance(value, int | float):
        return str(value)
    raise ValueError(f"expected a label, got {show_value(value)}")


def _spell_group(value: object) -> str:
    """Return a group in the one spelling of its kind, as of labels: rows of `Up ` and `UP` are of one film."""
    if isinstance(value, Mapping | list | tuple):
        raise ValueError(f"expected a group, got {show_value(value)}")  # noqa: TRY004 - of the file, not the code
    return "" if is_missing(value) else fold_label(value)
