"""Trainings from Python: run folders as the command makes them, in a process that stays its owner's."""

from __future__ import annotations

import inspect
import io
import json
import logging
import random
import shutil
import signal
import sys
import threading
from pathlib import Path

import forked_python
import numpy as np
import pandas as pd
import pytest

import lstm_cli
from lstm_cli.cli.trainings import TrainingDisplay
from lstm_cli.errors import ArgumentError, ConfigError, DataError, TrainingError
from lstm_cli.kernels.threads import get_threads
from lstm_cli.sessions.facts import EpochBegan


def read_history(path):
    history = json.loads((path / "history.json").read_text())
    return {name: values for name, values in history.items() if name != "seconds"}


@pytest.fixture
def train_tiny(keras_started, pairs, tiny):  # noqa: ARG001 - Keras must have been started
    """A function: a folder, and further arguments → the run, as `run` was trained."""
    return lambda output, **arguments: lstm_cli.train(
        pairs, **{"model": "gru", "output": output, "settings": tiny, "verbose": 0} | arguments
    )


def interrupt_in_epoch(number, monkeypatch):
    """Have Ctrl-C pressed when an epoch begins."""
    hear = TrainingDisplay.hear

    def hear_and_press(display, fact):
        hear(display, fact)
        if fact == EpochBegan(number):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(TrainingDisplay, "hear", hear_and_press)


def test_reviews_in_memory_become_a_run_that_every_command_takes(run, pairs):
    kept = [json.loads(line) for line in (run.folder / "data.jsonl").read_text().splitlines()]
    assert [(row["text"], row["label"]) for row in kept] == pairs
    assert run.config.data.dataset == str(run.folder / "data.jsonl")
    assert run.model_file == run.folder / "best-gru-model.h5"
    assert run.model.predict(["a lovely film"])[0].label in {"down", "up"}
    assert run.model is run.model
    assert repr(run) == f"Run({str(run.folder)!r}, epochs=3, best_epoch={run.best_epoch})"
    assert repr(run.model) == f"Classifier({str(run.model_file)!r}, classes=('down', 'up'), words=57)"
    assert {len(values) for values in run.history.values()} == {3}
    assert run.history["loss"] == tuple(read_history(run.folder)["loss"])
    assert list(pd.DataFrame(run.history)["val_loss"]).index(min(run.history["val_loss"])) + 1 == run.best_epoch


def test_the_command_repeats_a_run_of_pythons_to_the_digit(run, tmp_path):
    command = Path(sys.executable).with_name("lstm-train")
    forked_python.run([command, "-q", "-c", run.folder / "config.yaml", "-o", tmp_path / "again"], check=True)
    assert read_history(tmp_path / "again") == read_history(run.folder)


def test_trainings_after_each_other_do_not_touch(run, pairs, tiny, tmp_path):
    """Neither what came before nor on how many threads it ran shows in the digits."""
    other = tiny | {"model.recurrent[0].units": 4, "training.kernel": "keras", "training.seed": 1}
    lstm_cli.train(pairs, model="lstm", output=tmp_path / "other", settings=other, threads=1, verbose=0)
    again = lstm_cli.train(
        pd.DataFrame(pairs, columns=["text", "label"]),
        model="gru",
        output=tmp_path / "again",
        settings=tiny,
        verbose=0,
    )
    assert read_history(again.folder) == read_history(run.folder)
    assert (again.folder / "data.jsonl").read_bytes() == (run.folder / "data.jsonl").read_bytes()


def test_the_process_stays_its_owners(train_tiny, tmp_path):
    """Random numbers, signal handlers, threads, log levels and streams are what they were."""

    def look():
        return (
            [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGURG)],
            signal.set_wakeup_fd(-1),
            get_threads(),
            (sys.stdout, sys.stderr, sys.excepthook),
            logging.getLogger().level,
            logging.getLogger().handlers,
        )

    before = look()
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002 - the very state that Keras seeds
    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002 - as above
    train_tiny(tmp_path / "run", threads=1)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states  # noqa: NPY002 - as above
    assert look() == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")
def test_ctrl_c_leaves_a_run_that_goes_on_to_the_same_digits(run, train_tiny, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(2, patch)
        with pytest.raises(KeyboardInterrupt, match="1 whole epoch is kept") as caught:
            train_tiny(tmp_path / "run", verbose=1)
    assert f"lstm_cli.resume({str(tmp_path / 'run')!r})" in str(caught.value)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert "epoch 1/3" in capsys.readouterr().err
    resumed = lstm_cli.resume(tmp_path / "run")
    assert "epoch 1/3" not in capsys.readouterr().err
    assert read_history(resumed.folder) == read_history(run.folder)
    assert resumed.history["loss"] == run.history["loss"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")
def test_a_programs_own_handler_of_ctrl_c_hears_it(train_tiny, tmp_path, monkeypatch):
    heard = []
    monkeypatch.setattr(signal, "default_int_handler", None)  # what stands there is the program's
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        interrupt_in_epoch(1, monkeypatch)
        train_tiny(tmp_path / "run")
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]


def test_a_thread_of_a_program_trains_too(run, train_tiny, tmp_path):
    done = []
    thread = threading.Thread(target=lambda: done.append(train_tiny(tmp_path / "run")))
    thread.start()
    thread.join()
    assert done[0].history["loss"] == run.history["loss"]


def test_it_computes_in_float32_whatever_the_program_asks_keras_for(run, train_tiny, tmp_path):
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    try:
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("mixed_float16")
        again = train_tiny(tmp_path / "run")
        asked = keras.config.floatx(), keras.config.dtype_policy().name
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])
    assert again.history["loss"] == run.history["loss"]
    assert asked == ("float64", "mixed_float16")


def test_progress_is_lines_where_there_is_no_terminal_and_silence_where_it_is_wanted(
    run, train_tiny, tmp_path, monkeypatch, capfd
):
    """A notebook's stderr writes text alone and has no descriptor."""
    capfd.readouterr()
    train_tiny(tmp_path / "quiet")
    assert capfd.readouterr() == ("", "")
    notebook = io.StringIO()
    monkeypatch.setattr(sys, "stderr", notebook)
    train_tiny(tmp_path / "shown", verbose=1)
    lines = notebook.getvalue().splitlines()
    assert "data.jsonl: read as utf-8, JSON lines, text from 'text', labels from 'label'" in lines
    assert [line[:9] for line in lines if line.startswith("epoch")] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert f"loss {run.history['loss'][0]:.4f}" in notebook.getvalue()
    assert "\x1b" not in notebook.getvalue()


def test_more_epochs_and_moved_reviews_are_for_resume_to_know(run, pairs, tiny, tmp_path):
    rows = pd.DataFrame(pairs, columns=["text", "label"])
    rows.to_csv(tmp_path / "here.csv", index=False)
    lstm_cli.train(tmp_path / "here.csv", model="gru", output=tmp_path / "run", settings=tiny, verbose=0)
    moved = shutil.move(tmp_path / "here.csv", tmp_path / "there.csv")
    longer = lstm_cli.resume(tmp_path / "run", epochs=4, data=moved, verbose=0)
    assert longer.config.data.dataset == str(moved)
    assert len(longer.history["loss"]) == 4
    with pytest.raises(TrainingError, match="has finished all its epochs"):
        lstm_cli.resume(run.folder, verbose=0)


def test_a_configuration_of_ones_own_is_named_by_its_file(run, tmp_path):
    settings = {"training.epochs": 1, "data.dataset": run.folder / "data.jsonl"}
    other = lstm_cli.train(config=run.folder / "config.yaml", settings=settings, output=tmp_path / "o", verbose=0)
    assert other.config.model == run.config.model
    assert other.history["loss"] == run.history["loss"][:1]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"data": 5}, ArgumentError, "data: expected a path, a data frame, or pairs of text and label, got 5"),
        ({"data": "nope.csv"}, DataError, "There is no file nope.csv"),
        ({"data": [("a",)]}, ArgumentError, r"row 1: expected a text and its label, got \('a',\)"),
        ({"data": [("a", "x"), ("b", "x")]}, DataError, "^data"),
        ({"model": "grü"}, ConfigError, "Did you mean 'gru'"),
        ({"model": 5}, ArgumentError, "model: expected a configuration's name, got 5"),
        ({"model": "gru", "config": "a.yaml"}, ArgumentError, "exclude each other"),
        ({"settings": {"training.epoch": 2}}, ConfigError, "Did you mean 'epochs'"),
        ({"settings": [2]}, ArgumentError, r"expected values by their paths"),
        ({"output": 5}, ArgumentError, "output: expected a path, got 5"),
        ({"model": None, "config": 5}, ArgumentError, "config: expected a path, got 5"),
        ({"threads": 0}, ArgumentError, "threads: expected 1 or more, or None for all cores, got 0"),
    ],
)
def test_a_wrong_argument_is_told_in_a_line(arguments, kind, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=message) as caught:
        lstm_cli.train(**{"model": "gru", "verbose": 0} | arguments)
    assert len(str(caught.value).splitlines()) <= 2
    assert not (tmp_path / "runs").exists()


def test_an_error_in_an_argument_is_pythons_too():
    with pytest.raises(TypeError, match="folder: expected a path, got None"):
        lstm_cli.resume(None)
    with pytest.raises(ConfigError, match=r"expected a run's folder; nowhere is none"):
        lstm_cli.resume("nowhere")


def test_a_process_whose_keras_runs_on_something_else_is_told_so(monkeypatch, pairs):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ConfigError, match=r"Keras runs on jax .* Set KERAS_BACKEND=tensorflow"):
        lstm_cli.train(pairs, model="gru", verbose=0)


def test_all_that_train_may_be_told_is_documented():
    for function in (lstm_cli.train, lstm_cli.resume, lstm_cli.evaluate, lstm_cli.load, lstm_cli.read_reviews):
        described = inspect.getdoc(function)
        for name in inspect.signature(function).parameters:
            assert f"    {name}: " in described, (function, name)
