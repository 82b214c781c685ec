"""Curves show what the histories say, told apart by colour, mark and legend."""

from __future__ import annotations

import math

import numpy as np
import pytest
from figures import GRU, LSTM, check_look, curves, legend, points, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.errors import HistoryError
from lstm_cli.history import History, Monitor
from lstm_cli.plotting import COLOURS, Curves, list_undrawn, plot_history, plot_seeds, save_figure

LOWEST_LOSS = Monitor()


def draw(label, *histories, monitor=LOWEST_LOSS):
    """Return what is drawn of runs of ours; with `monitor=None` of histories from elsewhere."""
    return Curves(label, histories, monitor)


def test_one_history_shows_both_curves_and_marks_the_best_epoch():
    figure = plot_history([draw("gru", GRU)])
    assert points(GRU.metrics["loss"]) in curves(figure)
    assert points(GRU.metrics["val_loss"]) in curves(figure)
    assert [(3.0, 0.55)] in curves(figure)
    assert legend(figure) == ["training", "validation", "best epoch 3: 0.55"]
    assert figure.get_suptitle() == "gru: loss by epoch"


@pytest.mark.parametrize(
    ("metric", "monitor", "mark", "point"),
    [
        ("loss", Monitor("val_loss"), "best epoch 3: 0.5", (3.0, 0.5)),
        ("val_loss", Monitor("val_loss"), "best epoch 3: 0.5", (3.0, 0.5)),
        ("accuracy", Monitor("val_loss"), "best epoch 3: 0.6 (by val_loss)", (3.0, 0.6)),
        ("loss", Monitor("val_accuracy"), "best epoch 2: 0.6 (by val_accuracy)", (2.0, 0.6)),
        ("accuracy", Monitor("val_accuracy"), "best epoch 2: 0.9", (2.0, 0.9)),
        ("loss", Monitor("val_loss", min_delta=0.15), "best epoch 1: 0.61", (1.0, 0.61)),
        ("loss", Monitor("val_loss", start_from_epoch=3), "best epoch 4: 0.7", (4.0, 0.7)),
        ("loss", None, "lowest 0.5 (epoch 3)", (3.0, 0.5)),
        ("accuracy", None, "highest 0.9 (epoch 2)", (2.0, 0.9)),
    ],
)
def test_the_runs_best_epoch_is_marked_whatever_is_drawn_and_another_mark_is_called_what_it_is(
    metric, monitor, mark, point
):
    """Alone and among others; `monitor` is None for a history of which nobody says what its best epoch was."""
    history = History(
        {
            "loss": (0.5, 0.4, 0.3, 0.2),
            "val_loss": (0.61, 0.6, 0.5, 0.7),
            "accuracy": (0.6, 0.7, 0.8, 0.9),
            "val_accuracy": (0.5, 0.9, 0.6, 0.8),
        }
    )
    model = draw("gru", history, monitor=monitor)
    assert model.find_best_epoch(history, metric=metric) == point[0]
    alone, among = plot_history([model], metric=metric), plot_history([model, draw("b", GRU)], metric=metric)
    assert legend(alone)[-1] == mark
    assert legend(among)[0] == f"gru, {mark}"
    for figure in (alone, among):
        assert [point] in curves(figure)


def test_a_best_epoch_without_a_value_of_the_metric_is_marked_by_its_line():
    history = History({"val_loss": (0.5, 0.4, 0.6), "val_auc": (0.7, math.nan, 0.8)})
    figure = plot_history([draw("gru", history)], metric="auc")
    assert legend(figure)[-1] == "best epoch 2 (by val_loss)"
    assert [2, 2] in [list(line.get_xdata()) for line in figure.axes[0].lines]
    assert legend(plot_seeds([draw("gru", history)], metric="auc"))[0] == "gru"


def test_several_runs_from_elsewhere_have_the_mean_of_their_lowest():
    other = History({"val_loss": (0.7, 0.59)})
    assert legend(plot_seeds([draw("gru", GRU, other, monitor=None)]))[0] == "gru, 2 runs, lowest 0.5700 ± 0.03"


def test_epochs_stand_where_their_numbers_say_and_missing_ones_leave_a_gap():
    history = History({"loss": (0.7, 0.6, 0.5, 0.4)}, (11, 12, 15, 16))
    axes = plot_history([draw("late", history)]).axes[0]
    line = axes.lines[0]
    assert points_of(line) == [(11, 0.7), (12, 0.6), (13, math.nan), (15, 0.5), (16, 0.4)]
    low, high = axes.get_xlim()
    assert 10 < low < 11
    assert 16 < high < 17


def test_every_fifth_epoch_is_one_line():
    line = plot_history([draw("rare", History({"loss": (0.7, 0.6, 0.5)}, (5, 10, 15)))]).axes[0].lines[0]
    assert points_of(line) == [(5, 0.7), (10, 0.6), (15, 0.5)]


def points_of(line):
    """Return a line's points, gaps being one NaN."""
    return [(x, math.nan if math.isnan(y) else y) for x, y in zip(*line.get_data(), strict=True)]


def test_the_best_epoch_of_an_accuracy_is_its_highest():
    figure = plot_history([draw("gru", GRU, monitor=Monitor("val_accuracy"))], metric="accuracy")
    assert "best epoch 3: 0.75" in legend(figure)


def test_a_validation_metric_alone_leaves_the_training_out():
    figure = plot_history([draw("gru", GRU)], metric="val_loss")
    assert legend(figure) == ["validation", "best epoch 3: 0.55"]
    assert points(GRU.metrics["loss"]) not in curves(figure)


@pytest.mark.parametrize(
    ("metric", "words"), [("learning_rate", "learning rate"), ("seconds", "seconds per epoch")]
)
def test_a_metric_without_validation_is_one_curve_without_a_best_epoch(metric, words):
    figure = plot_history([draw("gru", GRU)], metric=metric)
    assert points(GRU.metrics[metric]) in curves(figure)
    assert legend(figure) == [words]
    assert figure.axes[0].get_ylabel() == words


def test_several_histories_are_overlaid_in_a_colour_each():
    figure = plot_history([draw("gru", GRU), draw("lstm", LSTM)])
    for history in (GRU, LSTM):
        assert points(history.metrics["loss"]) in curves(figure)
        assert points(history.metrics["val_loss"]) in curves(figure)
    assert [(3.0, 0.55)] in curves(figure)
    assert [(2.0, 0.66)] in curves(figure)
    assert legend(figure) == [
        "gru, best epoch 3: 0.55",
        "lstm, best epoch 2: 0.66",
        "validation",
        "training",
    ]
    colours = {line.get_color() for line in figure.axes[0].lines if len(line.get_xdata()) > 1}
    assert len(colours) == 2


def test_training_is_dashed_and_validation_solid():
    figure = plot_history([draw("gru", GRU), draw("lstm", LSTM)])
    styles = {
        tuple(line.get_ydata()): line.get_linestyle() for line in figure.axes[0].lines if len(line.get_xdata()) > 1
    }
    assert styles[GRU.metrics["loss"]] == "--"
    assert styles[GRU.metrics["val_loss"]] == "-"


def test_twenty_histories_are_told_apart_by_colour_and_mark():
    figure = plot_history([draw(f"gru-{index}", GRU) for index in range(20)])
    samples = [
        (handle.get_color(), handle.get_marker())
        for handle, text in zip(figure.legends[0].legend_handles, legend(figure), strict=True)
        if text.startswith("gru-")
    ]
    assert len(set(samples)) == len(samples) == 20


def test_labels_are_shown_as_they_are():
    long = "runs/" + "x" * 100 + "/gru-2"
    figure = plot_history([draw("_$a$_$b$", GRU), draw(long, GRU), draw("two\nlines\x07", GRU)])
    shown = legend(figure)
    assert shown[0].startswith(r" _\$a\$_\$b\$")
    assert shown[1].startswith("…")
    assert "x/gru-2, best" in shown[1]
    assert shown[2].startswith("two lines ,")


def test_a_gap_is_left_open_and_a_value_between_gaps_is_a_point():
    values = (0.7, math.nan, 0.5, math.nan, 0.3, 0.2)
    figure = plot_history([draw("gaps", History({"loss": values}))])
    lines = figure.axes[0].lines
    assert np.array_equal(lines[0].get_ydata(), values, equal_nan=True)
    assert list(lines[1].get_xdata()) == [1, 3]
    assert lines[1].get_marker() == "o"


def test_a_single_epoch_is_visible_under_a_tick_of_its_own():
    figure = plot_history([draw("one", History({"loss": (0.7,)}))])
    line = figure.axes[0].lines[1]
    assert (list(line.get_xdata()), list(line.get_ydata()), line.get_marker()) == ([1], [0.7], "o")
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1.0]


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 97, 1000])
def test_ticks_stand_at_whole_epochs_that_exist(epochs):
    figure = plot_history([draw("x", History({"loss": (0.5,) * epochs}))])
    low, high = figure.axes[0].get_xlim()
    ticks = [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick == int(tick) and 1 <= tick <= high for tick in ticks)
    assert low < 1 <= epochs < high


def test_a_history_of_gaps_says_so():
    figure = plot_history([draw("nan", History({"loss": (math.nan, math.nan)}))])
    assert texts(figure.axes[0]) == ["no finite values"]


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_a_gap_beside_numbers_is_no_history_of_gaps(gap):
    values = tuple(math.nan if epoch == gap else 0.5 for epoch in range(3))
    for metrics in ({"loss": values}, {"val_loss": values}, {"loss": (math.nan,) * 3, "val_loss": values}):
        assert texts(plot_history([draw("gap", History(metrics))]).axes[0]) == []
    gaps = History({"loss": (math.nan,) * 3})
    assert texts(plot_history([draw("gaps", gaps), draw("lstm", LSTM)]).axes[0]) == []
    assert texts(plot_history([draw("gaps", gaps), draw("gaps too", gaps)]).axes[0]) == ["no finite values"]


@pytest.mark.parametrize(
    ("metric", "undrawn"),
    [("loss", ["dense_loss", "test Loss"]), ("val_loss", ["dense_loss", "test Loss"]), ("accuracy", ["acc"])],
)
def test_what_seems_to_be_of_the_metric_and_is_not_drawn_is_listed(metric, undrawn):
    names = ["loss", "val_loss", "dense_loss", "test Loss", "accuracy", "acc", "glossary"]
    assert list_undrawn(History(dict.fromkeys(names, (0.5,))), metric=metric) == undrawn


def test_an_unknown_metric_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(HistoryError) as caught:
        plot_history([draw("gru", GRU), draw("lstm", LSTM)], metric="acuracy")
    message = str(caught.value)
    assert "gru has no metric 'acuracy'. Did you mean 'accuracy'?" in message
    assert "loss, accuracy, learning_rate, seconds" in message


def test_the_history_that_lacks_the_metric_is_named():
    with pytest.raises(HistoryError, match=r"lstm has no metric 'accuracy'.*loss"):
        plot_history([draw("gru", GRU), draw("lstm", LSTM)], metric="accuracy")


def test_no_text_reaches_beyond_the_picture_or_into_another():
    label = "a-rather-long-name-of-a-run-in-a-folder/gru-2"
    for models in ([draw("gru", GRU)], [draw("gru", GRU), draw("lstm", LSTM)], [draw(label, GRU)] * 5):
        figure = plot_history(models)
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
    save_figure(plot_history([draw(label, history), draw(label, history)]), path)
    assert path.stat().st_size > 1000


def test_the_runs_of_a_model_share_a_colour_and_an_entry_with_mean_and_deviation():
    other = History({"loss": (0.7, 0.6), "val_loss": (0.66, 0.59)})
    figure = plot_seeds([draw("gru", GRU, other), draw("lstm", LSTM)])
    # 0.55 and 0.59: mean 0.57, sample standard deviation 0.04 / sqrt(2).
    assert legend(figure) == [
        "gru, 2 runs, 0.5700 ± 0.03 at the best epochs",
        "lstm, best epoch 2: 0.66",
        "validation",
        "training",
    ]
    colour = {tuple(line.get_ydata()): line.get_color() for line in figure.axes[0].lines}
    assert colour[GRU.metrics["val_loss"]] == colour[other.metrics["val_loss"]] == COLOURS[0]
    assert colour[LSTM.metrics["val_loss"]] == COLOURS[1]
    assert {(3.0, 0.55), (2.0, 0.59), (2.0, 0.66)} <= {curve[0] for curve in curves(figure) if len(curve) == 1}


def test_one_model_alone_is_drawn_as_a_model():
    assert legend(plot_seeds([draw("gru", GRU)])) == ["gru, best epoch 3: 0.55", "validation", "training"]


FIGURES = {
    "one history": lambda: plot_history([draw("gru", GRU, monitor=Monitor())]),
    "one history with a gap, of its accuracy": lambda: plot_history(
        [draw("runs/a_$name", History({"accuracy": (0.5, math.nan, 0.7), "val_accuracy": (0.4, 0.6, 0.5)}))],
        metric="accuracy",
    ),
    "no finite values": lambda: plot_history([draw("gru", History({"loss": (math.nan, math.nan)}))]),
    "nine models, two of several runs": lambda: plot_seeds(
        [draw(f"model {number}", *[GRU, LSTM][: 1 + number // 7], monitor=None) for number in range(9)]
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_curves_look_as_decided(name):
    check_look(name, FIGURES[name]())
