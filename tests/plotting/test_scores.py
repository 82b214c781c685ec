"""Figures of predictions beside labels show counts, areas and shares as they are."""

from __future__ import annotations

import numpy as np
from figures import curves, legend, texts

from lstm_cli.plotting import plot_calibration, plot_confusion_matrix, plot_roc

LABELS = np.array([0, 0, 1, 1, 0, 1], dtype=np.int32)
PROBABILITIES = np.array([0.05, 0.4, 0.35, 0.8, 0.1, 0.95], dtype=np.float32)


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
