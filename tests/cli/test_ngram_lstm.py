"""What is trained where no model is named, from a file as people have it, through every command."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from lstm_cli.config import load_config
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.sessions.session import Session

# Small, so that it is soon trained; all its parts are there.
_SETTINGS = [
    "data.num_words=500", "data.maxlen=60", "training.maxlen=40", "data.ngrams.folds=3",
    "model.recurrent.0.units=4", "model.embedding.output_dim=8", "training.batch_size=16",
]  # fmt: skip
_SMALL = [word for setting in _SETTINGS for word in ("-s", setting)]


@pytest.fixture(scope="module")
def trained(run_command, reviews_csv, tmp_path_factory):
    """What `lstm-train` printed, and the folder of its run."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    result = run_command("lstm-train", "-d", reviews_csv, *_SMALL, "--epochs", 4, "-o", folder)
    assert result.returncode == 0, result.stderr
    return result, folder


@pytest.fixture(scope="module")
def model_file(trained):
    return trained[1] / "best-ngram-lstm-model.h5"


def read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    del history["seconds"]
    return history


def judge(invoke, *arguments):
    result = invoke("lstm-eval", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_lstm_train_says_what_learning_takes_before_it_learns(trained):
    result, _ = trained
    pattern = r"Learning what n-grams say, from 216 reviews: about \d+ seconds? and 0\.\d GB of memory\n"
    assert len(re.findall(pattern, result.stderr)) == 1
    assert re.search(r"ngram-lstm: [\d,]+ parameters on CPU.*, fast kernel\n", result.stderr)


def test_two_reviews_of_three_are_told_apart_and_the_figures_are_those_of_the_training(
    trained, model_file, invoke
):
    """On the validation part, which the training judged with Keras and the command judges without."""
    history = read_history(trained[1])
    best = int(np.argmin(history["val_loss"]))
    figures = judge(invoke, model_file, "--split", "validation")
    assert figures["loss"] == pytest.approx(history["val_loss"][best], abs=1e-5)
    assert figures["accuracy"] == pytest.approx(history["val_accuracy"][best])
    assert judge(invoke, model_file)["accuracy"] > 2 / 3


def test_the_regression_alone_stands_beside_the_network(trained, model_file, invoke):
    """In the command's words, in the run's record and where `lstm-eval` judges: on one part the same."""
    result, folder = trained
    recorded = json.loads((folder / "run.json").read_text())["baseline"]
    said = f"Baseline: n-gram regression, validation accuracy {recorded['accuracy']:.4f}"
    assert said in result.stdout
    assert judge(invoke, model_file, "--split", "validation")["baseline"] == recorded
    shown = invoke("lstm-eval", model_file, "--split", "validation").stdout
    assert f"n-gram regression, accuracy {recorded['accuracy']:.4f}" in shown


def test_another_model_learns_it_on_request_and_keeps_it(reviews_csv, invoke, tmp_path):
    """From the very reviews, and where the model is worse it hears what is better."""
    arguments = ["-m", "gru", "-d", reviews_csv, "--epochs", 1, "-s", "data.num_words=10", "-o"]
    result = invoke("lstm-train", *arguments, tmp_path / "with", "--baseline")
    record = json.loads((tmp_path / "with" / "run.json").read_text())
    rival = record["baseline"]["accuracy"]
    assert f"Baseline: n-gram regression, validation accuracy {rival:.4f}" in result.stdout
    assert rival > 2 / 3 > record["best"]["val_accuracy"]
    assert "gru loses to the n-gram regression" in result.stderr
    assert "gru had one epoch only" in result.stderr
    assert invoke("lstm-train", *arguments, tmp_path / "without").exit_code == 0
    assert json.loads((tmp_path / "without" / "run.json").read_text())["baseline"] is None
    assert invoke("lstm-train", "--resume", tmp_path / "with", "--epochs", 2, "--json").exit_code == 0
    assert json.loads((tmp_path / "with" / "run.json").read_text())["baseline"] == record["baseline"]
    compared = json.loads(invoke("lstm-compare", tmp_path / "with", "--json").stdout)
    assert compared["tables"][0]["baseline"]["val_accuracy"] == rival


def test_a_network_may_read_the_channels_and_not_the_logit(reviews_csv, invoke, tmp_path):
    """Trained, judged by the training and by `lstm-eval` alike."""
    settings = [*_SMALL, "-s", "model.logit_skip=null"]
    result = invoke("lstm-train", "-d", reviews_csv, *settings, "--epochs", 2, "-q", "-o", tmp_path / "run")
    assert result.exit_code == 0, result.stderr
    history = read_history(tmp_path / "run")
    best = int(np.argmin(history["val_loss"]))
    figures = judge(invoke, tmp_path / "run" / "best-ngram-lstm-model.h5", "--split", "validation")
    assert figures["loss"] == pytest.approx(history["val_loss"][best], abs=1e-5)


def test_a_stopped_training_goes_on_to_the_same_digits_and_the_same_model(trained, model_file, invoke, tmp_path):
    """Amid the third epoch, of which nothing is kept."""
    folder = tmp_path / "run"
    asked = iter(range(1_000))
    session = Session(stop_requested=lambda: next(asked) == 2 * 14 + 3)  # an epoch has 14 batches
    run = session.begin(load_config(trained[1] / "config.yaml"), output=folder)
    assert run.result.interrupted
    assert run.result.history.epochs == 2
    assert invoke("lstm-train", "--resume", folder, "-q").exit_code == 0
    assert read_history(folder) == read_history(trained[1])
    ours, theirs = (judge(invoke, path / model_file.name) for path in (folder, trained[1]))
    assert ours.pop("model_file") != theirs.pop("model_file")
    assert ours == theirs


def test_a_sentence_is_judged_by_what_the_file_holds_alone(model_file, invoke, tmp_path):
    """Elsewhere, without the data: the n-grams of the training texts are in the file, and none of their words."""
    moved = tmp_path / "elsewhere.h5"
    moved.write_bytes(model_file.read_bytes())
    result = invoke("lstm-predict", moved, "--json", "a wonderful film, great acting!", "the worst waste of time")
    assert result.exit_code == 0, result.stderr
    good, bad = (one["probabilities"]["positive"] for one in json.loads(result.stdout)["predictions"])
    assert good > bad
    assert b"waste of time" not in moved.read_bytes()


def test_it_is_compared_with_another_model_and_its_curves_are_drawn(trained, reviews_csv, invoke, tmp_path):
    gru = tmp_path / "gru"
    assert invoke("lstm-train", "-m", "gru", "-d", reviews_csv, "--epochs", 1, "-q", "-o", gru).exit_code == 0
    result = invoke("lstm-compare", trained[1], gru, "--no-baseline", "--json", "-o", tmp_path / "compared")
    assert result.exit_code == 0, result.stderr
    assert invoke("lstm-plot", trained[1] / "history.json", "-o", tmp_path / "loss.png").exit_code == 0


def test_two_workers_learn_of_n_grams_once_and_train_as_one_does(run_command, reviews_csv, tmp_path):
    # Nothing of it is in the cache; and without dropout, of which each worker has its own.
    settings = ["-s", "data.split_seed=43", "-s", "model.dropout=0", "-s", "model.embedding.spatial_dropout=0"]
    results = {}
    for name, options in {"two": ["--local-workers", 2], "one": []}.items():
        arguments = ["-d", reviews_csv, *_SMALL, *settings, "--epochs", 1, "-o", tmp_path / name, *options]
        results[name] = run_command("lstm-train", *arguments)
        assert results[name].returncode == 0, results[name].stderr
    assert [results[name].stderr.count("Learning what n-grams say") for name in ("two", "one")] == [1, 0]
    one, two = (read_history(tmp_path / name) for name in ("one", "two"))
    for figure, values in one.items():
        # One review may lie on the threshold.
        assert two[figure] == pytest.approx(values, abs=0.02 if "accuracy" in figure else 2e-5), figure


def test_plain_keras_gives_the_same_for_the_inputs_that_are_documented(model_file):
    """`tokens`, `channels` and `logit`, as docs/ngram-lstm.md says what they are."""
    import keras

    classifier = load_classifier(model_file)
    model = keras.models.load_model(model_file)
    assert [one.name for one in model.inputs] == ["tokens", "channels", "logit"]
    encoded = classifier.encoder.encode(["a wonderful film!", "the worst waste of time", ""])
    channels = np.zeros((*encoded.tokens.shape, encoded.channels.shape[1]), np.float32)
    channels[encoded.tokens != 0] = encoded.channels
    given = model.predict([encoded.tokens, channels, encoded.logits], verbose=0)[:, 0]
    np.testing.assert_allclose(classifier.compute_probabilities(encoded), given, atol=1e-5)


def test_several_seeds_of_what_the_language_settles_are_trained(reviews_csv, invoke, tmp_path):
    """And a stop while they are extended loses nothing of how far they go."""
    folder = tmp_path / "several"
    result = invoke("lstm-train", "-d", reviews_csv, *_SMALL, "--epochs", 1, "--seeds", 2, "-o", folder, "-q")
    assert result.exit_code == 0, result.stderr
    assert [load_config(path).data.language for path in sorted(folder.glob("seed-*/config.yaml"))] == ["en", "en"]
    assert len(read_history(folder / "seed-43")["loss"]) == 1
