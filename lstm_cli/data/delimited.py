"""Reviews in a user's own file: `.csv`, `.tsv`, `.jsonl`, and `.txt` for texts without labels."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import reprlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.data.review import MAX_TEXT_LENGTH, Corpus, Review
from lstm_cli.data.text_file import check_size, compute_sha256, iter_lines
from lstm_cli.errors import DataError

TEXT_COLUMNS = ("text", "review")
LABEL_COLUMNS = ("label", "sentiment")

SUFFIXES = (".csv", ".tsv", ".jsonl")

_LABELS = {"0": 0, "neg": 0, "negative": 0, "1": 1, "pos": 1, "positive": 1}

# JSON's escapes can name half a character (an emoji cut in two), which no file could be written with.
_SURROGATE = re.compile("[\ud800-\udfff]")

# A row: the line it begins on, and its fields in the order of the columns asked for.
_Row = tuple[int, Sequence[object]]
_Columns = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class DelimitedReviews:
    """The reviews of a file, read anew by every walk over them, so that no more than one is in memory.

    Attributes:
        path: the file.
        fingerprint: SHA-256 (hexadecimal) of the content that every walk must meet.
    """

    path: Path
    fingerprint: str

    def __iter__(self) -> Iterator[Review]:
        """Yield the reviews in the file's order.

        Raises:
            DataError: a row is broken, the message names its line; or the file is not what it was.
        """
        content = hashlib.sha256()
        for line, (text, label) in _iter_rows(self.path, (TEXT_COLUMNS, LABEL_COLUMNS), content=content):
            yield Review(_check_text(text, self.path, line), _parse_label(label, self.path, line))
        if content.hexdigest() != self.fingerprint:
            raise DataError(f"{self.path} changed while it was read. Wait until it is whole and try again.")


def load_delimited(path: Path) -> Corpus:
    """Return the labelled reviews of a `.csv`, `.tsv` or `.jsonl` file of any size.

    The columns are `text` or `review` and `label` or `sentiment` in any case and order, beside any others. A
    label is 0, neg or negative, or 1, pos or positive, in any case. CSV and TSV quote a field as Excel does:
    it begins with `"`, and a `"` inside it is doubled. JSONL holds one JSON object a line.

    Args:
        path: UTF-8 text, with or without a byte order mark.

    Returns:
        Its reviews are `DelimitedReviews`: a file that is empty or has a broken row is refused when they are
        walked over.

    Raises:
        DataError: the file is missing, unreadable or of another kind.
    """
    _check_suffix(path, SUFFIXES)
    fingerprint = compute_sha256(path)
    return Corpus(path.name, fingerprint, DelimitedReviews(path, fingerprint))


def compute_delimited_fingerprint(path: Path) -> str:
    """Return the fingerprint of `load_delimited(path)` without parsing the file.

    Raises:
        DataError: the file is missing or unreadable.
    """
    return compute_sha256(path)


def load_texts(path: Path) -> tuple[str, ...]:
    """Return the texts of a file, whether it has labels or not.

    Args:
        path: a `.txt` file with one review a line (blank lines are left out), or a `.csv`, `.tsv` or `.jsonl`
            file as `load_delimited` reads it, of which only the text column is looked at.

    Raises:
        DataError: the file is missing, unreadable, too large to be held, empty or of another kind, or a row of
            it is broken; the message names the line.
    """
    _check_suffix(path, (".txt", *SUFFIXES))
    check_size(path)
    rows = _iter_rows(path, (TEXT_COLUMNS,), content=hashlib.sha256())
    return tuple(_check_text(text, path, line) for line, (text,) in rows)


def _check_suffix(path: Path, expected: tuple[str, ...]) -> None:
    if path.suffix.lower() not in expected:
        raise DataError(f"{path}: expected a file that ends in {', '.join(expected)}.")


def _iter_rows(path: Path, columns: _Columns, *, content: hashlib._Hash) -> Iterator[_Row]:
    """Yield the rows of a file, at least one; its bytes go into `content`."""
    suffix = path.suffix.lower()
    # csv sees the ends of lines as they are, for they may stand inside a field. Not str.splitlines, which also
    # splits at U+0085 and U+2028: they stand inside reviews.
    lines = iter_lines(path, newline="" if suffix in (".csv", ".tsv") else None, content=content)
    match suffix:
        case ".csv":
            rows: Iterator[_Row] = _iter_separated(lines, path, columns, delimiter=",")
        case ".tsv":
            rows = _iter_separated(lines, path, columns, delimiter="\t")
        case ".jsonl":
            rows = _iter_jsonl(lines, path, columns)
        case _:
            rows = _iter_plain(lines)
    empty = True
    for row in rows:
        empty = False
        yield row
    if empty:
        raise DataError(f"{path} is empty. Expected reviews in it.")


def _iter_separated(lines: Iterator[str], path: Path, columns: _Columns, *, delimiter: str) -> Iterator[_Row]:
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] = []
    positions: list[int] = []
    empty = True
    line = 1
    try:
        with _raise_field_limit():
            for row in rows:
                if not header and any(field.strip() for field in row):
                    header = [name.strip().lower() for name in row]
                    positions = [header.index(_find_column(header, names, path, line)) for names in columns]
                elif header and row:
                    if len(row) != len(header):
                        raise DataError(
                            f"{path}, line {line}: expected {len(header)} fields as in the header, "
                            f'got {len(row)}. A text that holds the separator must stand between " and ".'
                        )
                    empty = False
                    yield line, [row[position] for position in positions]
                line = rows.line_num + 1
    except csv.Error as error:
        raise DataError(
            f'{path}, line {line}: the row that begins here is broken ({error}). A field that begins with " '
            'must end with one, and a " inside it is doubled.'
        ) from error
    if header and empty:
        raise DataError(f"{path} has a header but no reviews. Expected at least one row below it.")


def _iter_jsonl(lines: Iterator[str], path: Path, columns: _Columns) -> Iterator[_Row]:
    for line, (source,) in _iter_plain(lines):
        try:
            value = json.loads(source)
        except json.JSONDecodeError as error:
            raise DataError(
                f"{path}, line {line}: expected a JSON object, got broken JSON "
                f"({error.msg} at column {error.colno})."
            ) from error
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, endless nesting
            raise DataError(f"{path}, line {line}: expected a review, got JSON past all bounds.") from error
        if not isinstance(value, dict):
            raise DataError(f"{path}, line {line}: expected a JSON object, got {reprlib.repr(value)}.")
        fields = {name.strip().lower(): field for name, field in value.items()}
        yield line, [fields[_find_column(list(fields), names, path, line)] for names in columns]


def _iter_plain(lines: Iterator[str]) -> Iterator[tuple[int, tuple[str]]]:
    """Yield the lines that are not blank, each with its number."""
    for line, source in enumerate(lines, start=1):
        if source.strip():
            yield line, (source.rstrip("\n"),)


@contextmanager
def _raise_field_limit() -> Iterator[None]:
    """Let `csv` read fields as long as a review may be; its own limit is 131,072 characters."""
    limit = csv.field_size_limit(MAX_TEXT_LENGTH)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _find_column(header: list[str], names: tuple[str, ...], path: Path, line: int) -> str:
    """Return the first of `names` that `header` holds."""
    for name in names:
        if name in header:
            return name
    found = ", ".join(header)[:60] or "none"
    message = f"{path}, line {line}: expected a column {' or '.join(names)}, found {found}."
    if names == LABEL_COLUMNS:
        message += " To classify texts without labels use lstm-predict -f."
    raise DataError(message)


def _check_text(text: object, path: Path, line: int) -> str:
    """Return `text` if it is a string of bearable length."""
    if not isinstance(text, str):
        raise DataError(f"{path}, line {line}: expected the text as a string, got {reprlib.repr(text)}.")
    if len(text) > MAX_TEXT_LENGTH:
        raise DataError(
            f"{path}, line {line}: expected at most {MAX_TEXT_LENGTH:,} characters, got {len(text):,}."
        )
    return _SURROGATE.sub("\ufffd", text)


def _parse_label(label: object, path: Path, line: int) -> int:
    """Return 0 or 1 for a label in any of its spellings."""
    if label is None or label == "":
        raise DataError(f"{path}, line {line}: the label is missing. Expected 0 or 1, neg or pos.")
    spelling = str(label).strip().lower()  # a JSON true is "true", and no label
    if isinstance(label, str | int) and spelling in _LABELS:
        return _LABELS[spelling]
    raise DataError(
        f"{path}, line {line}: expected the label {', '.join(_LABELS)}, got {reprlib.repr(label)}. "
        "Two classes are supported."
    )
