"""`data.ngrams` says what is learnt of n-grams, and nothing impossible."""

from __future__ import annotations

import pytest

from lstm_cli.config import DataConfig, NgramsConfig, check_config
from lstm_cli.errors import ConfigError
from lstm_cli.text.ngrams.settings import CHANNELS, NgramSettings

MODEL = {"recurrent": [{"cell": "gru", "units": 2}]}


def check(ngrams):
    return check_config({"data": {"ngrams": ngrams}, "model": MODEL}, source="x").data.ngrams


def test_without_it_no_ngrams_are_learnt():
    assert DataConfig().ngrams is None
    assert check_config({"model": MODEL}, source="x").data.ngrams is None


def test_its_defaults_are_the_recipes():
    assert check({}).build_settings() == NgramSettings(
        patterns=("x", "xx", "xxx", "xxxx", "x_x"),
        channels=CHANNELS,
        folds=10,
        fold_seed=0,
        grouping="content",
        min_df=2,
        smoothing=0.5,
        inverse_penalty=1.0,
        length_normalization=0.5,
    )


def test_each_key_reaches_its_setting():
    given = {
        "patterns": ["x", "x__x"],
        "channels": ["log_ratio"],
        "folds": 5,
        "fold_seed": 7,
        "grouping": "none",
        "min_df": 3,
        "smoothing": 1.0,
        "C": 0.5,
        "length_normalization": 0.0,
    }
    settings = check(given).build_settings()
    values = [tuple(value) if isinstance(value, list) else value for value in given.values()]
    assert list(vars(settings).values()) == values
    assert set(NgramsConfig.model_fields) == set(given)


@pytest.mark.parametrize(
    ("ngrams", "words"),
    [
        ({"patterns": []}, "patterns"),
        ({"patterns": ["x", "x"]}, "each once"),
        ({"patterns": ["x", "2"]}, "such as xx or x_x"),
        ({"patterns": "xx"}, "patterns"),
        ({"channels": []}, "channels"),
        ({"channels": ["weights"]}, "weight"),
        ({"folds": 1}, "folds"),
        ({"folds": 17}, "folds"),
        ({"grouping": "film"}, "content"),
        ({"min_df": 0}, "min_df"),
        ({"smoothing": 0.0}, "smoothing"),
        ({"C": 0.0}, "C"),
        ({"length_normalization": 1.5}, "length_normalization"),
        ({"fold": 5}, "folds"),
    ],
)
def test_what_is_impossible_is_refused(ngrams, words):
    with pytest.raises(ConfigError, match=words):
        check(ngrams)
