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
    assert explain_difference(tables[0], tables[2]) == "data.limit None and 250"


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
