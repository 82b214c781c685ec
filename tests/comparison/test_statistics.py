"""Means, deviations and paired tests against figures worked out by hand and by others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.comparison.statistics import EXACT_BELOW, adjust_holm, compare_paired, summarize

_counts = st.integers(0, 60)


def make_pair(both: int, only_first: int, only_second: int, neither: int):
    """Return which reviews two classifiers get right, in the four kinds one after the other."""
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return np.array(first, dtype=np.bool_), np.array(second, dtype=np.bool_)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8))
def test_mean_and_sample_deviation_are_numpys(values):
    summary = summarize(values)
    assert summary.mean == pytest.approx(np.mean(values))
    assert summary.sd == pytest.approx(np.sqrt(np.var(values, ddof=1)), abs=1e-9)
    assert summary.n == len(values)


def test_mean_and_deviation_worked_by_hand():
    """2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares 32, divided by 7."""
    summary = summarize([2, 4, 4, 4, 5, 5, 7, 9])
    assert (summary.mean, summary.sd) == (5.0, pytest.approx(math.sqrt(32 / 7)))


def test_a_single_run_has_no_deviation_and_a_gap_no_mean():
    assert (summarize([0.5]).mean, summarize([0.5]).sd, summarize([0.5]).n) == (0.5, None, 1)
    assert math.isnan(summarize([0.5, math.nan]).mean)


def test_the_exact_test_worked_by_hand():
    """3 against 10: twice (1 + 13 + 78 + 286) of the 8,192 ways to divide 13 reviews."""
    result = compare_paired(*make_pair(20, 3, 10, 5))
    assert (result.only_first_right, result.only_second_right) == (3, 10)
    assert (result.method, result.statistic) == ("exact", None)
    assert result.p_value == pytest.approx(756 / 8192)


def test_the_chi_squared_test_worked_by_hand():
    """10 against 30: (20 - 1)² / 40 = 9.025, whose upper tail a normal table gives as 0.00266."""
    result = compare_paired(*make_pair(100, 10, 30, 0))
    assert (result.method, result.statistic) == ("chi-squared", pytest.approx(9.025))
    assert result.p_value == pytest.approx(0.00266, abs=1e-5)


@pytest.mark.parametrize(("discordant", "method"), [(EXACT_BELOW - 1, "exact"), (EXACT_BELOW, "chi-squared")])
def test_few_discordant_pairs_are_tested_exactly(discordant, method):
    assert compare_paired(*make_pair(5, 5, discordant - 5, 5)).method == method


def test_models_that_err_alike_are_not_told_apart():
    same = np.array([True, False, True])
    assert compare_paired(same, same).p_value == 1.0
    # Without its bound the correction would move an equal split past zero: 1/60 in place of 0.
    assert compare_paired(*make_pair(0, 30, 30, 0)).statistic == 0.0


@given(_counts, _counts, _counts, _counts, st.randoms(use_true_random=False))
def test_the_test_knows_only_the_discordant_pairs(both, only_first, only_second, neither, random):
    first, second = make_pair(both, only_first, only_second, neither)
    order = list(range(len(first)))
    random.shuffle(order)
    result = compare_paired(first[order], second[order])
    assert (result.only_first_right, result.only_second_right) == (only_first, only_second)
    mirrored = compare_paired(second, first)
    assert result.p_value == pytest.approx(mirrored.p_value)
    assert 0.0 < result.p_value <= 1.0
    n = only_first + only_second
    if n < EXACT_BELOW:
        tail = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1))
        assert result.p_value == pytest.approx(min(1.0, 2 * tail / 2**n))
    else:  # a chi-squared of one degree of freedom is a squared normal
        assert result.p_value == pytest.approx(math.erfc(math.sqrt(result.statistic / 2)))


def test_classifiers_of_different_reviews_are_not_compared():
    with pytest.raises(ValueError, match="the same reviews"):
        compare_paired(np.ones(3, np.bool_), np.ones(4, np.bool_))


def test_holms_adjustment_worked_by_hand():
    """0.005·4, 0.01·3, 0.03·2, and 0.04·1, which must not fall below the one before."""
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert adjust_holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holms_adjustment_keeps_the_order_and_the_bounds(p_values):
    adjusted = adjust_holm(p_values)
    assert all(p <= q <= min(1.0, p * len(p_values)) + 1e-12 for p, q in zip(p_values, adjusted, strict=True))
    ranked = [adjusted[index] for index in sorted(range(len(p_values)), key=p_values.__getitem__)]
    assert ranked == sorted(ranked)
