"""A text gets the numbers that Keras' own TextVectorization layer gives it."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenized import digest_words

from lstm_cli.errors import ModelFileError
from lstm_cli.text.encoder import TextEncoder, load_encoder
from lstm_cli.text.tokenizers.text_vectorization import (
    TextVectorization,
    build_vectorization_vocabulary,
    parse_tokens,
)

pytestmark = pytest.mark.usefixtures("keras_started")

WAYS = list(
    itertools.product(
        ["lower_and_strip_punctuation", "lower", "strip_punctuation", None], ["whitespace", "character", None]
    )
)
ADAPTED_TO = [
    "The film, the FILM!",
    "A good film\tand a BAD one",
    "İstanbul ß É 一 二\u0085三 a\xa0b",
    "don't [UNK]",
]
WORDS = [
    "the",
    "The",
    "film",
    "FILM,",
    "a",
    "good",
    "[UNK]",
    "İ",
    "É",
    "zebra",
    "一",
    "二\u0085三",
    "a\xa0b",
    "don't",
]
# A lone surrogate is no UTF-8, which the layer works on; a NUL is where NumPy's byte strings end.
_LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TEXTS = _LETTERS | st.lists(st.sampled_from(WORDS) | _LETTERS, max_size=12).map(" ".join)


@pytest.fixture(scope="module")
def layers(keras_started):  # noqa: ARG001 - it must have been
    """An adapted layer of every way to standardize and to split."""
    import keras

    made = {}
    for way in WAYS:
        layer = keras.layers.TextVectorization(standardize=way[0], split=way[1], output_sequence_length=8)
        layer.adapt(ADAPTED_TO)
        made[way] = layer
    return made


@pytest.mark.parametrize("way", WAYS, ids=str)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@settings(max_examples=40)
def test_rows_are_those_of_the_layer(layers, way, texts):
    """Padded and cut behind the text."""
    layer = layers[way]
    vocabulary = build_vectorization_vocabulary(layer.get_vocabulary())
    encoder = TextEncoder(TextVectorization(*way), vocabulary, 8, "post", "post")
    expected = np.asarray(layer(np.array(texts, dtype=object)[:, None])).reshape(len(texts), -1)
    rows = encoder.encode(texts).tokens[:, : expected.shape[1]]
    assert rows.tolist() == expected.tolist()


def write(tokens, newline="\n") -> bytes:
    return newline.join(tokens).encode()


@pytest.mark.parametrize("way", [way for way in WAYS if way[1] == "whitespace"], ids=str)
def test_a_vocabulary_comes_back_from_its_file(layers, way):
    """With the two entries that are no words or without, in the lines of either system, with a mark in front."""
    layer = layers[way]
    expected = build_vectorization_vocabulary(layer.get_vocabulary())
    whole, words = layer.get_vocabulary(), layer.get_vocabulary(include_special_tokens=False)
    contents = [
        write(whole),
        write(words),
        write(whole) + b"\n",
        write(words, "\r\n"),
        b"\xef\xbb\xbf" + write(words),
    ]
    # An editor that drops the first, empty line leaves the second.
    contents.append(write(whole[1:]))
    for content in contents:
        assert build_vectorization_vocabulary(parse_tokens(content)) == expected


def test_of_the_two_that_are_no_words_either_may_lack():
    """Where both do, the first word stays, be it an upper-case one, which sorts before `[UNK]`."""
    for tokens in (["", "[UNK]", "Ape", "z"], ["[UNK]", "Ape", "z"], ["", "Ape", "z"], ["Ape", "z"]):
        assert build_vectorization_vocabulary(tokens).words[-2:] == ("Ape", "z")
        assert len(build_vectorization_vocabulary(tokens)) == 4


def test_its_description_leads_back_to_it():
    vocabulary = build_vectorization_vocabulary(["a", "b"])
    encoder = TextEncoder(TextVectorization(None, "character"), vocabulary, 4, "post", "post")
    description = json.loads(json.dumps(encoder.describe()))
    assert load_encoder(description, words=vocabulary.words) == encoder


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "there is none"),
        (b"\n[UNK]\n", "there is none"),
        (b"a\n\nb", "token 2 is empty"),
        (b"a\nb\na", "'a' stands there twice"),
        (b"\xff\xfe", "in UTF-8"),
    ],
)
def test_what_is_no_vocabulary_is_refused_with_its_reason(content, message):
    with pytest.raises(ModelFileError, match=message):
        build_vectorization_vocabulary(parse_tokens(content))


@given(st.binary(max_size=40))
def test_no_file_does_anything_else(content):
    try:
        vocabulary = build_vectorization_vocabulary(parse_tokens(content))
    except ModelFileError:
        return
    assert len(vocabulary) == 2 + len(set(vocabulary.words))


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (TextVectorization(), (1, "9d1d45ac957983a3")),
    ],
)
def test_its_words_are_those_of_its_version(tokenizer: object, expected: tuple[int, str]) -> None:
    """So that a model file is read with the words that it was trained on."""
    assert digest_words(tokenizer) == expected
