"""A history, a confusion matrix, a ROC or calibration curve → a figure, without a screen or pyplot."""

from __future__ import annotations

import math
import os
import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstm_cli.errors import ConfigError, HistoryError, suggest_nearest
from lstm_cli.history import History
from lstm_cli.whole_file import write_whole

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    Floats = npt.NDArray[np.float32]
    Integers = npt.NDArray[np.int32]

# Okabe and Ito's colours, told apart by colour-blind eyes (https://jfly.uni-koeln.de/color), without the
# yellow, which is faint on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
BLUE, VERMILION, BLACK = COLOURS[0], COLOURS[1], COLOURS[-1]
GREY = "#666666"
# The best epoch's mark: another shape each time the colours start anew.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# matplotlib writes the time into SVG and PDF unless told not to.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
_DOTS_PER_INCH = 150

_METRIC_WORDS = {
    "acc": "accuracy",
    "auc": "AUC",
    "lr": "learning rate",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "seconds": "seconds per epoch",
}

# Equally wide, from 0 to 1.
_BINS = 10

# Characters of a legend's entry of which two stand beside each other.
_WIDEST_OF_TWO_COLUMNS = 42


def plot_history(histories: Sequence[tuple[str, History]], *, metric: str = "loss") -> Figure:
    """Draw a metric over the epochs: one history's two curves, or several histories in one colour each.

    The training curve is dashed, the validation curve solid, its best epoch marked; gaps stay open.

    Args:
        histories: pairs of a label and a history; at least one.
        metric: such as `loss`; with its `val_` prefix, the training curve is left out.

    Raises:
        HistoryError: a history lacks the metric.
    """
    for label, history in histories:
        _check_metric(history, metric=metric, label=label)
    metric_words = _name_metric(metric)
    if len(histories) == 1:
        label, history = histories[0]
        figure, axes = _start_axes(
            f"{_shorten(label)}: {metric_words} by epoch", x_label="epoch", y_label=metric_words
        )
        _draw_single(axes, history, metric=metric)
        columns = 3
    else:
        title = f"{metric_words[:1].upper()}{metric_words[1:]} by epoch"
        figure, axes = _start_axes(title, x_label="epoch", y_label=metric_words)
        _draw_overlay(axes, histories, metric=metric)
        columns = 2
    _set_epoch_axis(axes, epochs=max(history.epochs for _, history in histories))
    if not any(_has_numbers(history, metric=metric) for _, history in histories):
        axes.text(0.5, 0.5, "no finite values", transform=axes.transAxes, ha="center", color=GREY)
    _add_legend(figure, axes, columns=columns)
    return figure


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
    figure, axes = _start_axes(
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

    figure, axes = _start_axes(
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
    _add_legend(figure, axes, columns=2)
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

    figure = _start_figure(f"Calibration on {len(labels):,} reviews", size=(6.5, 7.5))
    curve, histogram = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _style_axes(curve, x_label="", y_label="share of positive reviews")
    _style_axes(histogram, x_label="predicted probability of positive", y_label="reviews")
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
    _set_integer_ticks(histogram.yaxis)
    _add_legend(figure, curve, columns=2)
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write `figure` as `.png` (150 dots an inch), `.svg` or `.pdf`; the same figure gives the same bytes.

    Raises:
        ConfigError: the suffix is none of the three.
        OutputError: the file cannot be written.
    """
    import matplotlib as mpl

    check_figure_path(path)
    suffix = path.suffix.lower()
    with (
        write_whole(path) as aside,
        # Names inside an SVG are random unless salted.
        mpl.rc_context({"svg.hashsalt": "lstm_cli"}),
        warnings.catch_warnings(),
    ):
        # A label in a script that the font lacks shows boxes; the picture is right otherwise.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(aside, format=suffix[1:], dpi=_DOTS_PER_INCH, metadata=_METADATA[suffix])


def check_figure_path(path: Path) -> None:
    """Raise a ConfigError unless `path` ends in a suffix that `save_figure` writes."""
    if path.suffix.lower() not in _METADATA:
        suffix = repr(path.suffix) if path.suffix else "no suffix"
        raise ConfigError(f"{path}: expected a picture named .png, .svg or .pdf, got {suffix}.")


def _draw_single(axes: Axes, history: History, *, metric: str) -> None:
    """Draw one history's curves, its best epoch with a line down to the axis."""
    training, validation = _find_curves(history, metric=metric)
    if training is not None:
        # Learning rates and durations have no second curve to be told apart from.
        style = {"label": "training", "linestyle": "--"} if validation else {"label": _name_metric(metric)}
        _draw_curve(axes, training, color=BLUE, **style)
    if validation is not None:
        _draw_curve(axes, validation, color=VERMILION, label="validation")
        best = _find_best(history, metric=metric)
        if best is not None:
            epoch, value = best
            axes.axvline(epoch, color=GREY, linestyle=":", linewidth=1.2, zorder=1)
            label = f"best epoch {epoch}: {value:.4g}"
            axes.plot([epoch], [value], color=VERMILION, label=label, **_mark("o"))


def _draw_overlay(axes: Axes, histories: Sequence[tuple[str, History]], *, metric: str) -> None:
    """Draw several histories over one another, then what solid and dashed mean."""
    curves = [_find_curves(history, metric=metric) for _, history in histories]
    validates = any(validation is not None for _, validation in curves)
    trains = any(training is not None for training, _ in curves)
    for index, ((label, history), (training, validation)) in enumerate(zip(histories, curves, strict=True)):
        colour = COLOURS[index % len(COLOURS)]
        marker = MARKERS[index // len(COLOURS) % len(MARKERS)]
        if training is not None:
            style = {"linestyle": "--", "alpha": 0.5} if validates else {}
            _draw_curve(axes, training, color=colour, **style)
        if validation is not None:
            _draw_curve(axes, validation, color=colour)
        best = _find_best(history, metric=metric)
        if best is None:
            axes.plot([], [], color=colour, label=_shorten(label))
        else:
            epoch, value = best
            axes.plot([epoch], [value], color=colour, **_mark(marker))
            text = f"{_shorten(label)}, best {value:.4g} (epoch {epoch})"
            axes.plot([], [], color=colour, label=text, **_mark(marker) | {"linestyle": "-"})
    if validates and trains:
        axes.plot([], [], color=GREY, label="validation")
        axes.plot([], [], color=GREY, label="training", linestyle="--", alpha=0.7)


def _draw_curve(axes: Axes, values: tuple[float, ...], **style: Any) -> None:  # noqa: ANN401 - matplotlib's own arguments
    """Draw `values` over the epochs; a value between two gaps, which no line shows, as a point."""
    is_gap = [True, *map(math.isnan, values), True]
    alone = {
        epoch: value
        for epoch, value in enumerate(values, start=1)
        if is_gap[epoch - 1] and not is_gap[epoch] and is_gap[epoch + 1]
    }
    axes.plot(range(1, len(values) + 1), values, **style)
    points = {"linestyle": "", "marker": "o", "markersize": 4, "label": None}
    axes.plot(list(alone), list(alone.values()), **style | points)


def _mark(marker: str) -> dict[str, Any]:
    """Return how a best epoch is drawn."""
    return {"marker": marker, "markersize": 7, "markeredgecolor": "white", "linestyle": "", "zorder": 4}


def _find_curves(history: History, *, metric: str) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    """Return a metric's training and validation values, None where the history has none."""
    training = None if metric.startswith("val_") else history.metrics.get(metric)
    return training, history.metrics.get(_name_validation(metric))


def _find_best(history: History, *, metric: str) -> tuple[int, float] | None:
    """Return the epoch and the value of the metric's best validation."""
    monitor = _name_validation(metric)
    epoch = history.best_epoch(monitor=monitor)
    return None if epoch is None else (epoch, history.metrics[monitor][epoch - 1])


def _has_numbers(history: History, *, metric: str) -> bool:
    """Return whether there is anything to draw of a metric."""
    return any(math.isfinite(value) for curve in _find_curves(history, metric=metric) for value in curve or ())


def _check_metric(history: History, *, metric: str, label: str) -> None:
    """Raise a HistoryError that names the nearest metric where the history lacks this one."""
    if any(_find_curves(history, metric=metric)):
        return
    valid = dict.fromkeys(name.removeprefix("val_") for name in history.metrics)
    listed = textwrap.shorten(", ".join(valid), width=200, placeholder=" …") or "nothing"
    raise HistoryError(f"{label} has no metric {metric!r}.{suggest_nearest(metric, valid)} It holds {listed}.")


def _name_validation(metric: str) -> str:
    """Return a metric's name in the validation, as Keras forms it."""
    return metric if metric.startswith("val_") else f"val_{metric}"


def _name_metric(metric: str) -> str:
    """Return a metric's name in words."""
    if metric.startswith("val_"):
        return f"validation {_name_metric(metric.removeprefix('val_'))}"
    return _METRIC_WORDS.get(metric, _shorten(metric.replace("_", " ")))


def _shorten(label: str) -> str:
    """Return a label of at most 40 characters, the end of a longer one, with nothing to interpret in it."""
    printable = "".join(letter if letter.isprintable() else " " for letter in label)
    end = printable if len(printable) <= 40 else f"…{printable[-39:]}"
    shown = f" {end}" if end.startswith("_") else end  # legends leave out what starts with an underscore
    return shown.replace("$", r"\$")  # two dollars would start mathematics


def _start_figure(title: str, *, size: tuple[float, float]) -> Figure:
    """Return a figure of that many inches whose parts make room for one another."""
    # Where a notebook starts us, this names a backend that may not exist here; then the import would fail.
    os.environ["MPLBACKEND"] = "agg"
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title, fontsize=14)
    return figure


def _start_axes(
    title: str, *, x_label: str, y_label: str, size: tuple[float, float] = (8.0, 5.0)
) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes."""
    figure = _start_figure(title, size=size)
    axes = figure.subplots()
    _style_axes(axes, x_label=x_label, y_label=y_label)
    return figure, axes


def _style_axes(axes: Axes, *, x_label: str, y_label: str) -> None:
    """Name the axes, and draw a light grid in place of a full frame."""
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _set_epoch_axis(axes: Axes, *, epochs: int) -> None:
    """Show whole epochs only, and the first and last point in full."""
    margin = max(0.5, 0.02 * epochs)
    axes.set_xlim(1 - min(margin, 0.9), epochs + margin)  # there is no epoch 0
    _set_integer_ticks(axes.xaxis)


def _set_integer_ticks(axis: Axis) -> None:
    """Put ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))


def _add_legend(figure: Figure, axes: Axes, *, columns: int) -> None:
    """Put the legend below the axes, where no curve can run under it, and lengthen the figure for it."""
    handles, labels = axes.get_legend_handles_labels()
    columns = 1 if max(map(len, labels)) > _WIDEST_OF_TWO_COLUMNS else columns
    rows = math.ceil(len(labels) / columns)
    figure.set_figheight(figure.get_figheight() + 0.22 * (rows - 1))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)
