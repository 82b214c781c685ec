"""No model is judged on what it has learnt without a word, whatever was done to the file."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.classes import Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.dataset import load_splits
from lstm_cli.data.selection import select_reviews
from lstm_cli.inference import judgement as room
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.inference.judgement import describe_seen, judge

pytestmark = pytest.mark.usefixtures("keras_started")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, reviews_csv, tiny_config_file):
    """A configuration and the model file that training by it left."""
    from lstm_cli.config import load_config
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.training.inputs import TrainingInputs
    from lstm_cli.training.run_folder import create_run_folder
    from lstm_cli.training.trainer import train_model

    config = load_config(tiny_config_file, overrides=[f"data.dataset={reviews_csv}"])
    folder = create_run_folder(tmp_path_factory.mktemp("judged") / "run", model=config.name, force=False)
    train_model(TrainingInputs(config, load_dataset(config.data)), folder=folder, kernel="fast")
    return config, folder.best_model


def judge_on(trained, path: Path | None, *, split=None):
    config, model_file = trained
    classifier = load_classifier(model_file)
    selection = select_reviews(
        SourceConfig(dataset=str(path)) if path else None,
        split=split,
        config=config.data,
        encoder=classifier.encoder,
        classes=classifier.classes,
        fingerprint=classifier.provenance.fingerprint,
    )
    return selection, judge(classifier, selection)


def select(classifier, config, *, split):
    """Return a part of the data that a model was trained from."""
    return select_reviews(
        None,
        split=split,
        config=config.data,
        encoder=classifier.encoder,
        classes=classifier.classes,
        fingerprint=None,
    )


def write(path: Path, reviews, *, encoding="utf-8", delimiter=",", header=("review", "label")) -> Path:
    with path.open("w", encoding=encoding, errors="ignore", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows((review.text, review.label) for review in reviews)
    return path


def test_of_its_own_test_part_it_has_seen_nothing(trained):
    _, judged = judge_on(trained, None)
    assert (judged.seen_in_training, judged.without_seen) == (0, None)


def test_what_it_has_learnt_from_is_told_in_words(trained):
    classifier = load_classifier(trained[1])
    _, judged = judge_on(trained, None)
    assert describe_seen(judged, classifier) == ""
    rest = judged.get_evaluation()
    some = replace(judged, seen_in_training=1234, without_seen=rest, reviews=5000)
    without = f"Without them: accuracy {rest.accuracy:.4f} on {rest.reviews:,}."
    assert describe_seen(some, classifier) == f"The model was trained on 1,234 of these 5,000 texts. {without}"
    alone = replace(some, without_seen=None)
    estimated = replace(classifier, seen=replace(classifier.seen, zero_bits=1))
    assert describe_seen(alone, estimated) == "The model was trained on about 1,234 of these 5,000 texts."
    assert describe_seen(replace(alone, seen_in_training=None), replace(classifier, seen=None)) == ""


def test_where_only_some_fingerprints_are_kept_the_count_is_all_that_is_told(trained):
    """Of the others it is not known whether they were seen."""
    config, model_file = trained
    classifier = load_classifier(model_file)
    few = replace(classifier.seen, zero_bits=1, hashes=classifier.seen.hashes[::2])
    selection = select(classifier, config, split="train")
    judged = judge(replace(classifier, seen=few), selection)
    assert 0 < judged.seen_in_training < len(selection.encoded)
    assert judged.without_seen is None


def test_its_own_data_under_another_name_are_judged_on_their_test_part(trained, tmp_path, monkeypatch):
    """A copy, a link, another spelling of the path: known by what they hold."""
    own, expected = judge_on(trained, None)
    path = Path(trained[0].data.dataset)
    copy = tmp_path / "renamed.csv"
    copy.write_bytes(path.read_bytes())
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    monkeypatch.chdir(path.parent)
    for place in (copy, link, Path(path.name), path.parent / ".." / path.parent.name / path.name):
        selection, judged = judge_on(trained, place)
        assert (selection.split, len(selection.encoded)) == ("test", len(own.encoded))
        assert judged.get_evaluation() == expected.get_evaluation()


@pytest.mark.parametrize(
    "keys",
    [{}, {"encoding": "utf-16"}, {"delimiter": ";"}, {"header": ("label", "review")[::-1]}],
    ids=["shuffled", "re-encoded", "re-separated", "other columns"],
)
def test_half_of_its_training_part_in_another_file_is_told(trained, tmp_path, keys):
    """And the figures without it are those of the other rows alone."""
    splits = load_splits(trained[0].data)
    seen, unseen = list(splits.train[:60]), list(splits.test)
    mixed = [(seen + unseen)[row] for row in np.random.default_rng(1).permutation(len(seen) + len(unseen))]
    selection, judged = judge_on(trained, write(tmp_path / "mixed.csv", mixed, **keys))
    assert selection.split == "all"
    assert judged.seen_in_training == 60
    assert judged.without_seen.reviews == len(unseen)
    assert judged.to_dict()["without_seen"] == judged.without_seen.to_dict()
    _, alone = judge_on(trained, write(tmp_path / "alone.csv", [one for one in mixed if one in unseen], **keys))
    assert judged.without_seen.accuracy == alone.accuracy
    assert alone.seen_in_training == 0


def test_texts_whose_white_space_was_changed_are_known(trained, tmp_path):
    from lstm_cli.data.review import Review

    reviews = [
        Review("  " + "\n ".join(one.text.split()) + " ", one.label) for one in load_splits(trained[0].data).train
    ]
    _, judged = judge_on(trained, write(tmp_path / "spaced.csv", reviews))
    assert judged.seen_in_training == len(reviews)
    assert judged.without_seen is None  # nothing is left


def test_a_file_without_fingerprints_tells_that_it_does_not_know(trained):
    config, model_file = trained
    classifier = replace(load_classifier(model_file), seen=None)
    judged = judge(classifier, select(classifier, config, split=None))
    assert (judged.seen_in_training, judged.without_seen) == (None, None)


class TestSuggestion:
    def test_a_better_threshold_is_found_on_the_validation_part_and_changes_nothing(self, trained, monkeypatch):
        """Whichever part is judged; the label's share in the figures stays the model's own."""
        config, model_file = trained
        classifier = replace(load_classifier(model_file), threshold=0.9999)
        selection = select(classifier, config, split="train")
        judged = judge(classifier, selection)
        found = judged.suggestion
        assert found.threshold < 0.9999
        assert found.macro_f1 > found.macro_f1_now
        assert judged.confusion_matrix[1][1] == 0
        assert judged.to_dict()["suggested_threshold"] == found.threshold
        there = select(classifier, config, split="validation")
        better = replace(classifier, threshold=found.threshold)
        assert [judge(one, there).macro_f1 for one in (classifier, better)] == pytest.approx(
            [found.macro_f1_now, found.macro_f1]
        )
        gain = found.macro_f1 - found.macro_f1_now
        monkeypatch.setattr(room, "_LEAST_GAIN", gain)
        assert judge(classifier, selection).suggestion == found
        monkeypatch.setattr(room, "_LEAST_GAIN", np.nextafter(gain, 1))
        assert judge(classifier, selection).suggestion is None

    def test_reviews_of_elsewhere_have_no_validation_part(self, trained, tmp_path):
        path = write(tmp_path / "others.csv", load_splits(trained[0].data).test)
        selection, judged = judge_on(trained, path)
        assert selection.validation is None
        assert judged.suggestion is None
        assert judged.to_dict()["suggested_threshold"] is None

    def test_of_more_than_two_classes_no_threshold_is_looked_for(self, trained):
        config, model_file = trained
        classifier = load_classifier(model_file)
        validation = select(classifier, config, split="train").validation
        three = replace(classifier, classes=Classes(("a", "b", "c"), {}))
        assert room._suggest_threshold(three, validation) is None
        none = replace(validation, labels=validation.labels[:0], tokens=validation.tokens[:0])
        assert room._suggest_threshold(classifier, none) is None


def test_the_document_holds_what_the_contract_promises(trained):
    document = judge_on(trained, None)[1].to_dict()
    promised = {
        "loss", "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "roc_auc", "brier_score",
        "largest_class_share", "classes", "confusion_matrix", "reviews", "seen_in_training", "without_seen",
        "unknown_rate", "truncation_rate", "baseline", "suggested_threshold",
    }  # fmt: skip
    assert promised <= document.keys()
    assert [item["name"] for item in document["classes"]] == ["negative", "positive"]
    assert np.isfinite(document["loss"])
