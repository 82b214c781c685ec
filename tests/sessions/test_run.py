"""A run is over once it has all its epochs or has stopped early; then it is read as it was given back."""

from __future__ import annotations

import pytest

from lstm_cli.config import load_config, save_config
from lstm_cli.history import History, save_history
from lstm_cli.sessions.run import is_over, load_finished_run
from lstm_cli.training.run_folder import RunRecord, save_record


@pytest.fixture
def write_run(tiny_config, tmp_path):
    """A function: epochs asked for, and what the record says → the folder of such a run."""

    def write(wanted, **known):
        config = tiny_config("reviews.csv", f"training.epochs={wanted}")
        save_config(tmp_path / "config.yaml", config)
        facts = {
            "dataset": "reviews.csv",
            "fingerprint": "ab" * 32,
            "reviews": {},
            "parameters": 9,
            "versions": {},
        }
        record = RunRecord(model="tiny", seed=7, kernel="fast", device="CPU", **facts, **known)
        save_record(tmp_path / "run.json", record)
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("wanted", "known", "expected"),
    [
        (3, {"epochs": 3, "finished": True}, True),
        (2, {"epochs": 3, "finished": True}, True),
        (4, {"epochs": 3, "finished": True}, False),
        (3, {"epochs": 3}, False),  # killed before it was told so
        (3, {"epochs": 2}, False),
        (9, {"epochs": 3, "finished": True, "stopped_early": True}, True),
        (9, {"epochs": 3, "stopped_early": True}, False),
        ("auto", {"epochs": 3, "finished": True}, True),
        ("auto", {"epochs": 3}, False),
    ],
)
def test_a_run_is_over_when_nothing_is_left_to_train(write_run, wanted, known, expected):
    assert is_over(write_run(wanted, **known)) is expected


def test_more_epochs_are_something_left_to_train(write_run):
    path = write_run(3, epochs=3, finished=True)
    assert is_over(path)
    assert not is_over(path, changes=["training.epochs=4"])


def test_a_run_that_is_only_planned_is_not_over(write_run):
    path = write_run("auto", epochs=3, finished=True)
    (path / "run.json").unlink()
    assert not is_over(path)


@pytest.mark.usefixtures("keras_started")  # quietly
def test_a_finished_run_is_read_as_the_session_gave_it_back(write_run):
    path = write_run(2, epochs=2, finished=True, best_epoch=1)
    history = History({"loss": (0.5, 0.25), "val_loss": (0.5, 0.75)})
    save_history(path / "history.json", history)
    run = load_finished_run(path)
    assert (run.folder.path, run.folder.best_model.name) == (path, "best-tiny-model.h5")
    assert (run.config, run.member) == (load_config(path / "config.yaml"), None)
    assert (run.result.record.best_epoch, run.result.history, run.result.interrupted) == (1, history, False)
