"""Several runs of one command: their folders, which of them still need epochs, and that each has its chance."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lstm_cli.errors import ConfigError, TrainingError
from lstm_cli.sessions.facts import EpochBegan, RunBegan, RunDiverged
from lstm_cli.sessions.several import list_planned_runs, list_unfinished_runs, plan_runs, resume_runs, train_runs
from lstm_cli.training.run_folder import load_record, save_record


@pytest.fixture
def seeds(config):
    """Configurations that differ in their seed alone."""
    return [
        config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})
        for seed in (9, 10, 11)
    ]


@pytest.fixture
def trained(open_session, seeds, train_once):
    """The folder of all seeds, trained."""

    def train(folder):
        session, _ = open_session()
        _, paths = plan_runs(seeds, parent=folder, force=False, session=session)
        several = train_runs(paths, session=session)
        assert (several.planned, len(several.runs), several.diverged) == (3, 3, [])

    return train_once("several", train)


def test_all_are_planned_before_one_is_trained(open_session, seeds, config, tmp_path):
    session, _ = open_session()
    parent, paths = plan_runs(seeds, parent=tmp_path / "all", force=False, session=session)
    assert [path.name for path in paths] == ["seed-9", "seed-10", "seed-11"]
    assert list_planned_runs(parent) == list_unfinished_runs(parent, changes=[]) == paths
    with pytest.raises(ConfigError, match="is not empty"):
        plan_runs(seeds, parent=parent, force=False, session=session)
    other = config.model_copy(update={"name": "other"})
    _, paths = plan_runs([*seeds, other], parent=tmp_path / "models", force=False, session=session)
    assert [str(path.relative_to(tmp_path / "models")) for path in paths[2:]] == ["tiny/seed-11", "other/seed-7"]


def test_finished_runs_are_left_alone_until_there_are_more_epochs(trained):
    with pytest.raises(TrainingError, match="All runs in"):
        list_unfinished_runs(trained, changes=[])
    assert len(list_unfinished_runs(trained, changes=["training.epochs=4"])) == 3


def test_a_run_that_stopped_early_is_over_and_does_not_keep_the_others_from_going_on(open_session, trained):
    path = trained / "seed-9" / "run.json"
    save_record(path, replace(load_record(path), stopped_early=True))
    changes = ["training.epochs=4"]
    paths = list_unfinished_runs(trained, changes=changes)
    assert [path.name for path in paths] == ["seed-10", "seed-11"]
    session, facts = open_session()
    several = train_runs(paths, session=session, changes=changes)
    assert [run.result.record.epochs for run in several.runs] == [4, 4]
    assert [(fact.number, fact.count) for fact in facts if isinstance(fact, RunBegan)] == [(1, 2), (2, 2)]


def test_stopped_while_they_are_extended_all_go_on_as_far(open_session, trained):
    """Whoever goes on need not say again how far; what comes of it is of all."""
    facts = []
    session, _ = open_session(stop_requested=lambda: EpochBegan(4) in facts)
    session.listener = facts.append
    assert resume_runs(trained, session=session, changes=["training.epochs=4"]).runs[-1].result.interrupted
    session, _ = open_session()
    several = resume_runs(trained, session=session)
    assert [run.folder.path.name for run in several.runs] == ["seed-9", "seed-10", "seed-11"]
    assert [run.result.record.epochs for run in several.runs] == [4, 4, 4]
    assert several.planned == 3


def test_a_run_that_stops_early_is_followed_by_the_others(open_session, tiny_config, reviews_csv, tmp_path):
    stopping = "training.early_stopping={patience: 1, min_delta: 10}"  # after the second epoch
    configs = [
        tiny_config(reviews_csv, "training.epochs=4", stopping, f"training.seed={seed}") for seed in (9, 10)
    ]
    session, _ = open_session()
    _, paths = plan_runs(configs, parent=tmp_path / "all", force=False, session=session)
    several = train_runs(paths, session=session)
    assert [(run.result.record.epochs, run.result.record.stopped_early) for run in several.runs] == [(2, True)] * 2


def test_a_run_that_diverges_does_not_cost_the_others(open_session, tiny_config, reviews_csv, seeds, tmp_path):
    wild = tiny_config(
        reviews_csv,
        "training.optimizer={name: sgd, learning_rate: 1.0e+30}",
        "model.embedding.embeddings_regularizer.l2=1.0",
    )
    session, facts = open_session()
    _, paths = plan_runs([wild, *seeds[:1]], parent=tmp_path / "all", force=False, session=session)
    several = train_runs(paths, session=session)
    assert several.diverged == paths[:1]
    assert [run.folder.path for run in several.runs] == paths[1:]
    assert [fact.path for fact in facts if isinstance(fact, RunDiverged)] == paths[:1]


def test_a_wish_to_stop_ends_all_and_what_was_not_begun_stays_planned(open_session, seeds, tmp_path):
    facts = []
    session, _ = open_session(
        stop_requested=lambda: sum(isinstance(fact, EpochBegan) for fact in facts) == 5  # the second one's second
    )
    session.listener = facts.append
    parent, paths = plan_runs(seeds, parent=tmp_path / "all", force=False, session=session)
    several = train_runs(paths, session=session)
    assert [run.result.interrupted for run in several.runs] == [False, True]
    assert list_unfinished_runs(parent, changes=[]) == paths[1:]
    assert json.loads((paths[1] / "run.json").read_text())["epochs"] == 1
    assert not (paths[2] / "run.json").exists()
