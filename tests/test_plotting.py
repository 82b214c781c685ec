"""Figures show what the numbers say, need no screen, and are written whole."""

import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from lstm_cli.errors import ConfigError, HistoryError, OutputError
from lstm_cli.history import History
from lstm_cli.plotting import (
    check_figure_path,
    plot_calibration,
    plot_confusion_matrix,
    plot_history,
    plot_roc,
    save_figure,
)

GRU = History(
    {
        "loss": (0.69, 0.6, 0.5, 0.4),
        "val_loss": (0.68, 0.6, 0.55, 0.57),
        "accuracy": (0.5, 0.6, 0.7, 0.8),
        "val_accuracy": (0.5, 0.6, 0.75, 0.7),
        "learning_rate": (1e-4,) * 4,
        "seconds": (1.5, 1.0, 1.0, 1.0),
    }
)
LSTM = History({"loss": (0.7, 0.65), "val_loss": (0.69, 0.66)})

LABELS = np.array([0, 0, 1, 1, 0, 1], dtype=np.int32)
PROBABILITIES = np.array([0.05, 0.4, 0.35, 0.8, 0.1, 0.95], dtype=np.float32)


def curves(figure):
    """Return the drawn lines as lists of (x, y), gaps left out and legend samples too."""
    return [
        [(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True) if not math.isnan(y)]
        for line in figure.axes[0].lines
        if len(line.get_xdata())
    ]


def points(values):
    return [(float(epoch), value) for epoch, value in enumerate(values, start=1) if not math.isnan(value)]


def legend(figure):
    """Return the texts of the figure's legend."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_one_history_shows_both_curves_and_marks_the_best_epoch():
    figure = plot_history([("gru", GRU)])
    assert points(GRU.metrics["loss"]) in curves(figure)
    assert points(GRU.metrics["val_loss"]) in curves(figure)
    assert [(3.0, 0.55)] in curves(figure)
    assert legend(figure) == ["training", "validation", "best epoch 3: 0.55"]
    assert figure.get_suptitle() == "gru: loss by epoch"


def test_the_best_epoch_of_an_accuracy_is_its_highest():
    assert "best epoch 3: 0.75" in legend(plot_history([("gru", GRU)], metric="accuracy"))


def test_a_validation_metric_alone_leaves_the_training_out():
    figure = plot_history([("gru", GRU)], metric="val_loss")
    assert legend(figure) == ["validation", "best epoch 3: 0.55"]
    assert points(GRU.metrics["loss"]) not in curves(figure)


@pytest.mark.parametrize(
    ("metric", "words"), [("learning_rate", "learning rate"), ("seconds", "seconds per epoch")]
)
def test_a_metric_without_validation_is_one_curve_without_a_best_epoch(metric, words):
    figure = plot_history([("gru", GRU)], metric=metric)
    assert points(GRU.metrics[metric]) in curves(figure)
    assert legend(figure) == [words]
    assert figure.axes[0].get_ylabel() == words


def test_several_histories_are_overlaid_in_a_colour_each():
    figure = plot_history([("gru", GRU), ("lstm", LSTM)])
    for history in (GRU, LSTM):
        assert points(history.metrics["loss"]) in curves(figure)
        assert points(history.metrics["val_loss"]) in curves(figure)
    assert [(3.0, 0.55)] in curves(figure)
    assert [(2.0, 0.66)] in curves(figure)
    assert legend(figure) == [
        "gru, best 0.55 (epoch 3)",
        "lstm, best 0.66 (epoch 2)",
        "validation",
        "training",
    ]
    colours = {line.get_color() for line in figure.axes[0].lines if len(line.get_xdata()) > 1}
    assert len(colours) == 2


def test_training_is_dashed_and_validation_solid():
    figure = plot_history([("gru", GRU), ("lstm", LSTM)])
    styles = {
        tuple(line.get_ydata()): line.get_linestyle() for line in figure.axes[0].lines if len(line.get_xdata()) > 1
    }
    assert styles[GRU.metrics["loss"]] == "--"
    assert styles[GRU.metrics["val_loss"]] == "-"


def test_twenty_histories_are_told_apart_by_colour_and_mark():
    figure = plot_history([(f"gru-{index}", GRU) for index in range(20)])
    samples = [
        (handle.get_color(), handle.get_marker())
        for handle, text in zip(figure.legends[0].legend_handles, legend(figure), strict=True)
        if text.startswith("gru-")
    ]
    assert len(set(samples)) == len(samples) == 20


def test_labels_are_shown_as_they_are():
    long = "runs/" + "x" * 100 + "/gru-2"
    figure = plot_history([("_$a$_$b$", GRU), (long, GRU), ("two\nlines\x07", GRU)])
    shown = legend(figure)
    assert shown[0].startswith(r" _\$a\$_\$b\$")
    assert shown[1].startswith("…")
    assert "x/gru-2, best" in shown[1]
    assert shown[2].startswith("two lines ,")


def test_a_gap_is_left_open_and_a_value_between_gaps_is_a_point():
    values = (0.7, math.nan, 0.5, math.nan, 0.3, 0.2)
    figure = plot_history([("gaps", History({"loss": values}))])
    lines = figure.axes[0].lines
    assert np.array_equal(lines[0].get_ydata(), values, equal_nan=True)
    assert list(lines[1].get_xdata()) == [1, 3]
    assert lines[1].get_marker() == "o"


def test_a_single_epoch_is_visible_under_a_tick_of_its_own():
    figure = plot_history([("one", History({"loss": (0.7,)}))])
    line = figure.axes[0].lines[1]
    assert (list(line.get_xdata()), list(line.get_ydata()), line.get_marker()) == ([1], [0.7], "o")
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1.0]


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 97, 1000])
def test_ticks_stand_at_whole_epochs_that_exist(epochs):
    figure = plot_history([("x", History({"loss": (0.5,) * epochs}))])
    low, high = figure.axes[0].get_xlim()
    ticks = [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick == int(tick) and 1 <= tick <= high for tick in ticks)
    assert low < 1 <= epochs < high


def test_a_history_of_gaps_says_so():
    figure = plot_history([("nan", History({"loss": (math.nan, math.nan)}))])
    assert texts(figure.axes[0]) == ["no finite values"]


def test_an_unknown_metric_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(HistoryError) as caught:
        plot_history([("gru", GRU), ("lstm", LSTM)], metric="acuracy")
    message = str(caught.value)
    assert "gru has no metric 'acuracy'. Did you mean 'accuracy'?" in message
    assert "loss, accuracy, learning_rate, seconds" in message


def test_the_history_that_lacks_the_metric_is_named():
    with pytest.raises(HistoryError, match=r"lstm has no metric 'accuracy'.*loss"):
        plot_history([("gru", GRU), ("lstm", LSTM)], metric="accuracy")


def test_no_text_reaches_beyond_the_picture_or_into_another():
    label = "a-rather-long-name-of-a-run-in-a-folder/gru-2"
    for pairs in ([("gru", GRU)], [("gru", GRU), ("lstm", LSTM)], [(label, GRU)] * 5):
        figure = plot_history(pairs)
        figure.draw_without_rendering()
        legend_box = figure.legends[0].get_window_extent()
        axes_box = figure.axes[0].get_tightbbox()
        assert legend_box.y1 <= axes_box.y0
        for box in (legend_box, axes_box):
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= figure.bbox.x1
            assert box.y1 <= figure.bbox.y1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(), min_size=1, max_size=5), st.text(max_size=50))
def test_any_history_under_any_label_is_drawn(tmp_path_factory, values, label):
    history = History({"loss": tuple(values), "val_loss": tuple(reversed(values))})
    path = tmp_path_factory.mktemp("any") / "loss.png"
    save_figure(plot_history([(label, history), (label, history)]), path)
    assert path.stat().st_size > 1000


def test_the_confusion_matrix_shows_counts_and_shares_of_the_rows():
    figure = plot_confusion_matrix([[1071, 179], [0, 0]], labels=("negative", "positive"))
    axes = figure.axes[0]
    assert texts(axes) == ["1,071\n85.7%", "179\n14.3%", "0\nno reviews", "0\nno reviews"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["negative", "positive"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert figure.get_suptitle() == "Confusion matrix of 1,250 reviews"


def test_the_roc_curve_names_its_area():
    # Of the 9 pairs of a positive and a negative review, 8 are in order.
    assert legend(plot_roc(LABELS, PROBABILITIES))[0] == f"model, area {8 / 9:.3f}"


def test_the_roc_of_one_class_says_why_there_is_no_curve():
    figure = plot_roc(np.ones(3, dtype=np.int32), PROBABILITIES[:3])
    assert texts(figure.axes[0]) == ["no curve: every review is positive"]
    assert legend(figure) == ["guessing, area 0.500"]


def test_calibration_shows_the_positive_share_of_every_bin_and_counts_the_reviews():
    labels = np.array([0, 1, 1, 1], dtype=np.int32)
    figure = plot_calibration(labels, np.array([0.02, 0.04, 0.92, 1.0], dtype=np.float32))
    assert np.allclose(curves(figure)[0], [(0.03, 0.5), (0.96, 1.0)])
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert sum(heights) == 4
    assert (heights[0], heights[-1]) == (2, 2)
    brier_score = (0.02**2 + 0.96**2 + 0.08**2) / 4
    assert f"Brier score {brier_score:.3f}" in legend(figure)[0]


def test_calibration_of_one_class_is_drawn():
    figure = plot_calibration(np.zeros(6, dtype=np.int32), PROBABILITIES)
    assert {y for _, y in curves(figure)[0]} == {0.0}


def test_a_png_has_150_dots_an_inch(tmp_path):
    save_figure(plot_history([("gru", GRU)]), tmp_path / "loss.png")
    height, width, _ = imread(tmp_path / "loss.png").shape
    assert (width, height) == (1200, 750)


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".PDF", b"%PDF")])
def test_the_suffix_chooses_the_format_and_the_bytes_are_the_same_again(tmp_path, suffix, start):
    for name in ("first", "second"):
        save_figure(plot_history([("gru", GRU)]), tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("first", "second"))
    assert first.startswith(start)
    assert first == second
    assert not re.search(rb"CreationDate|<dc:date>", first)


@pytest.mark.parametrize("name", ["loss.jpg", "loss", "loss.png.gz"])
def test_another_suffix_is_refused_with_the_three_that_work(tmp_path, name):
    with pytest.raises(ConfigError, match=r"\.png, \.svg or \.pdf"):
        check_figure_path(tmp_path / name)
    with pytest.raises(ConfigError):
        save_figure(plot_history([("gru", GRU)]), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match="Cannot write"):
        save_figure(plot_history([("gru", GRU)]), tmp_path / "file" / "loss.png")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_plot_needs_no_screen_and_no_heavy_import(tmp_path):
    probe = (
        "import sys\n"
        "from pathlib import Path\n"
        "from lstm_cli.history import History\n"
        "from lstm_cli.plotting import plot_history, save_figure\n"
        "print('matplotlib' in sys.modules)\n"
        "save_figure(plot_history([('見本', History({'loss': (0.5, 0.4)}))]), Path(sys.argv[1]))\n"
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
