"""Figures of sweeps show every trial where it belongs."""

from __future__ import annotations

import pytest
from figures import check_look, curves, legend, texts

from lstm_cli.plotting import TrialPoint, plot_importances, plot_trials

VALUES = {1: 0.6, 2: 0.7, 4: 0.5, 5: 0.55}
POINTS = [TrialPoint(number, value, is_complete=number != 5) for number, value in VALUES.items()]


def test_every_trial_has_a_point_and_the_best_so_far_is_a_line():
    figure = plot_trials(POINTS, objective="val_loss", title="gru")
    best, complete, pruned = curves(figure)
    assert best == [(1, 0.6), (2, 0.6), (4, 0.5), (5, 0.5)]
    assert figure.axes[0].lines[0].get_drawstyle() == "steps-post"  # a trial is the best from itself on
    assert complete == [(1, 0.6), (2, 0.7), (4, 0.5)]
    assert pruned == [(5, 0.55)]
    assert legend(figure) == ["best so far: 0.5", "complete", "pruned"]
    assert figure.get_suptitle() == "gru: validation loss by trial"


@pytest.mark.parametrize("objective", ["val_accuracy", "val_macro_f1"])
def test_the_best_accuracy_and_macro_f1_are_the_highest(objective):
    figure = plot_trials(POINTS, objective=objective, title="gru")
    assert curves(figure)[0] == [(1, 0.6), (2, 0.7), (4, 0.7), (5, 0.7)]


def test_a_figure_of_pruned_trials_alone_has_no_best():
    assert legend(plot_trials([TrialPoint(1, 0.5, is_complete=False)], objective="val_loss", title="a")) == [
        "pruned"
    ]


def test_importances_are_bars_the_largest_on_top_with_their_names():
    figure = plot_importances({"data.maxlen": 0.75, "model.dropout": 0.25}, objective="val_loss", title="gru")
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.75, 0.25]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["data.maxlen", "model.dropout"]
    assert texts(axes) == ["0.75", "0.25"]
    assert axes.yaxis_inverted()


FIGURES = {
    "trials": lambda: plot_trials(POINTS, objective="val_loss", title="gru"),
    "no trials": lambda: plot_trials([], objective="val_accuracy", title="gru"),
    "importances": lambda: plot_importances(
        {f"setting {number}": 0.5**number for number in range(1, 24)}, objective="val_macro_f1", title="gru"
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_sweeps_look_as_decided(name):
    check_look(name, FIGURES[name]())
