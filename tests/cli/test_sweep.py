"""`lstm-sweep`: a study from begin to end, through kills and with others, in processes as a user starts them."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import replace

import forked_python
import optuna
import pytest
import yaml
from postgres import find_programs, find_user, start_server

from lstm_cli.cli.command import Output
from lstm_cli.cli.sweep import _build_display, _repeat_command
from lstm_cli.config import load_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.sweep.definition import load_sweep
from lstm_cli.sweep.report import SweepReport, build_report
from lstm_cli.sweep.study import locate_storage, open_study

BASE = {
    "name": "tiny",
    "data": {"num_words": 60, "maxlen": 12},
    "model": {"embedding": {"output_dim": 3}, "recurrent": [{"cell": "gru", "units": 2}]},
    "training": {
        "optimizer": {"name": "adam", "learning_rate": 0.01},
        "batch_size": 36,
        "epochs": 2,
        "seed": 7,
        "early_stopping": None,
    },
}
SPACE = {
    "training.optimizer.learning_rate": {"low": 1e-3, "high": 3e-2, "log": True},
    "model.recurrent[0].units": [2, 3],
}


@pytest.fixture(scope="session")
def write_sweep(reviews_csv):
    """A function: a folder, how many epochs, and keys of the file → the file of a sweep that is soon over."""

    def write(folder, *, epochs=2, **keys):
        training = BASE["training"] | {"epochs": epochs}
        base = BASE | {"data": BASE["data"] | {"dataset": str(reviews_csv)}, "training": training}
        path = folder / "tiny.yaml"
        path.write_text(yaml.safe_dump({"base": base, "search_space": SPACE, "pruner": "none"} | keys))
        return path

    return write


@pytest.fixture
def start_command(command_path, command_environment):
    """A function: the arguments of lstm-sweep → its process, the first of a group; what is left is killed."""
    processes = []

    def start(*arguments):
        process = forked_python.Popen(
            [command_path("lstm-sweep"), *map(str, arguments)],
            env=command_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(condition, process):
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def read_report(folder):
    return json.loads((folder / "trials.json").read_text())


def read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    return {name: values for name, values in history.items() if name != "seconds"}


def load_study(folder):
    storage = locate_storage(None, folder=folder, study_name="tiny", grace=60)
    return optuna.load_study(study_name="tiny", storage=storage.url)


# In the order that the seed below shuffles them into: two that learn, one that stands still, one that diverges.
OPTIMIZERS = [{"name": "adam", "learning_rate": rate} for rate in (0.02, 0.01, 1e-12)]
OPTIMIZERS += [{"name": "sgd", "learning_rate": 1e30}]


def shuffle(size, *, seed):
    places = list(range(size))
    random.Random(seed).shuffle(places)  # noqa: S311 - no secret
    return places


@pytest.fixture(scope="module")
def finished_sweep(run_command, write_sweep, tmp_path_factory):
    """The file and the folder of a sweep over a grid of four optimisers, and what its command printed."""
    place = tmp_path_factory.mktemp("finished-sweep")
    path = write_sweep(
        place,
        epochs=4,
        search_space={"training.optimizer": OPTIMIZERS, "model.embedding.embeddings_regularizer.l2": [1.0]},
        sampler="grid",
        pruner={"name": "median", "n_startup_trials": 2},
        seed=next(seed for seed in range(999) if shuffle(4, seed=seed) == [0, 1, 2, 3]),
    )
    result = run_command("lstm-sweep", path, "-o", place / "out")
    assert result.returncode == 0, result.stderr
    return path, place / "out", result


def test_each_trial_is_a_run_folder_and_the_table_tells_of_all(finished_sweep):
    _, folder, result = finished_sweep
    assert ": 2 settings of " in result.stderr
    report = read_report(folder)
    assert (report["finished"], report["total"], report["direction"]) == (4, 4, "minimize")
    for number, trial in enumerate(report["trials"], start=1):
        run = folder / f"trial-{number}"
        assert trial["folder"] == str(run)
        assert json.loads(trial["params"]["training.optimizer"]) == OPTIMIZERS[number - 1]
        optimizer = load_config(run / "config.yaml").training.optimizer
        assert optimizer.learning_rate == OPTIMIZERS[number - 1]["learning_rate"]
        assert f"trial {number}/4  {trial['state']}" in result.stderr
    for trial in report["trials"][:2]:
        run = folder / f"trial-{trial['trial']}"
        record = json.loads((run / "run.json").read_text())
        assert record["finished"]
        assert trial["value"] == record["best"]["val_loss"] == min(read_history(run)["val_loss"])
        assert (run / "best-tiny-model.h5").is_file()
    assert report["best"]["value"] == min(trial["value"] for trial in report["trials"][:2])
    assert "Traceback" not in result.stderr
    assert f"lstm-train -c {folder / 'best.yaml'}" in result.stdout
    assert {"trials.csv", "history.png", "importance.png"} <= {path.name for path in folder.iterdir()}


def test_hopeless_and_diverged_trials_do_not_end_the_sweep(finished_sweep):
    _, folder, _ = finished_sweep
    *good, idle, diverged = read_report(folder)["trials"]
    assert [trial["state"] for trial in (*good, idle, diverged)] == ["complete", "complete", "pruned", "failed"]
    assert [trial["epochs"] for trial in good] == [4, 4]
    assert idle["epochs"] < 4
    assert not json.loads((folder / "trial-3" / "run.json").read_text())["finished"]
    assert "The loss became" in diverged["error"]


def test_the_best_configuration_trains_the_same_model_again(finished_sweep, invoke, tmp_path):
    _, folder, _ = finished_sweep
    best = read_report(folder)["best"]
    result = invoke("lstm-train", "-c", folder / "best.yaml", "-o", tmp_path / "again")
    assert result.exit_code == 0, result.stderr
    assert read_history(tmp_path / "again") == read_history(folder / f"trial-{best['trial']}")


def test_a_finished_sweep_is_told_again_and_trains_nothing(finished_sweep, invoke):
    path, folder, _ = finished_sweep
    before = (folder / "trial-1" / "run.json").stat().st_mtime_ns
    result = invoke("lstm-sweep", path, "-o", folder, "--json", "--quiet")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == read_report(folder)
    assert (folder / "trial-1" / "run.json").stat().st_mtime_ns == before


def test_another_search_or_other_reviews_may_not_go_on_with_it(
    finished_sweep, assert_fails, tmp_path, write_sweep
):
    path, folder, _ = finished_sweep
    assert "has another base" in assert_fails(2, "lstm-sweep", path, "-o", folder, "-s", "training.epochs=3")
    other = write_sweep(tmp_path, epochs=4, search_space={"model.dropout": [0.1, 0.2]})
    assert "has another search_space" in assert_fails(2, "lstm-sweep", other, "-o", folder)


def test_no_trial_begins_when_the_time_is_over(write_sweep, invoke, tmp_path):
    path = write_sweep(tmp_path)
    result = invoke("lstm-sweep", path, "--trials", 3, "-o", tmp_path / "out", "--timeout", 0)
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[2] == ("tiny: 2 settings of tiny, 3 trials, val_loss by tpe, pruner none")
    assert "0 of 3 trials are finished." in result.stderr
    assert f"Go on with: lstm-sweep {path} --trials 3 --output {tmp_path / 'out'}" in result.stderr


@pytest.fixture
def keep_trials(write_sweep, tmp_path):
    """A function: keys of the sweep's file, and a trial's values, figures or error each → the file, the study."""

    def keep(trials, *, overrides=(), **keys):
        path, folder = write_sweep(tmp_path, trials=len(trials), sampler="random", **keys), tmp_path / "out"
        folder.mkdir()
        sweep = load_sweep(path, overrides=overrides)
        storage = locate_storage(None, folder=folder, study_name="tiny", grace=60)
        fingerprint = load_dataset(sweep.space.base.data).fingerprint
        study = open_study(storage, sweep, fingerprint=fingerprint, folder=folder)
        for values, figures in trials:
            study.enqueue_trial(dict(zip(SPACE, values, strict=True)))
            trial = study.ask()
            sweep.space.suggest(trial)
            for name, value in figures.items():
                trial.set_user_attr(name, value)
            if "error" in figures:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, figures[sweep.config.objective])
        return path, study

    return keep


def measure(number, **figures):
    """Return the figures of a trial."""
    facts = {
        "epochs": 2,
        "best_epoch": 1,
        "seconds": 1.25,
        "parameters": 99,
        "host": "here",
        "folder": f"t-{number}",
    }
    return facts | {"val_loss": 0.5, "val_accuracy": 0.75} | figures


@pytest.mark.filterwarnings("ignore:Heartbeat of storage")
class TestWhatIsTold:
    """Of trials that were trained before."""

    def test_a_table_from_the_best_on_and_what_to_do_with_it(self, keep_trials, invoke, tmp_path):
        path, _ = keep_trials(
            [
                ((0.002, 2), measure(1)),
                ((0.012345, 3), measure(2, val_loss=0.25, best_epoch=2)),
                ((0.02, 2), {"error": "The loss became nan."}),
            ]
        )
        folder = tmp_path / "out"
        result = invoke("lstm-sweep", path, "-o", folder)
        assert result.exit_code == 0, result.output
        lines = [line.rstrip() for line in result.stdout.rstrip().splitlines()]
        assert lines[:6] == [
            "              val    val  best           learning",
            "trial        loss   acc. epoch   s units     rate",
            "─────────────────────────────────────────────────",
            "2 complete 0.2500 0.7500     2 1.2     3   0.0123",
            "1 complete 0.5000 0.7500     1 1.2     2    0.002",
            "3 failed        -      -     -   -     2     0.02",
        ]
        assert lines[7].startswith("Importance  training.optimizer.learning_rate 0.")
        assert lines[-5:] == [
            "Best        trial 2, t-2",
            f"Train it    lstm-train -c {folder / 'best.yaml'}",
            f"Table       {folder / 'trials.csv'}",
            f"History     {folder / 'history.png'}",
            f"Importance  {folder / 'importance.png'}",
        ]
        assert invoke("lstm-sweep", path, "-o", folder, "-q").stdout == f"{folder / 'best.yaml'}\n"

    def test_where_nothing_could_be_trained_why(self, keep_trials, assert_fails, tmp_path):
        path, _ = keep_trials([((0.01, 2), {"error": "The loss became nan."})])
        message = assert_fails(1, "lstm-sweep", path, "-o", tmp_path / "out")
        assert message == "Error: No trial of 1 was trained to its end. The last: The loss became nan.\n"

    def test_a_macro_f1_where_that_is_searched_for_and_of_many_trials_the_best(
        self, keep_trials, invoke, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("lstm_cli.cli.sweep._LONGEST_TABLE", 2)
        trials = [((0.01, 2), measure(number, val_macro_f1=number / 8)) for number in range(1, 5)]
        setting = "training.early_stopping={monitor: val_macro_f1}"
        path, _ = keep_trials(trials, overrides=[setting], objective="val_macro_f1")
        result = invoke("lstm-sweep", path, "-s", setting, "-o", tmp_path / "out")
        lines = [line.rstrip() for line in result.stdout.splitlines()]
        assert lines[1:7] == [
            "              val    val  macro  best           learning",
            "trial        loss   acc.     F1 epoch   s units     rate",
            "────────────────────────────────────────────────────────",
            "4 complete 0.5000 0.7500 0.5000     1 1.2     2     0.01",
            "3 complete 0.5000 0.7500 0.3750     1 1.2     2     0.01",
            f"… and 2 more in {tmp_path / 'out' / 'trials.csv'}",
        ]

    def test_a_line_for_each_trial_as_it_ends(self, keep_trials, capsys):
        path, study = keep_trials(
            [
                ((0.002, 2), measure(1)),
                ((0.012345, 3), measure(2, val_loss=0.25)),
                ((0.02, 2), {"error": "The loss became nan.\nIt was 3."}),
                ((0.01, 2), measure(4)),
            ]
        )
        sweep = load_sweep(path)
        nothing = SweepReport(sweep, [], {})
        output = Output(quiet=False, verbose=False, json=False)
        display = _build_display(study, sweep, before=nothing, output=output)
        display()
        assert capsys.readouterr().err.splitlines() == [
            "trial 1/4  complete  val_loss 0.5000  epoch 1 of 2  1.2 s  units=2 learning_rate=0.002  best so far",
            "trial 2/4  complete  val_loss 0.2500  epoch 1 of 2  1.2 s  units=3 learning_rate=0.0123  best so far",
            "trial 3/4  failed    The loss became nan.  units=2 learning_rate=0.02",
            "trial 4/4  complete  val_loss 0.5000  epoch 1 of 2  1.2 s  units=2 learning_rate=0.01",
        ]
        display()
        assert capsys.readouterr().err == ""
        first = replace(nothing, rows=build_report(study, sweep).rows[:1])
        _build_display(study, sweep, before=first, output=output)()
        told = capsys.readouterr().err.splitlines()
        assert [line[:9] for line in told] == ["trial 2/4", "trial 3/4", "trial 4/4"]


def test_the_command_that_goes_on_says_what_was_said_and_no_default(tmp_path):
    storage = locate_storage("postgresql://me:secret@host/db", folder=tmp_path, study_name="tiny", grace=60)
    said = {"path": "a b.yaml", "trials": 9, "jobs": 2, "study_name": "s", "output": "o", "grace": 5, "threads": 3}
    usual = {**dict.fromkeys(said), "path": "a b.yaml", "jobs": 1, "grace": 60}
    rest = {"data": [], "overrides": [], "storage": None}
    assert _repeat_command(usual | rest, storage=storage) == "lstm-sweep 'a b.yaml'"
    rest = {"data": ["x", "y"], "overrides": ["a=1"], "label": "stars", "storage": "postgresql://…"}
    assert _repeat_command(said | rest, storage=storage) == (
        "lstm-sweep 'a b.yaml' --trials 9 --jobs 2 --study-name s --output o --grace 5 --threads 3 --data x "
        "--data y --set a=1 --set 'data.label=\"stars\"' --storage 'postgresql+psycopg://me:***@host/db'"
    )


def test_stopped_then_killed_then_finished_with_the_digits_of_an_undisturbed_training(
    start_command, run_command, write_sweep, invoke, tmp_path
):
    path, folder = write_sweep(tmp_path, epochs=100, trials=1), tmp_path / "out"
    arguments = [path, "-o", folder, "--grace", 2]

    def count_epochs():
        history = folder / "trial-1" / "history.json"
        return len(read_history(history.parent)["loss"]) if history.exists() else 0

    process = start_command(*arguments)
    wait_for(lambda: count_epochs() >= 1, process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 143, errors
    assert "Stopped; 0 of 1 trials are finished." in errors
    assert f"Go on with: lstm-sweep {path} --output {folder} --grace 2" in errors
    stopped = count_epochs()
    assert 0 < stopped < 100

    process = start_command(*arguments)
    wait_for(lambda: count_epochs() > stopped, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert count_epochs() < 100

    result = run_command("lstm-sweep", *arguments)
    assert result.returncode == 0, result.stderr
    assert [trial["state"] for trial in read_report(folder)["trials"]] == ["complete"]
    assert [item.name for item in folder.glob("trial-*")] == ["trial-1"]
    assert len(load_study(folder).trials) == 3  # one attempt stopped, one killed
    again = invoke("lstm-train", "-c", folder / "trial-1" / "config.yaml", "-o", tmp_path / "again")
    assert again.exit_code == 0, again.stderr
    assert read_history(tmp_path / "again") == read_history(folder / "trial-1")


def test_a_folder_that_was_moved_with_its_reviews_goes_on_with_the_unfinished_trial(
    start_command, run_command, reviews_csv, write_sweep, tmp_path
):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    path, reviews = write_sweep(tmp_path, epochs=150, trials=1), shutil.copy(reviews_csv, before / "reviews.csv")
    process = start_command(path, "-d", reviews, "-o", before / "out")
    wait_for((before / "out" / "trial-1" / "history.json").exists, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 143
    seconds = json.loads((before / "out" / "trial-1" / "history.json").read_text())["seconds"]
    assert 0 < len(seconds) < 150

    before.rename(after)
    result = run_command("lstm-sweep", path, "-d", after / "reviews.csv", "-o", after / "out")
    assert result.returncode == 0, result.stderr
    assert [trial["state"] for trial in read_report(after / "out")["trials"]] == ["complete"]
    history = json.loads((after / "out" / "trial-1" / "history.json").read_text())
    # How long an epoch took is another in every training: these are the very epochs.
    assert (len(history["seconds"]), history["seconds"][: len(seconds)]) == (150, seconds)


def test_ctrl_c_to_all_processes_of_a_terminal_ends_with_130(start_command, write_sweep, tmp_path):
    """A terminal sends it to the workers as well, which leave the answer to the command."""
    path, folder = write_sweep(tmp_path, epochs=400), tmp_path / "out"
    process = start_command(path, "-o", folder)
    wait_for((folder / "trial-1" / "history.json").exists, process)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Stopped; 0 of 20 trials are finished." in errors
    assert "Traceback" not in errors


def find_worker(folder):
    """Return the process id of a worker that is in the midst of a trial."""
    if not any(folder.glob("trial-*/history.json")):
        return None
    running = load_study(folder).get_trials(states=[optuna.trial.TrialState.RUNNING])
    workers = [trial.user_attrs["worker"] for trial in running if "worker" in trial.user_attrs]
    return int(workers[0].rpartition(":")[2]) if workers else None


def test_two_commands_share_a_study_and_one_survives_the_kill_of_its_worker(start_command, write_sweep, tmp_path):
    path, folder = write_sweep(tmp_path, epochs=40), tmp_path / "out"
    arguments = [path, "-o", folder, "--trials", 3, "--json"]
    processes = [start_command(*arguments), start_command(*arguments)]
    worker = None
    while worker is None:
        worker = find_worker(folder)
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    documents = []
    for process in processes:
        printed, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        documents.append(json.loads(printed))
    assert documents[0]["trials"] == documents[1]["trials"]
    assert [trial["state"] for trial in documents[0]["trials"]] == ["complete"] * 3
    assert {trial["epochs"] for trial in documents[0]["trials"]} == {40}
    attempts = [trial for trial in load_study(folder).trials if trial.system_attrs.get("retry_history")]
    assert attempts


@pytest.fixture(scope="module")
def postgres_url():
    """A PostgreSQL on loopback."""
    pytest.importorskip("psycopg", reason="psycopg, of the extra postgresql, is not installed")
    programs, user = find_programs(), find_user()
    if programs is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) is installed on this machine")
    if user is None:
        pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
    with start_server(programs, user=user) as url:
        yield url


def test_two_machines_share_a_study_in_postgresql(postgres_url, start_command, write_sweep, tmp_path):
    """Each with a folder and a copy of the reviews of its own; exactly as many trials as asked for."""
    processes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = write_sweep(tmp_path / name)
        reviews = shutil.copy(yaml.safe_load(path.read_text())["base"]["data"]["dataset"], tmp_path / name)
        options = ["-d", reviews, "--storage", postgres_url, "--trials", 3, "-o", tmp_path / name / "out"]
        processes.append(start_command(path, *options))
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    reports = [read_report(tmp_path / name / "out") for name in ("one", "two")]
    assert reports[0]["trials"] == reports[1]["trials"]
    assert [trial["state"] for trial in reports[0]["trials"]] == ["complete"] * 3
    assert len({trial["params"]["training.optimizer.learning_rate"] for trial in reports[0]["trials"]}) == 3
    runs = [path for name in ("one", "two") for path in (tmp_path / name / "out").glob("trial-*/run.json")]
    assert len(runs) == 3
    best = [load_config(tmp_path / name / "out" / "best.yaml") for name in ("one", "two")]
    assert best[0].training == best[1].training


def test_a_server_that_is_not_there_is_an_error_of_two_lines(assert_fails, write_sweep, tmp_path):
    pytest.importorskip("psycopg", reason="psycopg, of the extra postgresql, is not installed")
    url = "postgresql://me:secret@127.0.0.1:1/none"
    message = assert_fails(1, "lstm-sweep", write_sweep(tmp_path), "--storage", url, "-o", tmp_path / "out")
    assert "me:***@127.0.0.1" in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"search_space": {"model.recurrent[0].unit": [2]}}, "Did you mean 'units'?"),
        ({"search_space": {"modle.dropout": [0.1]}}, "Did you mean 'model'?"),
        ({"objective": "accuracy"}, "objective: expected"),
    ],
    ids=str,
)
def test_a_mistyped_file_is_refused_before_anything_is_made(
    assert_fails, write_sweep, tmp_path, *, keys, expected
):
    message = assert_fails(2, "lstm-sweep", write_sweep(tmp_path, **keys), "-o", tmp_path / "out")
    assert expected in message
    assert not (tmp_path / "out").exists()


def test_data_that_is_not_there_is_found_before_anything_is_made(assert_fails, write_sweep, tmp_path):
    assert_fails(3, "lstm-sweep", write_sweep(tmp_path), "-d", tmp_path / "gone.csv", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_the_data_forbid_is_found_before_anything_is_made(assert_fails, write_sweep, tmp_path):
    """Of what stands fast, as of the first value of what is searched."""
    weights = {"training.class_weight": [{"positive": 2.0, "neutral": 1.0}, None]}
    for given, keys in ((["-s", "training.class_weight={neutral: 2}"], {}), ([], {"search_space": weights})):
        path = write_sweep(tmp_path, **keys)
        message = assert_fails(2, "lstm-sweep", path, *given, "-o", tmp_path / "out")
        assert "training.class_weight: the data have no class 'neutral'" in message
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--jobs", "--trials"])
def test_of_what_is_counted_there_is_one_at_least(assert_fails, option):
    assert f"Invalid value for '{option}': 0 is not in the range x>=1" in assert_fails(
        2, "lstm-sweep", "gru", option, "0"
    )


def test_the_help_says_what_is_done_where_nothing_is_said(invoke):
    shown = " ".join(invoke("lstm-sweep", "--help").stdout.split())
    assert "[default: 1; x>=1]" in shown
    assert "[default: 60; x>=2]" in shown
