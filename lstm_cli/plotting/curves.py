"""Histories → a figure of their curves, epoch by epoch."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from lstm_cli.errors import HistoryError, suggest_nearest
from lstm_cli.history import History
from lstm_cli.plotting.canvas import (
    BLUE,
    COLOURS,
    GREY,
    MARKERS,
    VERMILION,
    add_legend,
    set_integer_ticks,
    shorten_label,
    start_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_METRIC_WORDS = {
    "acc": "accuracy",
    "auc": "AUC",
    "lr": "learning rate",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "seconds": "seconds per epoch",
}


def plot_history(histories: Sequence[tuple[str, History]], *, metric: str = "loss") -> Figure:
    """Draw a metric over the epochs: one history's two curves, or several histories in one colour each.

    The training curve is dashed, the validation curve solid, its best epoch marked; gaps stay open.

    Args:
        histories: pairs of a label and a history; at least one.
        metric: such as `loss`; with its `val_` prefix, the training curve is left out.

    Raises:
        HistoryError: a history lacks the metric.
    """
    if len(histories) > 1:
        return plot_seeds([(label, [history]) for label, history in histories], metric=metric)
    [(label, history)] = histories
    _check_metric(history, metric=metric, label=label)
    metric_words = _name_metric(metric)
    title = f"{shorten_label(label)}: {metric_words} by epoch"
    figure, axes = start_axes(title, x_label="epoch", y_label=metric_words)
    _draw_single(axes, history, metric=metric)
    _finish(figure, axes, [history], metric=metric, columns=3)
    return figure


def plot_seeds(models: Sequence[tuple[str, Sequence[History]]], *, metric: str = "loss") -> Figure:
    """Draw a metric over the epochs, one colour a model, however many of its runs there are.

    Args:
        models: pairs of a label and the histories of its runs, such as one a seed; at least one of each.
        metric: as for `plot_history`.

    Raises:
        HistoryError: a history lacks the metric.
    """
    histories = [history for _, runs in models for history in runs]
    for label, runs in models:
        for history in runs:
            _check_metric(history, metric=metric, label=label)
    metric_words = _name_metric(metric)
    title = f"{metric_words[:1].upper()}{metric_words[1:]} by epoch"
    figure, axes = start_axes(title, x_label="epoch", y_label=metric_words)
    for index, (label, runs) in enumerate(models):
        colour = COLOURS[index % len(COLOURS)]
        marker = MARKERS[index // len(COLOURS) % len(MARKERS)]
        _draw_runs(axes, runs, metric=metric, label=label, colour=colour, marker=marker)
    curves = [_find_curves(history, metric=metric) for history in histories]
    if any(training for training, _ in curves) and any(validation for _, validation in curves):
        axes.plot([], [], color=GREY, label="validation")
        axes.plot([], [], color=GREY, label="training", linestyle="--", alpha=0.7)
    _finish(figure, axes, histories, metric=metric, columns=2)
    return figure


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


def _draw_runs(axes: Axes, runs: Sequence[History], *, metric: str, label: str, colour: str, marker: str) -> None:
    """Draw the runs of one model over one another, and its entry in the legend."""
    width = {} if len(runs) == 1 else {"linewidth": 1.0}
    for history in runs:
        training, validation = _find_curves(history, metric=metric)
        if training is not None:
            style = {"linestyle": "--", "alpha": 0.5} if validation else {}
            _draw_curve(axes, training, color=colour, **style, **width)
        if validation is not None:
            _draw_curve(axes, validation, color=colour, **width)
    shown = shorten_label(label) if len(runs) == 1 else f"{shorten_label(label)}, {len(runs)} runs"
    found = [best for history in runs if (best := _find_best(history, metric=metric))]
    if not found:
        axes.plot([], [], color=colour, label=shown)
        return
    for epoch, value in found:
        axes.plot([epoch], [value], color=colour, **_mark(marker))
    values = [value for _, value in found]
    if len(found) == 1:
        text = f"{shown}, best {values[0]:.4g} (epoch {found[0][0]})"
    else:
        text = f"{shown}, best {fmean(values):#.4g} ± {stdev(values):.1g}"
    axes.plot([], [], color=colour, label=text, **_mark(marker) | {"linestyle": "-"})


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


def _finish(figure: Figure, axes: Axes, histories: Sequence[History], *, metric: str, columns: int) -> None:
    """Fit the epochs' axis to the histories and add the legend."""
    _set_epoch_axis(axes, epochs=max(history.epochs for history in histories))
    if not any(_has_numbers(history, metric=metric) for history in histories):
        axes.text(0.5, 0.5, "no finite values", transform=axes.transAxes, ha="center", color=GREY)
    add_legend(figure, axes, columns=columns)


def _set_epoch_axis(axes: Axes, *, epochs: int) -> None:
    """Show whole epochs only, and the first and last point in full."""
    margin = max(0.5, 0.02 * epochs)
    axes.set_xlim(1 - min(margin, 0.9), epochs + margin)  # there is no epoch 0
    set_integer_ticks(axes.xaxis)


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
    return _METRIC_WORDS.get(metric, shorten_label(metric.replace("_", " ")))
