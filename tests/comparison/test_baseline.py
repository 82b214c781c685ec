"""The baseline learns from the training part alone, on the very parts that the models have, and once."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from lstm_cli.comparison.baseline import judge_baseline
from lstm_cli.config import load_data_config
from lstm_cli.data.baseline import configure_baseline
from lstm_cli.data.dataset import load_dataset


@pytest.fixture(scope="module")
def rows(imdb) -> list[tuple[str, int]]:
    """600 real reviews, half of them positive."""
    halves = ([review for review in imdb.reviews if review.label == label][:300] for label in (0, 1))
    return [(review.text, review.label) for pair in zip(*halves, strict=True) for review in pair]


@pytest.fixture
def configure(tmp_path):
    """A function: rows of each part → the settings of data with these parts."""

    def call(train, validation, test):
        settings = {"data.dataset": train, "data.validation": validation, "data.test": test}
        written = []
        for key, some in settings.items():
            path = tmp_path / f"{key}.csv"
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([("text", "label"), *some])
            written.append(f"{key}={path}")
        return load_data_config([*written, "data.num_words=100", "data.maxlen=20"])

    return call


@pytest.fixture
def config(configure, rows):
    """400 to learn from, 100 to validate, 100 for the test."""
    return configure(rows[:400], rows[400:500], rows[500:])


def test_what_it_learns_does_not_depend_on_the_other_parts(configure, rows, config):
    nonsense = [(f"zyx wvu {number}", number % 2) for number in range(20)]
    others = {
        "test": configure(rows[:400], nonsense, rows[500:]),
        "validation": configure(rows[:400], rows[400:500], nonsense),
    }
    for part, changed in others.items():
        first, second = judge_baseline(config, part=part), judge_baseline(changed, part=part)
        assert first.parameters == second.parameters
        assert first.judgement.right.tolist() == second.judgement.right.tolist()


def test_it_says_what_the_logit_of_ngram_lstm_says_whatever_the_model_at_hand_reads(config):
    dataset = load_dataset(configure_baseline(config))
    baseline = judge_baseline(config, part="test")
    assert baseline.judgement.predicted.tolist() == (dataset.test.logits[:, 0] > 0).astype(int).tolist()
    assert baseline.judgement.labels.tolist() == load_dataset(config).test.labels.tolist()
    assert baseline.val_accuracy == np.mean((dataset.validation.logits[:, 0] > 0) == dataset.validation.labels)
    assert baseline.parameters == 1 + sum(map(len, dataset.encoder.ngrams.keys))


def test_it_learns_sentiment_from_a_few_hundred_reviews(config):
    assert judge_baseline(config, part="test").judgement.accuracy > 0.7


def test_of_three_classes_the_surest_regression_is_the_answer(configure, rows):
    three = [(text, 2 if "bad" in text else label) for text, label in rows]
    config = configure(three[:400], three[400:500], three[500:])
    baseline = judge_baseline(config, part="test")
    dataset = load_dataset(configure_baseline(config))
    assert baseline.judgement.predicted.tolist() == dataset.test.logits.argmax(axis=1).tolist()
    assert baseline.parameters == 3 * (1 + sum(map(len, dataset.encoder.ngrams.keys)))
    assert baseline.judgement.accuracy > baseline.judgement.largest_class_share
    assert set(baseline.judgement.predicted) == {0, 1, 2}


def test_where_there_is_no_test_part_it_is_judged_on_the_validation_part(config):
    baseline = judge_baseline(config, part="validation")
    assert baseline.judgement.part == "validation"
    assert baseline.judgement.accuracy == baseline.val_accuracy


@pytest.mark.usefixtures("cache_home")
def test_the_second_time_nothing_is_learnt(config):
    heard = []
    first = judge_baseline(config, part="test", listener=heard.append)
    assert heard
    assert heard[-1].share == 1.0
    heard.clear()
    second = judge_baseline(config, part="test", listener=heard.append)
    assert not heard
    assert second.judgement.predicted.tolist() == first.judgement.predicted.tolist()


def test_reviews_that_share_no_word_are_answered_by_the_classes_share(configure):
    some = [(chr(0x4E00 + number), int(number < 9)) for number in range(12)]
    others = [(chr(0x5E00 + number), number % 2) for number in range(4)]
    baseline = judge_baseline(configure(some, others[:2], others[2:]), part="test")
    assert baseline.parameters == 1
    assert set(baseline.judgement.predicted) == {1}


def test_too_little_memory_is_told_with_the_way_out(config, monkeypatch):
    import psutil

    from lstm_cli.errors import ConfigError

    monkeypatch.setattr(psutil, "virtual_memory", type("Memory", (), {"available": 1}))
    with pytest.raises(ConfigError, match="--no-baseline"):
        judge_baseline(config.model_copy(update={"limit": 77}), part="test")
