"""Predictions beside labels → a figure: confusion matrix, ROC curve, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lstm_cli.plotting.canvas import (
    BLACK,
    BLUE,
    GREY,
    add_legend,
    set_integer_ticks,
    start_axes,
    start_figure,
    style_axes,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.figure import Figure

    Floats = npt.NDArray[np.float32]
    Integers = npt.NDArray[np.int32]

# Equally wide, from 0 to 1.
_BINS = 10


def plot_confusion_matrix(matrix: Sequence[Sequence[int]], *, labels: Sequence[str]) -> Figure:
    """Draw counts, and the share of the true class they make up.

    Args:
        matrix: `int[2, 2]`, rows are the true class, columns the predicted one.
        labels: the names of the two classes.
    """
    import numpy as np

    counts = np.asarray(matrix)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    figure, axes = start_axes(
        f"Confusion matrix of {counts.sum():,} reviews",
        x_label="predicted class",
        y_label="true class",
        size=(6.0, 5.0),
    )
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels)
    for (row, column), count in np.ndenumerate(counts):
        share = f"{shares[row, column]:.1%}" if totals[row, 0] else "no reviews"
        colour = "white" if shares[row, column] > 0.5 else BLACK
        axes.text(column, row, f"{count:,}\n{share}", ha="center", va="center", color=colour, fontsize=15)
    figure.colorbar(image, label="share of the true class", format="{x:.0%}")
    return figure


def plot_roc(labels: Integers, probabilities: Floats) -> Figure:
    """Draw the receiver operating characteristic with the area under it.

    Args:
        labels: `int32[n]`, 0 for negative and 1 for positive; n > 0.
        probabilities: `float32[n]` that the review is positive.
    """
    from sklearn import metrics

    figure, axes = start_axes(
        f"ROC curve of {len(labels):,} reviews",
        x_label="false positive rate (negative reviews called positive)",
        y_label="true positive rate (positive reviews found)",
        size=(6.5, 6.5),
    )
    if labels.min() == labels.max():
        only = "positive" if labels[0] else "negative"
        axes.text(0.5, 0.9, f"no curve: every review is {only}", ha="center", color=GREY)
    else:
        false_rates, true_rates, _ = metrics.roc_curve(labels, probabilities)
        area = metrics.auc(false_rates, true_rates)
        axes.plot(false_rates, true_rates, color=BLUE, linewidth=2, label=f"model, area {area:.3f}")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="guessing, area 0.500")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    add_legend(figure, axes, columns=2)
    return figure


def plot_calibration(labels: Integers, probabilities: Floats) -> Figure:
    """Draw how often reviews of a predicted probability are positive, above a histogram of the probabilities.

    See https://scikit-learn.org/stable/modules/calibration.html.

    Args:
        labels: `int32[n]`, 0 for negative and 1 for positive; n > 0.
        probabilities: `float32[n]` that the review is positive.
    """
    import numpy as np
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import brier_score_loss

    figure = start_figure(f"Calibration on {len(labels):,} reviews", size=(6.5, 7.5))
    curve, histogram = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    style_axes(curve, x_label="", y_label="share of positive reviews")
    style_axes(histogram, x_label="predicted probability of positive", y_label="reviews")
    positive_shares, mean_probabilities = calibration_curve(labels, probabilities, n_bins=_BINS, pos_label=1)
    brier_score = brier_score_loss(labels, probabilities, pos_label=1)
    curve.plot(
        mean_probabilities,
        positive_shares,
        color=BLUE,
        linewidth=2,
        marker="o",
        label=f"model, Brier score {brier_score:.3f}",
    )
    curve.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfectly calibrated")
    curve.set(xlim=(-0.01, 1.01), ylim=(-0.02, 1.02))
    histogram.hist(probabilities, bins=np.linspace(0.0, 1.0, _BINS + 1), color=BLUE, edgecolor="white")
    set_integer_ticks(histogram.yaxis)
    add_legend(figure, curve, columns=2)
    return figure
