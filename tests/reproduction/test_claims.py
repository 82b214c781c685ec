"""Verdicts say what the seeds show, and no more."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reproduction.claims import Difference, compute_difference, judge_above, judge_below

FIGURES = st.dictionaries(st.integers(0, 9), st.floats(0, 1, width=32), min_size=10, max_size=10)


@given(first=FIGURES, second=FIGURES)
def test_the_interval_is_that_of_a_paired_t_test(first, second):
    difference = compute_difference(first, second)
    values = [first[seed] - second[seed] for seed in range(10)]
    assert difference.mean == pytest.approx(math.fsum(values) / 10, abs=1e-12)
    assert difference.seeds == 10
    result = stats.ttest_1samp(values, 0.0)
    if len(set(values)) > 1:
        interval = result.confidence_interval(0.95)
        assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_only_seeds_of_both_count():
    assert compute_difference({1: 0.5, 2: 0.6, 3: 9.0}, {1: 0.4, 2: 0.5, 4: 7.0}).mean == pytest.approx(0.1)


def test_one_seed_shows_nothing():
    difference = compute_difference({42: 0.4}, {42: 0.5})
    assert difference.mean == pytest.approx(-0.1)
    assert judge_below(difference) == judge_above(difference) == "not shown"
    assert "one seed" in str(difference)


@pytest.mark.parametrize(
    ("low", "high", "below", "above"),
    [
        (-0.2, -0.1, "yes", "no"),
        (0.1, 0.2, "no", "yes"),
        (-0.1, 0.1, "not shown", "not shown"),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(low, high, below, above):
    difference = Difference((low + high) / 2, low, high, 5)
    assert judge_below(difference) == below
    assert judge_above(difference) == above


def test_no_worse_allows_what_its_bound_allows():
    assert judge_above(Difference(-0.001, -0.004, 0.002, 5), bound=-0.005) == "yes"
    assert judge_above(Difference(-0.004, -0.007, 0.002, 5), bound=-0.005) == "not shown"
