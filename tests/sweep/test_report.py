"""What came of a sweep: the table, the best configuration, the figures."""

from __future__ import annotations

import csv
import io

import pytest
from matplotlib.image import imread
from optuna.trial import TrialState

from lstm_cli.config import load_config
from lstm_cli.plotting import plot_trials
from lstm_cli.sweep import report as report_file
from lstm_cli.sweep.report import build_report, format_csv, save_report
from lstm_cli.sweep.study import locate_storage, open_study

# Here trials are asked for one by one, and no heart beats.
pytestmark = pytest.mark.filterwarnings("ignore:Heartbeat of storage")


@pytest.fixture
def make_study(build_sweep, tmp_path):
    """A function: keys of the sweep, and the states of its trials → sweep and study."""

    def make(states, **keys):
        sweep = build_sweep(sampler="random", pruner="none", **keys)
        storage = locate_storage(None, folder=tmp_path, study_name="tiny", grace=60)
        study = open_study(storage, sweep, fingerprint="a", folder=tmp_path)
        for index, state in enumerate(states):
            trial = study.ask()
            sweep.space.suggest(trial)
            value = 0.5 + 0.1 * (index - 2) ** 2
            if state == "failed":
                trial.set_user_attr("error", "The loss became nan.")
                study.tell(trial, state=TrialState.FAIL)
                continue
            facts = {
                "val_loss": value,
                "val_accuracy": 1 - value / 2,
                "best_epoch": 2,
                "epochs": 3,
                "seconds": 0.5,
            }
            for name, fact in facts.items():
                trial.set_user_attr(name, fact)
            trial.report(value, step=3)
            objective = facts[sweep.config.objective]
            study.tell(trial, *([objective] if state == "complete" else []), state=TrialState[state.upper()])
        return sweep, study

    return make


STATES = ["complete", "failed", "pruned", "complete", "complete"]


def test_the_best_is_a_complete_trial_and_the_table_is_ranked(make_study):
    sweep, study = make_study(STATES)
    report = build_report(study, sweep)
    assert [row.state for row in report.rows] == STATES
    assert report.best.number == 4  # the third is better, but was not trained to its end
    assert [row.number for row in report.ranked] == [4, 1, 5, 3, 2]
    assert [row.state for row in report.ranked] == ["complete"] * 3 + ["pruned", "failed"]
    assert report.finished == 5
    assert sum(report.importances.values()) == pytest.approx(1)
    assert set(report.importances) == set(sweep.space.dimensions)


def test_accuracies_are_best_high(make_study):
    sweep, study = make_study(["complete"] * 5, objective="val_accuracy")
    report = build_report(study, sweep)
    assert report.best.number == 3
    assert report.best.value == pytest.approx(0.75)


def test_the_table_as_csv_has_a_row_a_trial_and_a_column_a_setting(make_study):
    sweep, study = make_study(STATES)
    rows = list(csv.DictReader(io.StringIO(format_csv(build_report(study, sweep)))))
    assert [row["state"] for row in rows] == STATES
    assert rows[1]["error"] == "The loss became nan."
    assert rows[1]["value"] == ""
    assert {row["model.recurrent[0].units"] for row in rows} <= {"2", "4", "8"}
    assert float(rows[0]["value"]) == pytest.approx(0.9)


def test_the_files_are_the_best_configuration_the_table_and_two_figures(make_study, tmp_path):
    sweep, study = make_study(STATES)
    report = build_report(study, sweep)
    files = save_report(report, folder=tmp_path / "out", document={"a": 1})
    assert {path.name for path in files.values()} == {
        "trials.csv",
        "trials.json",
        "best.yaml",
        "history.png",
        "importance.png",
    }
    best = load_config(files["best config"])
    assert best.model.recurrent[0].units == report.best.params["model.recurrent[0].units"]
    assert best.training.optimizer.learning_rate == report.best.params["training.optimizer.learning_rate"]
    for key in ("history", "importances"):
        assert min(imread(files[key]).shape[:2]) > 100


def test_a_pruned_trial_is_drawn_as_one(make_study, tmp_path, monkeypatch):
    drawn = []

    def plot(points, **labels):
        drawn.extend(points)
        return plot_trials(points, **labels)

    monkeypatch.setattr(report_file, "plot_trials", plot)
    sweep, study = make_study(STATES)
    save_report(build_report(study, sweep), folder=tmp_path, document={})
    assert {point.number: point.is_complete for point in drawn} == {1: True, 3: False, 4: True, 5: True}


def test_without_a_complete_trial_there_is_a_table_and_nothing_more(make_study, tmp_path):
    sweep, study = make_study(["failed", "pruned"])
    report = build_report(study, sweep)
    assert report.best is None
    files = save_report(report, folder=tmp_path / "out", document={})
    assert {path.name for path in files.values()} == {"trials.csv", "trials.json"}
