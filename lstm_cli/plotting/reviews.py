"""Reviews, before anything is trained → a figure: their lengths, their classes, their scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lstm_cli.plotting.canvas import (
    BLACK,
    BLUE,
    VERMILION,
    add_legend,
    count_columns,
    set_integer_ticks,
    shorten_name,
    start_axes,
)

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Of very different lengths the longest few would leave all others no room.
_SHOWN_SHARE = 0.995
_MOST_BINS = 60
# Bars that one figure has room for, how long the longest of them can be, and characters of a name.
_MOST_BARS = 40
_BARS_INCHES = 5.5
_LONGEST_NAME = 30
_LETTER_INCHES = 0.09  # about how wide one is


def plot_lengths(lengths: NDArray[np.int64], *, maxlen: int, readable: int) -> Figure:
    """Draw how many reviews are of which length, and which of them `data.maxlen` cuts.

    The longest are left out where they would leave the others no room, and the figure says so.

    Args:
        lengths: `int64[n]`, words of each review; n > 0.
        maxlen: tokens that a model reads of each.
        readable: words among them.
    """
    import numpy as np

    longest, usual = int(lengths.max()), int(np.quantile(lengths, _SHOWN_SHARE))
    end = longest if longest <= 1.5 * usual else usual
    # Where it is far beyond every review, its line would leave the reviews no room either.
    has_line = readable <= 2 * end
    end = max(end, int(1.05 * readable)) if has_line else end
    hidden = int((lengths > end).sum())
    figure, axes = start_axes(
        f"Lengths of {_count_reviews(len(lengths))}",
        x_label=f"words ({hidden:,} longer, up to {longest:,}, not shown)" if hidden else "words",
        y_label="reviews",
    )
    is_cut = lengths > readable
    width = max(1, -(-end // _MOST_BINS))
    # A length is the middle of its bar, and no bar holds both what is cut and what is not.
    first = (readable % width) + 0.5 - width
    axes.hist(
        [lengths[~is_cut], lengths[is_cut]],
        bins=np.arange(first, end + 1.5 + width, width).tolist(),
        stacked=True,
        color=[BLUE, VERMILION],
        edgecolor="white",
        linewidth=0.4,
        label=[_describe("kept whole", ~is_cut), _describe("cut", is_cut)],
    )
    if has_line:
        axes.axvline(readable + 0.5, color=BLACK, linestyle="--", linewidth=1, label=f"data.maxlen={maxlen}")
    else:
        axes.plot(
            [], [], color=BLACK, linestyle="--", linewidth=1, label=f"data.maxlen={maxlen}, far to the right"
        )
    axes.set_xlim(min(first, 0), end + 0.5 + width)
    set_integer_ticks(axes.xaxis)
    set_integer_ticks(axes.yaxis)
    add_legend(figure, axes, columns=3)
    return figure


def _describe(what: str, chosen: NDArray[np.bool_]) -> str:
    return f"{what}: {chosen.sum():,} ({chosen.mean():.1%})"


def plot_classes(counts: Mapping[str, int]) -> Figure:
    """Draw how many reviews each class has, of more than 40 classes the largest.

    Args:
        counts: reviews of each class, by its name.
    """
    classes = "1 class" if len(counts) == 1 else f"{len(counts):,} classes"
    return _plot_counts(counts, title=f"of {classes}")


def plot_scripts(counts: Mapping[str, int]) -> Figure:
    """Draw how many reviews are written in each script.

    Args:
        counts: reviews of each script, by its name; that of none is empty.
    """
    scripts = "1 script" if len(counts) == 1 else f"{len(counts):,} scripts"
    return _plot_counts({name or "no letters": count for name, count in counts.items()}, title=f"in {scripts}")


def _plot_counts(counts: Mapping[str, int], *, title: str) -> Figure:
    total = sum(counts.values())
    shown = list(counts)
    if len(shown) > _MOST_BARS:
        shown = sorted(shown, key=counts.__getitem__, reverse=True)[:_MOST_BARS]
        title = f"{title} (the {_MOST_BARS} largest)"
    names = [shorten_name(name, longest=_LONGEST_NAME) for name in shown]
    labels = [f"{counts[name]:,} ({counts[name] / total:.1%})" for name in shown]
    figure, axes = start_axes(
        f"{_count_reviews(total)} {title}",
        x_label="reviews",
        y_label="",
        size=(_BARS_INCHES + 0.5 + _LETTER_INCHES * max(map(count_columns, names)), 1.6 + 0.3 * len(shown)),
    )
    bars = axes.barh(range(len(shown)), [counts[name] for name in shown], color=BLUE, height=0.7)
    axes.bar_label(bars, labels, padding=4)
    axes.set_yticks(range(len(shown)), names)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    room = _LETTER_INCHES * max(map(len, labels)) + 0.1  # for the label of the longest bar
    axes.set_xlim(0, max(map(counts.__getitem__, shown)) / (1 - room / _BARS_INCHES))
    axes.grid(visible=False, axis="y")
    set_integer_ticks(axes.xaxis, most=5)
    return figure


def _count_reviews(number: int) -> str:
    return f"{number:,} {'review' if number == 1 else 'reviews'}"
