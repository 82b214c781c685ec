"""Three classes and five stars, from a file as people have it, through every command."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from mood_files import write_stars, write_tweets
from sklearn import metrics

NAMES = ["negative", "neutral", "positive"]
# Soon trained, and for as many epochs as are asked for; no batch is short, so that one step fewer is traced.
_SETTINGS = [
    "training.optimizer.learning_rate=0.02", "data.maxlen=30", "training.early_stopping.patience=30",
    "training.batch_size=72",
]  # fmt: skip
_FAST = [word for setting in _SETTINGS for word in ("-s", setting)]
_MONITORED = [*_FAST, "-s", "training.early_stopping.monitor=val_macro_f1"]


@pytest.fixture(scope="module")
def tweets(tmp_path_factory):
    """600 rows of three classes, 60 % of them negative."""
    return write_tweets(tmp_path_factory.mktemp("tweets") / "tweets.csv")


@pytest.fixture(scope="module")
def stars(tmp_path_factory):
    """300 lines of one to five stars."""
    return write_stars(tmp_path_factory.mktemp("stars") / "stars.jsonl")


@pytest.fixture(scope="module")
def trained(run_command, tweets, tmp_path_factory):
    """What `lstm-train` printed, and the folder of its run."""
    folder = tmp_path_factory.mktemp("trained") / "gru"
    result = run_command("lstm-train", "-m", "gru", "-d", tweets, "--epochs", 4, *_MONITORED, "-o", folder)
    assert result.returncode == 0, result.stderr
    return result, folder


@pytest.fixture(scope="module")
def model_file(trained):
    """The model of three classes."""
    return trained[1] / "best-gru-model.h5"


def read_history(folder):
    history = json.loads((folder / "history.json").read_text())
    del history["seconds"]
    return history


def test_lstm_train_says_which_classes_it_has_and_how_good_it_is_at_each(trained):
    result, folder = trained
    counts = re.search(
        r"tweets\.csv: to train negative: (\d+) · neutral: (\d+) · positive: (\d+)\n", result.stderr
    )
    record = json.loads((folder / "run.json").read_text())
    assert sum(map(int, counts.groups())) == record["reviews"]["train"]
    assert len(re.findall(r"val_macro_f1 0\.\d{4}", result.stderr)) == 4
    best = record["best"]
    assert best["val_macro_f1"] == max(read_history(folder)["val_macro_f1"]) > 0.5
    assert f", validation macro F1 {best['val_macro_f1']:.4f}\n" in result.stdout


def test_a_resumed_training_ends_with_the_same_digits_and_model(trained, model_file, invoke, tweets, tmp_path):
    folder = tmp_path / "run"
    options = ["-d", tweets, "--epochs", 2, *_MONITORED, "-q", "-o", folder]
    assert invoke("lstm-train", "-m", "gru", *options).exit_code == 0
    result = invoke("lstm-train", "--resume", folder, "--epochs", 4, "-q")
    assert result.exit_code == 0, result.stderr
    assert read_history(folder) == read_history(trained[1])
    judged = [
        json.loads(invoke("lstm-eval", path, "--json").stdout) for path in (model_file, folder / model_file.name)
    ]
    assert [figures.pop("model_file") for figures in judged] == [str(model_file), str(folder / model_file.name)]
    assert judged[0] == judged[1]


def test_lstm_evals_figures_are_scikit_learns_and_its_pictures_are_drawn(model_file, invoke, tmp_path):
    folder = tmp_path / "judged"
    result = invoke("lstm-eval", model_file, "-o", folder, "--mistakes", 3, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    frame = pd.read_csv(folder / "predictions.csv")
    columns = [f"probability_{name}" for name in NAMES]
    assert frame["prediction"].tolist() == [NAMES[place] for place in frame[columns].to_numpy().argmax(axis=1)]
    np.testing.assert_allclose(frame["probability"], frame[columns].max(axis=1))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        frame["label"], frame["prediction"], labels=NAMES, zero_division=0
    )
    assert [item["name"] for item in document["classes"]] == NAMES
    for key, expected in {"precision": precision, "recall": recall, "f1": f1, "reviews": support}.items():
        assert [item[key] for item in document["classes"]] == pytest.approx(expected.tolist())
    assert document["macro_f1"] == pytest.approx(f1.mean())
    assert document["balanced_accuracy"] == pytest.approx(recall.mean())
    assert document["largest_class_share"] == pytest.approx(support.max() / support.sum())
    auc = metrics.roc_auc_score(frame["label"], frame[columns], multi_class="ovr", labels=NAMES)
    assert document["roc_auc"] == pytest.approx(auc, abs=1e-6)
    assert "mean_absolute_error" not in document
    assert (document["suggested_threshold"], document["seen_in_training"]) == (None, 0)
    for mistake in document["mistakes"]:
        row = frame.iloc[mistake["row"]]
        assert (row["label"], row["prediction"]) == (mistake["label"], mistake["prediction"])
        assert row["label"] != row["prediction"]
    for name in ("confusion-matrix.png", "roc.png", "calibration.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    shown = invoke("lstm-eval", model_file).stdout
    assert all(name in shown for name in (*NAMES, "macro_f1", "largest_class_share"))


def test_every_way_of_predicting_gives_the_likeliest_class_and_all_probabilities(model_file, invoke, tmp_path):
    texts = ["the crew was lovely, thank you so much", "rude answers at the gate", "question about the app"]
    document = json.loads(invoke("lstm-predict", model_file, *texts, "--json").stdout)
    for prediction in document["predictions"]:
        assert list(prediction["probabilities"]) == NAMES
        assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert prediction["probabilities"][prediction["label"]] == prediction["probability"]
        assert prediction["probability"] == max(prediction["probabilities"].values())
    (tmp_path / "new.csv").write_text("id,text\n" + "".join(f'{row},"{text}"\n' for row, text in enumerate(texts)))
    for suffix, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        path = tmp_path / f"scored{suffix}"
        assert invoke("lstm-predict", model_file, "-f", tmp_path / "new.csv", "-o", path).exit_code == 0
        frame = read(path)
        assert frame["id"].astype(int).tolist() == [0, 1, 2]
        for row, prediction in enumerate(document["predictions"]):
            assert frame["prediction"][row] == prediction["label"]
            for name, probability in prediction["probabilities"].items():
                assert frame[f"probability_{name}"][row] == pytest.approx(probability, abs=1e-6)


def test_a_threshold_is_refused_with_the_number_of_classes(model_file, assert_fails, tweets, tmp_path):
    message = assert_fails(2, "lstm-predict", model_file, "a film", "--threshold", "0.3")
    assert "--threshold is of two classes, and this model has 3." in message
    options = ["-m", "gru", "-d", tweets, "-s", "training.threshold=macro_f1", "-o", tmp_path / "run"]
    for further in ([], ["--dry-run"], ["--seeds", "2"]):
        message = assert_fails(2, "lstm-train", *options, *further)
        assert "training.threshold is of two classes, and tweets.csv has 3. Leave it out." in message
        assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("keras_started")
def test_plain_keras_opens_the_model_and_gives_the_same_probabilities(model_file):
    import keras

    from lstm_cli.inference.classifier import load_classifier

    classifier = load_classifier(model_file)
    texts = ["the crew was lovely", "rude answers at the gate, and hours lost again", "question about the app"]
    encoded = classifier.encoder.encode(texts)
    model = keras.models.load_model(model_file)
    assert model.loss == "categorical_crossentropy" or model.loss.name == "categorical_crossentropy"
    np.testing.assert_allclose(model(encoded.tokens).numpy(), classifier.compute_probabilities(encoded), atol=1e-6)


def test_several_seeds_are_compared_with_each_other_and_the_baseline(invoke, tweets, tmp_path):
    runs = tmp_path / "runs"
    options = ["-d", tweets, "--epochs", 3, *_MONITORED, "-o", runs]
    result = invoke("lstm-train", "-m", "gru", *options, "--seeds", 2, "-s", "model.dropout=0.2")
    assert result.exit_code == 0, result.stderr
    assert re.search(r"gru, mean: .*, validation macro F1 0\.\d{4} ± 0\.\d{4}\n", result.stdout)
    other = ["-d", tweets, "--epochs", 1, *_MONITORED, "-o", runs / "lstm", "-q"]
    assert invoke("lstm-train", "-m", "lstm", *other).exit_code == 0
    result = invoke("lstm-compare", runs, "-o", tmp_path / "compared")
    assert result.exit_code == 0, result.stderr
    [table] = json.loads((tmp_path / "compared" / "comparison.json").read_text())["tables"]
    judged = {}
    for run in (run for model in table["models"] for run in model["runs"]):
        [model_file] = runs.glob(f"{run['run'].removeprefix(str(runs)).lstrip('/')}/best-*.h5")
        judged[run["run"]] = json.loads(invoke("lstm-eval", model_file, "--json").stdout)
        assert run["test_accuracy"] == pytest.approx(judged[run["run"]]["accuracy"])
        assert run["test_macro_f1"] == pytest.approx(judged[run["run"]]["macro_f1"])
    assert len(judged) == 3
    assert table["largest_class_share"] == next(iter(judged.values()))["largest_class_share"] > 0.5
    assert table["baseline"]["test_accuracy"] > table["largest_class_share"]
    assert table["baseline"]["test_macro_f1"] > 0.5
    assert [test["second"]["model"] for test in table["tests"]][-1] == table["baseline"]["model"]
    assert "test macro F1" in (tmp_path / "compared" / "comparison.md").read_text()


def test_a_sweep_searches_the_highest_macro_f1(run_command, assert_fails, tweets, tmp_path):
    path = tmp_path / "uneven.yaml"
    space = {"training.optimizer.learning_rate": [1e-5, 0.02]}
    path.write_text(yaml.safe_dump({"base": "gru", "objective": "val_macro_f1", "search_space": space} | {
        "sampler": "grid", "pruner": "none"
    }))  # fmt: skip
    options = ["-d", tweets, "-s", "training.epochs=2", "-s", "data.maxlen=30", "-o", tmp_path / "sweep"]
    message = assert_fails(2, "lstm-sweep", path, *options)
    assert "Give every trial training.early_stopping.monitor: val_macro_f1" in message
    result = run_command("lstm-sweep", path, *options, "-s", "training.early_stopping.monitor=val_macro_f1")
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "sweep" / "trials.json").read_text())
    assert report["direction"] == "maximize"
    values = {trial["params"]["training.optimizer.learning_rate"]: trial["value"] for trial in report["trials"]}
    assert report["best"]["value"] == max(values.values()) > min(values.values())
    for trial in report["trials"]:
        metrics_of_trial = read_history(tmp_path / "sweep" / f"trial-{trial['trial']}")
        assert trial["value"] == max(metrics_of_trial["val_macro_f1"])
        assert f"{trial['value']:.4f}" in result.stdout
    best = yaml.safe_load((tmp_path / "sweep" / "best.yaml").read_text())
    assert best["training"]["early_stopping"]["monitor"] == "val_macro_f1"


def test_lstm_plot_draws_what_was_monitored_and_marks_the_best_epoch(trained, invoke, tmp_path):
    target = tmp_path / "f1.svg"
    result = invoke("lstm-plot", trained[1], "--metric", "macro_f1", "-o", target, "--json")
    assert result.exit_code == 0, result.stderr
    best = json.loads((trained[1] / "run.json").read_text())["best_epoch"]
    assert json.loads(result.stdout)["histories"][0]["best_epoch"] == best
    assert target.exists()


def test_two_workers_train_what_one_does(trained, run_command, tweets, tmp_path):
    folder = tmp_path / "two"
    options = ["-d", tweets, "--epochs", 4, *_MONITORED, "-q", "-o", folder, "--local-workers", 2]
    result = run_command("lstm-train", "-m", "gru", *options)
    assert result.returncode == 0, result.stderr
    alone, together = read_history(trained[1]), read_history(folder)
    assert alone.keys() == together.keys()
    for name, values in alone.items():
        assert together[name] == pytest.approx(values, abs=2e-3), name


def test_a_dry_run_counts_the_classes_of_every_part(invoke, tweets, stars):
    document = json.loads(invoke("lstm-train", "-m", "gru", "-d", tweets, "--dry-run", "--json").stdout)
    labels = pd.read_csv(tweets)["airline_sentiment"].value_counts()
    parts = document["splits"].values()
    for name in NAMES:
        assert sum(part["classes"][name] for part in parts) == labels[name]
    assert document["layers"]["output"]["shapes"] == [[8, 3], [3]]
    assert re.search(
        r"\n {13}1: \d+ · 2: \d+ · 3: ", invoke("lstm-train", "-m", "gru", "-d", stars, "--dry-run").stdout
    )


class TestStars:
    """Numbers are classes in their order, and how far off a prediction is counts as well."""

    def test_five_stars_are_judged_by_how_far_off_they_are(self, invoke, stars, tmp_path):
        weights = ["-s", "training.class_weight={1: 2, 5: 2}"]
        options = ["-d", stars, "--epochs", 3, *_FAST, *weights, "-q", "-o", tmp_path / "run"]
        result = invoke("lstm-train", "-m", "gru", *options)
        assert result.exit_code == 0, result.stderr
        folder = tmp_path / "judged"
        model_file = tmp_path / "run" / "best-gru-model.h5"
        document = json.loads(invoke("lstm-eval", model_file, "-o", folder, "--json").stdout)
        frame = pd.read_csv(folder / "predictions.csv")
        distances = (frame["label"] - frame["prediction"]).abs()
        assert document["mean_absolute_error"] == pytest.approx(distances.mean())
        assert document["within_one_step"] == pytest.approx((distances <= 1).mean())
        assert [item["name"] for item in document["classes"]] == list("12345")
        kept = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())
        assert kept["training"]["class_weight"] == {"1": 2, "5": 2}
        again = invoke("lstm-train", "-c", tmp_path / "run" / "config.yaml", "-q", "-o", tmp_path / "again")
        assert again.exit_code == 0, again.stderr
        assert read_history(tmp_path / "again") == read_history(tmp_path / "run")

    def test_stars_in_two_groups_are_one_sigmoid_unit_and_keep_their_meaning(self, invoke, stars, tmp_path):
        folder = tmp_path / "run"
        groups = ["--classes", "negative=1,2 positive=4,5"]
        options = ["-d", stars, "--epochs", 3, *_FAST, "-o", folder]
        result = invoke("lstm-train", "-m", "gru", *options, *groups)
        assert result.exit_code == 0, result.stderr
        assert "stars.jsonl: 60 rows left out, in no group: lines 3, 8, " in result.stderr
        assert "to train negative" not in result.stderr  # two even classes need no word
        record = json.loads((folder / "run.json").read_text())
        assert (sum(record["reviews"].values()), record["parameters"]) == (240, 8633)
        # Another file of stars: what the model does not know is left out and counted, a 5 is positive.
        other = tmp_path / "other.jsonl"
        other.write_text("".join(stars.read_text().splitlines(keepends=True)[:200]))
        judged = invoke("lstm-eval", folder / "best-gru-model.h5", "-d", other, "--json")
        document = json.loads(judged.stdout)
        assert [(item["name"], item["reviews"]) for item in document["classes"]] == [
            ("negative", 80), ("positive", 80),
        ]  # fmt: skip
        assert "other.jsonl: 40 rows left out, unknown label: lines 3, 8, " in judged.stderr
        assert 0 < document["seen_in_training"] < 160
        assert "mean_absolute_error" not in document


def test_class_names_that_no_font_has_are_told_where_they_are_drawn(invoke, tmp_path):
    """In Gothic letters, which no machine has by itself."""
    names = ("\U00010332\U0001030d", "\U00010331\U0001030d")
    path = tmp_path / "old.csv"
    rows = [f"a text number {number} of {number % 2},{names[number % 2]}" for number in range(60)]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    run = tmp_path / "run"
    assert invoke("lstm-train", "-m", "gru", "-d", path, "--epochs", 1, *_FAST, "-o", run).exit_code == 0
    judged = invoke("lstm-eval", run / "best-gru-model.h5", "-o", tmp_path / "judged")
    assert judged.exit_code == 0
    assert judged.stderr.count("No installed font has") == 1
    assert names[0] in judged.stdout


def test_ratings_with_a_decimal_comma_are_numbers_and_a_label_that_is_in_no_group_is_named(invoke, tmp_path):
    path = tmp_path / "sterne.csv"
    rows = [f"Text {number};{number % 5 + 1},0" for number in range(60)]
    path.write_text("\n".join(["text;label", *rows]), encoding="utf-8")
    document = json.loads(invoke("lstm-data", path, "--json").stdout)
    assert document["classes"] == dict.fromkeys("12345", 12)
    grouped = invoke("lstm-data", path, "--classes", "negative=1,2 positive=4,5", "--json")
    assert json.loads(grouped.stdout)["classes"] == {"negative": 24, "positive": 24}
    path.write_text(path.read_text(encoding="utf-8").replace(",0", " Sterne"), encoding="utf-8")
    refused = invoke("lstm-data", path, "--classes", "negative=1,2 positive=4,5")
    assert refused.exit_code == 3
    assert "Its labels are '1 Sterne', '2 Sterne', '3 Sterne'" in refused.stderr
