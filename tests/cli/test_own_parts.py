"""Reviews of several files, and parts of one's own: from the command line to the run, and back to its data."""

from __future__ import annotations

import csv
import json

import pytest

from lstm_cli.cli.sweep import _repeat_command
from lstm_cli.sweep.study import Storage

_SETTINGS = ["data.maxlen=8", "training.optimizer.learning_rate=0.02", "training.batch_size=100"]
TINY = ["-m", "gru", *(word for setting in _SETTINGS for word in ("-s", setting))]


@pytest.fixture
def files(reviews_csv, tmp_path):
    """The 300 reviews as four files: 100 and 100 to train, 60 to validate, 40 for the test."""
    with reviews_csv.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    parts = {"one": rows[:100], "two": rows[100:200], "validation": rows[200:260], "test": rows[260:]}
    for name, part in parts.items():
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *part])
    return {name: tmp_path / f"{name}.csv" for name in parts}


def name_files(files):
    return ["-d", files["one"], "-d", files["two"], "--validation", files["validation"], "--test", files["test"]]


def test_a_run_is_trained_judged_repeated_and_extended_with_its_own_parts(files, invoke, tmp_path):
    folder = tmp_path / "run"
    result = invoke("lstm-train", *TINY, *name_files(files), "--epochs", 1, "-o", folder, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["reviews"] == {"train": 200, "validation": 60, "test": 40}
    assert document["dataset"] == "one.csv and two.csv"
    assert "two.csv" in (folder / "config.yaml").read_text()
    judged = invoke("lstm-eval", folder / "best-gru-model.h5", "--json")
    assert judged.exit_code == 0, judged.stderr
    figures = json.loads(judged.stdout)
    assert (figures["split"], figures["reviews"], figures["seen_in_training"]) == ("test", 40, 0)
    again = tmp_path / "again"
    assert invoke("lstm-train", "-c", folder / "config.yaml", "-o", again).exit_code == 0
    histories = [json.loads((each / "history.json").read_text()) for each in (folder, again)]
    assert histories[0]["val_loss"] == histories[1]["val_loss"]
    compared = invoke("lstm-compare", folder, again, "--no-baseline", "--json")
    assert compared.exit_code == 0, compared.stderr
    (table,) = json.loads(compared.stdout)["tables"]
    assert [(model["n"], len(model["repeats"])) for model in table["models"]] == [(1, 1)]

    moved = {name: path.rename(path.with_name(f"moved-{path.name}")) for name, path in files.items()}
    _judge_moved(invoke, folder, again, moved, figures)
    assert invoke("lstm-train", "--resume", folder, "--epochs", 2).exit_code == 3
    extended = invoke("lstm-train", "--resume", folder, "--epochs", 2, *name_files(moved))
    assert extended.exit_code == 0, extended.stderr
    assert len(json.loads((folder / "history.json").read_text())["loss"]) == 2


def _judge_moved(invoke, folder, again, moved, figures):
    """Check that two runs' data are known in their new places, in any order, by eval and compare."""
    model = folder / "best-gru-model.h5"
    assert invoke("lstm-eval", model).exit_code == 3
    shuffled = [word for path in reversed(moved.values()) for word in ("-d", path)]
    for named in (name_files(moved), shuffled):
        judged = invoke("lstm-eval", model, *named, "--json")
        assert judged.exit_code == 0, judged.stderr
        assert json.loads(judged.stdout) == figures | {"dataset": "moved-one.csv and moved-two.csv"}
    assert invoke("lstm-compare", folder, again, "--no-baseline", "-d", moved["one"]).exit_code == 3
    compared = invoke("lstm-compare", folder, again, *shuffled, "--json")
    assert compared.exit_code == 0, compared.stderr
    (table,) = json.loads(compared.stdout)["tables"]
    assert table["models"][0]["runs"][0]["test_accuracy"] == figures["accuracy"]
    assert table["baseline"] is not None


@pytest.mark.parametrize("option", ["--test", "-d"])
def test_of_several_files_one_that_was_moved_is_named_alone(option, files, invoke, assert_fails, tmp_path):
    folder = tmp_path / "run"
    assert invoke("lstm-train", *TINY, *name_files(files), "--epochs", 1, "-o", folder).exit_code == 0
    model, other = folder / "best-gru-model.h5", tmp_path / "other.csv"
    expected = invoke("lstm-eval", model, "--json").stdout
    place = files["test"].rename(tmp_path / "elsewhere.csv")
    other.write_text(place.read_text().replace("film", "movie"))
    assert invoke("lstm-eval", model, option, place, "--json").stdout == expected
    if option == "--test":
        assert "are not whole with" in assert_fails(3, "lstm-eval", model, option, other)
    else:
        assert json.loads(invoke("lstm-eval", model, option, other, "--json").stdout)["split"] == "all"
    assert invoke("lstm-compare", folder, "-d", other, "-d", place, "--no-baseline").exit_code == 0
    assert "is not what" in assert_fails(3, "lstm-train", "--resume", folder, "--epochs", 2, "--test", other)
    assert invoke("lstm-train", "--resume", folder, "--epochs", 2, option, place).exit_code == 0
    assert str(place) in (folder / "config.yaml").read_text()


def test_one_of_the_models_files_is_other_data_where_nothing_was_moved(files, invoke, tmp_path):
    """All of the file is judged, with a word on what was learnt."""
    folder = tmp_path / "run"
    assert invoke("lstm-train", *TINY, *name_files(files), "--epochs", 1, "-o", folder).exit_code == 0
    result = invoke("lstm-eval", folder / "best-gru-model.h5", "-d", files["two"], "--json")
    document = json.loads(result.stdout)
    assert (document["split"], document["reviews"], document["seen_in_training"]) == ("all", 100, 100)
    options = ["-d", files["two"], "--test", files["one"]]
    document = json.loads(invoke("lstm-eval", folder / "best-gru-model.h5", *options, "--json").stdout)
    assert (document["split"], document["reviews"]) == ("test", 100)


def test_another_validation_part_is_another_run(files, invoke, assert_fails, tmp_path):
    folder = tmp_path / "run"
    assert invoke("lstm-train", *TINY, *name_files(files), "--epochs", 1, "-o", folder).exit_code == 0
    message = assert_fails(3, "lstm-train", "--resume", folder, "--epochs", 2, "--validation", files["test"])
    assert "is not what the run began with" in message


def test_lstm_data_shows_all_of_it(files, run_command):
    arguments = [files["one"], files["two"], "--validation", files["validation"], "--test", files["test"]]
    result = run_command("lstm-data", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["reviews"] == 300
    assert document["parts"] == {"train": 200, "validation": 60, "test": 40}


def test_a_sweeps_own_command_names_all_of_it():
    options = dict.fromkeys(("trials", "study_name", "output", "threads", "storage", "encoding", "header"))
    options |= {"path": "gru", "jobs": 1, "grace": 60, "overrides": (), "data": ("a.csv", "b c.csv")}
    options |= {"test": "t.csv", "text": ("title", "body"), "label": "stars"}
    storage = Storage("sqlite:///study.db", "gru", 60)
    assert _repeat_command(options, storage=storage) == (
        "lstm-sweep gru --data a.csv --data 'b c.csv' --set 'data.test=\"t.csv\"' "
        '--set \'data.text=["title", "body"]\' --set \'data.label="stars"\''
    )


@pytest.mark.parametrize("option", ["--validation", "--test"])
def test_a_part_that_is_not_there_is_named(option, assert_fails, files, tmp_path):
    missing = tmp_path / "missing.csv"
    message = assert_fails(3, "lstm-train", *TINY, "-d", files["one"], option, missing, "-o", tmp_path / "run")
    assert f"There is no file {missing}" in message
    assert not (tmp_path / "run").exists()
