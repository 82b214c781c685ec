"""A calibration's points stand for enough reviews each, and say how well their share is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.evaluation import compute_calibration

untimed = settings(deadline=None)  # the first example imports SciPy


@st.composite
def outcomes_and_probabilities(draw):
    reviews = draw(st.integers(1, 600))
    values = draw(st.integers(1, 1000))  # few values: many ties
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([1.0, 0.1, 4.0]))
    probabilities = (np.round(generator.random(reviews) * values) / values) ** spread
    return generator.random(reviews) < probabilities, probabilities.astype(np.float32)


@untimed
@given(outcomes_and_probabilities())
def test_no_point_stands_for_a_handful_and_equals_are_never_parted(data):
    outcomes, probabilities = data
    calibration = compute_calibration(outcomes, probabilities)
    assert calibration.reviews.sum() == len(outcomes)
    assert 1 <= len(calibration.reviews) <= 10
    assert calibration.reviews.min() >= min(20, len(outcomes))
    ends = np.cumsum(calibration.reviews)
    ascending = np.sort(probabilities)
    assert all(ascending[end - 1] < ascending[end] for end in ends[:-1])
    assert (np.diff(calibration.probabilities) > 0).all()
    # Of the reviews in turn, however they came.
    assert (calibration.probabilities * calibration.reviews).sum() == pytest.approx(probabilities.sum(dtype=float))
    assert (calibration.shares * calibration.reviews).sum() == pytest.approx(outcomes.sum())


@untimed
@given(outcomes_and_probabilities())
def test_intervals_are_wilsons(data):
    from scipy.stats import binomtest

    calibration = compute_calibration(*data)
    for share, low, high, reviews in zip(
        calibration.shares, calibration.lows, calibration.highs, calibration.reviews.tolist(), strict=True
    ):
        expected = binomtest(round(share * reviews), reviews).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-6)
        assert 0 <= low <= share <= high <= 1


def test_reviews_of_a_calibrated_model_are_spread_evenly():
    generator = np.random.default_rng(0)
    probabilities = generator.random(5000, dtype=np.float32)
    calibration = compute_calibration(generator.random(5000) < probabilities, probabilities)
    assert calibration.reviews.tolist() == [500] * 10
    assert np.abs(calibration.shares - calibration.probabilities).max() < 0.06


def test_one_review_between_two_crowds_makes_no_point():
    probabilities = np.array([0.1] * 30 + [0.5] + [0.9] * 30, dtype=np.float32)
    calibration = compute_calibration(probabilities == 0.5, probabilities)
    assert calibration.reviews.tolist() == [30, 31]
    assert calibration.shares == pytest.approx([0, 1 / 31])
