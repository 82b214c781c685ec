"""Which columns hold the text and the label: by what the user says, by their names, by what stands in them."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from lstm_cli.data.labels import USUAL_LABELS, fold_label, is_missing
from lstm_cli.data.tables.column_names import LABEL_RANKS, TEXT_RANKS, is_column_name, rank_name
from lstm_cli.errors import DataError, suggest_nearest

_NUMBER = re.compile(r"[-+−]?\d+(?:[.,]\d+)*%?")
_MOST_TITLES = 5  # rows above the header that say what the table is
_MOST_SHOWN, _LONGEST_SHOWN = 8, 30
_MOST_LABELS = 50  # distinct values of a column that is taken for the labels without a name that says so
_LONGEST_LABEL = 40  # characters
_WORDS_OF_TEXT = 3


def is_number(cell: str) -> bool:
    """Return whether a number stands in a cell, as people write it: `-2.5`, `1,234`, `50%`."""
    return _NUMBER.fullmatch(cell.strip()) is not None


@dataclass(frozen=True)
class Column:
    """A column of a table, as a sample of its rows shows it.

    Attributes:
        name: as its header has it, or its number from 1.
        values: of the first rows.
        spread: of some rows from all over the table, pieces of others among them.
    """

    name: str
    values: tuple[object, ...]
    spread: tuple[object, ...] = ()

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """The values that are there, as text."""
        return tuple(str(value).strip() for value in self.values if not is_missing(value))

    @cached_property
    def labels(self) -> frozenset[str]:
        """The values as labels, and what returns further on: a file may be sorted by them."""
        counts = Counter(fold_label(value) for value in self.spread if not is_missing(value))
        return frozenset(map(fold_label, self.filled)) | {label for label, count in counts.items() if count > 1}

    @property
    def is_numeric(self) -> bool:
        """Whether most values are numbers."""
        return sum(map(is_number, self.filled)) > 0.5 * len(self.filled)

    @property
    def length(self) -> float:
        """Characters of a value, on average."""
        return statistics.fmean(map(len, self.filled)) if self.filled else 0.0

    @property
    def may_be_text(self) -> bool:
        """Whether people may have written what stands here: no numbers, no few words again and again."""
        if not self.filled or self.is_numeric:
            return False
        repeats = len(self.filled) >= 3 * len(self.labels) and len(self.filled) >= 6
        words = statistics.fmean(len(value.split()) for value in self.filled)
        return not repeats or words >= _WORDS_OF_TEXT or self.length > _LONGEST_LABEL

    @property
    def may_be_label(self) -> bool:
        """Whether a few values return, each short."""
        few = len(self.labels) <= min(_MOST_LABELS, max(2, len(self.filled) // 2))
        return bool(self.filled) and few and max(map(len, self.filled)) <= _LONGEST_LABEL

    @property
    def holds_usual_labels(self) -> bool:
        """Whether most values are what labels are written as."""
        return len(self.labels & USUAL_LABELS) > len(self.labels) / 2


def find_text(
    columns: Sequence[Column], *, named: Sequence[str], has_header: bool, group: str | None = None, path: Path
) -> tuple[str, ...]:
    """Return the names of the columns that hold the text.

    Args:
        columns: of the table.
        named: what the user says; empty where it is to be found.
        has_header: whether the columns have names; else they are numbered.
        group: the column of what keeps rows together, which is not guessed to be the text.
        path: for the errors.

    Raises:
        DataError: there is none, or two could be meant; the message names them and the option.
    """
    if named:
        return tuple(
            _find_named(columns, name, option="--text", has_header=has_header, path=path) for name in named
        )
    columns = [column for column in columns if column.name != group]
    found = _find_by_name(columns, TEXT_RANKS, is_fit=lambda column: column.may_be_text, what="text", path=path)
    if found is not None:
        return (found.name,)
    ranked = sorted((column for column in columns if column.may_be_text), key=lambda column: -column.length)
    if not ranked:
        raise DataError(
            f"{path}: expected a column of texts, found {list_names(columns)}. Name it with --text COLUMN."
        )
    # A title beside the text, or a name, is much shorter than it.
    if len(ranked) > 1 and ranked[0].length < 2 * ranked[1].length:
        raise _explain_two(ranked, what="text", path=path)
    return (ranked[0].name,)


def find_label(
    columns: Sequence[Column],
    *,
    named: str | None,
    has_header: bool,
    text: Sequence[str],
    group: str | None = None,
    path: Path,
) -> str:
    """Return the name of the column that holds the labels.

    Args:
        columns: of the table.
        named: what the user says; None where it is to be found.
        has_header: as for `find_text`.
        text: the columns of the text, none of which is it.
        group: the column of what keeps rows together, which is not guessed to be it.
        path: for the errors.

    Raises:
        DataError: as for `find_text`.
    """
    if named is not None:
        return _find_named(columns, named, option="--label", has_header=has_header, path=path)
    others = [column for column in columns if column.name not in (*text, group)]
    # What never changes tells nothing, unless nothing else could be meant.
    changing = [column for column in others if len(column.labels) > 1] or others
    found = _find_by_name(
        changing, LABEL_RANKS, is_fit=lambda column: column.may_be_label, what="label", path=path
    )
    if found is None and len(changing) < len(others):
        found = _find_by_name(
            others, LABEL_RANKS, is_fit=lambda column: column.may_be_label, what="label", path=path
        )
    if found is not None:
        return found.name
    fit = [column for column in changing if column.may_be_label]
    best = [column for column in fit if column.holds_usual_labels] or fit
    if not best:
        raise DataError(
            f"{path}: expected a column of labels, found {list_names(columns)}. Name it with --label COLUMN; "
            "texts without labels are for lstm-predict -f."
        )
    if len(best) > 1:
        raise _explain_two(best, what="label", path=path)
    return best[0].name


def find_group(columns: Sequence[Column], *, named: str, has_header: bool, path: Path) -> str:
    """Return the name of the column that the user names for what keeps rows together.

    Raises:
        DataError: there is none of this name.
    """
    return _find_named(columns, named, option="--group", has_header=has_header, path=path)


def explain_no_groups(place: str, form: str) -> DataError:
    """Return the error of reviews without columns whose rows are to be kept together.

    Args:
        place: where they lie.
        form: what they are, in a word or two.
    """
    return DataError(f"{place}: {form} have no column to keep rows together by. Leave out --group (data.group).")


def list_present(columns: Sequence[Column], names: Sequence[str]) -> tuple[str, ...]:
    """Return the names if there are columns of all of them, else none."""
    return tuple(names) if set(names) <= {column.name for column in columns} else ()


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return which of the first rows names the columns; None where none does.

    It is the first, or the first below titles, which fill one cell of a row. Names that people use settle it; else
    whether it looks like the rows below: numbers under a word, labels under what is none of them, long texts under
    a short one.
    """
    place = 0
    if max(map(len, rows)) > 1:
        titles = (sum(1 for cell in row if cell.strip()) == 1 for row in rows[:_MOST_TITLES])
        place = sum(takewhile(bool, titles))
    if 0 < place < len(rows) and any(map(is_column_name, rows[place])):
        return place
    return 0 if _is_header(rows[0], rows[1:]) else None


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    others = [row for row in rest if row != first]  # files put one behind the other repeat their header
    below = [[row[place] for row in others if place < len(row)] for place in range(len(first))]
    for cell, values in zip(first, below, strict=True):
        if is_column_name(cell) and cell not in values:
            return True
    given = [cell for cell in first if cell.strip()]
    if len(given) > 1 and given == [str(number) for number in range(len(given))]:
        return True  # pandas numbers the columns that have no name
    return sum(map(_weigh_header, first, below)) > 0


def list_names(columns: Sequence[Column]) -> str:
    """Return the columns' names for a message, none of them cut but the long ones."""
    names = [column.name for column in columns[:_MOST_SHOWN]]
    shown = [name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…" for name in names]
    more = f" and {len(columns) - _MOST_SHOWN} more" if len(columns) > _MOST_SHOWN else ""
    return (", ".join(repr(name) for name in shown) or "none") + more


def _weigh_header(cell: str, values: Sequence[str]) -> float:
    """Return how much a column speaks for its first cell being a name; below 0 against it."""
    column = Column("", tuple(values))
    if not column.filled or is_missing(cell):
        return 0.0
    if column.is_numeric:
        return -1.0 if is_number(cell) else 1.0
    if column.may_be_label and len(column.filled) >= 2 * len(column.labels):
        return -1.0 if fold_label(cell) in column.labels else 1.0
    return 0.5 if len(cell) < column.length / 3 else -0.5


def _find_named(columns: Sequence[Column], name: str, *, option: str, has_header: bool, path: Path) -> str:
    names = [column.name for column in columns]
    folded = {found.strip().casefold(): found for found in reversed(names)}
    if name in names:
        return name
    if name.strip().casefold() in folded:
        return folded[name.strip().casefold()]
    if has_header:
        raise DataError(
            f"{path} has no column {name!r} ({option}).{suggest_nearest(name, names)} Found {list_names(columns)}."
        )
    raise DataError(
        f"{path} has no header: {option} takes a column's number from 1 to {len(names)}, not {name!r}."
    )


def _find_by_name(
    columns: Sequence[Column],
    ranks: Mapping[str, int],
    *,
    is_fit: Callable[[Column], bool],
    what: str,
    path: Path,
) -> Column | None:
    """Return the column whose name fits best; None where none does."""
    ranked: dict[int, list[Column]] = {}
    for column in columns:
        rank = rank_name(column.name, ranks)
        if rank is not None:
            ranked.setdefault(rank, []).append(column)
    for rank in sorted(ranked):
        fit = [column for column in ranked[rank] if is_fit(column)]
        if len(fit) > 1:
            raise _explain_two(fit, what=what, path=path)
        if fit:
            return fit[0]
    # Nothing looks like it: a name that says just this is believed all the same.
    exact = min(ranked, default=None)
    return ranked[exact][0] if exact is not None and exact <= max(ranks.values()) else None


def _explain_two(columns: Sequence[Column], *, what: str, path: Path) -> DataError:
    first, second = columns[0].name, columns[1].name
    return DataError(
        f"{path}: the {what} could stand in the column {first!r} or in {second!r}. Say in which: "
        f"--{what} {first!r} or --{what} {second!r}."
    )
