"""Figures need no screen and are written whole, in the format that the suffix names."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from figures import GRU
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.image import imread

from lstm_cli.errors import ConfigError, OutputError
from lstm_cli.plotting import Curves, check_figure_path, plot_history, save_figure
from lstm_cli.plotting.canvas import (
    add_legend,
    count_columns,
    describe_lacking,
    set_integer_ticks,
    shorten_label,
    shorten_name,
    start_axes,
)
from lstm_cli.plotting.fonts import fit_fonts


def test_a_png_has_150_dots_an_inch(tmp_path):
    save_figure(plot_history([Curves("gru", [GRU])]), tmp_path / "loss.png")
    height, width, _ = imread(tmp_path / "loss.png").shape
    assert (width, height) == (1200, 750)


@pytest.mark.parametrize("settings", [{}, {"figure.autolayout": True}, {"figure.constrained_layout.use": True}])
def test_a_png_is_what_savefig_draws_in_two_walks_drawn_in_one(settings, tmp_path, monkeypatch):
    """The legend and the axes have made room for each other, whatever a user's matplotlibrc says of that."""
    models = [Curves("gru", [GRU]), Curves("another of a longer name", [GRU])]
    plot_history(models).savefig(tmp_path / "theirs.png", dpi=150)
    drawn = []
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda figure, renderer: drawn.append(figure) or draw(figure, renderer))
    figure = plot_history(models)
    for number in (1, 2):
        with rc_context(settings):
            save_figure(figure, tmp_path / "ours.png")
        assert (tmp_path / "ours.png").read_bytes() == (tmp_path / "theirs.png").read_bytes()
        assert len(drawn) == number


def place_legend(labels, *, columns, size):
    """Return how high each entry of a legend begins, its box, and the figure's, all in dots."""
    with rc_context({"font.size": size, "text.usetex": True}):
        figure, axes = start_axes("a title", x_label="x", y_label="y", size=(6.5, 6.5))
        for label in labels:
            axes.plot([0, 1], [0, 1], label=label)
        add_legend(figure, axes, columns=columns)
    with rc_context({"text.usetex": False}):
        fit_fonts(figure)
        figure.draw_without_rendering()
    (legend,) = figure.legends
    return [text.get_window_extent().y0 for text in legend.get_texts()], legend.get_window_extent(), figure.bbox


@pytest.mark.parametrize("size", [8, 10, 14, 20])
@pytest.mark.parametrize("length", [5, 20, 40])
def test_a_legend_is_within_the_picture_whatever_letters_a_user_has_chosen(size, length):
    _, legend, figure = place_legend(["x" * length] * 5, columns=3, size=size)
    assert legend.x0 >= figure.x0
    assert legend.x1 <= figure.x1
    assert legend.y0 >= figure.y0


@pytest.mark.parametrize(
    ("length", "size", "lines"), [(5, 10, 2), (20, 10, 3), (40, 10, 6), (60, 10, 6), (5, 20, 2), (9, 20, 3)]
)
def test_a_legend_has_as_many_columns_as_the_picture_has_room_for(length, size, lines):
    """Of three that are asked for."""
    heights, *_ = place_legend(["x" * length] * 6, columns=3, size=size)
    assert len(set(heights)) == lines


def test_a_figure_is_as_much_longer_as_its_legend_has_lines():
    heights = {
        size: [place_legend(["x" * 30] * count, columns=1, size=size)[2].height for count in (1, 2, 5)]
        for size in (10, 20)
    }
    for size, (one, two, five) in heights.items():
        assert one == 650
        assert two - one == pytest.approx(2.2 * size)
        assert five - one == pytest.approx(4 * 2.2 * size)


def test_an_svg_has_room_for_texts_as_wide_as_its_own(tmp_path):
    save_figure(plot_history([Curves("gru", [GRU])]), tmp_path / "ours.svg")
    with rc_context({"svg.hashsalt": "lstm_cli"}):
        plot_history([Curves("gru", [GRU])]).savefig(tmp_path / "theirs.svg", dpi=150, metadata={"Date": None})
    assert (tmp_path / "ours.svg").read_bytes() == (tmp_path / "theirs.svg").read_bytes()


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".PDF", b"%PDF")])
def test_the_suffix_chooses_the_format_and_the_bytes_are_the_same_again(tmp_path, suffix, start):
    for name in ("first", "second"):
        save_figure(plot_history([Curves("gru", [GRU])]), tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("first", "second"))
    assert first.startswith(start)
    assert first == second
    assert not re.search(rb"CreationDate|<dc:date>", first)


@pytest.mark.parametrize(
    ("name", "got"), [("loss.jpg", r"'\.jpg'"), ("loss", "no suffix"), ("loss.png.gz", r"'\.gz'")]
)
def test_another_suffix_is_refused_with_the_three_that_work(tmp_path, name, got):
    with pytest.raises(ConfigError, match=rf"\.png, \.svg or \.pdf, got {got}\.$"):
        check_figure_path(tmp_path / name)
    with pytest.raises(ConfigError):
        save_figure(plot_history([Curves("gru", [GRU])]), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match="Cannot write"):
        save_figure(plot_history([Curves("gru", [GRU])]), tmp_path / "file" / "loss.png")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_plot_needs_no_screen_and_no_heavy_import(tmp_path):
    probe = (
        "import sys\n"
        "from pathlib import Path\n"
        "from lstm_cli.history import History\n"
        "from lstm_cli.plotting import Curves, plot_history, save_figure\n"
        "print('matplotlib' in sys.modules)\n"
        "save_figure(plot_history([Curves('見本', [History({'loss': (0.5, 0.4)})])]), Path(sys.argv[1]))\n"
        "heavy = {'matplotlib.pyplot', 'pandas', 'scipy', 'sklearn', 'tensorflow'}\n"
        "print(heavy & set(sys.modules))"
    )
    # A notebook names a backend for its children that only the notebook itself has.
    backend = "module://matplotlib_inline.backend_inline"
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    result = subprocess.run(
        [sys.executable, "-c", probe, str(tmp_path / "loss.png")],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"MPLBACKEND": backend},
    )
    assert result.stdout == "False\nset()\n"
    assert result.stderr == ""
    assert (tmp_path / "loss.png").exists()


def test_what_is_drawn_stands_before_the_grid_and_in_no_frame():
    figure, axes = start_axes("a title", x_label="x", y_label="y")
    axes.bar([1], [1])
    figure.draw_without_rendering()
    assert max(axes.xaxis.get_zorder(), axes.yaxis.get_zorder()) < axes.patches[0].get_zorder()
    assert all(line.get_visible() for line in axes.get_ygridlines())
    assert [side for side in axes.spines if axes.spines[side].get_visible()] == ["left", "bottom"]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("gru", "gru"),
        ("x" * 40, "x" * 40),
        ("a" + "x" * 40, "…" + "x" * 39),
        ("_hidden", " _hidden"),
        ("a\tb\u200bc", "a b c"),
        ("$x$", r"\$x\$"),
    ],
)
def test_a_label_is_its_end_and_nothing_in_it_is_read(label, shown):
    assert shorten_label(label) == shown


@pytest.mark.parametrize(
    ("name", "longest", "shown"),
    [
        ("x" * 20, 20, "x" * 20),
        ("a" * 15 + "b" * 15, 20, "a" * 9 + "…" + "b" * 10),
        ("a" * 15 + "b" * 15, 30, "a" * 15 + "b" * 15),
        ("影" * 10, 20, "影" * 10),
        ("影" * 10 + "评" * 10, 20, "影" * 4 + "…" + "评" * 5),
    ],
)
def test_of_a_long_name_the_middle_is_left_out(name, longest, shown):
    """Of one whose letters are wide twice as much."""
    assert shorten_name(name, longest=longest) == shown


def test_a_name_has_twenty_letters_by_default():
    assert len(shorten_name("x" * 21)) == 20


def test_wide_letters_are_as_wide_as_two_and_a_half():
    assert [count_columns(text) for text in ("", "ab", "影评", "ｱ", "\uff21")] == [0, 2, 5, 1, 2.5]


@pytest.mark.parametrize(("most", "written"), [(None, {"0", "1,000", "4,000"}), (2, {"0", "5,000"})])
def test_ticks_are_whole_numbers_written_with_commas(most, written):
    figure, axes = start_axes("a title", x_label="x", y_label="y")
    axes.set_xlim(0, 4_321)
    axes.set_ylim(0, 0.9)
    set_integer_ticks(axes.xaxis, most=most)
    set_integer_ticks(axes.yaxis)
    figure.draw_without_rendering()
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert written <= {*ticks}
    assert most is None or len(ticks) <= most + 1
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0", "1"]


def test_letters_without_a_font_are_told_twenty_at_most():
    assert describe_lacking("影" * 30).startswith(f"No installed font has {'影' * 20}: such letters")
