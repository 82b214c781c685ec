"""Each pair of models is tested once, on the reviews that both were judged on, by the runs that stand for them."""

from __future__ import annotations

import math

import pytest

from lstm_cli.comparison.baseline import Baseline
from lstm_cli.comparison.rivals import compare_pairs
from lstm_cli.comparison.rows import build_rows
from lstm_cli.comparison.statistics import adjust_holm
from lstm_cli.data.baseline import NAME


@pytest.fixture
def compare(draft_judged):
    """A function: runs as (model, right, seed, fold, figures), a baseline's right of each fold → the tests."""

    def call(*runs, baselines=()):
        judged = []
        for model, right, seed, fold, figures in runs:
            folds = [] if fold is None else ["data.folds=4", f"data.fold={fold}"]
            settings = [f"name={model}", f"training.seed={seed}", *folds]
            judged.append(draft_judged(right, *settings, **({"val_loss": 0.5, "val_accuracy": 0.5} | figures)))
        rivals = {fold: Baseline(9, 0.0, 0.5, draft_judged(right).judgement) for fold, right in baselines}
        return compare_pairs(list(build_rows(judged)), baselines=rivals)

    return call


def read_counts(test):
    return test.result.only_first_right, test.result.only_second_right


def test_every_pair_is_tested_in_the_order_of_the_rows_and_adjusted_for_their_number(compare):
    tests = compare(
        ("a", "++++++++--", 7, None, {}), ("b", "----------", 8, None, {}), ("c", "+-------++", 9, None, {})
    )
    assert [(one.first, one.second) for one in tests] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [(one.first_seed, one.second_seed) for one in tests] == [(7, 8), (7, 9), (8, 9)]
    assert [read_counts(one) for one in tests] == [(8, 0), (7, 2), (0, 3)]
    assert [one.folds for one in tests] == [None] * 3
    assert [one.p_holm for one in tests] == list(adjust_holm([one.result.p_value for one in tests]))
    assert tests[0].p_holm > tests[0].result.p_value


def test_a_model_alone_has_no_rival(compare):
    assert compare(("a", "+-", 7, None, {})) == ()


def test_a_model_that_is_not_judged_is_tested_against_nobody(compare):
    tests = compare(("a", "+-", 7, None, {}), ("b", "", 7, None, {}), ("c", "++", 7, None, {}))
    assert [(one.first, one.second) for one in tests] == [("a", "c")]
    assert compare(("b", "", 7, None, {}), baselines=[(None, "+-")]) == ()


def test_the_seed_of_the_lowest_validation_loss_stands_for_a_model(compare):
    [test] = compare(
        ("a", "++", 1, None, {"val_loss": 0.5}),
        ("a", "--", 2, None, {"val_loss": 0.25}),
        ("a", "++", 3, None, {"val_loss": math.nan}),
        ("b", "++", 4, None, {}),
    )
    assert (test.first_seed, read_counts(test)) == (2, (0, 2))


def test_a_seed_that_is_not_judged_stands_for_none_however_low_its_loss(compare):
    [test] = compare(
        ("a", "", 1, None, {"val_loss": 0.125}), ("a", "-+", 2, None, {"val_loss": 0.5}), ("b", "++", 4, None, {})
    )
    assert test.first_seed == 2


class TestFolds:
    def test_two_models_are_tested_over_the_folds_that_both_have(self, compare):
        """Whatever the order of the runs; the first's fold 3 and the second's fold 4 have nothing beside them."""
        [test] = compare(
            ("a", "----", 7, 3, {}),
            ("a", "++", 7, 2, {}),
            ("a", "-+++", 7, 1, {}),
            ("b", "++--", 8, 1, {}),
            ("b", "++++", 8, 4, {}),
            ("b", "-+", 8, 2, {}),
        )
        assert (test.first_seed, test.second_seed, test.folds) == (7, 8, 2)
        assert read_counts(test) == (3, 1)

    def test_models_of_no_common_fold_are_not_tested(self, compare):
        assert compare(("a", "++", 7, 1, {}), ("b", "+-", 7, 2, {})) == ()

    def test_the_seed_of_the_most_folds_stands_for_a_model_before_that_of_the_lowest_loss(self, compare):
        [test] = compare(
            ("a", "++", 1, 1, {"val_loss": 0.125}),
            ("a", "--", 2, 1, {"val_loss": 0.5}),
            ("a", "--", 2, 2, {"val_loss": 0.5}),
            ("b", "++", 4, 1, {}),
            ("b", "++", 4, 2, {}),
        )
        assert (test.first_seed, test.folds, read_counts(test)) == (2, 2, (0, 4))

    def test_of_seeds_of_as_many_folds_it_is_the_one_of_the_lowest_mean_loss(self, compare):
        [test] = compare(
            ("a", "++", 1, 1, {"val_loss": 0.125}),
            ("a", "++", 1, 2, {"val_loss": 0.875}),
            ("a", "--", 2, 1, {"val_loss": 0.25}),
            ("a", "--", 2, 2, {"val_loss": 0.25}),
            ("b", "++", 4, 1, {}),
        )
        assert (test.first_seed, test.folds) == (2, 1)


class TestBaseline:
    def test_it_is_tested_last_against_the_model_of_the_best_validation_accuracy(self, compare):
        tests = compare(
            ("a", "++--", 7, None, {"val_accuracy": 0.75}),
            ("b", "++++", 8, None, {"val_accuracy": 0.875}),
            ("c", "----", 9, None, {"val_accuracy": math.nan}),
            baselines=[(None, "-+-+")],
        )
        assert [(one.first, one.second) for one in tests][:3] == [("a", "b"), ("a", "c"), ("b", "c")]
        last = tests[-1]
        assert (last.first, last.first_seed, last.second, last.second_seed) == ("b", 8, NAME, None)
        assert (len(tests), last.folds, read_counts(last)) == (4, None, (2, 0))

    def test_of_folds_it_is_tested_over_all_of_them_and_the_mean_accuracy_tells_the_best(self, compare):
        tests = compare(
            ("a", "++", 7, 1, {"val_accuracy": 0.875}),
            ("a", "++", 7, 2, {"val_accuracy": 0.125}),
            ("b", "+-", 7, 1, {"val_accuracy": 0.75}),
            ("b", "-+", 7, 2, {"val_accuracy": 0.75}),
            baselines=[(1, "--"), (2, "--")],
        )
        assert (tests[-1].first, tests[-1].second) == ("b", NAME)
        assert (tests[-1].folds, read_counts(tests[-1])) == (2, (2, 0))
