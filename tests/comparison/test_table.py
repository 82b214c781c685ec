"""Runs become rows and tables: what belongs together stands together, and nothing else does."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from lstm_cli.comparison.runs import load_run
from lstm_cli.comparison.statistics import adjust_holm, compare_paired
from lstm_cli.comparison.table import build_tables, explain_difference
from lstm_cli.data.baseline import NAME

_UNITS = "model.recurrent[0].units=3"
_SEEDS = [(), ("training.seed=8",), ("training.seed=9",)]


@pytest.fixture
def build(run):
    """A function: the settings of each run → the one table of them, without a baseline."""

    def call(*settings, with_baseline=False):
        [table] = build_tables([run(*each) for each in settings], with_baseline=with_baseline)
        return table

    return call


def test_seeds_of_one_model_are_a_row_of_means_and_deviations(build):
    table = build(*_SEEDS)
    [row] = table.rows
    assert (row.label, row.finished, len(row.runs), row.repeats) == ("tiny", True, 3, ())
    for name, summary in row.summaries.items():
        values = [getattr(item.figures, name) for item in row.runs]
        assert summary.mean == pytest.approx(np.mean(values))
        assert summary.sd == pytest.approx(np.std(values, ddof=1))
    assert any("mean ± sample standard deviation" in note for note in table.notes)


def test_the_figures_are_those_of_the_best_epoch_in_the_history(build):
    [item] = build(()).rows[0].runs
    metrics = json.loads((item.run.path / "history.json").read_text())
    best = min(range(2), key=metrics["val_loss"].__getitem__)
    figures = item.figures
    assert (figures.epochs, figures.best_epoch) == (2, best + 1)
    assert (figures.loss, figures.val_loss) == (metrics["loss"][best], metrics["val_loss"][best])
    assert figures.gap == metrics["val_loss"][best] - metrics["loss"][best]
    assert figures.val_accuracy == metrics["val_accuracy"][best]
    assert figures.seconds == np.median(metrics["seconds"])
    assert figures.test_accuracy == item.judgement.accuracy
    assert figures.test_macro_f1 == item.judgement.macro_f1


def test_models_of_one_name_are_told_apart_by_their_settings(build):
    table = build((), (_UNITS,), (_UNITS, "training.seed=8"))
    assert [(row.label, len(row.runs)) for row in table.rows] == [
        ("tiny (model.recurrent[0].units=2)", 1),
        ("tiny (model.recurrent[0].units=3)", 2),
    ]
    assert table.rows[0].parameters < table.rows[1].parameters


def test_the_same_training_twice_is_no_further_seed(run_copy, run):
    again = run_copy("again")
    [table] = build_tables([run(), load_run(again), run("training.seed=8")], with_baseline=False)
    [row] = table.rows
    assert [item.run.record.seed for item in row.runs] == [7, 8]
    assert [item.run.path for item in row.repeats] == [again]
    assert any(f"{again} repeats seed 7" in note for note in table.notes)


def test_an_unfinished_run_has_a_row_of_its_own_and_is_marked(run_copy, run):
    folder = run_copy("killed", "training.seed=8")
    record = folder / "run.json"
    record.write_text(record.read_text().replace('"finished": true', '"finished": false').rstrip())
    begun = run_copy("begun", _UNITS)
    record = begun / "run.json"
    record.write_text(record.read_text().replace('"finished": true', '"finished": false').rstrip())
    (begun / "history.json").unlink()
    [table] = build_tables([run(), load_run(folder), load_run(begun)], with_baseline=False)
    finished, killed, started = table.rows
    assert not math.isnan(killed.summaries["test_accuracy"].mean)
    assert (finished.finished, killed.finished, started.finished) == (True, False, False)
    assert killed.label == "tiny (model.recurrent[0].units=2), unfinished"
    assert math.isnan(started.summaries["val_loss"].mean)
    assert [(test.first, test.second) for test in table.tests] == [(finished.label, killed.label)]
    notes = "\n".join(table.notes)
    assert f"lstm-train --resume ({folder})" in notes
    assert f"{started.label}: no epoch with a finite validation figure" in notes


def test_every_pair_is_tested_by_the_seed_of_the_lowest_validation_loss(build):
    table = build(*_SEEDS, (_UNITS,), ("model.recurrent[0].cell=lstm",))
    many, *others = table.rows
    chosen = min(many.runs, key=lambda item: item.figures.val_loss)
    assert many.chosen is chosen
    [first, second, third] = table.tests
    assert [(test.first, test.second) for test in (first, second, third)] == [
        (many.label, others[0].label),
        (many.label, others[1].label),
        (others[0].label, others[1].label),
    ]
    assert first.first_seed == chosen.run.record.seed
    assert first.result == compare_paired(chosen.judgement.right, others[0].chosen.judgement.right)
    p_values = [test.result.p_value for test in table.tests]
    assert [test.p_holm for test in table.tests] == list(adjust_holm(p_values))


def test_the_baseline_is_tested_against_the_model_of_the_best_validation_accuracy(build):
    table = build((), (_UNITS,), with_baseline=True)
    best = max(table.rows, key=lambda row: row.chosen.figures.val_accuracy)
    assert (table.tests[-1].first, table.tests[-1].second, table.tests[-1].second_seed) == (best.label, NAME, None)
    expected = compare_paired(best.chosen.judgement.right, table.baseline.judgement.right)
    assert table.tests[-1].result == expected
    assert len(table.baseline.judgement.right) == table.reviews["test"]


def test_models_judged_on_other_reviews_stand_in_tables_of_their_own(run):
    tables = build_tables(
        [run(), run("data.split_seed=1"), run("training.seed=8"), run("data.limit=250")], with_baseline=False
    )
    assert [[len(row.runs) for row in table.rows] for table in tables] == [[2], [1], [1]]
    assert all(not table.tests for table in tables)
    assert explain_difference(tables[0], tables[1]) == "data.split_seed 42 and 1"
    assert explain_difference(tables[0], tables[2]) == "data.limit null and 250"


def test_other_tokens_of_the_same_reviews_are_compared(build):
    table = build((), ("data.maxlen=11",))
    assert [row.label for row in table.rows] == ["tiny (data.maxlen=12)", "tiny (data.maxlen=11)"]
    assert len(table.tests) == 1


def test_without_a_test_part_the_table_says_what_it_is_judged_on(build):
    table = build(("data.test_split=0.0",), with_baseline=True)
    assert table.part == "validation"
    assert math.isnan(table.rows[0].summaries["test_accuracy"].mean)
    assert "no test part" in table.notes[0]
    assert table.baseline.judgement.part == "validation"


def test_losses_of_different_kinds_are_not_passed_off_as_comparable(build):
    table = build((), ("training.loss=mean_squared_error",))
    assert any("losses are of different kinds" in note for note in table.notes)


def test_what_is_under_way_is_reported(run):
    said: list[str] = []
    build_tables([run()], with_baseline=True, report=said.append)
    assert said[0].startswith("Judging run 1 of 1: ")
    assert said[1].startswith("Judging the baseline on reviews.csv")


def list_notes(runs, **options):
    [table] = build_tables(runs, with_baseline=False, **options)
    return table, "\n".join(table.notes)


class TestOfRunsThatWereOnlyBegun:
    """What a table says before any model is judged."""

    @pytest.mark.parametrize(
        ("reviews", "part", "note"),
        [
            ({"train": 9, "validation": 3, "test": 2}, "test", None),
            ({"train": 9, "validation": 3, "test": 0}, "validation", "no test part"),
            ({"train": 9, "validation": 0, "test": 2}, "test", None),
            ({"train": 9, "validation": 0, "test": 0}, None, "neither a test"),
        ],
    )
    def test_it_says_what_they_will_be_judged_on(self, draft_run, reviews, part, note):
        table, notes = list_notes([draft_run(finished=False, reviews=reviews)])
        assert (table.part, table.reviews) == (part, reviews)
        assert (table.largest_class_share, table.is_of_even_pair) == (None, True)
        assert (table.baseline, table.folds, table.tests) == (None, None, ())
        told = [words for words in ("no test part", "neither a test") if words in notes]
        assert told == ([] if note is None else [note])
        assert ("no model to judge" in notes) is (part is not None)

    def test_without_a_model_there_is_no_baseline_either(self, draft_run):
        said = []
        [table] = build_tables([draft_run(finished=False)], with_baseline=True, report=said.append)
        assert table.baselines == {}
        assert said == ["Judging run 1 of 1: run"]

    def test_each_run_is_reported_by_its_number(self, draft_run):
        said = []
        runs = [draft_run(path="a", finished=False), draft_run("data.split_seed=1", path="b", finished=False)]
        build_tables(runs, with_baseline=False, report=said.append)
        assert said == ["Judging run 1 of 2: a", "Judging run 2 of 2: b"]

    def test_of_several_seeds_or_folds_the_figures_are_explained(self, draft_run):
        seeds = [draft_run(f"training.seed={seed}", finished=False) for seed in (1, 2)]
        assert "mean ±" not in list_notes(seeds[:1])[1]
        assert "Of several seeds: mean ± sample standard deviation" in list_notes(seeds)[1]
        [models] = build_tables([seeds[0], draft_run("data.maxlen=9", finished=False)], with_baseline=False)
        assert not any("mean ±" in note for note in models.notes)

    def test_folds_that_are_missing_are_named(self, draft_run):
        folds = [draft_run("data.folds=4", f"data.fold={fold}", finished=False) for fold in (3, 1)]
        table, notes = list_notes(folds)
        assert table.folds == 4
        assert "Of 4 folds: mean ± sample standard deviation over n runs, each judged on its own fold" in notes
        assert "Of several seeds" not in notes
        assert "tiny, unfinished: of its 4 folds there is no 2, 4; its figures are of the others." in notes
        whole = [draft_run("data.folds=2", f"data.fold={fold}", finished=False) for fold in (1, 2)]
        assert "its figures are of the others" not in list_notes(whole)[1]

    def test_what_is_unfinished_or_repeated_is_named_by_its_folder(self, draft_run):
        runs = [
            draft_run(path="a", finished=False),
            draft_run(path="b", finished=False),
            draft_run("training.seed=8", path="c", finished=False),
        ]
        _, notes = list_notes(runs)
        assert "tiny, unfinished: judged as far as it came; go on with lstm-train --resume (a, c, b)." in notes
        assert "b repeats seed 7 of tiny, unfinished and is not counted." in notes

    def test_losses_of_one_kind_need_no_word(self, draft_run):
        kinds = [
            draft_run("training.loss=mean_squared_error", finished=False),
            draft_run("training.loss=mean_squared_error", "data.maxlen=9", finished=False),
        ]
        assert "different kinds" not in list_notes(kinds)[1]
        _, notes = list_notes([draft_run(finished=False), kinds[0]])
        assert (
            "not to be compared: tiny (training.loss=binary_crossentropy), unfinished: binary_crossentropy, "
            in notes
        )


class TestOfOtherReviews:
    @pytest.mark.parametrize(
        "setting",
        [
            "data.test_split=0.2", "data.validation_split=0.3", "data.split_seed=1", "data.limit=9",
            "data.group=film", "data.folds=3",
        ],
    )  # fmt: skip
    def test_what_draws_the_parts_makes_another_table(self, draft_run, setting):
        settings = [setting, "data.fold=1"] if "folds" in setting else [setting]
        runs = [draft_run(finished=False), draft_run(*settings, finished=False)]
        first, second = build_tables(runs, with_baseline=False)
        key, value = setting.split("=")
        own = first.drawing[key.removeprefix("data.")]
        expected = f"{key} {'null' if own is None else own} and {value}"
        if "folds" in setting:  # of which each is the test part
            expected = f"data.test_split 0.1 and null, {expected}"
        assert explain_difference(first, second) == expected

    def test_folds_draw_their_own_test_part_whatever_the_share_of_another(self, draft_run):
        fold = ("data.folds=3", "data.fold=1")
        runs = [draft_run(*fold, finished=False), draft_run(*fold, "data.test_split=0.3", finished=False)]
        [table] = build_tables(runs, with_baseline=False)
        assert table.drawing["test_split"] is None

    def test_other_data_sets_and_other_versions_of_one_are_told_apart(self, draft_run):
        runs = [
            draft_run(finished=False),
            draft_run(finished=False, dataset="films.csv", fingerprint="cd" * 32),
            draft_run("data.split_seed=1", finished=False, fingerprint="ef" * 32),
        ]
        first, other, version = build_tables(runs, with_baseline=False)
        assert explain_difference(first, other) == "reviews.csv and films.csv"
        assert explain_difference(first, version) == "two versions of reviews.csv"
        assert explain_difference(first, first) == ""


@pytest.fixture
def build_judged(monkeypatch):
    """A function: judged runs → the table of them."""

    def build_it(*judged):
        by_path = {item.run.path: item for item in judged}
        monkeypatch.setattr("lstm_cli.comparison.table.judge", lambda run: by_path[run.path])
        [table] = build_tables([item.run for item in judged], with_baseline=False)
        return table

    return build_it


@pytest.mark.parametrize(("models", "tests"), [(1, 0), (2, 1), (3, 3)])
def test_p_is_adjusted_and_explained_where_there_is_more_than_one_test(build_judged, draft_judged, models, tests):
    runs = [draft_judged("+-", f"name=model{number}", path=str(number)) for number in range(models)]
    table = build_judged(*runs)
    assert len(table.tests) == tests
    assert any("p (Holm) allows for the number of tests" in note for note in table.notes) is (tests > 1)
    assert not any("highest validation accuracy" in note for note in table.notes)


class TestOfFolds:
    @pytest.fixture
    def table(self, draft_judged, build_judged):
        """A table of two folds of two seeds, judged beforehand."""
        judged = [
            draft_judged(
                right, "data.folds=2", f"data.fold={fold}", f"training.seed={seed}", path=f"{seed}-{fold}"
            )
            for seed, fold, right in [(7, 2, "++++-"), (8, 1, "---"), (7, 1, "+++"), (8, 2, "-----")]
        ]
        return build_judged(*judged)

    def test_the_reviews_of_all_folds_are_counted_once(self, table):
        assert table.part == "test"
        assert table.reviews == {"train": 6, "validation": 2, "test": 8}
        assert table.largest_class_share == 5 / 8
        assert table.is_of_even_pair is False

    def test_all_seeds_and_folds_are_one_row(self, table):
        [row] = table.rows
        assert [item.name for item in row.runs] == [
            "seed 7, fold 2", "seed 8, fold 1", "seed 7, fold 1", "seed 8, fold 2"
        ]  # fmt: skip
        assert table.tests == ()
        assert not any("Holm" in note for note in table.notes)
