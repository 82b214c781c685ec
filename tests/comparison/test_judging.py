"""A run's model is judged on its own test part, as `lstm-eval` judges it."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from sklearn import metrics

from lstm_cli.classes import SENTIMENT
from lstm_cli.comparison.judging import Judgement, judge_run, pool_judgements
from lstm_cli.comparison.runs import load_run
from lstm_cli.data.dataset import load_dataset, load_splits
from lstm_cli.errors import DataError, ModelFileError
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.modelfile.stored_model import load_model_file, save_model_file


def test_the_test_part_is_judged_review_by_review(run):
    loaded = run()
    judgement = judge_run(loaded)
    reviews = load_splits(loaded.config.data).test
    predictions = load_classifier(loaded.best_model).predict([review.text for review in reviews])
    right = [
        prediction.label == SENTIMENT.names[review.label]
        for prediction, review in zip(predictions, reviews, strict=True)
    ]
    assert judgement.part == "test"
    assert judgement.right.tolist() == right
    assert judgement.accuracy == np.mean(right)


def test_a_model_is_judged_by_its_own_threshold(run):
    loaded = run("training.threshold=macro_f1")
    classifier = load_classifier(loaded.best_model)
    assert classifier.threshold != 0.5
    judgement = judge_run(loaded)
    reviews = load_splits(loaded.config.data).test
    predictions = classifier.predict([review.text for review in reviews])
    assert [SENTIMENT.names[label] for label in judgement.predicted] == [item.label for item in predictions]
    assert judgement.accuracy != Judgement("test", judgement.labels, judge_run(run()).predicted).accuracy


def test_the_figures_of_a_judgement_are_scikit_learns():
    rng = np.random.default_rng(3)
    labels, predicted = rng.choice(4, (2, 60), p=[0.7, 0.1, 0.1, 0.1]).astype(np.int32)
    judgement = Judgement("test", labels, predicted)
    assert judgement.right.tolist() == (labels == predicted).tolist()
    assert judgement.accuracy == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert judgement.macro_f1 == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    assert judgement.largest_class_share == np.mean(labels == 0)


@pytest.mark.parametrize(
    ("labels", "is_even"),
    [([0, 1, 1, 0, 1], True), ([0, 1, 1, 1], False), ([1, 1], False), ([0, 1, 2, 0, 1], False)],
)
def test_the_accuracy_tells_all_of_two_even_classes_alone(labels, is_even):
    array = np.array(labels, np.int32)
    assert Judgement("test", array, array).is_of_even_pair is is_even


def test_without_a_test_part_the_validation_part_is_judged(run):
    loaded = run("data.test_split=0.0")
    judgement = judge_run(loaded)
    assert judgement.part == "validation"
    assert len(judgement.right) == len(load_dataset(loaded.config.data).validation)
    best = loaded.history.metrics["val_accuracy"][loaded.best_epoch - 1]
    assert judgement.accuracy == pytest.approx(best)


def test_a_run_without_an_epoch_has_no_judgement(run_copy):
    folder = run_copy("begun")
    (folder / "history.json").unlink()
    record = folder / "run.json"
    record.write_text(record.read_text().replace('"finished": true', '"finished": false').rstrip())
    assert judge_run(load_run(folder)) is None


def test_a_missing_or_damaged_model_file_is_named(run_copy):
    folder = run_copy("damaged")
    model = folder / "best-tiny-model.h5"
    model.write_bytes(model.read_bytes()[:2000])
    with pytest.raises(ModelFileError, match=r"best-tiny-model\.h5 is no readable"):
        judge_run(load_run(folder))
    model.unlink()
    with pytest.raises(ModelFileError, match="it is not there"):
        judge_run(load_run(folder))


def test_a_model_file_of_another_run_is_refused(run_copy, run_path):
    folder = run_copy("mixed")
    model = folder / "best-tiny-model.h5"
    shutil.copy(run_path("data.maxlen=11") / model.name, model)
    with pytest.raises(ModelFileError, match="was not trained with the data settings that stand beside it"):
        judge_run(load_run(folder))


def test_a_model_of_other_reviews_is_refused_whatever_its_settings(run_copy, run_path, reviews_csv, tmp_path):
    """Where the data lie is no matter, only what they are."""
    other = tmp_path / "other" / reviews_csv.name
    other.parent.mkdir()
    other.write_text(reviews_csv.read_text(encoding="utf-8").replace("film", "movie"), encoding="utf-8")
    folder = run_copy("foreign")
    model = folder / "best-tiny-model.h5"
    shutil.copy(run_path(f"data.dataset={other}") / model.name, model)
    with pytest.raises(ModelFileError, match="was not trained with the data settings that stand beside it"):
        judge_run(load_run(folder))


def test_reviews_that_have_changed_since_the_training_are_no_test(run_copy, reviews_csv, tmp_path):
    path = tmp_path / "mine.csv"
    shutil.copy(reviews_csv, path)
    folder = run_copy("own", f"data.dataset={path}")
    path.write_text(path.read_text(encoding="utf-8").replace("film", "movie"), encoding="utf-8")
    with pytest.raises(DataError, match="has changed since"):
        judge_run(load_run(folder))


def test_a_model_of_another_epoch_than_the_historys_best_is_refused(run_copy):
    folder = run_copy("changed")
    history = folder / "history.json"
    loaded = load_run(folder)
    values = list(loaded.history.metrics["val_loss"])
    shown = ", ".join(map(str, values))
    history.write_text(history.read_text().replace(shown, ", ".join(map(str, reversed(values)))).rstrip())
    with pytest.raises(ModelFileError, match=r"holds epoch \d, but the best of the history is \d"):
        judge_run(load_run(folder))


def test_a_killed_trainings_model_may_be_of_an_epoch_that_its_history_lacks(run_copy):
    """The model is written before the history."""
    folder = run_copy("killed")
    history = json.loads((folder / "history.json").read_text())
    best = load_run(folder).best_epoch
    order = [-1, 0] if best == 2 else [1, 0]
    history["val_loss"] = [history["val_loss"][index] for index in order]
    (folder / "history.json").write_text(json.dumps(history))
    assert load_run(folder).best_epoch != best
    with pytest.raises(ModelFileError, match="but the best of the history is"):
        judge_run(load_run(folder))
    record = json.loads((folder / "run.json").read_text()) | {"finished": False}
    (folder / "run.json").write_text(json.dumps(record))
    assert len(judge_run(load_run(folder)).right) == 30


def test_a_model_that_gives_no_numbers_is_named(run_copy):
    import keras

    linear = "{units: 2, activation: linear}"
    folder = run_copy("damaged", f"model.dense=[{linear}, {linear}]")
    path = load_run(folder).best_model
    stored = load_model_file(path)
    model = keras.models.load_model(path, compile=False)
    *others, _, _, _, kernel, bias = model.get_weights()
    # Infinite in the second layer, and in the last the difference of two such: in whatever order it is computed.
    large, signs = np.full(2, 3e38), np.array([[2, -2], [2, -2]])
    model.set_weights([*others, large, signs, np.zeros(2), np.ones_like(kernel), bias])
    kept = {name: getattr(stored, name) for name in ("config", "encoder", "classes", "threshold", "provenance")}
    save_model_file(path, model, seen=stored.seen, **kept)
    expected = r"best-tiny-model\.h5: The model gives no numbers for 30 of 30 reviews"
    with np.errstate(all="ignore"), pytest.raises(ModelFileError, match=expected):
        judge_run(load_run(folder))


def test_of_a_run_that_holds_nothing_out_no_model_is_looked_for(draft_run):
    reviews = {"train": 9, "validation": 0, "test": 0}
    run = draft_run(reviews=reviews, figures={"loss": [0.5], "seconds": [1.0]})
    assert run.best_epoch == 1
    assert judge_run(run) is None


def test_judgements_of_several_parts_are_put_together_in_their_order():
    one = Judgement("test", np.array([0, 1], np.int32), np.array([0, 0], np.int32))
    other = Judgement("test", np.array([1], np.int32), np.array([1], np.int32))
    pooled = pool_judgements([one, other])
    assert (pooled.part, pooled.right.tolist()) == ("test", [True, False, True])
    assert pooled.accuracy == pytest.approx(2 / 3)
    assert pooled.largest_class_share == pytest.approx(2 / 3)


def test_a_class_that_is_only_predicted_counts_in_the_macro_f1():
    """Of two and of more: every class that a review is of or is taken for."""
    for labels, predicted in (([0, 0], [0, 2]), ([0, 0], [0, 1]), ([0, 0], [0, 0])):
        judgement = Judgement("test", np.array(labels, np.int32), np.array(predicted, np.int32))
        assert judgement.macro_f1 == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
