"""Figures over seeds, and paired tests of two classifiers on the same reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_BELOW = 25
"""With fewer discordant pairs than this the chi-squared approximation is too rough."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A figure over n runs.

    Attributes:
        mean: NaN where a run lacks the figure.
        sd: the sample standard deviation (divided by n - 1); None for a single run.
        n: how many runs.
    """

    mean: float
    sd: float | None
    n: int


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar's test of whether two classifiers err equally often.

    Attributes:
        only_first_right: reviews that the first gets right and the second wrong.
        only_second_right: the other way round.
        method: the exact binomial test, or the chi-squared with continuity correction.
        statistic: chi-squared with one degree of freedom; None for the exact test.
        p_value: two-sided.
    """

    only_first_right: int
    only_second_right: int
    method: Literal["exact", "chi-squared"]
    statistic: float | None
    p_value: float


def summarize(values: Sequence[float]) -> Summary:
    """Return mean and sample standard deviation of one value a run; there must be one."""
    array = np.asarray(values, dtype=np.float64)
    sd = float(array.std(ddof=1)) if len(array) > 1 else None
    return Summary(mean=float(array.mean()), sd=sd, n=len(array))


def compare_paired(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> McNemar:
    """Test two classifiers on the same reviews by those that only one of them gets right.

    McNemar, Psychometrika 12 (1947) 153-157, with the continuity correction of Edwards, Psychometrika 13 (1948)
    185-187; for comparing classifiers see Dietterich, Neural Computation 10 (1998) 1895-1923.

    Args:
        first_right: `bool[n]`, whether the first is right.
        second_right: `bool[n]`, the same of the second.

    Raises:
        ValueError: they are not of equally many reviews.
    """
    from scipy import stats

    if first_right.shape != second_right.shape:
        raise ValueError("expected the same reviews")
    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    discordant = only_first + only_second
    if discordant < EXACT_BELOW:
        p_value = stats.binomtest(only_first, discordant, 0.5).pvalue if discordant else 1.0
        return McNemar(only_first, only_second, "exact", None, float(p_value))
    # The correction moves the difference towards zero, never past it.
    statistic = max(abs(only_first - only_second) - 1, 0) ** 2 / discordant
    return McNemar(only_first, only_second, "chi-squared", statistic, float(stats.chi2.sf(statistic, df=1)))


def adjust_holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values adjusted for their number (Holm, Scandinavian Journal of Statistics 6 (1979) 65-70)."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return tuple(adjusted)
