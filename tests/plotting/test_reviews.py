"""Figures of reviews show each of them once, what is cut apart from what is not, and every name."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from figures import check_look, legend
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba

from lstm_cli.plotting import plot_classes, plot_lengths, plot_scripts, save_figure
from lstm_cli.plotting.canvas import BLUE, VERMILION

LONG = "a name of a class, number {} of them, which is long"


def list_bars(axes):
    """Return where each bar begins and ends, how high it is, and its colour."""
    return [
        (bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height(), bar.get_facecolor())
        for bars in axes.containers
        for bar in bars
        if bar.get_height()
    ]


def list_numbers(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def list_names(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


@pytest.mark.hypothesis
@settings(max_examples=30)
@given(
    lengths=st.lists(st.integers(0, 3_000), min_size=1, max_size=40),
    maxlen=st.integers(1, 400),
    takes_place=st.booleans(),
)
def test_each_length_is_in_one_bar_and_no_bar_holds_both_kinds(lengths, maxlen, takes_place):
    lengths, readable = np.array(lengths), maxlen - takes_place
    figure = plot_lengths(lengths, maxlen=maxlen, readable=readable)
    axes = figure.axes[0]
    bars = list_bars(axes)
    start, end = axes.get_xlim()
    shown = lengths[lengths < end]
    assert sum(height for _, _, height, _ in bars) == len(shown) >= 0.99 * len(lengths) - 1
    for first, last, height, colour in bars:
        inside = shown[(shown > first) & (shown < last)]
        assert len(inside) == height
        assert len({*(inside > readable)}) == 1
        assert colour == to_rgba(VERMILION if inside[0] > readable else BLUE)
        assert start <= first
    cut = (lengths > readable).sum()
    assert legend(figure)[:2] == [
        f"kept whole: {len(lengths) - cut:,} ({1 - cut / len(lengths):.1%})",
        f"cut: {cut:,} ({cut / len(lengths):.1%})",
    ]
    hidden = len(lengths) - len(shown)
    assert axes.get_xlabel() == (
        f"words ({hidden:,} longer, up to {lengths.max():,}, not shown)" if hidden else "words"
    )


def test_maxlen_is_a_line_behind_the_last_length_that_is_kept():
    figure = plot_lengths(np.arange(300), maxlen=100, readable=99)
    assert figure.get_suptitle() == "Lengths of 300 reviews"
    assert figure.axes[0].lines[0].get_xdata() == [99.5, 99.5]
    assert legend(figure)[2] == "data.maxlen=100"


def test_a_maxlen_far_beyond_all_reviews_takes_no_room():
    figure = plot_lengths(np.array([3, 4, 9]), maxlen=1_000, readable=1_000)
    assert figure.axes[0].get_xlim()[1] < 15
    assert legend(figure)[2] == "data.maxlen=1000, far to the right"


def test_a_few_giants_leave_the_others_room():
    figure = plot_lengths(np.array([*range(999), 1_000_000]), maxlen=100, readable=100)
    assert figure.axes[0].get_xlim()[1] < 1_200
    assert figure.axes[0].get_xlabel() == "words (5 longer, up to 1,000,000, not shown)"


def test_classes_stand_in_their_order_with_counts_and_shares():
    figure = plot_classes({"negative": 9_178, "neutral": 3_099, "positive": 2_363})
    assert figure.get_suptitle() == "14,640 reviews of 3 classes"
    assert list_names(figure) == ["negative", "neutral", "positive"]
    assert list_numbers(figure) == ["9,178 (62.7%)", "3,099 (21.2%)", "2,363 (16.1%)"]
    assert [bar.get_width() for bar in figure.axes[0].containers[0]] == [9_178, 3_099, 2_363]
    top, bottom = (label.get_window_extent().y0 for label in figure.axes[0].get_yticklabels()[::2])
    assert top > bottom


def test_of_many_classes_the_largest_are_shown():
    figure = plot_classes({f"class {number}": number + 1 for number in range(100)})
    assert figure.get_suptitle() == "5,050 reviews of 100 classes (the 40 largest)"
    assert list_names(figure) == [f"class {number}" for number in range(99, 59, -1)]


def test_scripts_have_names_also_where_there_are_no_letters():
    figure = plot_scripts({"Latin": 900, "Han": 1, "": 3})
    assert figure.get_suptitle() == "904 reviews in 3 scripts"
    assert list_names(figure) == ["Latin", "Han", "no letters"]
    assert plot_scripts({"Latin": 1}).get_suptitle() == "1 review in 1 script"


@pytest.mark.parametrize("largest", [1, 12_345_678])
@pytest.mark.parametrize("name", ["{}", "class {}", LONG, "とても良い映画、本当に素晴らしい映画でした{}"])
@pytest.mark.parametrize("classes", [1, 3, 40])
def test_no_text_runs_into_another_or_out_of_the_figure(classes, name, largest, tmp_path):
    counts = {name.format(number): largest // (number + 1) for number in range(classes)}
    figure = plot_classes(counts)
    save_figure(figure, tmp_path / "classes.png")  # names without a font are in Latin letters now
    axes = figure.axes[0]
    figure.draw_without_rendering()
    end = axes.get_xlim()[1]
    numbers = [label for label in axes.get_xticklabels() if label.get_position()[0] <= end]
    for drawn in (axes.texts, numbers, axes.get_yticklabels()):
        boxes = [text.get_window_extent() for text in drawn if text.get_text()]
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)
    bars = axes.containers[0]
    assert all(
        text.get_window_extent().x0 > bar.get_window_extent().x1
        for text, bar in zip(axes.texts, bars, strict=True)
    )


def test_nothing_in_a_name_is_interpreted(tmp_path):
    figure = plot_classes({"$\\x$": 1, "_hidden": 2, "two\nlines": 3})
    assert len({label.get_window_extent().height for label in figure.axes[0].get_yticklabels()}) <= 2
    save_figure(figure, tmp_path / "classes.png")


FIGURES = {
    "lengths, some cut": lambda: plot_lengths(np.arange(1, 200), maxlen=100, readable=99),
    "lengths with a far one": lambda: plot_lengths(np.array([10] * 999 + [5000]), maxlen=12, readable=12),
    "lengths far below what is read": lambda: plot_lengths(np.array([10, 20, 30]), maxlen=400, readable=400),
    "two classes": lambda: plot_classes({"negative": 120, "positive": 1_080}),
    "one class": lambda: plot_classes({"only": 1}),
    "many classes": lambda: plot_classes({LONG.format(number): number for number in range(1, 43)}),
    "scripts": lambda: plot_scripts({"Latin": 90, "Han": 9, "": 1}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_reviews_look_as_decided(name):
    check_look(name, FIGURES[name]())
