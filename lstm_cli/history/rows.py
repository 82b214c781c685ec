"""The rows of a table → the epochs that they are of, each once and in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

_LATEST_EPOCH = 10**9

Report = Callable[[str], None]


def are_apart(first: Sequence[float], second: Sequence[float]) -> bool:
    """Return whether nowhere both have a value."""
    return all(math.isnan(one) or math.isnan(other) for one, other in zip(first, second, strict=True))


def join(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Return the second's values, and the first's where that has gaps."""
    return [one if math.isnan(other) else other for one, other in zip(first, second, strict=True)]


def number_rows(cells: Sequence[float | None] | None, *, rows: int, path: str, report: Report) -> Sequence[int]:
    """Return the number of every row's epoch, the first of a training being 1.

    Keras and pandas count from 0. What begins with its own step (1, 2, 3; 5, 10, 15) counts from 1. Where the
    cells are no whole numbers, or all the same, the rows are counted.
    """
    if cells is None:
        return range(1, rows + 1)
    numbers = [int(cell) for cell in cells if cell is not None and 0 <= cell <= _LATEST_EPOCH]
    if len(numbers) < rows or numbers != cells:
        report(f"{path}: its epochs are no whole numbers; its rows are counted instead.")
        return range(1, rows + 1)
    different = sorted(set(numbers))
    if len(different) == 1 < rows:
        report(f"{path}: every row is of epoch {numbers[0]}; its rows are counted instead.")
        return range(1, rows + 1)
    step = min((late - early for early, late in pairwise(different)), default=1)
    shift = 0 if different[0] == step else 1
    return [number + shift for number in numbers[:rows]]


def order_rows(
    values: Sequence[tuple[float, ...]], numbers: Sequence[int], *, path: str, report: Report
) -> dict[int, tuple[float, ...]]:
    """Return the rows by their epochs' numbers, ascending, an epoch once.

    Rows of different epochs may stand in any order. Where the numbers start again, as where a training is appended
    to the log of an earlier one, the later rows replace what stood from there on. Rows of one epoch behind each
    other complete one another, as where a training and its validation are logged in turn.
    """
    rows = list(zip(numbers, values, strict=True))
    if len(set(numbers)) == len(rows):
        return dict(sorted(rows))
    kept: dict[int, tuple[float, ...]] = {}
    is_replaced = False
    for number, row in rows:
        if kept and next(reversed(kept)) > number:
            is_replaced = True
            while kept and next(reversed(kept)) >= number:
                kept.popitem()
        before = kept.get(number, (math.nan,) * len(row))
        is_replaced |= not are_apart(before, row)
        kept[number] = tuple(join(before, row))
    if is_replaced:
        report(
            f"{path}: epochs come more than once, as where a new training is appended to an earlier one;"
            f" of {len(rows)} rows the last {len(kept)} that follow each other are drawn,"
            f" epochs {min(kept)} to {max(kept)}."
        )
    return kept
