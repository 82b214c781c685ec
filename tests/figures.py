"""Histories to draw, how a figure is read back, and what it looks like, for the tests of plotting.

`python tests/figures.py` writes anew what `tests/plotting/looks.json` says of the figures that the tests draw: a
look is changed on purpose, and its pictures looked at.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

from lstm_cli.history import History

_LOOKS = Path(__file__).parent / "plotting" / "looks.json"
_WRITES = "WRITE_LOOKS" in os.environ

GRU = History(
    {
        "loss": (0.69, 0.6, 0.5, 0.4),
        "val_loss": (0.68, 0.6, 0.55, 0.57),
        "accuracy": (0.5, 0.6, 0.7, 0.8),
        "val_accuracy": (0.5, 0.6, 0.75, 0.7),
        "learning_rate": (1e-4,) * 4,
        "seconds": (1.5, 1.0, 1.0, 1.0),
    }
)
LSTM = History({"loss": (0.7, 0.65), "val_loss": (0.69, 0.66)})


def curves(figure):
    """Return the drawn lines as lists of (x, y), gaps left out and legend samples too."""
    return [
        [(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True) if not math.isnan(y)]
        for line in figure.axes[0].lines
        if len(line.get_xdata())
    ]


def points(values):
    return [(float(epoch), value) for epoch, value in enumerate(values, start=1) if not math.isnan(value)]


def legend(figure):
    """Return the texts of the figure's legend."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def check_look(name, figure):
    """Compare all that we decide of a figure with what was decided: sizes, colours, places, letters."""
    look = json.loads(json.dumps(describe_look(figure)))
    looks = json.loads(_LOOKS.read_text(encoding="utf-8")) if _LOOKS.exists() else {}
    if _WRITES:
        looks[name] = look
        lines = (f"{json.dumps(key)}: {json.dumps(looks[key], ensure_ascii=False)}" for key in sorted(looks))
        _LOOKS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    assert look == looks[name]


def describe_look(figure):
    """Return what a figure is made of, without what matplotlib decides by itself."""
    return {
        "inches": _round(figure.get_size_inches()),
        "title": [[text.get_text(), text.get_fontsize()] for text in figure.texts],
        "legend": [[text.get_text(), text.get_fontsize()] for one in figure.legends for text in one.get_texts()],
        "axes": [_describe_axes(axes) for axes in figure.axes],
    }


def _describe_axes(axes):
    ticks = [axis.get_ticklabels()[:8] for axis in (axes.xaxis, axes.yaxis)]
    return {
        "labels": [axes.get_xlabel(), axes.get_ylabel()],
        "limits": _round([*axes.get_xlim(), *axes.get_ylim()]),
        "aspect": axes.get_aspect(),
        "spines": [side for side in axes.spines if axes.spines[side].get_visible()],
        "lines": [_describe_line(line) for line in axes.lines],
        "texts": [_describe_text(text) for text in axes.texts],
        "bars": [_describe_bar(bar) for bar in axes.patches[:8]],
        "shaded": [
            [_round(one.get_facecolor().ravel()), _round(one.get_linewidths())] for one in axes.collections
        ],
        "ticks": [[_describe_text(tick) for tick in labels if tick.get_text()] for labels in ticks],
    }


def _describe_line(line):
    # What is not drawn has a colour that changes with releases.
    color = None if line.get_linestyle() == "None" else line.get_color()
    return {
        "label": line.get_label(),
        "style": [color, line.get_linestyle(), line.get_linewidth(), line.get_zorder()],
        "marker": [line.get_marker(), line.get_markersize(), line.get_markeredgecolor()],
        "begins": _round(line.get_xydata()[:4].ravel()),
    }


def _describe_text(text):
    place = [text.get_ha(), text.get_va(), text.get_rotation()]
    return [text.get_text(), text.get_color(), round(text.get_fontsize(), 3), *_round(text.get_position()), *place]


def _describe_bar(bar):
    colours = _round(bar.get_facecolor()) + _round(bar.get_edgecolor())
    return [_round(bar.get_bbox().bounds), colours, bar.get_linewidth()]


def _round(numbers):
    return [float(f"{number:.5g}") if math.isfinite(number) else str(number) for number in numbers]


if __name__ == "__main__":
    _LOOKS.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", "look_as_decided", str(_LOOKS.parent)]
    sys.exit(subprocess.call(command, env=os.environ | {"WRITE_LOOKS": "1"}))
