"""Data that were moved are named anew, and known by what they hold: to eval, compare and resume."""

from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture
def moved(finished_run, reviews_csv, tmp_path):
    """A run whose reviews lie elsewhere now, and where."""
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    gone = tmp_path / "gone" / reviews_csv.name
    config = run / "config.yaml"
    config.write_text(config.read_text().replace(str(reviews_csv), str(gone)))
    place = tmp_path / "elsewhere.csv"
    shutil.copy(reviews_csv, place)
    return run, place


def test_resume_goes_on_with_the_same_digits(invoke, assert_fails, moved, run_copy):
    run, place = moved
    message = assert_fails(3, "lstm-train", "--resume", run, "--epochs", 5)
    assert "gone" in message
    assert invoke("lstm-train", "--resume", run, "--epochs", 5, "-d", place, "-q").exit_code == 0
    assert invoke("lstm-train", "--resume", run_copy, "--epochs", 5, "-q").exit_code == 0
    here, there = (json.loads((path / "history.json").read_text()) for path in (run, run_copy))
    assert here["val_loss"] == there["val_loss"]
    assert str(place) in (run / "config.yaml").read_text()  # the next time it is known


def test_resume_with_other_reviews_is_refused(assert_fails, moved, tmp_path):
    run, place = moved
    other = tmp_path / "other.csv"
    other.write_text(place.read_text().replace("film", "movie"))
    message = assert_fails(3, "lstm-train", "--resume", run, "--epochs", 5, "-d", other)
    assert "is not what the run began with" in message


def test_compare_finds_each_runs_own_among_the_places(invoke, assert_fails, moved, tmp_path):
    run, place = moved
    other = tmp_path / "other.csv"
    other.write_text(place.read_text().replace("film", "movie"))
    message = assert_fails(3, "lstm-compare", run, "--no-baseline")
    assert "--data says where it lies now" in message
    arguments = ["lstm-compare", run, "--no-baseline", "--json", "-q", "-d", other, "-d", place]
    result = invoke(*arguments)
    assert result.exit_code == 0, result.stderr
    expected = invoke("lstm-compare", run, "--no-baseline", "--json", "-q", "-d", place)
    figures = [json.loads(one.stdout)["tables"][0]["models"][0]["figures"] for one in (result, expected)]
    assert figures[0] == figures[1]
    assert "--data says where it lies now" in assert_fails(3, "lstm-compare", run, "--no-baseline", "-d", other)


def test_eval_judges_the_same_part(invoke, moved, reviews_csv):
    run, place = moved
    results = [
        invoke("lstm-eval", run / "best-gru-model.h5", "-d", path, "--json", "-q") for path in (place, reviews_csv)
    ]
    first, second = (json.loads(result.stdout) for result in results)
    assert first["split"] == second["split"] == "test"
    assert first["accuracy"] == second["accuracy"]
