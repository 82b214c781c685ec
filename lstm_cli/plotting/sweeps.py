"""A sweep → figures of its trials and of what mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_cli.history import VALIDATION_WORDS
from lstm_cli.plotting.canvas import (
    BLUE,
    GREY,
    VERMILION,
    add_legend,
    set_integer_ticks,
    shorten_label,
    start_axes,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_BARS = 20


@dataclass(frozen=True)
class TrialPoint:
    """A trial in the figure.

    Attributes:
        number: the first is 1.
        value: the objective.
        is_complete: whether it was trained to its end.
    """

    number: int
    value: float
    is_complete: bool


def plot_trials(points: Sequence[TrialPoint], *, objective: str, title: str) -> Figure:
    """Draw every trial's value in their order, and the best so far as a step line.

    Args:
        points: the trials that have a value, in order.
        objective: `val_loss`, best low, or `val_accuracy` or `val_macro_f1`, best high.
        title: the sweep's name.
    """
    words = VALIDATION_WORDS[objective]
    figure, axes = start_axes(f"{shorten_label(title)}: {words} by trial", x_label="trial", y_label=words)
    complete = [point for point in points if point.is_complete]
    pruned = [point for point in points if not point.is_complete]
    if complete:
        better = min if objective == "val_loss" else max
        best = [better(point.value for point in complete[: count + 1]) for count in range(len(complete))]
        numbers = [point.number for point in complete]
        last = max(point.number for point in points)
        axes.step(
            [*numbers, last],
            [*best, best[-1]],
            where="post",
            color=VERMILION,
            label=f"best so far: {best[-1]:.4g}",
        )
        axes.plot(
            numbers, [point.value for point in complete], color=BLUE, label="complete", marker="o", linestyle=""
        )
    if pruned:
        axes.plot(
            [point.number for point in pruned],
            [point.value for point in pruned],
            color=GREY,
            label="pruned",
            marker="x",
            linestyle="",
        )
    set_integer_ticks(axes.xaxis)
    if points:
        add_legend(figure, axes, columns=3)
    return figure


def plot_importances(importances: Mapping[str, float], *, objective: str, title: str) -> Figure:
    """Draw each setting's importance as a bar, the largest on top.

    Args:
        importances: shares that add up to 1, largest first; the first 20 are drawn.
        objective: the figure that they are of.
        title: the sweep's name.
    """
    shown = list(importances.items())[:_MOST_BARS]
    figure, axes = start_axes(
        f"{shorten_label(title)}: what the {VALIDATION_WORDS[objective]} depends on",
        x_label="importance (PED-ANOVA)",
        y_label="",
        size=(8.0, 1.8 + 0.4 * len(shown)),
    )
    axes.barh(range(len(shown)), [share for _, share in shown], color=BLUE)
    axes.set_yticks(range(len(shown)), [shorten_label(path) for path, _ in shown])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    for index, (_, share) in enumerate(shown):
        axes.annotate(f"{share:.2f}", (share, index), xytext=(4, 0), textcoords="offset points", va="center")
    return figure
