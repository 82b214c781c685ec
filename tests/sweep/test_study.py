"""The study behind a sweep: its slots, its queue, who may join, and what each seed proposes."""

from __future__ import annotations

import json
from pathlib import Path

import optuna
import pytest
import sqlalchemy
import yaml
from optuna.trial import TrialState

from lstm_cli.errors import ConfigError, TrainingError
from lstm_cli.sweep.definition import load_sweep
from lstm_cli.sweep.study import (
    MOST_RETRIES,
    Slot,
    explain_storage_errors,
    find_slot,
    join_study,
    list_slots,
    locate_storage,
    open_study,
    queue_again,
    queue_lost,
    release_trials,
)

# Here trials are asked for one by one, and no heart beats.
pytestmark = pytest.mark.filterwarnings("ignore:Heartbeat of storage")


@pytest.fixture
def storage(tmp_path):
    """A file of SQLite's."""
    return locate_storage(None, folder=tmp_path, study_name="tiny", grace=60)


@pytest.fixture
def study(build_sweep, storage, tmp_path):
    """A study without trials."""
    return open_study(storage, build_sweep(), fingerprint="a", folder=tmp_path)


def lose(study, trial):
    """End a trial as if its worker had been killed and the others had noticed."""
    queue_again(study, study.trials[trial.number])
    study.tell(trial, state=TrialState.FAIL)


def test_all_attempts_at_a_trial_share_its_slot_and_its_values(study):
    first, second = study.ask(), study.ask()
    value = first.suggest_float("x", 0, 1)
    lose(study, first)
    again = study.ask()
    assert again.suggest_float("x", 0, 1) == value
    third = study.ask()
    numbers = [find_slot(study, trial.number).number for trial in (first, second, again, third)]
    assert numbers == [1, 2, 1, 3]
    assert not list_slots(study)[0].is_finished
    lose(study, again)
    study.tell(study.ask(), 0.5)
    (slot, *_) = list_slots(study)
    assert [trial.state for trial in slot.attempts] == [TrialState.FAIL, TrialState.FAIL, TrialState.COMPLETE]
    assert slot.is_finished
    assert slot.trial.value == 0.5


def test_a_trial_that_kills_its_workers_is_given_up(study):
    for _ in range(MOST_RETRIES + 1):
        trial = study.ask()
        trial.set_user_attr("worker", "here:1")
        assert release_trials(study, "elsewhere:1") == 0
        assert release_trials(study, "here:1") == 1
    (slot,) = list_slots(study)
    assert slot.is_finished
    assert not slot.was_lost
    assert find_slot(study, study.ask().number).number == 2


def test_what_was_lost_between_its_end_and_the_queue_is_queued_again(study):
    lost, failed = study.ask(), study.ask()
    study.tell(lost, state=TrialState.FAIL)
    failed.set_user_attr("error", "The loss became nan.")
    study.tell(failed, state=TrialState.FAIL)
    queue_lost(study)
    queue_lost(study)
    assert [len(slot.attempts) for slot in list_slots(study)] == [2, 1]
    assert study.ask().number == 2


@pytest.mark.parametrize(
    ("attempts", "is_explained", "state", "was_lost"),
    [
        (1, False, TrialState.FAIL, True),
        (MOST_RETRIES, False, TrialState.FAIL, True),
        (MOST_RETRIES + 1, False, TrialState.FAIL, False),
        (1, True, TrialState.FAIL, False),
        (1, False, TrialState.RUNNING, False),
    ],
)
def test_a_trial_that_failed_without_a_word_was_lost_until_it_has_had_all_its_retries(
    *, attempts, is_explained, state, was_lost
):
    attributes = {"error": "The loss became nan."} if is_explained else {}
    attempt = optuna.trial.create_trial(state=state, user_attrs=attributes)
    assert Slot(1, (attempt,) * attempts).was_lost is was_lost


def test_another_search_may_not_join(build_sweep, storage, study, tmp_path):
    assert study.study_name == "tiny"
    again = open_study(storage, build_sweep(trials=99, pruner="none"), fingerprint="a", folder=tmp_path)
    assert again.study_name == "tiny"  # more trials, or another pruner, make no other search
    for keys, fingerprint, expected in [
        ({"search_space": {"model.dropout": [0.1]}}, "a", "search_space"),
        ({"base": "lstm"}, "a", "base"),
        ({"objective": "val_accuracy"}, "a", "objective"),
        ({}, "b", "base"),
    ]:
        with pytest.raises(ConfigError, match=f"has another .*{expected}"):
            open_study(storage, build_sweep(**keys), fingerprint=fingerprint, folder=tmp_path)


@pytest.fixture
def first_study(storage, tmp_path):
    """Of a study that the first version made: a function that keeps it, changed or not, and one that joins it."""
    kept = json.loads((Path(__file__).parent / "first_study.json").read_text(encoding="utf-8"))
    path = tmp_path / "old.yaml"
    path.write_text(yaml.safe_dump(kept["sweep"]), encoding="utf-8")

    def keep(change=lambda _: None):
        definition = kept["definition"]
        change(definition["base"])
        study = optuna.create_study(storage=storage.url, study_name="tiny")
        study.set_user_attr("definition", json.dumps(definition, sort_keys=True))

    def join(*overrides):
        sweep = load_sweep(path, overrides=overrides)
        return open_study(storage, sweep, fingerprint="a", folder=tmp_path)

    return keep, join


def test_a_study_of_the_first_version_is_known(first_study):
    """It was kept with every default written out."""
    keep, join = first_study
    keep()
    assert join().study_name == "tiny"
    with pytest.raises(ConfigError, match="has another base"):
        join("training.epochs=5")


def test_a_key_that_is_newer_than_a_study_changes_it_only_where_it_is_used(first_study):
    keep, join = first_study

    def forget(base):
        del base["training"]["threshold"], base["data"]["tokenizer"], base["model"]["recurrent"][0]["unroll"]

    keep(forget)
    assert join().study_name == "tiny"
    for override in ("training.threshold=macro_f1", "data.tokenizer=words-and-signs"):
        with pytest.raises(ConfigError, match="has another base"):
            join(override)


def test_a_study_of_a_version_with_other_keys_is_another(first_study):
    keep, join = first_study
    keep(lambda base: base["training"].update(gone=1))
    with pytest.raises(ConfigError, match="has another base"):
        join()


def test_a_study_keeps_what_was_chosen_and_no_default(first_study):
    """A default that comes later makes no stranger of it, nor does one that is written out."""
    _, join = first_study
    definition = json.loads(join().user_attrs["definition"])
    assert definition["base"]["training"] == {"epochs": 4, "optimizer": {"name": "adam", "learning_rate": 0.01}}
    assert join("training.loss=binary_crossentropy", "data.padding=pre").study_name == "tiny"


@pytest.mark.parametrize("sampler", ["random", {"name": "tpe", "n_startup_trials": 2}])
def test_one_seed_proposes_the_same_whether_interrupted_or_not(build_sweep, tmp_path, sampler):
    def run(name, *, sittings):
        sweep = build_sweep(sampler=sampler, pruner="none")
        folder = tmp_path / name
        folder.mkdir()
        storage = locate_storage(None, folder=folder, study_name="tiny", grace=60)
        open_study(storage, sweep, fingerprint="a", folder=folder)
        for trials in sittings:
            study = join_study(storage, sweep)
            for _ in range(trials):
                trial = study.ask()
                values = sweep.space.suggest(trial)
                study.tell(trial, values["training.optimizer.learning_rate"] * values["model.recurrent[0].units"])
        return [trial.params for trial in study.trials]

    proposed = run("one", sittings=[6])
    assert run("two", sittings=[1, 3, 2]) == proposed
    assert len({tuple(params.values()) for params in proposed}) == 6


def test_a_grid_is_covered_whatever_is_lost_on_the_way(build_sweep, storage, tmp_path):
    space = {"model.recurrent[0].units": [2, 4], "model.dropout": [0.0, 0.1]}
    sweep = build_sweep(search_space=space, sampler="grid", pruner="hyperband")
    study = open_study(storage, sweep, fingerprint="a", folder=tmp_path)

    def begin():
        trial = study.ask()
        study.sampler.choose(find_slot(study, trial.number))
        return trial, tuple(sweep.space.suggest(trial).values())

    lost, lost_values = begin()
    _, second = begin()
    lose(study, lost)
    again, again_values = begin()
    assert again.number == 2
    assert again_values == lost_values
    assert {again_values, second, begin()[1], begin()[1]} == {(2, 0.0), (2, 0.1), (4, 0.0), (4, 0.1)}


def test_passwords_are_not_shown_and_our_drivers_are_taken(tmp_path):
    def locate(url):
        return locate_storage(url, folder=tmp_path, study_name="tiny", grace=60)

    storage = locate("postgresql://me:secret@host/sweeps")
    assert storage.shown == "postgresql+psycopg://me:***@host/sweeps"
    assert "secret" in storage.url
    assert locate("mysql://host/sweeps").url == "mysql+pymysql://host/sweeps"
    for url, expected in [("nonsense", "expects a URL"), ("sqlite://", "SQLite needs a file")]:
        with pytest.raises(ConfigError, match=expected):
            locate(url)


@pytest.mark.parametrize(
    ("url", "kind", "expected"),
    [
        ("sqlite:////no/such/folder/study.db", TrainingError, "unable to open database file"),
        ("oracle+nothing://host/db", ConfigError, "No driver for"),
    ],
)
def test_a_storage_that_cannot_be_used_is_explained(build_sweep, tmp_path, monkeypatch, *, url, kind, expected):
    monkeypatch.setattr("time.sleep", lambda _: None)
    storage = locate_storage(url, folder=tmp_path, study_name="tiny", grace=60)
    with pytest.raises(kind, match=expected) as caught:
        open_study(storage, build_sweep(), fingerprint="a", folder=tmp_path)
    assert str(caught.value).count("\n") <= 1


def test_tables_that_another_machine_is_making_are_waited_for(build_sweep, storage, tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    connect = optuna.storages.RDBStorage.__init__

    def find_them_half_made(*arguments, **options):
        if len(slept) < 3:
            raise sqlalchemy.exc.OperationalError("CREATE TABLE studies", {}, Exception("it exists already"))
        connect(*arguments, **options)

    monkeypatch.setattr(optuna.storages.RDBStorage, "__init__", find_them_half_made)
    assert open_study(storage, build_sweep(), fingerprint="a", folder=tmp_path).study_name == "tiny"
    assert min(slept) > 0


def test_of_a_failure_the_reason_is_told_and_not_the_statement(storage):
    reason = sqlalchemy.exc.OperationalError("UPDATE trials", {}, Exception("database is\n  locked"))
    for kind in (optuna.exceptions.StorageInternalError, sqlalchemy.exc.InvalidRequestError):
        with pytest.raises(TrainingError) as caught, explain_storage_errors(storage):
            raise kind("it failed") from reason
        assert "cannot be used: (builtins.Exception) database is locked\n" in str(caught.value)
        assert "UPDATE" not in str(caught.value)
    with (
        pytest.raises(TrainingError, match="cannot be used: lost the connection"),
        explain_storage_errors(storage),
    ):
        raise sqlalchemy.exc.InvalidRequestError("lost the connection")


def test_workers_wait_for_one_another_longer_than_a_slow_disk_takes(study):
    with study._storage._backend.engine.connect() as connection:
        (milliseconds,) = connection.execute(sqlalchemy.text("PRAGMA busy_timeout")).one()
    assert milliseconds >= 30_000  # SQLite's own are 5,000


@pytest.mark.parametrize("grace", [5, 60])
def test_a_worker_is_heard_more_than_once_before_it_is_taken_for_dead(build_sweep, tmp_path, grace):
    storage = locate_storage(None, folder=tmp_path, study_name="tiny", grace=grace)
    study = open_study(storage, build_sweep(), fingerprint="a", folder=tmp_path)
    assert 0 < 3 * study._storage.get_heartbeat_interval() <= grace


@pytest.mark.parametrize(
    ("pruner", "kind"),
    [
        ("none", optuna.pruners.NopPruner),
        ("median", optuna.pruners.MedianPruner),
        ("asha", optuna.pruners.SuccessiveHalvingPruner),
        ("hyperband", optuna.pruners.HyperbandPruner),
    ],
)
def test_a_pruner_is_optunas_of_that_name(build_sweep, storage, tmp_path, pruner, kind):
    study = open_study(storage, build_sweep(pruner=pruner), fingerprint="a", folder=tmp_path)
    assert type(study.pruner) is kind
