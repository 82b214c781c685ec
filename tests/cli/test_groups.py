"""`--group`: from the command line to the run, and back to the same parts."""

from __future__ import annotations

import csv
import json

import pytest
import yaml

TINY = ["-m", "gru", "-s", "data.maxlen=8", "-s", "training.optimizer.learning_rate=0.02"]


@pytest.fixture(scope="module")
def films_csv(reviews_csv, tmp_path_factory):
    """The 300 reviews, of 30 films in turn, the first one once more of another film."""
    path = tmp_path_factory.mktemp("films") / "films.csv"
    with reviews_csv.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    with path.open("w", newline="", encoding="utf-8") as file:
        films = [[*row, f"film {number // 2 % 30}"] for number, row in enumerate(rows)]
        copies = [[*row, f"film {number % 30}"] for number, row in enumerate(rows[:30], start=7)]
        csv.writer(file).writerows([[*header, "film"], *films, *copies])
    return path


@pytest.fixture(scope="module")
def films_run(run_command, films_csv, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "gru"
    command = [*TINY, "-d", films_csv, "--group", "film", "--epochs", 1, "-o", folder, "--json"]
    result = run_command("lstm-train", *command)
    assert result.returncode == 0, result.stderr
    return folder, json.loads(result.stdout)


def test_a_dry_run_tells_the_column_and_the_rows_in_no_part(invoke, films_csv):
    result = invoke("lstm-train", "-m", "gru", "-d", films_csv, "--group", "film", "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    assert "labels from 'label', groups from 'film'\n" in result.stderr
    placed = sum(part["reviews"] for part in json.loads(result.stdout)["splits"].values())
    assert placed < 330
    told = (
        f"films.csv: {330 - placed} rows are in no part, for the text or group also stands in a part that judges"
    )
    assert told in result.stderr
    plain = invoke("lstm-train", "-m", "gru", "-d", films_csv, "--dry-run", "--json")
    assert "in no part" not in plain.stderr
    assert json.loads(plain.stdout)["fingerprint"] == json.loads(result.stdout)["fingerprint"]


def test_lstm_data_counts_the_groups(invoke, films_csv):
    document = json.loads(invoke("lstm-data", films_csv, "--group", "film", "--json").stdout)
    assert (document["groups"], document["reviews"]) == (30, 330)
    assert json.loads(invoke("lstm-data", films_csv, "--json").stdout)["groups"] is None
    assert "\n  30 groups, each in one part\n" in invoke("lstm-data", films_csv, "--group", "film").stdout
    assert "groups" not in invoke("lstm-data", films_csv).stdout


def test_a_model_is_judged_on_the_parts_of_its_training(films_run, invoke):
    """Its own configuration says by what its rows were kept together."""
    folder, document = films_run
    assert yaml.safe_load((folder / "config.yaml").read_text())["data"]["group"] == "film"
    for part in ("test", "validation", "train"):
        result = invoke("lstm-eval", folder / "best-gru-model.h5", "--split", part, "--json")
        assert result.exit_code == 0, result.stderr
        figures = json.loads(result.stdout)
        assert figures["reviews"] == document["reviews"][part]
        assert figures["seen_in_training"] == (document["reviews"]["train"] if part == "train" else 0)


def test_other_reviews_need_no_groups(films_run, reviews_csv, invoke):
    result = invoke("lstm-eval", films_run[0] / "best-gru-model.h5", "-d", reviews_csv, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["reviews"] == 300


def test_runs_with_and_without_groups_are_of_different_reviews(films_run, films_csv, invoke, tmp_path):
    plain = tmp_path / "plain"
    assert invoke("lstm-train", *TINY, "-d", films_csv, "--epochs", 1, "-o", plain).exit_code == 0
    result = invoke("lstm-compare", films_run[0], plain, "--no-baseline", "--json")
    document = json.loads(result.stdout)
    assert [table["drawing"]["group"] for table in document["tables"]] == ["film", None]
    assert "data.group film and null" in document["differences"][0]


def test_a_run_that_goes_on_keeps_its_groups(films_run, assert_fails):
    message = assert_fails(2, "lstm-train", "--resume", films_run[0], "--group", "text")
    assert "--group cannot be changed by --resume" in message


def test_a_sweep_takes_it_for_its_base_and_cannot_search_it(invoke, assert_fails, films_csv, tmp_path):
    file = tmp_path / "sweep.yaml"
    file.write_text("base: gru\nsearch_space: {training.batch_size: [32, 64]}\ntrials: 2\nsampler: random\n")
    result = invoke("lstm-sweep", file, "-d", films_csv, "--group", "film", "--print-config")
    assert result.exit_code == 0, result.output
    assert yaml.safe_load(result.stdout)["base"]["data"]["group"] == "film"
    written = tmp_path / "written.yaml"
    written.write_text(result.stdout)
    assert invoke("lstm-sweep", written, "--print-config").stdout == result.stdout
    file.write_text("base: gru\nsearch_space: {data.group: [film, null]}\ntrials: 2\nsampler: random\n")
    assert "cannot be searched" in assert_fails(2, "lstm-sweep", file, "--print-config")


def test_a_column_that_is_not_there_is_told_with_those_that_are(assert_fails, films_csv):
    message = assert_fails(3, "lstm-data", films_csv, "--group", "movie")
    assert "films.csv has no column 'movie' (--group). Found 'text', 'label', 'film'." in message


@pytest.mark.parametrize("command", ["lstm-eval", "lstm-predict", "lstm-compare"])
def test_commands_that_draw_no_parts_do_not_take_it(assert_fails, films_run, command):
    assert "No such option" in assert_fails(2, command, films_run[0], "--group", "film")
