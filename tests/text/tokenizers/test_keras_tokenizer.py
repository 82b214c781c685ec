"""A text gets the numbers that Keras' own Tokenizer gives it, and no file does anything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutations import VALUES, spoilt_bytes, spoilt_structures
from tokenized import digest_words

from lstm_cli.errors import ModelFileError
from lstm_cli.text.encoder import TextEncoder, load_encoder
from lstm_cli.text.tokenizers.keras_tokenizer import KerasTokenizer, parse_keras_tokenizer
from lstm_cli.text.vocabulary import DROPPED

pytestmark = pytest.mark.usefixtures("keras_started")

OOV = "<OOV>"
FITTED_ON = [
    "The film, the FILM!",
    "a good film\tand a bad one",
    "no\nend to this",
    "İstanbul ß unk oov",
    "a-b c_d",
]
WORDS = [
    "the",
    "The",
    "film",
    "FILM,",
    "a",
    "good",
    "unk",
    "oov",
    "OOV",
    "İ",
    "ß",
    "zebra",
    "一",
    "a-b",
    "\u0085",
    "!",
]
TEXTS = st.text(max_size=30) | st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12).map(" ".join)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.none() | st.integers(0, 20),
        "lower": st.booleans(),
        "filters": st.sampled_from(["", "!?", 'a-,.\t\n"']) | st.text(max_size=4),
        "split": st.sampled_from([" ", "a", "  ", "-"]),
        "char_level": st.booleans(),
        "oov_token": st.none() | st.sampled_from(["<OOV>", "unk", "oov", "OOV", "a", "é"]),
    },
)


def fit(**settings):
    from keras.src.legacy.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(FITTED_ON)
    return tokenizer


def index(content: bytes | str, text: str) -> list[int]:
    """Return the numbers of a text's words, those left out that have none."""
    tokenizer, vocabulary = parse_keras_tokenizer(content if isinstance(content, bytes) else content.encode())
    return [number for number in vocabulary.index(tokenizer.split(text)) if number != DROPPED]


@given(settings=SETTINGS, text=TEXTS)
def test_a_text_has_keras_numbers(settings, text):
    """Every setting; also where the words that texts hold include the one that stands for unknown words."""
    keras_own = fit(**settings)
    assert index(keras_own.to_json(), text) == keras_own.texts_to_sequences([text])[0]


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), oov=st.sampled_from([None, "<OOV>"]))
def test_rows_are_those_of_pad_sequences(texts, oov):
    """Padded and cut before the text, as Keras does unless it is told otherwise."""
    import keras

    keras_own = fit(oov_token=oov, num_words=12)
    tokenizer, vocabulary = parse_keras_tokenizer(keras_own.to_json().encode())
    rows = TextEncoder(tokenizer, vocabulary, 5, "pre", "pre").encode(texts).tokens
    expected = keras.utils.pad_sequences(keras_own.texts_to_sequences(texts), maxlen=5)
    assert rows.tolist() == expected.tolist()


@pytest.mark.parametrize("oov_token", [None, "<OOV>", "unk"])
def test_a_text_of_unknown_words_alone_is_not_readable(oov_token):
    """Wherever the number of unknown words lies: Keras puts it among the words where texts hold it."""
    tokenizer, vocabulary = parse_keras_tokenizer(fit(oov_token=oov_token).to_json().encode())
    encoder = TextEncoder(tokenizer, vocabulary, 4, "pre", "pre")
    encoded = encoder.encode(["zebra zebra", "zebra film", ""])
    assert encoder.find_readable(encoded.tokens).tolist() == [False, True, False]
    assert encoded.unknown_share.tolist() == [1.0, 0.5, 0.0]


def test_its_description_leads_back_to_it():
    tokenizer, vocabulary = parse_keras_tokenizer(fit(oov_token=OOV, filters="?", lower=False).to_json().encode())
    encoder = TextEncoder(tokenizer, vocabulary, 4, "post", "pre")
    description = json.loads(json.dumps(encoder.describe()))
    assert load_encoder(description, words=vocabulary.words) == encoder
    description["tokenizer"]["settings"]["separator"] = ""
    with pytest.raises(ModelFileError, match="cannot be read"):
        load_encoder(description, words=vocabulary.words)


def build(word_index: object = None, **config) -> bytes:
    text = json.dumps({"a": 1} if word_index is None else word_index)
    return json.dumps({"class_name": "Tokenizer", "config": {"word_index": text, **config}}).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "as JSON.*to_json"),
        (b"{\xff", "as JSON"),
        (b"[" * 100_000, "64 levels"),
        (b"{}", "a word_index alone|with its word_index"),
        (b'{"the": 1, "a": 2}', "a word_index alone, which does not say how texts are split.*to_json"),
        (b'{"config": {"word_index": 3}}', "with its word_index"),
        (build({}), "has been fitted"),
        (build([1]), "has been fitted"),
        (build({"a": 0}), "a number of its own, from 1"),
        (build({"a": 1, "b": 1}), "a number of its own"),
        (build({"a": "1"}), "a number of its own"),
        (build({"a": True}), "a number of its own"),
        (build({"a": [1]}), "a number of its own"),
        (build({"a": 10**18}), "a number of its own"),
        (build(split=""), "filters, lower, split and char_level"),
        (build(split=None), "filters, lower, split and char_level"),
        (build(filters=["ab"]), "filters, lower, split and char_level"),
        (build(lower=1), "filters, lower, split and char_level"),
        (build(oov_token=3), "oov_token and num_words"),
        (build(num_words="3"), "oov_token and num_words"),
        (build(oov_token=OOV), "an oov_token, '<OOV>', without a number"),
        (b'{"config": {"word_index": "' + b"[" * 50_000 + b'"}}', "64 levels"),
    ],
)
def test_what_is_no_tokenizer_is_refused_with_its_reason(content, message):
    with pytest.raises(ModelFileError, match=message):
        parse_keras_tokenizer(content)


@given(st.data())
def test_no_file_does_anything_else(data):
    """Bytes changed, and any value in the place of any part."""
    sound = json.loads(fit(oov_token=OOV, num_words=9).to_json())
    if data.draw(st.booleans()):
        content = data.draw(spoilt_bytes(json.dumps(sound).encode()))
    else:
        sound["config"]["word_index"] = json.dumps(
            data.draw(VALUES | spoilt_structures(json.loads(sound["config"]["word_index"])))
        )
        content = json.dumps(data.draw(spoilt_structures(sound))).encode()
    try:
        tokenizer, vocabulary = parse_keras_tokenizer(content)
    except ModelFileError:
        return
    assert all(type(number) is int for number in vocabulary.index(tokenizer.split("The film, a good one")))


def test_a_list_of_filters_is_the_text_of_them():
    assert parse_keras_tokenizer(build(filters=["!", "?"]))[0] == KerasTokenizer(filters="!?")


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (KerasTokenizer(), (1, "ccb86fea38305d43")),
    ],
)
def test_its_words_are_those_of_its_version(tokenizer: object, expected: tuple[int, str]) -> None:
    """So that a model file is read with the words that it was trained on."""
    assert digest_words(tokenizer) == expected


@pytest.mark.parametrize(
    ("num_words", "words"), [(1, ()), (2, ("a",)), (3, ("a", "b")), (9, ("a", "b")), (None, ("a", "b"))]
)
def test_of_the_words_are_left_as_many_as_there_are_numbers_for(num_words, words):
    """The padding's is one of them."""
    assert parse_keras_tokenizer(build({"a": 1, "b": 2}, num_words=num_words))[1].words == words
