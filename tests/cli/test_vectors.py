"""`model.embedding.vectors`: an embedding that begins with vectors learnt elsewhere, and may stay so."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from lstm_cli.inference.classifier import load_classifier

_SETTINGS = ("data.num_words=300", "data.maxlen=20", "model.embedding.output_dim=6")


@pytest.fixture(scope="module")
def vectors_file(tmp_path_factory):
    """Of a few words, in GloVe's form."""
    path = tmp_path_factory.mktemp("vectors") / "mine.txt"
    lines = [
        f"{word} {' '.join(str(number + place / 10) for place in range(6))}" for number, word in enumerate(WORDS)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


WORDS = ("the", "film", "a", "zyxwv")


@pytest.fixture
def train(invoke, reviews_csv, vectors_file, tmp_path):
    """A function: a name and settings → what `lstm-train` said, and the folder."""

    def call(name, *settings, epochs=2):
        given = [*_SETTINGS, f"model.embedding.vectors={vectors_file}", *settings]
        words = [word for setting in given for word in ("-s", setting)]
        arguments = ["-m", "gru", "-d", reviews_csv, "--epochs", epochs, "-o", tmp_path / name]
        return invoke("lstm-train", *arguments, *words), tmp_path / name

    return call


def read_embedding(folder):
    classifier = load_classifier(folder / "best-gru-model.h5")
    return classifier.network.weights[0], classifier.encoder.vocabulary.index(WORDS[:3])


@pytest.mark.parametrize("kernel", ["fast", "keras"])
def test_vectors_that_are_not_trainable_stay_what_the_file_says(train, vectors_file, kernel):
    """On either kernel, while the other weights learn; and fewer numbers are said to be learnt."""
    result, folder = train(kernel, "model.embedding.trainable=false", f"training.kernel={kernel}")
    assert result.exit_code == 0, result.stderr
    embedding, rows = read_embedding(folder)
    expected = [[number + place / 10 for place in range(6)] for number in range(3)]
    np.testing.assert_array_equal(embedding[rows], np.array(expected, np.float32))
    assert f"{vectors_file}: vectors of 3 of the 297 words that are learnt (1%)" in result.stderr
    record = json.loads((folder / "run.json").read_text())
    assert record["vectors"] == {
        "sha256": hashlib.sha256(vectors_file.read_bytes()).hexdigest(),
        "found": 3,
        "words": 297,
    }
    table, *others = load_weights(folder)
    assert record["parameters"] == sum(weight.size for weight in others)
    counted = f"{record['parameters']:,} trainable and {table.size:,} non-trainable parameters"
    assert f"gru: {counted} on CPU" in result.stderr
    assert len(set(json.loads((folder / "history.json").read_text())["loss"])) == 2


def load_weights(folder):
    return load_classifier(folder / "best-gru-model.h5").network.weights


def test_vectors_that_are_trainable_begin_there_and_move_on(train):
    result, folder = train("moving")
    assert result.exit_code == 0, result.stderr
    embedding, rows = read_embedding(folder)
    distance = np.abs(embedding[rows] - [[number + place / 10 for place in range(6)] for number in range(3)])
    assert 0 < distance.max() < 0.5
    record = json.loads((folder / "run.json").read_text())
    assert record["parameters"] == sum(weight.size for weight in load_weights(folder))


def test_a_run_goes_on_without_the_file_and_remembers_it(train, invoke, vectors_file, tmp_path):
    whole = train("whole", epochs=2)[1]
    begun = train("begun", epochs=1)[1]
    kept = vectors_file.rename(tmp_path / "away.txt")
    try:
        result = invoke("lstm-train", "--resume", begun, "--epochs", 2)
    finally:
        kept.rename(vectors_file)
    assert result.exit_code == 0, result.stderr
    ours, theirs = (json.loads((folder / "run.json").read_text()) for folder in (begun, whole))
    assert ours["vectors"] == theirs["vectors"]
    assert ours["best"]["val_loss"] == theirs["best"]["val_loss"]


def test_a_dry_run_reads_the_vectors_too(invoke, reviews_csv, vectors_file, tmp_path):
    dry = ["lstm-train", "-m", "gru", "-d", reviews_csv, "--dry-run"]
    dry += [word for setting in _SETTINGS for word in ("-s", setting)]
    result = invoke(*dry, "-s", f"model.embedding.vectors={vectors_file}")
    assert result.exit_code == 0, result.stderr
    assert f"{vectors_file}: vectors of 3 of the 297 words that are learnt (1%)" in result.stderr
    result = invoke(*dry, "-s", f"model.embedding.vectors={tmp_path / 'missing.txt'}")
    assert result.exit_code == 3
    assert "missing.txt" in result.stderr


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["", "dry run"])
def test_vectors_of_another_width_are_refused_before_anything_is_made(
    options, invoke, reviews_csv, vectors_file, tmp_path
):
    result = invoke(
        "lstm-train", "-m", "gru", "-d", reviews_csv, "-o", tmp_path / "run",
        "-s", f"model.embedding.vectors={vectors_file}", *options,
    )  # fmt: skip
    assert result.exit_code == 2
    assert "--set model.embedding.output_dim=6" in result.stderr
    assert not (tmp_path / "run").exists()
