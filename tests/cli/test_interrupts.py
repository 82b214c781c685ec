"""Ctrl-C, SIGTERM and a kill while a training runs: nothing is lost, and it goes on digit for digit."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import forked_python
import pytest

from lstm_cli.cli.interrupts import SignalInterrupt, raise_signals, watch_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")

_SETTINGS = [
    *("-s", "data.maxlen=30"),
    *("-s", "training.early_stopping=null"),
    *("-s", "training.optimizer.learning_rate=0.01"),
    *("-s", "training.batch_size=8"),
]
# Many more epochs than can pass before the signal comes.
_EPOCHS = 100_000


@pytest.fixture
def start_training(command_path, command_environment, reviews_csv):
    """A function: a folder → a training under way in it, some epochs of it done."""
    processes = []

    def start(model, folder):
        process = forked_python.Popen(
            [
                *(command_path("lstm-train"), "-m", model, "-d", reviews_csv, "--epochs", str(_EPOCHS)),
                *(*_SETTINGS, "-o", folder),
            ],
            env=command_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        processes.append(process)
        # The second line of an epoch: what the first one left is on disk then.
        for _ in range(2):
            while not (line := process.stderr.readline()).startswith("epoch"):
                assert line, "the training ended by itself"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def _read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    history.pop("seconds")
    return history


def _assert_equals_an_uninterrupted_run(folder, *, model, invoke, reviews_csv, epochs, reference):
    """Compare a resumed run with one that was never stopped."""
    options = ["-m", model, "-d", reviews_csv, "--epochs", epochs, *_SETTINGS, "-o", reference, "-q"]
    result = invoke("lstm-train", *options)
    assert result.exit_code == 0, result.stderr
    assert _read_history(folder) == _read_history(reference)
    for kind in ("best", "last"):
        name = f"{kind}-{model}-model.h5"
        probabilities = [
            [item["probability"] for item in json.loads(answer.stdout)["predictions"]]
            for answer in (
                invoke("lstm-predict", path / name, "a wonderful film", "the worst of all", "--json")
                for path in (folder, reference)
            )
        ]
        assert probabilities[0] == probabilities[1]
    assert (folder / "config.yaml").read_bytes() == (reference / "config.yaml").read_bytes()


def test_ctrl_c_stops_keeps_everything_and_says_how_to_go_on(
    *, start_training, run_command, invoke, assert_fails, reviews_csv, tmp_path
):
    folder = tmp_path / "a run's folder"
    process = start_training("dropout-lstm", folder)
    # While it runs, nobody else may train there: neither anew nor by resuming.
    for options in (["-m", "gru", "-d", reviews_csv, "-o", folder, "--force"], ["--resume", folder]):
        assert "Another training is under way in" in assert_fails(1, "lstm-train", *options)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, "")
    assert "Traceback" not in stderr
    assert "Error" not in stderr
    stopped, advice = stderr.splitlines()[-2:]
    epochs = len(_read_history(folder)["loss"])
    kept = "1 whole epoch is kept" if epochs == 1 else f"{epochs} whole epochs are kept"
    assert stopped == f"Stopped in epoch {epochs + 1}; {kept}."
    record = json.loads((folder / "run.json").read_text())
    assert (record["finished"], record["epochs"]) == (False, epochs)
    assert (folder / "loss.png").exists()
    _, command = advice.split("Go on with: ")
    name, *arguments = shlex.split(command)
    result = run_command(name, *arguments, "--epochs", epochs + 2)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"Trained dropout-lstm: {epochs + 2} epochs")
    _assert_equals_an_uninterrupted_run(
        folder,
        model="dropout-lstm",
        invoke=invoke,
        reviews_csv=reviews_csv,
        epochs=epochs + 2,
        reference=tmp_path / "reference",
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_terminated_or_killed_training_goes_on_as_if_nothing_had_been(
    number, start_training, invoke, reviews_csv, tmp_path
):
    folder = tmp_path / "run"
    process = start_training("gru", folder)
    time.sleep(0.1)  # so that the end comes anywhere in an epoch
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    if number is signal.SIGTERM:
        assert process.returncode == 143
        assert stderr.splitlines()[-1] == f"Go on with: lstm-train --resume {folder}"
    else:
        assert process.returncode == -signal.SIGKILL
    epochs = len(_read_history(folder)["loss"])
    assert not list(folder.glob(".*")) or number is signal.SIGKILL  # nothing half-written is left
    result = invoke("lstm-train", "--resume", folder, "--epochs", epochs + 2, "-q")
    assert result.exit_code == 0, result.stderr
    _assert_equals_an_uninterrupted_run(
        folder,
        model="gru",
        invoke=invoke,
        reviews_csv=reviews_csv,
        epochs=epochs + 2,
        reference=tmp_path / "reference",
    )


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_insists_with_its_own_code(first, second):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with watch_signals() as stop:
        assert not stop.requested
        signal.raise_signal(first)
        assert stop.requested
        assert stop.exit_code == 128 + first
        with pytest.raises(SignalInterrupt) as caught:
            signal.raise_signal(second)
    assert caught.value.exit_code == 128 + second
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_where_another_worker_heard_of_it_the_code_is_that_of_a_termination():
    with watch_signals() as stop:
        assert stop.exit_code == 143


@pytest.mark.parametrize("handle", [watch_signals, raise_signals])
def test_behind_it_the_process_hears_of_signals_as_before(handle):
    def read_state():
        fd = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(fd)
        return [fd, *(signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGURG))]

    before = read_state()
    with handle():
        during = read_state()
    assert read_state() == before
    assert not any(one == other for one, other in zip(during, before, strict=True))
    with handle(()):  # of none, as where a caller's program has its own
        assert read_state() == before


@pytest.mark.parametrize("handle", [watch_signals, raise_signals])
def test_in_another_thread_signals_are_the_main_one_s_and_the_work_is_done(handle):
    done = []

    def work():
        with handle():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_command_with_its_own_code_and_keeps_what_was_kept(
    number, invoke, reviews_csv, tmp_path, monkeypatch
):
    def train_model(*, folder, **_):
        folder.config.write_text("kept")
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(number)

    monkeypatch.setattr("lstm_cli.training.trainer.train_model", lambda _inputs, **options: train_model(**options))
    result = invoke("lstm-train", "-m", "gru", "-d", reviews_csv, *_SETTINGS, "-o", tmp_path / "run", "-q")
    word = {signal.SIGINT: "Interrupted.", signal.SIGTERM: "Terminated."}[number]
    assert (result.exit_code, result.stderr) == (128 + number, f"Error: {word}\n")
    assert (tmp_path / "run" / "config.yaml").read_text() == "kept"


# The command, with a signal to itself when a module's import begins.
_INTERRUPTED = """
import os, sys
class Finder:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(sys.argv[2]))
sys.meta_path.insert(0, Finder())
from lstm_cli.cli.train import train
train.main(sys.argv[3:], prog_name="lstm-train")
"""


@pytest.mark.parametrize(
    ("module", "number"),
    [
        ("lstm_cli.data.dataset", signal.SIGTERM),
        ("numpy.random", signal.SIGTERM),
        ("keras", signal.SIGINT),
        ("tensorflow.python.eager.context", signal.SIGTERM),
        ("lstm_cli.training.trainer", signal.SIGINT),
    ],
)
def test_a_signal_before_the_training_is_one_line_and_leaves_no_folder(
    module, number, command_environment, reviews_csv, tmp_path
):
    """While the reviews are read and while TensorFlow is imported, which swallows or turns what it can."""
    done = subprocess.run(
        [
            *(sys.executable, "-c", _INTERRUPTED, module, str(number)),
            *("-m", "gru", "-d", reviews_csv, *_SETTINGS, "-o", tmp_path / "run"),
        ],
        env=command_environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    word = {signal.SIGINT: "Interrupted.", signal.SIGTERM: "Terminated."}[number]
    assert (done.returncode, done.stdout) == (128 + number, "")
    *notices, error = done.stderr.splitlines()
    assert error == f"Error: {word}"
    assert all(notice.startswith("reviews.csv: ") for notice in notices)  # how the reviews were read
    assert not (tmp_path / "run").exists()


def test_an_interrupt_that_an_import_turns_into_another_error_or_loses_is_still_one():
    def turn():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise ImportError("multiarray failed to import") from error

    def lose():
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)

    for swallow in (turn, lose):
        with pytest.raises(SignalInterrupt) as caught, raise_signals():
            swallow()
        assert caught.value.exit_code == 143
    with pytest.raises(ImportError), raise_signals():
        raise ImportError("of its own")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_did_not_come_to_the_main_thread_ends_its_read(number):
    """A signal that comes while C code is on its way into the system is as little heard of."""
    told, teller = os.pipe()
    ended, in_time = threading.Event(), []

    def interrupt():
        time.sleep(0.5)  # for the main thread to wait
        signal.pthread_kill(threading.get_ident(), number)
        in_time.append(ended.wait(20))
        os.write(teller, b"at last")

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(SignalInterrupt), raise_signals():
        os.read(told, 1)
    ended.set()
    thread.join()
    assert in_time == [True]
    os.close(told)
    os.close(teller)
