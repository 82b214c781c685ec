"""No model is judged on what it has learnt without a word, whatever was done to the file."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.config import SourceConfig
from lstm_cli.data.dataset import load_splits
from lstm_cli.data.selection import select_reviews
from lstm_cli.inference import judgement as room
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.inference.judgement import judge

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


def write(path: Path, reviews, *, encoding="utf-8", delimiter=",", header=("review", "label")) -> Path:
    with path.open("w", encoding=encoding, errors="ignore", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows((review.text, review.label) for review in reviews)
    return path


def test_of_its_own_test_part_it_has_seen_nothing(trained):
    _, judged = judge_on(trained, None)
    assert (judged.seen_in_training, judged.without_seen) == (0, None)


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
    from dataclasses import replace

    config, model_file = trained
    classifier = replace(load_classifier(model_file), seen=None)
    selection = select_reviews(
        None,
        split=None,
        config=config.data,
        encoder=classifier.encoder,
        classes=classifier.classes,
        fingerprint=None,
    )
    judged = judge(classifier, selection)
    assert (judged.seen_in_training, judged.without_seen) == (None, None)


class TestSuggestion:
    def test_a_better_threshold_is_found_on_the_validation_part_and_changes_nothing(self, trained, monkeypatch):
        """Whichever part is judged; the label's share in the figures stays the model's own."""
        from dataclasses import replace

        config, model_file = trained
        classifier = replace(load_classifier(model_file), threshold=0.9999)
        selection = select_reviews(
            None,
            split="train",
            config=config.data,
            encoder=classifier.encoder,
            classes=classifier.classes,
            fingerprint=None,
        )
        judged = judge(classifier, selection)
        assert judged.suggestion.threshold < 0.9999
        assert judged.suggestion.macro_f1 > judged.suggestion.macro_f1_now
        assert judged.confusion_matrix[1][1] == 0
        monkeypatch.setattr(room, "_LEAST_GAIN", 1.0)
        assert judge(classifier, selection).suggestion is None

    def test_reviews_of_elsewhere_have_no_validation_part(self, trained, tmp_path):
        path = write(tmp_path / "others.csv", load_splits(trained[0].data).test)
        selection, judged = judge_on(trained, path)
        assert selection.validation is None
        assert judged.suggestion is None


def test_the_document_holds_what_the_contract_promises(trained):
    document = judge_on(trained, None)[1].to_dict()
    promised = {
        "loss", "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "roc_auc", "brier_score",
        "largest_class_share", "classes", "confusion_matrix", "reviews", "seen_in_training", "without_seen",
        "unknown_rate", "truncation_rate",
    }  # fmt: skip
    assert promised <= document.keys()
    assert [item["name"] for item in document["classes"]] == ["negative", "positive"]
    assert np.isfinite(document["loss"])
