"""Tables are kept as numbers, read without trust, and say the same however the texts come."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.errors import ModelFileError
from lstm_cli.text.ngrams import tables as tables_module
from lstm_cli.text.ngrams.patterns import hash_ngrams
from lstm_cli.text.ngrams.tables import (
    NgramTables,
    average_tables,
    compute_scales,
    load_ngram_tables,
    parse_ngram_tables,
)
from lstm_cli.text.ngrams.tokens import build_token_texts, hash_tokens

WORDS = ["good", "bad", "not", "film"]


def build_tables(*, outputs=1, channels=("weight", "log_ratio"), intercept=0.25):
    """Return tables of the four words, and of all pairs of them."""
    words = np.sort(hash_ngrams(hash_tokens(WORDS), "x"))
    pairs = np.sort([hash_ngrams(hash_tokens([one, other]), "xx")[0] for one in WORDS for other in WORDS])
    values = np.random.default_rng(0).normal(size=(2, 20, outputs)).astype(np.float16)
    return NgramTables(
        patterns=("x", "xx"),
        channels=channels,
        keys=(words, pairs),
        weights=values[0],
        log_ratios=values[1],
        intercepts=np.full(outputs, intercept),
        mean_count=4.0,
        length_normalization=0.5,
    )


def encode(tables, texts):
    tokens = build_token_texts(texts)
    return tables.encode(tokens)


def pack(tables):
    """Return the description and arrays as a file would give them back."""
    return json.loads(json.dumps(tables.describe())), {
        name: np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)
        for name, array in tables.list_arrays().items()
    }


TEXTS = st.lists(st.lists(st.sampled_from([*WORDS, "else"]), max_size=6), max_size=6)


@pytest.mark.parametrize("outputs", [1, 3])
def test_what_is_parsed_is_what_was_dumped(outputs):
    tables = build_tables(outputs=outputs)
    description = json.loads(json.dumps(tables.describe()))
    parsed = parse_ngram_tables(description, tables.dump())
    assert parsed.dump() == tables.dump()
    assert parsed.describe() == description
    for data in (b"", tables.dump()[:-1], tables.dump() + b"\0"):
        with pytest.raises(ModelFileError, match="not there, or not as many"):
            parse_ngram_tables(description, data)


@given(TEXTS, st.sampled_from([1, 3]))
def test_what_is_loaded_says_what_was_kept(texts, outputs):
    tables = build_tables(outputs=outputs)
    loaded = load_ngram_tables(*pack(tables))
    for name in ("channels", "logits"):
        assert (getattr(encode(tables, texts), name) == getattr(encode(loaded, texts), name)).all()
    assert (loaded.outputs, loaded.width) == (outputs, 4 * outputs)


@given(TEXTS, st.integers(1, 8))
def test_a_text_is_told_of_alike_alone_and_among_many(texts, at_once):
    tables = build_tables(outputs=2)
    together = encode(tables, texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables_module, "_TOKENS_AT_ONCE", at_once)
        in_blocks = encode(tables, texts)
    assert (in_blocks.channels == together.channels).all()
    assert (in_blocks.logits == together.logits).all()
    alone = [encode(tables, [text]) for text in texts]
    for row, told in enumerate(alone):
        assert (told.logits[0] == together.logits[row]).all()
    if alone:
        assert (np.concatenate([told.channels for told in alone]) == together.channels).all()


def test_a_text_of_unknown_words_or_none_is_told_the_intercept_alone():
    told = encode(build_tables(), [["else", "where"], []])
    assert (told.channels == 0).all()
    assert told.logits == pytest.approx(np.full((2, 1), 0.05))


@pytest.mark.parametrize(
    ("channels", "columns"), [(("log_ratio",), [2, 3]), (("log_ratio", "weight"), [2, 3, 0, 1])]
)
def test_channels_stand_in_the_order_asked_for(channels, columns):
    text = [["not", "good"]]
    told = encode(build_tables(channels=channels), text).channels
    assert (told == encode(build_tables(), text).channels[:, columns]).all()
    assert (told[1] != 0).all()


def test_a_long_text_weighs_less_word_by_word():
    tables = build_tables()
    short, long = (encode(tables, [text]).channels[0] for text in (["good"], WORDS * 4))
    place = tables.keys[0].tolist().index(hash_ngrams(hash_tokens(["good"]), "x")[0])
    assert short[0] == pytest.approx(2 * tables.weights[place, 0], rel=1e-3)  # a quarter of the mean's n-grams
    assert abs(long[0]) < abs(short[0])
    assert long[2] == short[2]


def test_a_token_is_told_the_sum_of_its_characters_weights_and_the_mean_of_their_log_ratios():
    """Of those that are known: of good, which has two o, that is g and o."""
    letters = np.array([ord("g"), ord("o")], np.uint64)
    keys = hash_ngrams(letters, "c")
    order = np.argsort(keys)
    tables = NgramTables(
        patterns=("c",),
        channels=("weight", "log_ratio"),
        keys=(keys[order],),
        weights=np.array([[1.0], [3.0]], np.float16)[order],
        log_ratios=np.array([[0.5], [2.0]], np.float16)[order],
        intercepts=np.zeros(1),
        mean_count=2.0,
        length_normalization=0.5,
    )
    told = tables.encode(build_token_texts([["good", "bad"]], marks_spaces=False))
    assert told.channels.tolist() == [[7.0, 1.5], [0.0, 0.0]]
    assert told.logits[0, 0] == pytest.approx(0.2 * 4.0 / 10)  # as a text has them, once


def change_description(**changes):
    return lambda description, arrays: (description | changes, arrays)


def change_array(name, change):
    return lambda description, arrays: (description, arrays | {name: change(arrays[name])})


def put(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    "damage",
    [
        lambda _, arrays: (None, arrays),
        lambda _, arrays: ([], arrays),
        lambda description, arrays: ({**description, "more": 1}, arrays),
        lambda description, arrays: ({key: description[key] for key in list(description)[1:]}, arrays),
        lambda description, _: (description, {}),
        change_description(patterns=[]),
        change_description(patterns=["x", "x"]),
        change_description(patterns=["x", "_"]),
        change_description(patterns=["x", 2]),
        change_description(patterns=["x", ["xx"]]),
        change_description(channels=[]),
        change_description(channels=["weight", "weight"]),
        change_description(channels=["weight", "other"]),
        change_description(channels=[{}]),
        change_description(counts=[4]),
        change_description(counts=[-1, 21]),
        change_description(counts=[True, 19]),
        change_description(counts=[4, 2**70]),
        change_description(counts=[5, 15]),
        change_description(intercepts=[]),
        change_description(intercepts=[float("nan")]),
        change_description(intercepts=[1e300]),
        change_description(intercepts=[0.0, 0.0]),
        change_description(intercepts=[10**400]),
        change_description(mean_count=float("nan")),
        change_description(mean_count=-1.0),
        change_description(mean_count=float("inf")),
        change_description(length_normalization=1e9),
        change_description(length_normalization="0.5"),
        change_array("keys", lambda keys: keys[::-1]),
        change_array("keys", lambda keys: put(keys, 1, keys[0])),
        change_array("keys", lambda keys: keys.astype(np.int64)),
        change_array("keys", lambda keys: keys[:-1]),
        change_array("weights", lambda weights: put(weights, 3, np.nan)),
        change_array("weights", lambda weights: put(weights, 3, np.inf)),
        change_array("weights", lambda weights: weights.astype(np.float32)),
        change_array("weights", lambda weights: weights[:, 0]),
        change_array("log_ratios", lambda ratios: put(ratios, 0, -np.inf)),
        change_array("log_ratios", lambda ratios: np.hstack([ratios, ratios])),
    ],
)
def test_what_no_tables_hold_is_refused(damage):
    with pytest.raises(ModelFileError):
        load_ngram_tables(*damage(*pack(build_tables())))


def test_the_keys_of_every_pattern_are_sorted_by_themselves():
    tables = build_tables()
    keys = (*tables.keys, np.sort(hash_ngrams(hash_tokens([*WORDS, *reversed(WORDS)]), "xxx")))
    more = np.zeros((len(keys[2]), 1), np.float16)
    three = replace(
        tables,
        patterns=("x", "xx", "xxx"),
        keys=keys,
        weights=np.concatenate([tables.weights, more]),
        log_ratios=np.concatenate([tables.log_ratios, more]),
    )
    assert [one.tolist() for one in load_ngram_tables(*pack(three)).keys] == [one.tolist() for one in keys]
    for pattern in range(3):
        mixed = [one[::-1] if place == pattern else one for place, one in enumerate(keys)]
        with pytest.raises(ModelFileError, match="not sorted"):
            load_ngram_tables(*pack(replace(three, keys=tuple(mixed))))


def test_a_mean_of_tables_is_that_of_their_numbers():
    tables = build_tables(outputs=3)
    other = replace(
        tables,
        weights=-3 * tables.weights,
        log_ratios=3 * tables.log_ratios,
        intercepts=np.array([1.25, 0.25, -0.75]),
        mean_count=8.0,
    )
    mean = average_tables([tables, other])
    np.testing.assert_allclose(mean.weights, -tables.weights, rtol=2e-3)
    np.testing.assert_allclose(mean.log_ratios, 2 * tables.log_ratios, rtol=2e-3)
    assert mean.intercepts.tolist() == [0.75, 0.25, -0.25]
    assert mean.mean_count == 6.0
    assert (mean.weights.dtype, mean.log_ratios.dtype) == (np.float16, np.float16)
    assert (mean.patterns, mean.channels, mean.keys) == (tables.patterns, tables.channels, tables.keys)
    assert average_tables([tables]).dump() == tables.dump()


@pytest.mark.parametrize(
    "change",
    [
        lambda tables: {"keys": (tables.keys[0], tables.keys[1] + np.uint64(1))},
        lambda _: {"channels": ("log_ratio", "weight")},
        lambda _: {"length_normalization": 0.25},
        lambda _: {"patterns": ("x", "x_x")},
        lambda tables: {"weights": np.hstack([tables.weights, tables.weights])},
    ],
)
def test_tables_of_other_ngrams_have_no_mean(change):
    tables = build_tables()
    with pytest.raises(ValueError, match="expected tables of the same n-grams"):
        average_tables([tables, replace(tables, **change(tables))])


@pytest.mark.parametrize(
    ("mean", "power", "scales"), [(0.5, 1.0, [0.5, 0.5, 0.25]), (2.0, 0.0, [1, 1, 1]), (0.0, 1.0, [1, 1, 1])]
)
def test_a_texts_weight_is_by_how_many_ngrams_it_has_beside_the_mean(mean, power, scales):
    """Also where a text has less than one of them; and where none has any, there is nothing to go by."""
    found = compute_scales(np.array([0, 1, 2]), mean=mean, power=power)
    assert (found.tolist(), found.dtype) == (scales, np.float32)


def test_the_largest_values_that_are_taken_stay_finite():
    tables = build_tables()
    description, arrays = pack(tables)
    description |= {"mean_count": 2.0**31, "length_normalization": 1.0, "intercepts": [6e4]}
    arrays |= {"weights": np.full((20, 1), 6e4, np.float16), "log_ratios": np.full((20, 1), -6e4, np.float16)}
    told = encode(load_ngram_tables(description, arrays), [WORDS, ["good"]])
    assert np.isfinite(told.channels).all()
    assert np.isfinite(told.logits).all()


def test_a_table_holds_nothing_of_the_words():
    tables = build_tables()
    stored = json.dumps(tables.describe()).encode() + b"".join(
        array.tobytes() for array in tables.list_arrays().values()
    )
    assert not any(word.encode() in stored for word in WORDS)
