"""The rows of a table that have a text and a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lstm_cli.config import show_value
from lstm_cli.data.findings import NO_LABEL, NO_TEXT, Findings
from lstm_cli.data.labels import is_missing
from lstm_cli.data.review import MAX_TEXT_LENGTH, Place
from lstm_cli.data.tables.table import BrokenRow, Table

Labels = str | tuple[str, ...]  # several on one line, which fastText allows

# JSON's escapes can name half a character (an emoji cut in two), which no file could be written with.
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_MISSING = 12  # characters of whatever stands for no text


def iter_labelled(
    table: Table, findings: Findings, *, text: Sequence[str], label: str
) -> Iterator[tuple[Place, str, Labels]]:
    """Yield the place, the text and the label of each row that has both; the others are noted.

    Args:
        table: whose rows they are.
        findings: is told of the others.
        text: the columns of the text, which are joined.
        label: the column of the label.
    """
    for place, row in table.iter_rows([*text, label], label=label):
        if isinstance(row, BrokenRow):
            findings.refuse(place, row.reason)
            continue
        *texts, given = row
        try:
            joined = join_text(texts)
            spelled = spell_label(given)
        except ValueError as error:
            findings.refuse(place, str(error))
            continue
        if joined is None:
            findings.leave_out(place, NO_TEXT)
        elif spelled is None:
            findings.leave_out(place, NO_LABEL)
        else:
            yield place, joined, spelled


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
