"""The options of reading on the commands that train and judge: said once, kept in the run, known to the model."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from lstm_cli.cli.reading import describe_counts

CASES = Path(__file__).parent.parent / "data" / "cases"


@pytest.fixture(scope="module")
def stars_csv(reviews_csv, tmp_path_factory) -> Path:
    """Real reviews in another form: semicolons, cp1252, stars, a title, some rows that cannot serve."""
    path = tmp_path_factory.mktemp("stars") / "stars.csv"
    with reviews_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["nr", "titel", "bewertung", "sterne"])
        for number, row in enumerate(rows):
            star = ("12", "45")[int(row["label"])][number // 2 % 2] if number % 50 else "3"
            writer.writerow([number, f"café {number}", row["text"] if number % 30 else "", star])
    return path


OPTIONS = ["--text", "titel", "--text", "bewertung", "--label", "sterne", "--classes", "bad=1,2 good=4,5"]


@pytest.fixture(scope="module")
def stars_run(run_command, stars_csv, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "gru"
    command = ["-m", "gru", "-d", stars_csv, *OPTIONS, "--epochs", 2, "-o", folder]
    result = run_command("lstm-train", *command)
    assert result.returncode == 0, result.stderr
    notices = result.stderr
    assert "stars.csv: read as cp1252, separated by ';', text from 'titel' and 'bewertung', labels from" in notices
    assert "stars.csv: 6 rows left out, in no group: lines 2, 52, 102, 152, 202, …" in notices
    return folder


def test_what_was_said_stands_in_the_run_and_repeats_it(stars_run, invoke, tmp_path):
    settings = yaml.safe_load((stars_run / "config.yaml").read_text())["data"]
    assert settings["text"] == ["titel", "bewertung"]
    assert settings["label"] == "sterne"
    assert settings["classes"] == {"bad": ["1", "2"], "good": ["4", "5"]}
    assert settings["encoding"] is None
    result = invoke("lstm-train", "-c", stars_run / "config.yaml", "-o", tmp_path / "again", "-q")
    assert result.exit_code == 0, result.output
    first, again = (json.loads((folder / "run.json").read_text()) for folder in (stars_run, tmp_path / "again"))
    assert (first["fingerprint"], first["best"]["loss"]) == (again["fingerprint"], again["best"]["loss"])


def test_the_model_is_judged_on_its_own_part(stars_run, invoke):
    result = invoke("lstm-eval", stars_run / "best-gru-model.h5", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["split"] == "test"
    assert document["reviews"] == 30


def test_another_file_is_read_by_the_models_columns_and_labels(stars_run, invoke, tmp_path):
    """Rows with a label that the model does not know are left out and counted."""
    path = tmp_path / "other.csv"
    header = ["titel", "bewertung", "sterne", "score"]
    rows = [header, ["a", "a fine film", 5, 1], ["b", "a bore", 1, 0], ["c", "so so", 3, 0]]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    result = invoke("lstm-eval", stars_run / "best-gru-model.h5", "-d", path, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["reviews"] == 2
    assert "text from 'titel' and 'bewertung', labels from 'sterne'" in result.stderr
    assert "other.csv: 1 row left out, unknown label: line 4" in result.stderr


def test_options_say_how_another_file_is_read(stars_run, invoke, tmp_path):
    path = tmp_path / "other.txt"
    path.write_text("a fine film|4\na bore of a film|2\nso so, and not more|5\n")
    options = ["--delimiter", "|", "--no-header", "--text", "1", "--label", "2"]
    result = invoke("lstm-eval", stars_run / "best-gru-model.h5", "-d", path, *options, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["reviews"] == 3


def test_options_of_reading_need_something_to_read(stars_run, assert_fails):
    message = assert_fails(2, "lstm-eval", stars_run / "best-gru-model.h5", "--text", "titel")
    assert "--text says how --data is read: name the reviews with it" in message


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("command", [("lstm-train", "-d"), ("lstm-data",)])
def test_the_name_of_a_file_that_no_configuration_can_hold_is_told_as_that(run_command, tmp_path, command):
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_text("text,label\ngood,1\nbad,0\n")
    done = run_command(*command, path)
    assert done.returncode == 2
    assert "is not UTF-8, and config.yaml is to name it. Give the file another name" in done.stderr


@pytest.mark.parametrize("option", [["--text", "a"], ["--label", "a"], ["--no-header"], ["--strict"]])
def test_a_run_that_goes_on_reads_as_it_began(stars_run, assert_fails, option):
    message = assert_fails(2, "lstm-train", "--resume", stars_run, *option)
    assert "cannot be changed by --resume" in message


def test_a_sweep_takes_them_for_its_base(invoke, stars_csv, tmp_path):
    file = tmp_path / "sweep.yaml"
    file.write_text("base: gru\nsearch_space: {training.batch_size: [32, 64]}\ntrials: 2\nsampler: random\n")
    result = invoke("lstm-sweep", file, "-d", stars_csv, *OPTIONS, "--print-config")
    assert result.exit_code == 0, result.output
    data = yaml.safe_load(result.stdout)["base"]["data"]
    assert (data["text"], data["label"]) == (["titel", "bewertung"], "sterne")


@pytest.mark.parametrize("path", ["data.text", "data.label", "data.classes", "data.classes.good", "data.encoding"])
def test_a_sweep_cannot_search_what_changes_the_reviews(assert_fails, tmp_path, path):
    file = tmp_path / "sweep.yaml"
    file.write_text(f"base: gru\nsearch_space: {{{path}: [a, b]}}\ntrials: 2\nsampler: random\n")
    assert "cannot be searched" in assert_fails(2, "lstm-sweep", file, "--print-config")


def test_what_is_odd_is_said_before_a_training(invoke):
    result = invoke("lstm-train", "-m", "gru", "-d", CASES / "holes.csv", "--dry-run")
    assert result.stderr == (
        "holes.csv: read as utf-8, separated by ',', text from 'text', labels from 'label'\n"
        "holes.csv: 3 rows left out, no text: lines 42, 43, 44\n"
        "holes.csv: 1 row left out, no label: line 45\n"
        "holes.csv: 3 reviews repeat the text of another, 1 text has more than one label; lstm-data shows where\n"
    )
    again = invoke("lstm-train", "-m", "gru", "-d", CASES / "holes.csv", "--dry-run")
    assert again.stderr == result.stderr, "also where the reviews come from the cache"
    assert invoke("lstm-train", "-m", "gru", "-d", CASES / "holes.csv", "--dry-run", "-q").stderr == ""


def test_classes_are_told_in_their_order_with_their_counts():
    assert describe_counts({"2": 3, "10": 1_200, "1": 0}) == "2: 3 · 10: 1,200 · 1: 0"


def test_of_many_classes_the_largest_are_told_and_how_many_there_are_beside():
    counts = {f"class {number}": number for number in range(1, 1_001)}
    told = describe_counts(counts)
    assert told.startswith("class 1000: 1,000 · class 999: 999 · ")
    assert told.endswith(" · class 989: 989 · and 988 classes with fewer")
    assert describe_counts(dict.fromkeys(map(str, range(12)), 5)).count("·") == 11
