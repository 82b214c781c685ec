"""Tables whose figures are never cut, however narrow the terminal and long the names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# A name may take so many lines of its column; of fewer characters no column is made.
_MOST_LINES = 3
_NARROWEST = 8


@dataclass(frozen=True)
class Grid:
    """A table before anything is known of the terminal.

    Attributes:
        titles: of the columns; a line end begins another line.
        rows: a cell a column.
        texts: how many columns from the left hold words, which may be wrapped, one at least; the others hold
            figures.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1


@dataclass(frozen=True)
class ClassRow:
    """What an evaluation says of one class, as it is printed.

    Attributes:
        name: the class's.
        figures: by their titles, such as `precision` and `reviews`.
        predicted: how many of its reviews were taken for each class, in the order of the rows.
    """

    name: str
    figures: dict[str, str]
    predicted: Sequence[int]


def print_grid(console: Console, grid: Grid) -> None:
    """Print a table as it fits: whole, with numbers in place of long names, or a line for each figure."""
    names = list(dict.fromkeys(cell for row in grid.rows for cell in row[: grid.texts]))
    numbers = {name: str(number) for number, name in enumerate(names, start=1)}
    rows = [[*(numbers[cell] for cell in row[: grid.texts]), *row[grid.texts :]] for row in grid.rows]
    numbered = replace(grid, rows=rows)
    if fits(console, grid):
        _print_table(console, grid)
    elif fits(console, numbered):
        _print_table(console, numbered)
        for name, number in numbers.items():
            console.print(f"{number}  {_join_lines(name)}", soft_wrap=True)
    else:
        for row in grid.rows:
            console.print(", ".join(map(_join_lines, row[: grid.texts])), soft_wrap=True)
            for title, figure in zip(grid.titles[grid.texts :], row[grid.texts :], strict=True):
                console.print(f"  {_join_lines(title)} {_join_lines(figure)}", soft_wrap=True)


def print_classes(console: Console, rows: Sequence[ClassRow], *, place: str) -> None:
    """Print the figures of the classes, and of which class each was taken for as much as the terminal is wide.

    Args:
        console: where.
        rows: one a class.
        place: where the confusion matrix stands, for where it does not fit.
    """
    names = [row.name for row in rows]
    titles = ["class", *rows[0].figures]
    scores = [[row.name, *row.figures.values()] for row in rows]
    counts = [[f"{count:,}" for count in row.predicted] for row in rows]
    whole = Grid(
        [*titles, *(f"predicted\n{name}" for name in names)],
        [[*row, *more] for row, more in zip(scores, counts, strict=True)],
    )
    if fits(console, whole):
        _print_table(console, whole)
        return
    print_grid(console, Grid(titles, scores))
    console.print()
    numbers = [str(number) for number in range(1, len(rows) + 1)]
    by_name = Grid(["taken for", *names], [[name, *row] for name, row in zip(names, counts, strict=True)])
    numbered = [[f"{number} {name}", *row] for number, name, row in zip(numbers, names, counts, strict=True)]
    matrices = (by_name, Grid(["taken for", *numbers], numbered))
    matrix = next((grid for grid in matrices if fits(console, grid)), None)
    if matrix is None:
        console.print(f"Which class was taken for which does not fit here, with {len(rows)} of them: {place}.")
    else:
        _print_table(console, matrix)


def fits(console: Console, grid: Grid) -> bool:
    """Return whether a table fits into the console's width, its names in a few lines, words and figures whole."""
    from rich.cells import cell_len

    widths = _measure(grid)
    names, room = widths[: grid.texts], console.width - sum(widths[grid.texts :]) - (len(widths) - 1)
    if sum(names) <= room:
        return True
    share = room // grid.texts
    words = (word for row in grid.rows for cell in row[: grid.texts] for word in cell.split())
    longest = max(map(cell_len, words), default=0)
    return share >= max(_NARROWEST, longest) and max(names) <= _MOST_LINES * share


def _measure(grid: Grid) -> list[int]:
    """Return the widest line of each column."""
    from rich.cells import cell_len

    return [
        max(cell_len(line) for cell in column for line in cell.split("\n"))
        for column in zip(grid.titles, *grid.rows, strict=True)
    ]


def _print_table(console: Console, grid: Grid) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    for index, title in enumerate(grid.titles):
        if index < grid.texts:
            table.add_column(title, overflow="fold")
        else:
            table.add_column(title, justify="right", no_wrap=True)
    for row in grid.rows:
        table.add_row(*row)
    console.print(table)


def _join_lines(text: str) -> str:
    return " ".join(text.split())
