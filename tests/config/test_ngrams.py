"""`data.ngrams` says what is learnt of n-grams, and nothing impossible."""

from __future__ import annotations

import pytest

from lstm_cli.config import DataConfig, NgramsConfig, check_config
from lstm_cli.errors import ConfigError
from lstm_cli.text.languages import Language
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


@pytest.mark.parametrize(
    ("key", "allowed", "refused"),
    [
        ("folds", (2, 16), (1, 17)),
        ("fold_seed", (0, 2**32 - 1), (-1, 2**32)),
        ("min_df", (1, 1_000_000), (0, 1_000_001)),
        ("smoothing", (1e-9, 1_000.0), (0.0, 1_000.1)),
        ("C", (1e-9, 1e6, "auto"), (0.0, 1_000_000.1)),
        ("length_normalization", (0.0, 1.0), (-0.001, 1.001)),
        ("patterns", (("x",), ("c" * 8,), "auto"), (("x" * 9,), ("cx",), ("_x",))),
    ],
)
def test_a_setting_is_taken_up_to_its_bounds(key, allowed, refused):
    for value in allowed:
        assert getattr(check({key: value}), key) == value
    for value in refused:
        with pytest.raises(ConfigError, match=rf"data\.ngrams\.{key}"):
            check({key: value})


def test_patterns_are_sixteen_at_most():
    patterns = [letter * count for letter in "xc" for count in range(1, 9)]
    assert check({"patterns": patterns}).patterns == tuple(patterns)
    with pytest.raises(ConfigError, match="expected 16 at most, got 17"):
        check({"patterns": [*patterns, "x_x"]})


@pytest.mark.parametrize("key", ["channels", "patterns"])
def test_what_stands_twice_is_named(key):
    twice = {"channels": ["weight", "log_ratio", "weight"], "patterns": ["x", "xx", "x"]}[key]
    with pytest.raises(ConfigError, match=f"expected each once, got {', '.join(twice)}"):
        check({key: twice})


@pytest.mark.parametrize(
    ("language", "patterns", "penalty"),
    [
        (Language("en", "Latin"), ("x", "xx", "xxx", "xxxx", "x_x"), 1.0),
        (Language("tr", "Latin"), ("x", "xx", "xxx", "xxxx", "x_x", "c", "cc", "ccc", "cccc"), 0.03),
        (Language("zh", "Han"), ("x", "xx", "xxx", "xxxx", "x_x"), 0.03),
        (Language("und", ""), ("x", "xx", "xxx", "xxxx", "x_x", "c", "cc", "ccc", "cccc"), 0.03),
    ],
)
def test_auto_becomes_what_suits_the_language(language, patterns, penalty):
    """Characters help where words have many endings, and a script without spaces is of characters already."""
    both = check({"patterns": "auto", "C": "auto"}).settle(language)
    assert (both.patterns, both.C, both.is_settled) == (patterns, penalty, True)
    settings = both.build_settings()
    assert (settings.patterns, settings.inverse_penalty) == (patterns, penalty)
    given = check({"patterns": ["xx"], "C": 2.0})
    assert given.settle(language) == given


@pytest.mark.parametrize("ngrams", [{"patterns": "auto"}, {"C": "auto"}, {"patterns": "auto", "C": "auto"}])
def test_before_the_language_is_known_nothing_is_learnt(ngrams):
    config = check(ngrams)
    assert not config.is_settled
    with pytest.raises(ValueError, match="the reviews' language is not known here"):
        config.build_settings()


def test_a_word_that_is_not_auto_is_answered_with_what_may_stand_there():
    with pytest.raises(ConfigError, match=r"such as \[x, xx\], or auto; got 'automatic'"):
        check({"patterns": "automatic"})
    with pytest.raises(ConfigError, match="expected a number greater than 0, or auto; got 'automatic'"):
        check({"C": "automatic"})


@pytest.mark.parametrize(
    ("ngrams", "problem"),
    [
        ({"C": 0}, "C: expected greater than 0, got 0"),
        ({"C": 1e7}, "C: expected less than or equal to 1000000, got 10000000.0"),
        ({"C": True}, "C: expected number, got True"),
        ({"C": "much"}, "C: expected a number greater than 0, or auto; got 'much'"),
        ({"patterns": 3}, "patterns: expected a list, got 3"),
        ({"patterns": []}, "patterns: expected at least 1 item, got 0"),
        ({"patterns": ["x"] * 17}, "patterns: expected 16 at most, got 17"),
        ({"patterns": ["x", "x"]}, "patterns: expected each once, got x, x"),
        ({"patterns": ["x", 3]}, "patterns[1]: expected string, got 3"),
    ],
    ids=str,
)
def test_what_is_wrong_is_one_problem_in_words(ngrams, problem):
    with pytest.raises(ConfigError) as caught:
        check(ngrams)
    assert str(caught.value) == f"x: data.ngrams.{problem}"
