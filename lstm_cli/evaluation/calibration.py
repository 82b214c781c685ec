"""How often what is predicted with a probability is so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstm_cli.evaluation.outputs import Flags, Floats

_MOST_BINS = 10
# Of fewer reviews a share says nothing: its interval would span half the figure.
_FEWEST_REVIEWS = 20
# A normal deviate lies within 1.96 of the mean 95 times in 100.
_DEVIATE = 1.959964


@dataclass(frozen=True, eq=False)
class Calibration:
    """Reviews of about one probability each, from low to high, and how often what is predicted is so.

    Attributes:
        probabilities: `float64[m]`, each bin's mean.
        shares: `float64[m]`, of its reviews those where it is so.
        lows: `float64[m]`, where the share's 95 % interval begins (Wilson 1927).
        highs: `float64[m]`, where it ends.
        reviews: `int64[m]`, how many the bin holds.
    """

    probabilities: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]
    lows: npt.NDArray[np.float64]
    highs: npt.NDArray[np.float64]
    reviews: npt.NDArray[np.int64]


def compute_calibration(outcomes: Flags, probabilities: Floats) -> Calibration:
    """Gather reviews of about one probability into at most ten bins of about as many reviews.

    A bin holds at least 20 reviews, all where there are fewer; equal probabilities are never parted.

    Args:
        outcomes: `bool[n]`, whether it is so; n > 0.
        probabilities: `float32[n]` that it is.
    """
    order = np.argsort(probabilities, kind="stable")
    ascending = probabilities[order].astype(np.float64)
    starts = _find_starts(ascending)
    reviews = np.diff(np.append(starts, len(ascending)))
    shares = np.add.reduceat(outcomes[order].astype(np.float64), starts) / reviews
    lows, highs = _compute_intervals(shares, reviews)
    return Calibration(np.add.reduceat(ascending, starts) / reviews, shares, lows, highs, reviews)


def _find_starts(ascending: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return the place of each bin's first review."""
    total = len(ascending)
    size = max(_FEWEST_REVIEWS, -(-total // _MOST_BINS))
    starts = [0]
    while total - starts[-1] >= size:
        last = ascending[starts[-1] + size - 1]
        starts.append(int(np.searchsorted(ascending, last, side="right")))
    # What is left over is too little for a bin of its own.
    return np.array(starts[:-1] or starts, dtype=np.intp)


def _compute_intervals(
    shares: npt.NDArray[np.float64], reviews: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return where Wilson's 95 % intervals of shares of so many reviews begin and end."""
    weights = _DEVIATE**2 / reviews
    middles = (shares + weights / 2) / (1 + weights)
    halves = np.sqrt(weights * shares * (1 - shares) + weights**2 / 4) / (1 + weights)
    # Rounding may put an end beyond the share, 0 or 1.
    return np.clip(middles - halves, 0.0, shares), np.clip(middles + halves, shares, 1.0)
