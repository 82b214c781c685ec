"""The commands read other people's Keras models by a tokenizer's file, and say what is doubtful each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

WORDS = ["the", "film", "a", "good", "bad", "and", "of", "it"]


@pytest.fixture
def model_path(tmp_path, keras_started) -> Path:  # noqa: ARG001 - it must have been
    """A .keras file of ten rows and five tokens."""
    import keras

    kl = keras.layers
    keras.utils.set_random_seed(2)
    layers = [keras.Input((5,)), kl.Embedding(10, 3), kl.GRU(2), kl.Dense(1), kl.Activation("sigmoid")]
    keras.Sequential(layers).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


@pytest.fixture
def vocabulary(tmp_path) -> Path:
    path = tmp_path / "vocabulary.txt"
    path.write_text("\n".join(["", "[UNK]", *WORDS]))
    return path


def test_both_commands_take_the_file(model_path, vocabulary, reviews_csv, invoke):
    predicted = invoke("lstm-predict", model_path, "--tokenizer", vocabulary, "--json", "a good film", "zzz")
    assert (predicted.exit_code, predicted.stderr) == (0, "")
    known, unknown = json.loads(predicted.stdout)["predictions"]
    assert known["label"] in ("negative", "positive")
    assert (known["unknown_share"], unknown["label"], unknown["unknown_share"]) == (0.0, None, 1.0)
    judged = invoke("lstm-eval", model_path, "--tokenizer", vocabulary, "-d", reviews_csv, "--json")
    assert judged.exit_code == 0, judged.output
    assert json.loads(judged.stdout)["reviews"] == 300


def test_a_model_whose_data_nobody_knows_is_judged_on_named_reviews_alone(model_path, vocabulary, assert_fails):
    assert "with --data" in assert_fails(3, "lstm-eval", model_path, "--tokenizer", vocabulary)


def test_a_guess_is_told_by_both_commands(model_path, reviews_csv, invoke):
    settings = ["-s", f"data.dataset={reviews_csv}"]
    for command in (("lstm-predict", model_path, "a film", *settings), ("lstm-eval", model_path, *settings)):
        result = invoke(*command)
        assert result.exit_code == 0, result.output
        assert "is a guess" in result.stderr


def test_what_does_not_serve_is_one_line(model_path, tmp_path, model_file, vocabulary, assert_fails):
    """No tokenizer, none that is there, one that is none, and one beside a model that needs none."""
    assert "--tokenizer FILE" in assert_fails(4, "lstm-predict", model_path, "x")
    missing = tmp_path / "missing.json"
    assert "not there" in assert_fails(4, "lstm-predict", model_path, "--tokenizer", missing, "x")
    assert "in UTF-8" in assert_fails(4, "lstm-predict", model_path, "--tokenizer", model_path, "x")
    message = assert_fails(2, "lstm-predict", model_file, "--tokenizer", vocabulary, "x")
    assert "--tokenizer is for files of plain Keras" in message
