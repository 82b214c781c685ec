"""Predictions beside labels → a figure: confusion matrix, ROC curves, calibration; of two classes or more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lstm_cli.plotting.canvas import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    VERMILION,
    add_legend,
    count_columns,
    set_integer_ticks,
    shorten_name,
    start_axes,
    start_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lstm_cli.evaluation import Floats, Integers, RocCurve

# Of the histogram: equally wide, from 0 to 1.
_BINS = 10
_FAINT = "#BBBBBB"
# Up to so many classes a cell has room for its share beside its count, ...
_MOST_WITH_SHARES = 6
# ... and up to so many for its count.
_MOST_WITH_COUNTS = 30


def plot_confusion_matrix(matrix: Sequence[Sequence[int]], *, classes: Sequence[str]) -> Figure:
    """Draw counts, and the share of the true class they make up.

    Of more than 6 classes the counts that are not 0, and each class' reviews beside its name.

    Args:
        matrix: `int[k, k]`, rows are the true class, columns the predicted one.
        classes: the names of the k classes.
    """
    import numpy as np

    counts = np.asarray(matrix)
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    has_shares = len(classes) <= _MOST_WITH_SHARES
    names = [shorten_name(name) for name in classes]
    rows = names if has_shares else [f"{name} ({total:,})" for name, total in zip(names, totals, strict=True)]
    side = max(4.2, 0.45 * min(len(names), _MOST_WITH_COUNTS))
    points = 72 * side / len(names)  # of a cell
    font = min(10.0, 0.8 * points)
    has_upright_names = _measure(names, font=font) > 0.95 * points
    figure, axes = start_axes(
        f"Confusion matrix of {_count_reviews(counts.sum())}",
        x_label="predicted class",
        y_label="true class" if has_shares else "true class (reviews)",
        size=(
            side + _measure(rows, font=font) / 72 + 1.7,
            side + (_measure(names, font=font) / 72 if has_upright_names else 0.2) + 0.9,
        ),
    )
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)
    axes.tick_params(labelsize=font)
    axes.set_xticks(range(len(names)), names, rotation=90 if has_upright_names else 0)
    axes.set_yticks(range(len(names)), rows)
    texts = [
        [_describe_cell(count, total, classes=len(names)) for count in row]
        for row, total in zip(counts.tolist(), totals.tolist(), strict=True)
    ]
    widest = _measure([line for row in texts for text in row for line in text.split("\n")], font=1.0)
    for (row, column), share in np.ndenumerate(shares):
        if not texts[row][column]:  # a drawn nothing takes as long as a text
            continue
        axes.text(
            column,
            row,
            texts[row][column],
            ha="center",
            va="center",
            color="white" if share > 0.65 else BLACK,  # whichever stands out more
            fontsize=min(15.0 if has_shares else 9.0, 0.95 * points / max(widest, 1.0)),
        )
    figure.colorbar(image, aspect=5 * side, label="share of the true class", format="{x:.0%}")
    return figure


def _describe_cell(count: int, total: int, *, classes: int) -> str:
    if classes > _MOST_WITH_SHARES:
        return f"{count:,}" if count and classes <= _MOST_WITH_COUNTS else ""
    return f"{count:,}\n{count / total:.1%}" if total else f"{count:,}\nno reviews"


def _measure(texts: Sequence[str], *, font: float) -> float:
    """Return about how wide the longest is, in the points that `font` is in."""
    return 0.62 * font * max(map(count_columns, texts))


def plot_roc(labels: Integers, probabilities: Floats, *, classes: Sequence[str]) -> Figure:
    """Draw the receiver operating characteristic and the area under it.

    Of two classes the second's. Of more each class' against the rest and their mean, whose area is the mean of
    theirs; where there are more of them than colours, only the best and the worst are named.

    Args:
        labels: `int32[n]`, indices into `classes`; n > 0.
        probabilities: `float32[n, k]`, or of two classes the second's alone, `float32[n]`.
        classes: the names of the k classes.
    """
    from lstm_cli.evaluation import compute_roc_curves

    names = [shorten_name(name) for name in classes]
    is_of_two = len(names) == 2
    taken = f"{names[0]} reviews called {names[1]}" if is_of_two else "of the other classes"
    found = f"{names[1]} reviews found" if is_of_two else "of the class"
    figure, axes = start_axes(
        f"ROC curve{'' if is_of_two else 's'} of {_count_reviews(len(labels))}",
        x_label=f"false positive rate ({taken})",
        y_label=f"true positive rate ({found})",
        size=(6.5, 6.5),
    )
    curves = compute_roc_curves(labels, probabilities)
    drawn = {label: curve for label, curve in curves.items() if curve}
    if not drawn:
        axes.text(0.5, 0.9, f"no curve: every review is {names[labels[0]]}", ha="center", color=GREY)
    elif is_of_two:
        _draw_curve(axes, drawn[1], label=f"model, area {drawn[1].area:.3f}", color=BLUE)
    else:
        _draw_curves(axes, drawn, names=names)
        _draw_mean(axes, drawn)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="guessing, area 0.500")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    add_legend(figure, axes, columns=2)
    return figure


def _draw_curves(axes: Axes, curves: dict[int, RocCurve], *, names: Sequence[str]) -> None:
    if len(names) <= len(COLOURS):
        for label, name in enumerate(names):
            if label in curves:
                text = f"{name}, area {curves[label].area:.3f}"
                _draw_curve(axes, curves[label], label=text, color=COLOURS[label])
            else:
                axes.plot([], [], color=COLOURS[label], label=f"{name}, no reviews")
        return
    ranked = sorted(curves, key=lambda label: curves[label].area)
    absent = len(names) - len(curves)
    others = f"other classes: {len(curves) - 2}" + (f" ({absent} more have no reviews)" if absent else "")
    axes.plot([], [], color=_FAINT, linewidth=0.8, label=others)
    for label in ranked[1:-1]:
        _draw_curve(axes, curves[label], label="", color=_FAINT, linewidth=0.8)
    for label, place, colour in ((ranked[-1], "best", BLUE), (ranked[0], "worst", VERMILION)):
        text = f"{place}: {names[label]}, area {curves[label].area:.3f}"
        _draw_curve(axes, curves[label], label=text, color=colour, linewidth=1.5)


def _draw_mean(axes: Axes, curves: dict[int, RocCurve]) -> None:
    import numpy as np

    # A curve rises at one place: a nudge aside lets both ends of the rise be read.
    nudged = [(curve.false_rates + 1e-9 * curve.true_rates, curve.true_rates) for curve in curves.values()]
    rates = np.unique(np.concatenate([false_rates for false_rates, _ in nudged]))
    means = np.mean([np.interp(rates, *points) for points in nudged], axis=0)
    area = np.mean([curve.area for curve in curves.values()])
    axes.plot(rates, means, color=BLACK, linewidth=2.5, linestyle=":", label=f"macro mean, area {area:.3f}")


def _draw_curve(axes: Axes, curve: RocCurve, *, label: str, color: str, linewidth: float = 2.0) -> None:
    axes.plot(curve.false_rates, curve.true_rates, label=label, color=color, linewidth=linewidth)


def plot_calibration(labels: Integers, probabilities: Floats, *, classes: Sequence[str]) -> Figure:
    """Draw how often what is predicted with a probability is so, above a histogram of the probabilities.

    Of two classes for the second's probability, of more for that of the class predicted. Each point stands for
    about as many reviews, never for a handful, and shows how well its share is known: see `compute_calibration`.

    Args:
        labels: `int32[n]`, indices into `classes`; n > 0.
        probabilities: `float32[n, k]`, or of two classes the second's alone, `float32[n]`.
        classes: the names of the k classes.
    """
    import numpy as np

    from lstm_cli.evaluation import (
        complete_probabilities,
        compute_brier_score,
        compute_calibration,
        predict_labels,
    )

    of_classes = complete_probabilities(probabilities)
    is_of_two = len(classes) == 2
    second = shorten_name(classes[1])
    shown = np.ones_like(labels) if is_of_two else predict_labels(of_classes)
    confidences = of_classes[np.arange(len(labels)), shown]
    calibration = compute_calibration(labels == shown, confidences)
    figure = start_figure(f"Calibration on {_count_reviews(len(labels))}", size=(6.5, 7.5))
    curve, histogram = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    style_axes(curve, x_label="", y_label=f"share of {second} reviews" if is_of_two else "share predicted rightly")
    style_axes(
        histogram,
        x_label=f"predicted probability of {second if is_of_two else 'the class predicted'}",
        y_label="reviews",
    )
    curve.plot(
        calibration.probabilities,
        calibration.shares,
        color=BLUE,
        linewidth=2,
        marker="o",
        label=f"model, Brier score {compute_brier_score(labels, of_classes):.3f}",
    )
    curve.errorbar(
        calibration.probabilities,
        calibration.shares,
        yerr=(calibration.shares - calibration.lows, calibration.highs - calibration.shares),
        fmt="none",
        ecolor=BLUE,
        elinewidth=1,
        capsize=3,
        label=f"95 % interval ({calibration.reviews.min():,} or more reviews each)",
    )
    curve.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfectly calibrated")
    curve.set(xlim=(-0.01, 1.01), ylim=(-0.02, 1.02))
    histogram.hist(confidences, bins=np.linspace(0.0, 1.0, _BINS + 1).tolist(), color=BLUE, edgecolor="white")
    set_integer_ticks(histogram.yaxis)
    add_legend(figure, curve, columns=2)
    return figure


def _count_reviews(number: int) -> str:
    return f"{number:,} review" if number == 1 else f"{number:,} reviews"
