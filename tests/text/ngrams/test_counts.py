"""What each fold is told of n-grams is counted in the texts of all other folds, and in no other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lstm_cli.text.ngrams.counts import OtherFolds
from lstm_cli.text.ngrams.matrix import COLUMNS
from lstm_cli.text.ngrams.occurrences import Occurrences

NGRAMS, TEXTS, FOLDS = 7, 20, 3


class Example:
    """Random texts, and what stands in them counted one by one."""

    def __init__(self, *, min_df=3, smoothing=0.5, seed=0):
        generator = np.random.default_rng(seed)
        self.holds = generator.random((NGRAMS, TEXTS)) < np.linspace(0.05, 0.7, NGRAMS)[:, None]
        self.folds = generator.integers(0, FOLDS, TEXTS)
        self.is_positive = generator.random(TEXTS) < 0.5
        self.min_df, self.smoothing = min_df, smoothing
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.holds.sum(axis=1))])
        texts = np.nonzero(self.holds)[1].astype(np.int32)
        occurrences = Occurrences((np.arange(NGRAMS, dtype=np.uint64),), texts, starts)
        self.others = OtherFolds(occurrences, self.folds, FOLDS, min_df, smoothing)

    def count(self, ngram, fold, *, positive):
        """Return in how many texts of a class and of other folds an n-gram stands."""
        return sum(
            bool(self.holds[ngram, text])
            for text in range(TEXTS)
            if self.folds[text] != fold and self.is_positive[text] == positive
        )

    def is_frequent(self, ngram, fold):
        if fold >= FOLDS:
            return False
        return sum(self.count(ngram, fold, positive=positive) for positive in (False, True)) >= self.min_df


@pytest.fixture(params=[{}, {"min_df": 1, "smoothing": 2.0, "seed": 1}, {"min_df": 6, "seed": 2}], ids=str)
def example(request):
    """Texts, with settings of their own."""
    return Example(**request.param)


def test_a_fold_learns_from_the_texts_of_others(example):
    seen = example.others.find_seen()
    assert seen.shape == (TEXTS, COLUMNS)
    for text, fold in np.ndindex(seen.shape):
        assert seen[text, fold] == (fold < FOLDS and example.folds[text] != fold)


@pytest.mark.parametrize(("begin", "end"), [(0, NGRAMS), (2, 5), (6, 7), (3, 3)])
class TestOfAnyRunOfNgrams:
    def test_those_count_that_stand_in_enough_texts_of_other_folds(self, example, begin, end):
        frequent = example.others.find_frequent(begin, end)
        assert frequent.shape == (end - begin, COLUMNS)
        for row, fold in np.ndindex(frequent.shape):
            assert frequent[row, fold] == example.is_frequent(begin + row, fold)

    def test_the_smoothed_counts_of_each_class_are_summed_up(self, example, begin, end):
        sums = example.others.sum_frequent(begin, end, example.is_positive)
        expected = [
            [
                sum(
                    example.count(ngram, fold, positive=positive) + example.smoothing
                    for ngram in range(begin, end)
                    if example.is_frequent(ngram, fold)
                )
                for fold in range(COLUMNS)
            ]
            for positive in (False, True)
        ]
        assert sums == pytest.approx(np.array(expected))

    def test_a_log_ratio_is_of_positive_by_negative_texts_and_none_of_a_rare_ngram(self, example, begin, end):
        ratios = example.others.compute_log_ratios(begin, end, example.is_positive)
        assert ratios.shape == (end - begin, COLUMNS)
        for row, fold in np.ndindex(ratios.shape):
            if example.is_frequent(begin + row, fold):
                positive, negative = (
                    example.count(begin + row, fold, positive=is_positive) + example.smoothing
                    for is_positive in (True, False)
                )
                assert ratios[row, fold] == pytest.approx(math.log(positive / negative))
            else:
                assert math.isnan(ratios[row, fold])


def test_there_is_something_to_tell_apart():
    """Else the others would pass whatever is counted."""
    frequent = Example().others.find_frequent(0, NGRAMS)[:, :FOLDS]
    assert frequent.any()
    assert not frequent.all()
