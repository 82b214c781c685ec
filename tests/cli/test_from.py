"""`lstm-train --from`: a model goes on with other reviews, as what it is; what it cannot learn is told."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

from lstm_cli.inference.classifier import load_classifier

_SMALL = ("-s", "data.num_words=300", "-s", "data.maxlen=30")


@pytest.fixture(scope="module")
def rows(imdb):
    """400 real reviews, half of them positive."""
    halves = ([review for review in imdb.reviews if review.label == label][:200] for label in (0, 1))
    return [(review.text, review.label) for pair in zip(*halves, strict=True) for review in pair]


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """A function: rows → a file of them."""
    folder = tmp_path_factory.mktemp("reviews")

    def call(name, rows):
        path = folder / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
        return path

    return call


@pytest.fixture(scope="module")
def first(run_command, write, rows, tmp_path_factory):
    """A model of half of the reviews, with n-grams of its own."""
    folder = tmp_path_factory.mktemp("first") / "run"
    settings = [*_SMALL, "-s", "data.ngrams={folds: 3}", "-s", "model.logit_skip={}"]
    arguments = ["-m", "gru", "-d", write("old.csv", rows[:200]), "--epochs", 2, *settings, "-o", folder]
    result = run_command("lstm-train", *arguments)
    assert result.returncode == 0, result.stderr
    return folder / "best-gru-model.h5"


@pytest.fixture(scope="module")
def new(write, rows):
    """Other reviews, the labels in words, one of no class of the model."""
    named = [(text, "pos" if label else "neg") for text, label in rows[200:]]
    return write("new.csv", [*named, ("well …", "mixed")])


@pytest.fixture(scope="module")
def second(run_command, first, new, tmp_path_factory):
    """What `lstm-train` said, and the folder."""
    folder = tmp_path_factory.mktemp("second") / "run"
    result = run_command("lstm-train", "--from", first, "-d", new, "--epochs", 3, "-o", folder)
    assert result.returncode == 0, result.stderr
    return result, folder


def read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    del history["seconds"]
    return history


def test_it_reads_with_the_models_words_and_n_grams_and_begins_with_its_weights(second, first):
    _, folder = second
    old, own = load_classifier(first), load_classifier(folder / "best-gru-model.h5")
    assert own.encoder.vocabulary == old.encoder.vocabulary
    assert own.encoder.ngrams.dump() == old.encoder.ngrams.dump()
    assert own.classes.names == ("negative", "positive")
    moved = [np.abs(a - b).max() for a, b in zip(old.network.weights, own.network.weights, strict=True)]
    assert all(0 < distance < 0.3 for distance in moved)
    record = json.loads((folder / "run.json").read_text())
    assert len(record["initial_model"]) == 64
    assert record["reviews"]["train"] + record["reviews"]["validation"] + record["reviews"]["test"] == 200


def test_what_has_no_class_of_the_model_is_left_out_and_told(second):
    result, _ = second
    assert "going on with its weights, words and classes" in result.stderr
    assert "1 row left out" in result.stderr
    assert "in no group" in result.stderr


def test_reviews_whose_words_it_does_not_know_are_told(second, invoke, first, write, tmp_path):
    assert "does not know" not in second[0].stderr
    foreign = write(
        "foreign.csv", [(f"훌륭한 영화 {n}", "pos") if n % 2 else (f"나쁜 영화 {n}", "neg") for n in range(40)]
    )
    result = invoke("lstm-train", "--from", first, "-d", foreign, "--epochs", 1, "-o", tmp_path / "run")
    assert "does not know 98% of the words, and learns no new ones: without --from" in result.stderr


def test_the_new_file_carries_the_fingerprints_of_both_trainings(second, invoke, first, rows, write):
    model = second[1] / "best-gru-model.h5"
    counts = {}
    for name, arguments in {"old": ["-d", write("old.csv", rows[:200])], "new": ["--split", "train"]}.items():
        counts[name] = json.loads(invoke("lstm-eval", model, *arguments, "--json").stdout)["seen_in_training"]
    record = json.loads((second[1] / "run.json").read_text())
    before = json.loads((first.parent / "run.json").read_text())
    assert counts == {"old": before["reviews"]["train"], "new": record["reviews"]["train"]}


def test_it_is_judged_on_the_test_part_of_the_new_reviews_and_compared(second, invoke):
    model = second[1] / "best-gru-model.h5"
    judged = json.loads(invoke("lstm-eval", model, "--json").stdout)
    assert judged["split"] == "test"
    assert judged["seen_in_training"] == 0
    assert judged["reviews"] == 20
    compared = json.loads(invoke("lstm-compare", second[1], "--json").stdout)
    assert compared["tables"][0]["models"][0]["figures"]["test_accuracy"]["mean"] == judged["accuracy"]


def test_the_configuration_repeats_the_run_and_a_stopped_one_goes_on(second, invoke, first, new, tmp_path):
    _, folder = second
    for name, arguments in {
        "again": ["-c", folder / "config.yaml"],
        "begun": ["--from", first, "-d", new, "--epochs", 1],
    }.items():
        result = invoke("lstm-train", *arguments, "-q", "-o", tmp_path / name)
        assert result.exit_code == 0, result.stderr
    assert invoke("lstm-train", "--resume", tmp_path / "begun", "--epochs", 3, "-q").exit_code == 0
    assert read_history(tmp_path / "again") == read_history(folder)
    assert read_history(tmp_path / "begun") == read_history(folder)


def test_reviews_that_it_knows_flatter_and_that_is_told(invoke, first, write, rows, tmp_path):
    mixed = write("mixed.csv", rows[:300])
    result = invoke("lstm-train", "--from", first, "-d", mixed, "--epochs", 1, "-o", tmp_path / "run")
    assert result.exit_code == 0, result.stderr
    assert "of these reviews it was trained on" in result.stderr
    assert "which flatters" in result.stderr


def test_what_cannot_be_is_said(assert_fails, first, new):
    for arguments, code, words in (
        (["-s", "data.maxlen=31"], 2, "data.maxlen is 31, and 30 in"),
        (["-s", "model.recurrent.0.units=9"], 2, "The layers of"),
        (["-s", "model.recurrent.0.units=1"], 2, "The layers of"),
        (["-s", "model.embedding.vectors=mine.txt"], 2, "leave model.embedding.vectors out"),
        (["--classes", "bad=neg good=pos"], 3, "a model cannot learn new ones"),
    ):
        assert words in assert_fails(code, "lstm-train", "--from", first, "-d", new, *arguments)


def test_classes_that_the_model_does_not_know_at_all_are_an_error_of_the_data(assert_fails, first, write):
    stars = [(f"a text of {number}", f"{1 + number % 3} stars") for number in range(60)]
    assert_fails(3, "lstm-train", "--from", first, "-d", write("stars.csv", stars))


def test_a_model_that_was_replaced_is_not_gone_on_with(invoke, assert_fails, first, new, tmp_path):
    copy = tmp_path / "copy.h5"
    copy.write_bytes(first.read_bytes())
    run = tmp_path / "run"
    assert invoke("lstm-train", "--from", copy, "-d", new, "--epochs", 1, "-q", "-o", run).exit_code == 0
    copy.write_bytes((run / "best-gru-model.h5").read_bytes())
    assert "not the model any more" in assert_fails(4, "lstm-train", "--resume", run, "--epochs", 2)


def test_a_model_that_was_moved_is_named_to_go_on(invoke, assert_fails, first, new, tmp_path):
    copy, moved, run = tmp_path / "copy.h5", tmp_path / "moved.h5", tmp_path / "run"
    copy.write_bytes(first.read_bytes())
    assert invoke("lstm-train", "--from", copy, "-d", new, "--epochs", 1, "-q", "-o", run).exit_code == 0
    copy.rename(moved)
    going_on = ("lstm-train", "--resume", run, "--epochs", 3)
    assert "Where it lies now, --from says" in assert_fails(4, *going_on)
    other = run / "best-gru-model.h5"
    assert "not the model any more with which" in assert_fails(4, *going_on, "--from", other)
    assert invoke(*going_on, "--from", moved, "-q").exit_code == 0
    assert len(read_history(run)["loss"]) == 3
    assert str(moved) in (run / "config.yaml").read_text()


def test_no_run_goes_on_as_one_that_began_otherwise(invoke, assert_fails, first, new, tmp_path):
    with_it, without = tmp_path / "with", tmp_path / "without"
    assert invoke("lstm-train", "--from", first, "-d", new, "--epochs", 1, "-q", "-o", with_it).exit_code == 0
    settings = ["-s", "data.num_words=300", "--classes", "negative=neg positive=pos", "--epochs", 1]
    assert invoke("lstm-train", "-m", "gru", "-d", new, *settings, "-q", "-o", without).exit_code == 0
    kept = with_it / "config.yaml"
    kept.write_text(re.sub("initial_model: .*", "initial_model: null", kept.read_text()))
    said = assert_fails(2, "lstm-train", "--resume", with_it, "--epochs", 2)
    assert "training.initial_model has gone since the run began" in said
    planned = tmp_path / "planned"
    planned.mkdir()
    (planned / "config.yaml").write_bytes((without / "config.yaml").read_bytes())
    for run in (without, planned):
        said = assert_fails(2, "lstm-train", "--resume", run, "--epochs", 2, "--from", first)
        assert "begins with no model: leave --from out" in said


def test_the_model_that_it_begins_with_is_not_cleared_away(assert_fails, first, new):
    for extra in ((), ("--seeds", 2)):
        said = assert_fails(2, "lstm-train", "--from", first, "-d", new, "-o", first.parent, "--force", *extra)
        assert "Name another folder with --output" in said
    assert first.exists()


def test_a_file_of_plain_keras_does_not_say_enough(assert_fails, tmp_path, new):
    import keras

    path = tmp_path / "plain.h5"
    layers = [
        keras.Input((4,)),
        keras.layers.Embedding(9, 2),
        keras.layers.LSTM(2),
        keras.layers.Dense(1, "sigmoid"),
    ]
    keras.Sequential(layers).save(path)
    assert "plain Keras" in assert_fails(4, "lstm-train", "--from", path, "-d", new)
