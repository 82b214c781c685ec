"""A report → a figure of the ratios."""

from __future__ import annotations

import os
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.engines import OURS, TITLES
from benchmarks.results import CaseResult
from lstm_cli.plotting import COLOURS, GREY, MARKERS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PEERS = tuple(engine for engine in TITLES if engine != OURS)
_TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)


def plot_ratios(cases: Sequence[CaseResult], *, title: str) -> Figure:
    """Draw, for every case, how many times as long as lstm-cli the others took: median, least and most.

    Args:
        cases: at least one, from top to bottom.
        title: above the figure.
    """
    os.environ["MPLBACKEND"] = "agg"
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    figure = Figure(figsize=(8.0, 1.8 + 0.42 * len(cases)), layout="constrained")
    axes = figure.subplots()
    extremes = [1.0]
    for peer, colour, marker, shift in zip(_PEERS, COLOURS, MARKERS, (-0.24, 0.0, 0.24), strict=False):
        rows, medians, below, above = [], [], [], []
        for row, case in enumerate(cases):
            if not {peer, OURS} <= case.measurements.keys():
                continue
            ratios = case.list_ratios(peer, ours=OURS)
            middle = median(ratios)
            rows.append(row + shift)
            medians.append(middle)
            below.append(middle - min(ratios))
            above.append(max(ratios) - middle)
            extremes += [min(ratios), max(ratios)]
        axes.errorbar(
            medians, rows, xerr=[below, above], color=colour, marker=marker, linestyle="", label=TITLES[peer]
        )
    axes.axvline(1.0, color=GREY, linestyle="--", linewidth=1.2, zorder=1)
    axes.set_xscale("log")
    axes.set_xlim(min(extremes) / 1.2, max(extremes) * 1.2)
    axes.xaxis.set_major_locator(FixedLocator(_TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.set_yticks(range(len(cases)), [case.name for case in cases])
    axes.set_ylim(len(cases) - 0.5, -0.5)
    axes.set_xlabel("time taken, as a multiple of lstm-cli's (right of the dashed line lstm-cli is faster)")
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=14)
    figure.legend(loc="outside lower center", ncols=len(_PEERS), frameon=False)
    return figure
