"""Several models and seeds by one command: each run is what it would have been alone."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from statistics import fmean, stdev

import forked_python
import pytest

from lstm_cli.sessions.several import list_planned_runs
from lstm_cli.training.run_folder import load_record, save_record

# Soon trained, and for as many epochs as are asked for; no batch is short, so that one step fewer is traced.
SETTINGS = [
    "training.optimizer.learning_rate=0.02", "data.maxlen=30", "training.early_stopping.patience=500",
    "training.batch_size=72",
]  # fmt: skip
TINY = ["-m", "gru", *(word for setting in SETTINGS for word in ("-s", setting))]


def read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    return {name: values for name, values in history.items() if name != "seconds"}


@pytest.fixture(scope="module")
def seeds_folder(run_command, reviews_csv, tmp_path_factory):
    """Two seeds of a tiny model, trained by one command in a process of its own; and what it printed."""
    parent = tmp_path_factory.mktemp("several") / "parent"
    options = [*TINY, "-d", reviews_csv, "--epochs", 2, "--seeds", 2, "--seed", 9]
    result = run_command("lstm-train", *options, "-o", parent)
    assert result.returncode == 0, result.stderr
    return parent, result.stdout


def test_each_seed_has_a_folder_with_the_digits_of_a_run_alone(seeds_folder, invoke, reviews_csv, tmp_path):
    parent, _ = seeds_folder
    assert [path.name for path in list_planned_runs(parent)] == ["seed-9", "seed-10"]
    options = [*TINY, "-d", reviews_csv, "--epochs", 2, "--seed", 10]
    assert invoke("lstm-train", *options, "-o", tmp_path / "alone").exit_code == 0
    assert read_history(parent / "seed-10") == read_history(tmp_path / "alone")
    assert read_history(parent / "seed-9") != read_history(tmp_path / "alone")
    files = {path.name for path in (parent / "seed-10").iterdir()}
    assert files == {path.name for path in (tmp_path / "alone").iterdir()}


def test_the_mean_over_the_seeds_and_the_next_command_are_told(seeds_folder):
    parent, printed = seeds_folder
    losses = [min(read_history(path)["val_loss"]) for path in list_planned_runs(parent)]
    assert f"mean: validation loss {fmean(losses):.4f} ± {stdev(losses):.4f}" in printed
    assert f"lstm-compare {parent}" in printed


def test_what_is_finished_stays_and_what_is_only_planned_is_trained(seeds_folder, invoke, tmp_path):
    original, _ = seeds_folder
    parent = tmp_path / "parent"
    shutil.copytree(original, parent)
    for path in (parent / "seed-10").iterdir():
        if path.name != "config.yaml":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = (parent / "seed-9" / "history.json").stat().st_mtime_ns
    result = invoke("lstm-train", "--resume", parent, "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)["runs"]
    assert [document["seed"] for document in told] == [9, 10], "what was finished before belongs to it"
    assert read_history(parent / "seed-10") == read_history(original / "seed-10")
    assert (parent / "seed-9" / "history.json").stat().st_mtime_ns == before


def test_finished_runs_are_extended_together_or_not_touched(seeds_folder, invoke, assert_fails, tmp_path):
    parent = tmp_path / "parent"
    shutil.copytree(seeds_folder[0], parent)
    assert "All runs in" in assert_fails(1, "lstm-train", "--resume", parent)
    assert invoke("lstm-train", "--resume", parent, "--epochs", 3).exit_code == 0
    assert {len(read_history(path)["loss"]) for path in list_planned_runs(parent)} == {3}


def test_several_models_have_a_folder_each_and_several_seeds_one_below(invoke, reviews_csv, tmp_path):
    options = [
        "-m",
        "gru",
        "-m",
        "tutorials/c-simple-rnn",
        "-d",
        reviews_csv,
        "-s",
        "data.maxlen=8",
        "--epochs",
        1,
    ]
    result = invoke("lstm-train", *options, "--seed", 1, "--seed", 2, "-o", tmp_path / "all", "--json")
    assert result.exit_code == 0, result.stderr
    documents = json.loads(result.stdout)["runs"]
    names = [(document["model"], document["seed"]) for document in documents]
    assert names == [("gru", 1), ("gru", 2), ("c-simple-rnn", 1), ("c-simple-rnn", 2)]
    assert (tmp_path / "all/c-simple-rnn/seed-2/best-c-simple-rnn-model.h5").is_file()


def test_models_of_different_needs_have_the_threads_that_one_of_them_needs(reviews_csv, tmp_path):
    """The first alone would leave TensorFlow's operations one; they are settled once a process."""
    models = ["-m", "gru", "-m", "tutorials/b-lstm128-64"]  # Adadelta walks through a large table
    settings = ["-s", "data.limit=60", "-s", "data.maxlen=5", "-s", "training.epochs=1"]
    options = [*models, *settings, "-d", str(reviews_csv), "--threads", "3", "-o", str(tmp_path / "both"), "-q"]
    program = (
        "from lstm_cli.cli.train import train\n"
        f"train({options!r}, standalone_mode=False)\n"
        "import tensorflow as tf\n"
        "print(tf.config.threading.get_intra_op_parallelism_threads())"
    )
    done = forked_python.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["3"]), done.stderr


def test_without_output_the_parent_is_numbered(invoke, reviews_csv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for parent in ("runs/gru", "runs/gru-2"):
        result = invoke("lstm-train", *TINY, "-d", reviews_csv, "--epochs", 1, "--seeds", 2, "--json")
        assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["output"] == parent


def test_a_diverging_run_does_not_cost_the_others(assert_fails, reviews_csv, tmp_path):
    parent = tmp_path / "parent"
    options = ["-m", "gru", "-d", reviews_csv, "--epochs", 1, "--seeds", 2]
    wild = ["-s", "training.optimizer={name: sgd, learning_rate: 1.0e+30}"]
    wild += ["-s", "model.embedding.embeddings_regularizer.l2=1.0"]
    message = assert_fails(1, "lstm-train", *options, *wild, "-o", parent)
    assert "2 of 2 runs did not come to an end" in message
    assert all((path / "run.json").exists() for path in list_planned_runs(parent))
    assert len(list_planned_runs(parent)) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_and_resuming_the_parent_finishes_all(  # noqa: PLR0917 - fixtures
    number, command_path, command_environment, run_command, seeds_folder, reviews_csv, tmp_path
):
    parent = tmp_path / "parent"
    options = [*TINY, "-d", reviews_csv, "--epochs", "400", "--seed", "9", "--seed", "10"]
    process = forked_python.Popen(
        [command_path("lstm-train"), *options, "-o", parent],
        env=command_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (parent / "seed-9" / "history.json").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Of 2 runs, 0 are finished" in errors
    assert f"lstm-train --resume {parent}" in errors
    trained = len(read_history(parent / "seed-9")["loss"])
    result = run_command("lstm-train", "--resume", parent, "--epochs", trained + 1)
    assert result.returncode == 0, result.stderr
    assert {len(read_history(path)["loss"]) for path in list_planned_runs(parent)} == {trained + 1}
    for path in list_planned_runs(parent):
        first = read_history(seeds_folder[0] / path.name)
        assert {name: values[:2] for name, values in read_history(path).items()} == first


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-m", "gru", "--seeds", "2", "--dry-run"], "--dry-run is of one run"),
        (["-m", "gru", "-m", "lstm", "--print-config"], "--print-config is of one run"),
        (["-m", "gru", "--seeds", "0"], "--seeds"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_meant_is_refused(options, expected, assert_fails):
    assert expected in assert_fails(2, "lstm-train", *options)


def test_a_parent_that_holds_a_run_needs_force(assert_fails, seeds_folder, reviews_csv):
    options = [*TINY, "-d", reviews_csv, "--seeds", 2, "--seed", 9, "-o", seeds_folder[0]]
    assert "is not empty" in assert_fails(2, "lstm-train", *options)


def test_a_run_that_stopped_early_is_over_and_the_others_go_on(seeds_folder, invoke, tmp_path):
    """Its patience would end it again at once."""
    original, _ = seeds_folder
    parent = tmp_path / "parent"
    shutil.copytree(original, parent)
    record = load_record(parent / "seed-9" / "run.json")
    save_record(parent / "seed-9" / "run.json", replace(record, finished=True, stopped_early=True, epochs=1))
    for path in (parent / "seed-10").iterdir():
        if path.name != "config.yaml":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    result = invoke("lstm-train", "--resume", parent)
    assert result.exit_code == 0, result.stderr
    assert "Run 1 of 1: gru, seed 10" in result.stderr
    assert read_history(parent / "seed-10") == read_history(original / "seed-10")
