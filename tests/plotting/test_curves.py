"""Curves show what the histories say, told apart by colour, mark and legend."""

from __future__ import annotations

import math

import numpy as np
import pytest
from figures import GRU, LSTM, curves, legend, points, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.errors import HistoryError
from lstm_cli.history import History
from lstm_cli.plotting import COLOURS, plot_history, plot_seeds, save_figure


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


def test_the_runs_of_a_model_share_a_colour_and_an_entry_with_mean_and_deviation():
    other = History({"loss": (0.7, 0.6), "val_loss": (0.66, 0.59)})
    figure = plot_seeds([("gru", [GRU, other]), ("lstm", [LSTM])])
    # 0.55 and 0.59: mean 0.57, sample standard deviation 0.04 / sqrt(2).
    assert legend(figure) == [
        "gru, 2 runs, best 0.5700 ± 0.03",
        "lstm, best 0.66 (epoch 2)",
        "validation",
        "training",
    ]
    colour = {tuple(line.get_ydata()): line.get_color() for line in figure.axes[0].lines}
    assert colour[GRU.metrics["val_loss"]] == colour[other.metrics["val_loss"]] == COLOURS[0]
    assert colour[LSTM.metrics["val_loss"]] == COLOURS[1]
    assert {(3.0, 0.55), (2.0, 0.59), (2.0, 0.66)} <= {curve[0] for curve in curves(figure) if len(curve) == 1}


def test_one_model_alone_is_drawn_as_a_model():
    assert legend(plot_seeds([("gru", [GRU])])) == ["gru, best 0.55 (epoch 3)", "validation", "training"]
