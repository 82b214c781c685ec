"""Tables: every figure whole, whatever the width of the terminal, the length of the names and their number."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lstm_cli.cli.grids import ClassRow, Grid, fits, print_classes, print_grid

NAMES = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=90).filter(str.strip)


def print_at(width, function, *arguments, **options):
    file = io.StringIO()
    function(Console(file=file, width=width, markup=False, emoji=False, highlight=False), *arguments, **options)
    return file.getvalue()


def build_rows(names):
    figures = {"precision": 0.1, "recall": 0.2, "f1": 0.3}
    return [
        ClassRow(
            name,
            {key: f"{value + number / 10_000:.4f}" for key, value in figures.items()} | {"reviews": f"{number}21"},
            [1000 * number + other for other in range(len(names))],
        )
        for number, name in enumerate(names, start=1)
    ]


@given(names=st.lists(NAMES, min_size=2, max_size=14, unique=True), width=st.integers(16, 200))
def test_no_figure_of_a_class_is_cut(names, width):
    rows = build_rows(names)
    words = print_at(width, print_classes, rows, place="metrics.json").split()
    for row in rows:
        assert set(row.figures.values()) <= set(words)
    counts = {f"{count:,}" for row in rows for count in row.predicted}
    assert counts <= set(words) or "metrics.json." in words


@pytest.mark.parametrize(("width", "tables"), [(100, 1), (61, 1), (60, 1), (50, 2), (40, 2)])
def test_two_classes_are_a_table_or_two(width, tables):
    shown = print_at(width, print_classes, build_rows(["negative", "positive"]), place="there")
    assert sum(set(line.strip()) == {"─"} for line in shown.splitlines()) == tables
    assert max(map(len, shown.splitlines())) <= width
    assert "there" not in shown


def test_classes_with_long_names_have_numbers_over_what_was_taken_for_them():
    shown = print_at(44, print_classes, build_rows(["a rather long name", "negative", "positive"]), place="there")
    assert shown.partition("\n\n")[2] == (
        "taken for                1     2     3\n"
        "──────────────────────────────────────\n"
        "1 a rather long name 1,000 1,001 1,002\n"
        "2 negative           2,000 2,001 2,002\n"
        "3 positive           3,000 3,001 3,002\n"
    )


def test_more_classes_than_fit_say_where_their_matrix_is():
    shown = print_at(60, print_classes, build_rows([f"class {number}" for number in range(12)]), place="in there")
    assert "with 12 of them: in there." in " ".join(shown.split())


@given(
    names=st.lists(NAMES, min_size=1, max_size=5, unique=True),
    width=st.integers(16, 200),
    texts=st.integers(1, 2),
    figures=st.integers(1, 10),
)
def test_no_figure_of_any_table_is_cut_and_no_name_lost(names, width, texts, figures):
    grid = Grid(
        [*["name"] * texts, *(f"long\ntitle{number}" for number in range(figures))],
        [[*[name] * texts, *(f"0.{row}{place:03}" for place in range(figures))] for row, name in enumerate(names)],
        texts=texts,
    )
    shown = print_at(width, print_grid, grid)
    assert {cell for row in grid.rows for cell in row[texts:]} <= set(shown.split())
    squeezed = "".join(shown.split())
    if texts == 1 and "".join(names[0].split()) not in squeezed:  # wrapped beside its figures
        assert len(shown.splitlines()) <= 3 + 3 * len(names) * 2


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (
            19,
            "       valid. s per\n"
            "model    acc. epoch\n"
            "───────────────────\n"
            "gru       0.5   1.0\n"
            "a-long  12.25  10.0\n"
            "lstm\n",
        ),
        (
            18,
            "      valid. s per\n"
            "model   acc. epoch\n"
            "──────────────────\n"
            "1        0.5   1.0\n"
            "2      12.25  10.0\n"
            "1  gru\n"
            "2  a-long lstm\n",
        ),
        (
            10,
            "gru\n  valid. acc. 0.5\n  s per epoch 1.0\na-long lstm\n  valid. acc. 12.25\n  s per epoch 10.0\n",
        ),
    ],
)
def test_figures_stand_below_their_titles_or_beside_them(width, shown):
    grid = Grid(
        ["model", "valid.\nacc.", "s per\nepoch"], [["gru", "0.5", "1.0"], ["a-long\nlstm", "12.25", "10.0"]]
    )
    assert [line.rstrip() for line in print_at(width, print_grid, grid).splitlines()] == shown.splitlines()


def test_long_names_do_not_fill_the_terminal():
    """Fourteen lines a row it was, in lstm-compare's columns at 80."""
    names = [f"a-rather-long-name-of-a-model-that-somebody-gave-it-{number}" for number in range(3)]
    grid = Grid(["model", *["title"] * 9], [[name, *["0.1234"] * 9] for name in names])
    shown = print_at(80, print_grid, grid)
    assert len(shown.splitlines()) == 2 + 3 + 3  # the head, the rows, what their numbers stand for
    assert all(name in shown for name in names)


@pytest.mark.parametrize(
    ("texts", "length", "width", "is_room"),
    [
        (1, 30, 37, True),  # a column of 30 beside a figure of 6
        (1, 30, 17, True),  # three lines of 10
        (1, 31, 17, False),
        (1, 24, 15, True),  # three lines of 8
        (1, 9, 14, False),  # seven letters are no column
        (2, 30, 28, True),
        (2, 31, 28, False),
    ],
)
def test_a_name_has_three_lines_of_eight_letters_at_least(texts, length, width, is_room):
    name = ("a name of " * length)[:length].replace(" ", "-" if length < 10 else " ")
    grid = Grid([*["name"] * texts, "f1"], [[*[name] * texts, "0.1234"]], texts=texts)
    assert fits(Console(file=io.StringIO(), width=width), grid) is is_room


@pytest.mark.parametrize(("name", "is_room"), [("two words apart", True), ("two-words-at-once", False)])
def test_a_word_of_a_name_is_never_broken(name, is_room):
    grid = Grid(["name", "f1"], [["short", "0.1"], [name, "0.2"]])
    assert fits(Console(file=io.StringIO(), width=14), grid) is is_room
    console = Console(file=io.StringIO(), width=14)
    print_grid(console, grid)
    assert all(word in console.file.getvalue() for word in name.split())
