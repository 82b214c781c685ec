"""A data set's reviews are counted by class, and its settings say how any text is encoded as they are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import DataConfig
from lstm_cli.data.encoding import Dataset, Repeats, build_encoder, count_classes
from lstm_cli.text.ngrams.tables import NgramTables
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.vocabulary import Vocabulary

WORDS = Vocabulary(("good", "bad", "film"))
ENCODER = build_encoder(DataConfig(maxlen=3), Words(), WORDS)


@pytest.mark.parametrize(
    ("padding", "truncating", "short", "long"),
    [
        ("pre", "pre", [0, 1, 3], [3, 4, 5]),
        ("post", "pre", [1, 3, 0], [3, 4, 5]),
        ("pre", "post", [0, 1, 3], [1, 3, 4]),
        ("post", "post", [1, 3, 0], [1, 3, 4]),
    ],
)
def test_an_encoder_cuts_and_pads_as_its_settings_say(
    *, padding: str, truncating: str, short: list[int], long: list[int]
) -> None:
    config = DataConfig.model_validate({"maxlen": 3, "padding": padding, "truncating": truncating})
    encoder = build_encoder(config, Words(), WORDS)
    assert encoder.encode(["Good", "good bad film"]).tokens.tolist() == [short, long]


def test_an_encoder_has_the_words_that_it_is_given_and_the_n_grams_if_any() -> None:
    assert (ENCODER.tokenizer, ENCODER.vocabulary, ENCODER.ngrams) == (Words(), WORDS, None)
    values = np.ones((1, 1), np.float16)
    tables = NgramTables(
        patterns=("x",),
        channels=("weight",),
        keys=(np.array([7], np.uint64),),
        weights=values,
        log_ratios=values,
        intercepts=np.zeros(1),
        mean_count=1.0,
        length_normalization=0.5,
    )
    assert build_encoder(DataConfig(maxlen=3), Words(), WORDS, ngrams=tables).ngrams is tables


def test_reviews_are_counted_by_the_names_of_all_classes_also_of_those_without_any() -> None:
    texts = ENCODER.encode(["good", "good film", "bad"], labels=[1, 1, 0])
    assert count_classes(texts, SENTIMENT) == {"negative": 1, "positive": 2}
    stars = Classes(("1", "2", "3"), {"1": 0, "2": 1, "3": 2})
    assert list(count_classes(texts, stars).items()) == [("1", 1), ("2", 2), ("3", 0)]
    assert count_classes(ENCODER.encode([]), stars) == {"1": 0, "2": 0, "3": 0}


def test_of_a_data_set_that_says_no_more_nothing_is_odd() -> None:
    texts = ENCODER.encode(["good"], labels=[1])
    dataset = Dataset("made", "0" * 64, SENTIMENT, ENCODER, texts, texts, texts, usual_length=1)
    assert (dataset.left_out, dataset.reading, dataset.further_readings, dataset.language) == ((), None, (), None)
    assert set(dataclasses.asdict(dataset.repeats).values()) == {0}
    assert dataset.repeats == Repeats()
