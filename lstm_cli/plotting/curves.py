"""Histories → a figure of their curves, epoch by epoch."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from lstm_cli.errors import HistoryError, suggest_nearest
from lstm_cli.history import History, Monitor, find_keras_name
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


@dataclass(frozen=True, eq=False)
class Curves:
    """The trainings of one model, which are drawn in one colour.

    Attributes:
        label: names them.
        histories: at least one.
        monitor: what told their best epochs, which are marked whatever metric is drawn; None where nobody says:
            then the metric's own lowest or highest value is marked, and called that.
    """

    label: str
    histories: Sequence[History]
    monitor: Monitor | None = None

    def find_best_epoch(self, history: History, *, metric: str) -> int | None:
        """Return the epoch of one of the histories that is marked; None where there is none."""
        if self.monitor:
            return history.kept_epoch(self.monitor)
        return history.best_epoch(Monitor(_name_validation(metric)))


def plot_history(models: Sequence[Curves], *, metric: str = "loss") -> Figure:
    """Draw a metric over the epochs: one history's two curves, or several histories in one colour a model.

    The training curve is dashed, the validation curve solid, the best epoch marked; gaps stay open.

    Args:
        models: at least one.
        metric: such as `loss`; with its `val_` prefix, the training curve is left out.

    Raises:
        HistoryError: a history lacks the metric.
    """
    if len(models) > 1 or len(models[0].histories) > 1:
        return plot_seeds(models, metric=metric)
    [model] = models
    [history] = model.histories
    _check_metric(history, metric=metric, label=model.label)
    metric_words = _name_metric(metric)
    title = f"{shorten_label(model.label)}: {metric_words} by epoch"
    figure, axes = start_axes(title, x_label="epoch", y_label=metric_words)
    _draw_single(axes, model, metric=metric)
    _finish(figure, axes, [history], metric=metric, columns=3)
    return figure


def plot_seeds(models: Sequence[Curves], *, metric: str = "loss") -> Figure:
    """Draw a metric over the epochs, one colour and one entry a model, however many of its runs there are.

    Args:
        models: at least one.
        metric: as for `plot_history`.

    Raises:
        HistoryError: a history lacks the metric.
    """
    histories = [history for model in models for history in model.histories]
    for model in models:
        for history in model.histories:
            _check_metric(history, metric=metric, label=model.label)
    metric_words = _name_metric(metric)
    title = f"{metric_words[:1].upper()}{metric_words[1:]} by epoch"
    figure, axes = start_axes(title, x_label="epoch", y_label=metric_words)
    for index, model in enumerate(models):
        colour = COLOURS[index % len(COLOURS)]
        marker = MARKERS[index // len(COLOURS) % len(MARKERS)]
        _draw_model(axes, model, metric=metric, colour=colour, marker=marker)
    curves = [_find_curves(history, metric=metric) for history in histories]
    if any(training for training, _ in curves) and any(validation for _, validation in curves):
        axes.plot([], [], color=GREY, label="validation")
        axes.plot([], [], color=GREY, label="training", linestyle="--", alpha=0.7)
    _finish(figure, axes, histories, metric=metric, columns=2)
    return figure


def list_undrawn(history: History, *, metric: str) -> list[str]:
    """Return the metrics that seem to be of the same kind as the one drawn, and are not drawn with it."""
    base = metric.removeprefix("val_")
    kind = re.compile(rf"(.*[\W_])?{re.escape(base)}([\W_].*)?", re.IGNORECASE)
    return [
        name
        for name in history.metrics
        if name not in {base, _name_validation(base)} and kind.fullmatch(find_keras_name(name))
    ]


def _draw_single(axes: Axes, model: Curves, *, metric: str) -> None:
    """Draw one history's curves, its best epoch with a line down to the axis."""
    [history] = model.histories
    training, validation = _find_curves(history, metric=metric)
    if training is not None:
        # Learning rates and durations have no second curve to be told apart from.
        style = {"label": "training", "linestyle": "--"} if validation else {"label": _name_metric(metric)}
        _draw_curve(axes, history, training, color=BLUE, **style)
    if validation is None:
        return
    _draw_curve(axes, history, validation, color=VERMILION, label="validation")
    name = _name_validation(metric)
    epoch = model.find_best_epoch(history, metric=metric)
    if epoch is None:
        return
    axes.axvline(epoch, color=GREY, linestyle=":", linewidth=1.2, zorder=1)
    value = history.get_figures(epoch)[name]  # a gap where another figure told the epoch
    text = _describe_mark(epoch, value, monitor=model.monitor, name=name)
    axes.plot([epoch], [value], color=VERMILION, label=text, **_mark("o"))


def _draw_model(axes: Axes, model: Curves, *, metric: str, colour: str, marker: str) -> None:
    """Draw the runs of one model over one another, and its entry in the legend."""
    runs, name = model.histories, _name_validation(metric)
    width = {} if len(runs) == 1 else {"linewidth": 1.0}
    marks: list[tuple[int, float]] = []
    for history in runs:
        training, validation = _find_curves(history, metric=metric)
        if training is not None:
            style = {"linestyle": "--", "alpha": 0.5} if validation else {}
            _draw_curve(axes, history, training, color=colour, **style, **width)
        if validation is None:
            continue
        _draw_curve(axes, history, validation, color=colour, **width)
        epoch = model.find_best_epoch(history, metric=metric)
        if epoch is not None and not math.isnan(value := history.get_figures(epoch)[name]):
            marks.append((epoch, value))
            axes.plot([epoch], [value], color=colour, **_mark(marker))
    shown = shorten_label(model.label)
    text = shown if len(runs) == 1 else f"{shown}, {len(runs)} runs"
    if not marks:
        axes.plot([], [], color=colour, label=text)
        return
    if len(marks) == 1:
        text = f"{text}, {_describe_mark(*marks[0], monitor=model.monitor, name=name)}"
    else:
        values = [value for _, value in marks]
        spread = f"{fmean(values):#.4g} ± {stdev(values):.1g}"
        text = f"{text}, {spread} at the best epochs" if model.monitor else f"{text}, {_name_end(name)} {spread}"
    axes.plot([], [], color=colour, label=text, **_mark(marker) | {"linestyle": "-"})


def _describe_mark(epoch: int, value: float, *, monitor: Monitor | None, name: str) -> str:
    """Return what a mark on the curve of the metric of that name says."""
    if monitor is None:
        return f"{_name_end(name)} {value:.4g} (epoch {epoch})"
    shown = "" if math.isnan(value) else f": {value:.4g}"
    return f"best epoch {epoch}{shown}" + ("" if monitor.metric == name else f" (by {monitor.metric})")


def _name_end(name: str) -> str:
    """Return which end of a metric's values is the good one."""
    return "highest" if Monitor(name).mode == "max" else "lowest"


def _draw_curve(axes: Axes, history: History, values: Sequence[float], **style: Any) -> None:  # noqa: ANN401 - matplotlib's own arguments
    """Draw `values` over the epochs; a value between two gaps, which no line shows, as a point.

    Epochs that are missing leave a gap too: steps between two of them longer than the shortest.
    """
    step = min((late - early for early, late in pairwise(history.numbers)), default=1)
    epochs: list[int] = []
    drawn: list[float] = []
    for epoch, value in zip(history.numbers, values, strict=True):
        if epochs and epoch - epochs[-1] > step:
            epochs.append(epochs[-1] + step)
            drawn.append(math.nan)
        epochs.append(epoch)
        drawn.append(value)
    is_gap = [True, *map(math.isnan, drawn), True]
    alone = [index for index in range(len(drawn)) if is_gap[index] and not is_gap[index + 1] and is_gap[index + 2]]
    axes.plot(epochs, drawn, **style)
    points = {"linestyle": "", "marker": "o", "markersize": 4, "label": None}
    axes.plot([epochs[index] for index in alone], [drawn[index] for index in alone], **style | points)


def _mark(marker: str) -> dict[str, Any]:
    """Return how a best epoch is drawn."""
    return {"marker": marker, "markersize": 7, "markeredgecolor": "white", "linestyle": "", "zorder": 4}


def _finish(figure: Figure, axes: Axes, histories: Sequence[History], *, metric: str, columns: int) -> None:
    """Fit the epochs' axis to the histories and add the legend."""
    _set_epoch_axis(axes, [number for history in histories for number in history.numbers])
    if not any(_has_numbers(history, metric=metric) for history in histories):
        axes.text(0.5, 0.5, "no finite values", transform=axes.transAxes, ha="center", color=GREY)
    add_legend(figure, axes, columns=columns)


def _set_epoch_axis(axes: Axes, numbers: Sequence[int]) -> None:
    """Show whole epochs only, and the first and last point in full."""
    first, last = min(numbers), max(numbers)
    margin = max(0.5, 0.02 * (last - first + 1))
    axes.set_xlim(first - min(margin, 0.9), last + margin)  # there is no epoch 0
    set_integer_ticks(axes.xaxis)


def _find_curves(history: History, *, metric: str) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    """Return a metric's training and validation values, None where the history has none."""
    training = None if metric.startswith("val_") else history.metrics.get(metric)
    return training, history.metrics.get(_name_validation(metric))


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
