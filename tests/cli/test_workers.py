"""Several workers on one training: two real processes on loopback against one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import forked_python
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")

# No batch is short, so that one step fewer is traced; where one matters, it is asked for.
_SETTINGS = ["training.batch_size=36", "training.epochs=3", "training.early_stopping=null"]
_WITH_A_SHORT_BATCH = ["-s", "training.batch_size=25"]
_ENDLESS = 1_000_000


@pytest.fixture
def options(tiny_config_file, reviews_csv):
    """The options that all workers share: a tiny model on 300 reviews."""
    return ["-c", tiny_config_file, "-d", reviews_csv, *(f"--set={setting}" for setting in _SETTINGS)]


@pytest.fixture
def addresses():
    """Two addresses of this machine that are free."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    names = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return names


@pytest.fixture
def start_worker(command_path, command_environment, tmp_path):
    """A function: arguments, a folder to be in, and more variables → `lstm-train` started."""
    processes = []

    def start(*arguments, cwd=tmp_path, **environment):
        process = forked_python.Popen(
            [command_path("lstm-train"), *map(str, arguments)],
            cwd=cwd,
            env=command_environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def start_two(addresses, start_worker):
    """A function: arguments → chief and second worker, started with the short form."""

    def start(*arguments):
        shared = [*arguments, "--workers", ",".join(addresses), "--threads", 1]
        return [start_worker(*shared, "--task", task) for task in (0, 1)]

    return start


def _wait_for_an_epoch(process):
    """Wait for the second line of an epoch: what the first one left is on disk then."""
    for _ in range(2):
        while not (line := process.stderr.readline()).startswith("epoch"):
            assert line, "the training ended by itself"


def _read_figures(folder):
    history = json.loads((folder / "history.json").read_text())
    history.pop("seconds")
    return history


def _read_weights(path):
    import keras

    return keras.models.load_model(path).get_weights()


def _assert_equal_runs(folder, reference):
    figures, expected = _read_figures(folder), _read_figures(reference)
    assert figures.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(figures[name], values, rtol=0, atol=1e-4, err_msg=name)
    for name in ("best-tiny-model.h5", "last-tiny-model.h5"):
        for ours, theirs in zip(_read_weights(folder / name), _read_weights(reference / name), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def test_two_workers_by_tf_config_leave_what_one_leaves_and_only_the_chief_writes(
    options, addresses, start_worker, invoke, tmp_path
):
    """Without dropout losses agree to 1e-4 and weights to 1e-5; early stopping ends both after the same epoch."""
    aside = tmp_path / "aside"
    aside.mkdir()
    stopping = "{patience: 1, min_delta: 10, restore_best_weights: false}"
    options = [*options, *_WITH_A_SHORT_BATCH, "--epochs", 9, "-s", f"training.early_stopping={stopping}"]
    arguments = [*options, "-o", "run", "--threads", "1"]

    def describe(task):
        return {
            "TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": task}})
        }

    second = start_worker(*arguments, "--json", cwd=aside, **describe(1))
    chief = start_worker(*arguments, **describe(0))
    stdout, stderr = chief.communicate(timeout=120)
    assert chief.returncode == 0, stderr
    assert "Trained tiny: 2 epochs" in stdout
    assert "early stopping" in stdout
    assert "Traceback" not in stderr
    assert stderr.count("epoch 2/9") == 1
    stdout, stderr = second.communicate(timeout=120)
    assert second.returncode == 0, stderr
    assert json.loads(stdout)["stopped_early"] is True
    assert "epoch" not in stderr
    assert not list(aside.iterdir())
    result = invoke("lstm-train", *options, "-o", tmp_path / "reference", "-q")
    assert result.exit_code == 0, result.stderr
    _assert_equal_runs(tmp_path / "run", tmp_path / "reference")


def test_a_signal_to_one_worker_stops_all_and_one_machine_goes_on(options, start_two, invoke, tmp_path):
    folder = tmp_path / "run"
    chief, second = start_two(*options, "--epochs", _ENDLESS, "-o", folder)
    _wait_for_an_epoch(chief)
    second.send_signal(signal.SIGINT)
    answers = [process.communicate(timeout=60)[1] for process in (chief, second)]
    assert (chief.returncode, second.returncode) == (143, 130)
    assert f"Go on with: lstm-train --resume {folder}" in answers[0]
    assert "the chief keeps" in answers[1]
    assert "Traceback" not in "".join(answers)
    epochs = len(_read_figures(folder)["loss"]) + 2
    result = invoke("lstm-train", "--resume", folder, "--epochs", epochs, "-q")
    assert result.exit_code == 0, result.stderr
    invoke("lstm-train", *options, "--epochs", epochs, "-o", tmp_path / "reference", "-q")
    figures, expected = _read_figures(folder), _read_figures(tmp_path / "reference")
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(figures[name], expected[name], rtol=0, atol=1e-3)


def test_a_worker_that_goes_on_with_a_run_reads_the_reviews_that_it_is_given(
    options, addresses, start_worker, invoke, tmp_path
):
    """Where its copy lies; what is no copy is refused."""
    assert invoke("lstm-train", *options, "--epochs", 1, "-o", tmp_path / "run", "-q").exit_code == 0
    other = tmp_path / "other.csv"
    other.write_text("".join(Path(options[3]).read_text().splitlines(keepends=True)[:-1]))
    spread = ["--resume", tmp_path / "run", "--epochs", 2, "--workers", ",".join(addresses), "--threads", 1]
    second = start_worker(*spread, "--data", other, "--task", 1)
    start_worker(*spread, "--task", 0)
    _, error = second.communicate(timeout=120)
    assert second.returncode == 3, error
    assert "Error: This worker's reviews are not the chief's." in error


def test_a_killed_chief_ends_the_other_with_an_error(options, start_two, tmp_path):
    chief, second = start_two(*options, "--epochs", _ENDLESS, "-o", tmp_path / "run")
    _wait_for_an_epoch(chief)
    chief.kill()
    stderr = second.communicate(timeout=60)[1]
    assert second.returncode == 1
    error = stderr[stderr.index("Error: ") :]
    assert "Lost worker 0 (127.0.0.1:" in error
    assert "--resume" in error
    assert error.count("\n") <= 2


def test_while_a_worker_waits_for_the_others_ctrl_c_ends_it(options, addresses, start_worker, tmp_path):
    folder = tmp_path / "run"
    chief = start_worker(*options, "-o", folder, "--workers", ",".join(addresses), "--task", 0)
    while "waiting for the others" not in (line := chief.stderr.readline()):
        assert line, "it did not wait"
    chief.send_signal(signal.SIGINT)
    chief.communicate(timeout=60)
    assert chief.returncode == 130
    assert not folder.exists()


def test_local_workers_end_with_the_chiefs_error(options, run_command, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").touch()
    result = run_command("lstm-train", *options, "-o", tmp_path / "run", "--local-workers", 2)
    assert result.returncode == 2
    assert result.stderr.count("Error: ") == 1
    assert "is not empty" in result.stderr


def test_a_signal_stops_local_workers_and_says_how_to_go_on(options, start_worker, tmp_path):
    folder = tmp_path / "run"
    process = start_worker(*options, "--epochs", _ENDLESS, "-o", folder, "--local-workers", 2)
    _wait_for_an_epoch(process)
    workers = _list_children(process.pid)
    assert len(workers) == 2
    process.send_signal(signal.SIGTERM)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 143
    assert f"Go on with: lstm-train --resume {folder}" in stderr
    assert "Traceback" not in stderr
    assert not any(_is_alive(worker) for worker in workers)


def test_a_killed_local_worker_ends_all_and_two_go_on(options, start_worker, run_command, tmp_path):
    """With the digits of two that were never interrupted, dropout's too."""
    folder = tmp_path / "run"
    options = [*options, "-s", "model.recurrent[0].dropout=0.3"]
    process = start_worker(*options, "--epochs", _ENDLESS, "-o", folder, "--local-workers", 2)
    _wait_for_an_epoch(process)
    workers = _list_children(process.pid)
    os.kill(workers[1], signal.SIGKILL)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert stderr.count("Error: ") == 1
    error = stderr[stderr.index("Error: ") :]
    assert "Lost worker 1 (127.0.0.1:" in error
    assert "--resume" in error
    assert not any(_is_alive(worker) for worker in workers)
    kept = _read_figures(folder)
    epochs = len(kept["loss"]) + 1
    result = run_command("lstm-train", "--resume", folder, "--epochs", epochs, "--local-workers", 2, "--json")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert (document["epochs"], document["finished"]) == (epochs, True)
    assert {name: values[:-1] for name, values in _read_figures(folder).items()} == kept
    reference = ["--epochs", epochs, "-o", tmp_path / "reference", "--local-workers", 2]
    assert run_command("lstm-train", *options, *reference).returncode == 0
    assert _read_figures(folder) == _read_figures(tmp_path / "reference")


def test_a_killed_local_chief_ends_all_with_an_error(options, start_worker, tmp_path):
    process = start_worker(*options, "--epochs", _ENDLESS, "-o", tmp_path / "run", "--local-workers", 2)
    _wait_for_an_epoch(process)
    workers = _list_children(process.pid)
    os.kill(workers[0], signal.SIGKILL)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "Error: Worker 0 was killed (SIGKILL)" in stderr
    assert "--resume" in stderr
    assert not any(_is_alive(worker) for worker in workers)


def test_local_workers_stop_when_the_process_that_started_them_is_killed(options, start_worker, invoke, tmp_path):
    folder = tmp_path / "run"
    process = start_worker(*options, "--epochs", _ENDLESS, "-o", folder, "--local-workers", 2)
    _wait_for_an_epoch(process)
    workers = _list_children(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while any(_is_alive(worker) for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    epochs = len(_read_figures(folder)["loss"]) + 1
    assert invoke("lstm-train", "--resume", folder, "--epochs", epochs, "-q").exit_code == 0


def _list_children(pid):
    """Return the processes that a process has started, in their order."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("the children of a process stand in Linux' /proc")
    return sorted(child for child in map(int, children.read_text().split()) if not forked_python.is_server(child))


def _is_alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return not stat.rpartition(")")[2].startswith(" Z")  # ended, though nobody has asked how


@pytest.mark.parametrize("spread", [["--local-workers", 2], ["--workers", "a:1,b:1", "--task", 1]])
def test_several_runs_and_several_workers_are_not_combined(
    spread, options, tiny_config_file, assert_fails, tmp_path
):
    message = assert_fails(2, "lstm-train", *options, "--seeds", 2, "-o", tmp_path / "runs", *spread)
    assert "Several workers train one run" in message
    assert not (tmp_path / "runs").exists()
    assert "Several workers" in assert_fails(2, "lstm-train", "-m", "gru", "-m", "lstm", *spread)
    for seed in (1, 2):  # as several runs leave them that were not begun
        folder = tmp_path / "runs" / f"seed-{seed}"
        folder.mkdir(parents=True)
        shutil.copy(tiny_config_file, folder / "config.yaml")
    message = assert_fails(2, "lstm-train", "--resume", tmp_path / "runs", "--epochs", 2, *spread)
    assert "holds several runs" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "1"], "give both"),
        (["--workers", "a:1,b:1"], "own place in the list"),
        (["--workers", "a:1,b:1", "--task", "2"], "own place in the list"),
        (["--workers", "a,b:1", "--task", "0"], "host:port"),
        (["--workers", "a:1,b:1", "--task", "0", "--local-workers", "2"], "--local-workers names"),
        (["--workers", "a:1,b:1", "--local-workers", "2"], "--local-workers names"),
        (["--task", "0", "--local-workers", "2"], "--local-workers names"),
    ],
)
def test_what_names_no_workers_is_an_error(arguments, message, assert_fails):
    assert message in assert_fails(2, "lstm-train", "-m", "gru", *arguments)


def test_a_dry_run_needs_no_other_worker(options, invoke, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": 1}}))
    assert os.environ["TF_CONFIG"]
    assert invoke("lstm-train", *options, "--dry-run").exit_code == 0
    assert invoke("lstm-train", *options, "--local-workers", 2, "--print-config").exit_code == 0
