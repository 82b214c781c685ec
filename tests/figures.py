"""Histories to draw, and how a figure is read back, for the tests of plotting."""

from __future__ import annotations

import math

from lstm_cli.history import History

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
