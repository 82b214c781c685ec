"""`lstm-eval`: its figures computed again by others, its files, its choice of reviews."""

from __future__ import annotations

import csv
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from lstm_cli.cli.evaluate import _describe_doubts, _print_mistakes
from lstm_cli.config import load_config
from lstm_cli.data.dataset import load_splits
from lstm_cli.evaluation import Mistake
from lstm_cli.inference.judgement import ThresholdSuggestion


@pytest.fixture(scope="module")
def judged(run_command, model_file, tmp_path_factory):
    """The folder that the installed command wrote, and its JSON document."""
    folder = tmp_path_factory.mktemp("judged") / "figures"
    result = run_command("lstm-eval", model_file, "-o", folder, "--mistakes", 5, "--json", "-q")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""  # no noise of TensorFlow's
    return folder, json.loads(result.stdout)


@pytest.fixture
def test_reviews(finished_run):
    """The test part that the run never looked at."""
    return load_splits(load_config(finished_run / "config.yaml").data).test


def _read_predictions(folder):
    return pd.read_csv(folder / "predictions.csv", keep_default_na=False)


def test_the_promised_files_are_written(judged):
    folder, document = judged
    assert {path.name for path in folder.iterdir()} == {
        "metrics.json",
        "confusion-matrix.png",
        "roc.png",
        "calibration.png",
        "predictions.csv",
    }
    for path in folder.glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    kept = json.loads((folder / "metrics.json").read_text())
    assert kept == {key: value for key, value in document.items() if key != "mistakes"}


def test_the_predictions_are_those_of_the_test_part_in_order(judged, test_reviews):
    table = _read_predictions(judged[0])
    assert table["text"].tolist() == [review.text for review in test_reviews]
    names = ("negative", "positive")
    assert table["label"].tolist() == [names[review.label] for review in test_reviews]
    assert ((table["prediction"] == "positive") == (table["probability_positive"] > 0.5)).all()
    chosen = [row[f"probability_{row['prediction']}"] for _, row in table.iterrows()]
    assert table["probability"].tolist() == chosen


@pytest.mark.usefixtures("keras_started")
def test_the_figures_are_what_scikit_learn_and_keras_make_of_the_predictions(judged):
    import keras

    folder, document = judged
    table = _read_predictions(folder)
    labels, predicted = (table[name].map(["negative", "positive"].index) for name in ("label", "prediction"))
    probabilities = table["probability_positive"]
    assert (document["split"], document["reviews"]) == ("test", 30)
    assert document["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert document["roc_auc"] == pytest.approx(metrics.roc_auc_score(labels, probabilities))
    assert document["brier_score"] == pytest.approx(metrics.brier_score_loss(labels, probabilities))
    assert document["confusion_matrix"] == metrics.confusion_matrix(labels, predicted).tolist()
    assert document["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(labels, predicted))
    assert document["macro_f1"] == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    assert document["weighted_f1"] == pytest.approx(metrics.f1_score(labels, predicted, average="weighted"))
    assert document["largest_class_share"] == 0.5
    assert [scores["name"] for scores in document["classes"]] == ["negative", "positive"]
    for label, scores in enumerate(document["classes"]):
        options = {"pos_label": label, "zero_division": 0}
        assert scores["precision"] == pytest.approx(metrics.precision_score(labels, predicted, **options))
        assert scores["recall"] == pytest.approx(metrics.recall_score(labels, predicted, **options))
        assert scores["f1"] == pytest.approx(metrics.f1_score(labels, predicted, **options))
        assert scores["reviews"] == (labels == label).sum() == 15
    pairs = (np.asarray(column, np.float32)[:, None] for column in (labels, probabilities))
    loss = keras.losses.BinaryCrossentropy()(*pairs)
    assert document["loss"] == pytest.approx(float(loss), rel=1e-5)
    assert document["unknown_rate"] == pytest.approx(table["unknown_share"].mean(), rel=1e-5)
    assert document["truncation_rate"] == pytest.approx(table["truncated"].mean())


def test_the_mistakes_are_the_surest_ones_with_their_texts(judged, test_reviews, invoke, model_file):
    folder, document = judged
    table = _read_predictions(folder)
    wrong = table[table["prediction"] != table["label"]]
    surest = wrong.iloc[(-wrong["probability"]).argsort(kind="stable")][:5]
    shown = document["mistakes"]
    assert 0 < len(shown) <= 5
    assert [item["text"] for item in shown] == surest["text"].tolist()
    names = ["negative", "positive"]
    for item in shown:
        review = test_reviews[item["row"]]
        assert (review.text, names[review.label]) == (item["text"], item["label"])
        assert {item["label"], item["prediction"]} == set(names)
        assert item["probability"] == pytest.approx(table["probability"][item["row"]])
    printed = invoke("lstm-eval", model_file, "--mistakes", 2).stdout
    for number, item in enumerate(shown[:2], start=1):
        assert f"{number}. {item['label']}, but {item['probability']:.4f} for {item['prediction']}:" in printed
        assert " ".join(item["text"].split())[:60] in printed
    assert "3. " not in printed


def test_a_mistakes_text_stands_under_its_line_without_a_pages_line_breaks(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    mistake = Mistake(3, "What a film.<br /><br>And what an <BR/>end!", 1, 0, 0.75)
    _print_mistakes([mistake], names=("bad", "good"))
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert " ".join(shown[:2]) == "1. good, but 0.7500 for bad:"
    assert shown[2:] == ["   What a film. And", "   what an end!", ""]


def test_the_tables_name_the_part_and_its_figures(judged, invoke, model_file, tmp_path):
    _, document = judged
    result = invoke("lstm-eval", model_file, "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert "reviews.csv, test part" in result.stdout
    for name in ("loss", "accuracy", "macro_f1", "roc_auc", "brier_score", "largest_class_share"):
        assert f"{document[name]:.4f}" in result.stdout
    assert f"Written to {tmp_path / 'out'}" in result.stdout


@pytest.mark.parametrize(("split", "reviews"), [("test", 30), ("validation", 54), ("train", 216)])
def test_another_part_is_judged_on_request(split, reviews, invoke, model_file, finished_run):
    document = json.loads(invoke("lstm-eval", model_file, "--split", split, "--json").stdout)
    assert (document["split"], document["reviews"]) == (split, reviews)
    if split == "validation":  # the very reviews that judged the epochs
        record = json.loads((finished_run / "run.json").read_text())
        assert document["loss"] == pytest.approx(record["best"]["val_loss"], abs=1e-5)
        assert document["accuracy"] == pytest.approx(record["best"]["val_accuracy"])


def test_another_file_is_judged_whole(invoke, model_file, reviews_csv, tmp_path):
    with reviews_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:50]
    other = tmp_path / "other.jsonl"
    other.write_text(
        "".join(json.dumps({"review": row["text"], "sentiment": row["label"]}) + "\n" for row in rows)
    )
    document = json.loads(invoke("lstm-eval", model_file, "-d", other, "--json").stdout)
    assert (document["dataset"], document["split"], document["reviews"]) == ("other.jsonl", "all", 50)
    result = invoke("lstm-eval", model_file, "-d", other, "--split", "test")
    assert result.exit_code == 3
    assert "has no parts of its own" in result.stderr


def test_the_models_own_file_is_never_judged_whole_however_it_is_named(
    invoke, model_file, reviews_csv, monkeypatch
):
    """Its training part is not to be mistaken for reviews that the model has not seen."""
    monkeypatch.chdir(reviews_csv.parent)
    for name in (reviews_csv, reviews_csv.name):
        document = json.loads(invoke("lstm-eval", model_file, "-d", name, "--json").stdout)
        assert (document["split"], document["reviews"]) == ("test", 30)


def test_data_without_a_test_part_is_judged_on_the_validation_part_and_said_so(
    invoke, assert_fails, reviews_csv, tmp_path
):
    options = ["-m", "gru", "-d", reviews_csv, "-s", "data.test_split=0.0", "--epochs", 1, "-q"]
    assert invoke("lstm-train", *options, "-o", tmp_path / "run").exit_code == 0
    model = tmp_path / "run" / "best-gru-model.h5"
    result = invoke("lstm-eval", model, "--json")
    assert json.loads(result.stdout)["split"] == "validation"
    assert "has no test part" in result.stderr
    assert invoke("lstm-eval", model, "-q").stderr == ""
    assert "Try --split validation" in assert_fails(3, "lstm-eval", model, "--split", "test")


def test_data_that_has_changed_since_the_training_is_refused(invoke, assert_fails, reviews_csv, tmp_path):
    data = tmp_path / "mine.csv"
    shutil.copy(reviews_csv, data)
    options = ["-m", "gru", "-d", data, "--epochs", 1, "-q", "-o", tmp_path / "run"]
    assert invoke("lstm-train", *options).exit_code == 0
    with data.open("a") as file:
        file.write("another one,1\n")
    message = assert_fails(3, "lstm-eval", tmp_path / "run" / "best-gru-model.h5")
    assert "has changed since the model was trained on it" in message


@pytest.fixture
def plain_file(
    model_file,
    tmp_path,
    keras_started,  # noqa: ARG001 - quietly, before the import below
):
    """The finished run's model as plain Keras saves it."""
    import keras

    path = tmp_path / "plain.h5"
    keras.models.load_model(model_file).save(path)
    return path


def test_a_plain_keras_file_is_judged_with_the_data_settings_given(
    invoke, assert_fails, plain_file, judged, reviews_csv
):
    message = assert_fails(4, "lstm-eval", plain_file)
    assert "was written by plain Keras" in message
    assert "--set data.dataset=" in message
    options = ["--set", f"data.dataset={reviews_csv}"]
    document = json.loads(invoke("lstm-eval", plain_file, *options, "--json").stdout)
    _, expected = judged
    for name, value in document.items():
        if name == "seen_in_training":
            assert (value, expected[name]) == (None, 0)  # plain Keras keeps no fingerprints
        elif name != "model_file":
            assert value == (
                pytest.approx(expected[name], abs=1e-6) if isinstance(value, float) else expected[name]
            )
    wrong = assert_fails(2, "lstm-eval", plain_file, *options, "--set", "data.maxlen=31")
    assert "was built for 30, got 31" in wrong
    assert "data settings only" in assert_fails(2, "lstm-eval", plain_file, "--set", "training.seed=1")
    assert "Did you mean 'padding'?" in assert_fails(2, "lstm-eval", plain_file, *options, "-s", "data.paddin=pre")


def test_settings_are_not_taken_for_a_file_of_ours(assert_fails, model_file):
    message = assert_fails(2, "lstm-eval", model_file, "--set", "data.maxlen=30")
    assert "carries its own data settings" in message


def test_what_is_no_model_file_is_refused(assert_fails, model_file, finished_run, tmp_path):
    text = tmp_path / "text.h5"
    text.write_text("not a model")
    cut = tmp_path / "cut.h5"
    cut.write_bytes(model_file.read_bytes()[:-2000])
    assert "it is not there" in assert_fails(4, "lstm-eval", tmp_path / "missing.h5")
    assert f"it is a folder: name {model_file}." in assert_fails(4, "lstm-eval", finished_run)
    for path in (text, cut):
        assert f"{path} is no readable HDF5 model file" in assert_fails(4, "lstm-eval", path)


def test_other_failures_have_their_exit_codes(assert_fails, model_file, tmp_path):
    assert "missing.csv" in assert_fails(3, "lstm-eval", model_file, "-d", tmp_path / "missing.csv")
    assert "Invalid value for '--split'" in assert_fails(2, "lstm-eval", model_file, "--split", "tets")
    assert "Invalid value for '--mistakes'" in assert_fails(2, "lstm-eval", model_file, "--mistakes", -1)
    (tmp_path / "file").write_text("")
    assert "Cannot write" in assert_fails(1, "lstm-eval", model_file, "-o", tmp_path / "file" / "figures")


class TestResultsThatLieThere:
    def test_the_same_models_on_the_same_reviews_are_replaced_without_a_word(self, invoke, model_file, tmp_path):
        again = model_file.parent / ".." / model_file.parent.name / model_file.name  # the same, spelled otherwise
        for path in (model_file, again):
            (tmp_path / "predictions.csv").write_text("old")
            assert invoke("lstm-eval", path, "-o", tmp_path, "-q").exit_code == 0
            assert (tmp_path / "predictions.csv").read_text() != "old"

    @pytest.mark.parametrize("case", ["model", "data", "data of that name", "split", "damaged", "foreign"])
    def test_others_are_replaced_by_force_alone(
        self, *, case, invoke, assert_fails, model_file, reviews_csv, tmp_path
    ):
        folder = tmp_path / "judged"
        assert invoke("lstm-eval", model_file, "-o", folder).exit_code == 0
        line = ["lstm-eval", model_file, "-o", folder]
        if case == "model":
            line[1] = shutil.copy(model_file, tmp_path / "another.h5")
        elif case == "split":
            line += ["--split", "validation"]
        elif case.startswith("data"):
            first, second = (tmp_path / place / reviews_csv.name for place in ("first", "second"))
            for number, other in enumerate((first, second)):
                other.parent.mkdir()
                other.write_text(f"text,label\na good film {number},1\na bad film,0\n")
            line += ["-d", first]
            if case != "data":
                assert invoke(*line, "--force").exit_code == 0
                line[-1] = second
        else:
            (folder / "metrics.json").write_bytes(b"[1, 2" if case == "damaged" else b"[1, 2]")
        before = (folder / "metrics.json").read_bytes()
        message = assert_fails(2, *line)
        assert f"{folder} holds " in message
        assert "--force" in message
        assert (folder / "metrics.json").read_bytes() == before
        assert invoke(*line, "--force").exit_code == 0
        assert json.loads((folder / "metrics.json").read_bytes())["model_file"] == str(line[1])


@pytest.mark.parametrize("width", ["100", "60", "40", "30"])
def test_every_figure_is_shown_whole_on_any_terminal(width, judged, invoke, model_file, monkeypatch):
    monkeypatch.setenv("COLUMNS", width)
    words = invoke("lstm-eval", model_file).stdout.split()
    _, document = judged
    for scores in document["classes"]:
        assert {f"{scores[key]:.4f}" for key in ("precision", "recall", "f1")} <= set(words)


@pytest.mark.parametrize("threshold", [0.2, 0.0165276365, 7e-46])
def test_a_better_threshold_is_told_with_every_digit_that_it_needs(threshold):
    judgement = SimpleNamespace(seen_in_training=0, suggestion=ThresholdSuggestion(threshold, 0.75, 0.5))
    (line,) = _describe_doubts(judgement, SimpleNamespace(threshold=0.5))
    assert f"a threshold of {threshold!r} has a macro F1 of 0.7500, 0.5 one of 0.5000" in line
    assert float(line.partition("--threshold ")[2].partition(",")[0]) == threshold
