"""A text becomes the same tokens alone and among others, in training and from a model file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import NgramsConfig
from lstm_cli.errors import ModelFileError
from lstm_cli.text.encoder import NO_LABEL, TextEncoder, digest_text, load_encoder
from lstm_cli.text.ngrams.fitting import fit_ngrams
from lstm_cli.text.ngrams.tables import NgramTables
from lstm_cli.text.ngrams.tokens import build_token_texts
from lstm_cli.text.tokenizers import TOKENIZER_NAMES, learn_tokenizer
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.vocabulary import SpecialIndices, Vocabulary

GOOD_FILM = TextEncoder(
    Words(), Vocabulary(("good", "film")), maxlen=5, padding="pre", truncating="pre"
)  # 3 and 4


@cache
def learn_tables() -> NgramTables:
    """Return what n-grams of two texts say."""
    learnt = build_token_texts([["good", "film"], ["dull", "film"]] * 6)
    labels = np.arange(12, dtype=np.int32) % 2
    return fit_ngrams(learnt, labels, classes=2, settings=NgramsConfig(folds=2).build_settings()).tables


def test_texts_become_padded_tokens() -> None:
    encoded = GOOD_FILM.encode(["A good film!", ""], labels=[1, 0])
    assert encoded.tokens.tolist() == [[0, 1, 2, 3, 4], [0, 0, 0, 0, 1]]
    assert encoded.labels.tolist() == [1, 0]
    assert [
        array.dtype
        for array in (encoded.tokens, encoded.labels, encoded.unknown_share, encoded.truncated, encoded.digests)
    ] == [np.int32, np.int32, np.float32, np.bool_, np.uint64]
    assert len(encoded) == 2


def test_a_text_without_a_label_says_so() -> None:
    assert GOOD_FILM.encode(["good"]).labels.tolist() == [NO_LABEL]


def test_unknown_words_count_over_the_whole_text_before_cutting() -> None:
    encoder = replace(GOOD_FILM, maxlen=2, truncating="post")
    encoded = encoder.encode(["good xyzzy xyzzy xyzzy", "good", "...", "xyzzy"])
    assert encoded.unknown_share.tolist() == [0.75, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("truncating", "tokens", "truncated"),
    [
        ("pre", [[1, 3], [3, 4], [4, 3]], [False, False, True]),
        ("post", [[1, 3], [1, 3], [1, 3]], [False, True, True]),
    ],
)
def test_truncated_says_whether_words_were_lost(
    truncating: str, tokens: list[list[int]], truncated: list[bool]
) -> None:
    """Losing only the index that starts a text is no loss of words."""
    encoder = replace(GOOD_FILM, maxlen=2, truncating=truncating)
    encoded = encoder.encode(["good", "good film", "good film good"])
    assert encoded.tokens.tolist() == tokens
    assert encoded.truncated.tolist() == truncated


def test_no_texts_make_arrays_without_rows() -> None:
    encoded = replace(GOOD_FILM, maxlen=7).encode([])
    assert encoded.tokens.shape == (0, 7)
    assert encoded.labels.shape == encoded.unknown_share.shape == encoded.truncated.shape == (0,)


def test_a_text_is_encoded_alike_alone_and_among_others() -> None:
    encoder = replace(GOOD_FILM, maxlen=4, padding="post")
    texts = ["good film", "a very long text about a film", "film"]
    together = encoder.encode(texts)
    for row, text in enumerate(texts):
        np.testing.assert_array_equal(encoder.encode([text]).tokens[0], together.tokens[row])


class TestOtherSpecialIndices:
    def test_without_a_start_there_are_words_alone(self) -> None:
        special = SpecialIndices(start=None, unknown=1, first_word=2)
        encoder = replace(GOOD_FILM, vocabulary=Vocabulary(("good", "film"), special))
        assert encoder.encode(["a good film"]).tokens.tolist() == [[0, 0, 1, 2, 3]]

    def test_without_an_index_for_unknown_words_they_are_left_out_and_counted(self) -> None:
        special = SpecialIndices(start=None, unknown=None, first_word=1)
        encoder = replace(GOOD_FILM, vocabulary=Vocabulary(("good", "film"), special), maxlen=2)
        encoded = encoder.encode(["a good xyzzy film", "xyzzy good film good"])
        assert encoded.tokens.tolist() == [[1, 2], [2, 1]]
        assert encoded.unknown_share.tolist() == [0.5, 0.25]
        assert encoded.truncated.tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "readable"),
    [("a good film", True), ("", False), (":-)", False), ("xyzzy", False), ("good" + " xyzzy" * 5, False)],
)
def test_a_text_is_readable_where_a_word_that_is_left_of_it_is_known(text: str, readable: bool) -> None:
    assert GOOD_FILM.find_readable(GOOD_FILM.encode([text]).tokens).tolist() == [readable]


@pytest.mark.parametrize(("unknown", "readable"), [(1, [False, True, True]), (2, [True, False, True])])
def test_a_word_that_stands_for_unknown_ones_makes_no_text_readable(unknown: int, readable: list[bool]) -> None:
    """In a few models of others it stands among the words."""
    special = SpecialIndices(start=None, unknown=unknown, first_word=1)
    encoder = replace(GOOD_FILM, vocabulary=Vocabulary(("good", "film"), special))
    assert encoder.find_readable(np.array([[0, 1], [0, 2], [1, 2]], np.int32)).tolist() == readable


class TestDigests:
    @given(st.text(), st.sampled_from([" ", "\n", "\t  ", "\u00a0", "\r\n"]))
    def test_white_space_and_composition_do_not_matter(self, text: str, space: str) -> None:
        import unicodedata

        written = space.join(["", *unicodedata.normalize("NFD", text).split(), ""])
        assert digest_text(written) == digest_text(text)

    def test_model_files_hold_what_it_is_by_eight_bytes_of_blake2(self) -> None:
        digest = hashlib.blake2b("ä film".encode(), digest_size=8).digest()
        assert digest_text(" a\u0308\nfilm") == int.from_bytes(digest, "little")

    def test_anything_else_does(self) -> None:
        texts = ["a film", "A film", "a film.", "afilm", "film a", ""]
        assert len(set(map(digest_text, texts))) == len(texts)


class TestDescription:
    @pytest.mark.parametrize("name", TOKENIZER_NAMES[:5])  # the others are extras
    def test_it_comes_back_through_json(self, name: str) -> None:
        special = SpecialIndices(start=None, unknown=1, first_word=2)
        tokenizer = learn_tokenizer(name, ["映画 don't 映画"], language="ja", num_words=20)
        encoder = TextEncoder(tokenizer, Vocabulary(("映画", "don't"), special), 7, "post", "pre")
        described = json.loads(json.dumps(encoder.describe()))
        assert load_encoder(described, words=encoder.vocabulary.words) == encoder

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"maxlen": 0}, "does not say how it encodes"),
            ({"maxlen": "5"}, "does not say how it encodes"),
            ({"padding": "left"}, "does not say how it encodes"),
            ({"truncating": "right"}, "does not say how it encodes"),
            ({"more": 1}, "does not say how it encodes"),
            ({"special": {}, "more": 1}, "does not say how it encodes"),
            ({"special": {"pad": "0"}}, "indices of its encoder that are no words cannot be read"),
            ({"special": {"start": 3}}, "an index that is none of its own"),
            ({"special": {"pad": -1}}, "an index that is none of its own"),
            ({"special": {"unknown": 7}}, "an index that is none of its own"),
        ],
    )
    def test_a_description_with_one_thing_wrong_is_refused_with_it(self, change, reason):
        described = json.loads(json.dumps(GOOD_FILM.describe()))
        special = described["special"] | change.get("special", {})
        with pytest.raises(ModelFileError, match=reason):
            load_encoder(described | change | {"special": special}, words=("good", "film"))

    def test_the_least_that_may_be_said_is_enough(self):
        described = GOOD_FILM.describe() | {"maxlen": 1}
        described["special"] = described["special"] | {"pad": 2, "start": None, "unknown": 0}
        assert load_encoder(described, words=("good",)).maxlen == 1

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["tokenizer", "special", "maxlen", "padding", "truncating"]), inner
                )
            ),
            max_leaves=12,
        )
    )
    def test_whatever_else_is_refused(self, described: object) -> None:
        with pytest.raises(ModelFileError):
            load_encoder(described, words=("a",))


def test_a_digest_is_of_all_that_makes_what_a_text_becomes():
    tables = learn_tables()
    encoders = [
        GOOD_FILM,
        replace(GOOD_FILM, vocabulary=Vocabulary(("film", "good"))),
        replace(GOOD_FILM, maxlen=6),
        replace(GOOD_FILM, padding="post"),
        replace(GOOD_FILM, truncating="post"),
        replace(GOOD_FILM, ngrams=tables),
        replace(GOOD_FILM, ngrams=replace(tables, length_normalization=0.125)),
        replace(GOOD_FILM, ngrams=replace(tables, weights=tables.weights + np.float16(1))),
    ]
    digests = [encoder.digest for encoder in encoders]
    assert len({*digests}) == len(digests)
    assert digests == [replace(encoder).digest for encoder in encoders]
    assert all(len(digest) == 64 for digest in digests)


@given(
    texts=st.lists(st.lists(st.sampled_from(["good", "film", "dull", "xyzzy"]), max_size=9), max_size=4),
    maxlen=st.integers(1, 8),
    padding=st.sampled_from(["pre", "post"]),
    truncating=st.sampled_from(["pre", "post"]),
    start=st.sampled_from([1, None]),
)
def test_what_n_grams_say_is_cut_as_the_words_are(texts, maxlen, padding, truncating, start):
    """Of the whole text, whatever of it is read; nothing at the index that starts it, where one does."""
    tables = learn_tables()
    vocabulary = replace(GOOD_FILM.vocabulary, special=SpecialIndices(start=start))
    encoder = TextEncoder(Words(), vocabulary, maxlen, padding, truncating, tables)
    encoded = encoder.encode(map(" ".join, texts))
    expected = []
    for words in texts:
        tokens = build_token_texts([words])
        told = tables.encode(tokens).channels
        whole = [*[np.zeros(10, np.float16)] * (start is not None), *told]
        expected += whole[-maxlen:] if truncating == "pre" else whole[:maxlen]
    assert encoded.channels.dtype == np.float16
    assert len(encoded.channels) == np.count_nonzero(encoded.tokens)
    np.testing.assert_array_equal(encoded.channels, np.array(expected, np.float16).reshape(-1, 10))
    tokens = build_token_texts(texts)
    told = tables.encode(tokens)
    np.testing.assert_array_equal(encoded.logits, told.logits)


def test_n_grams_of_words_that_are_numbered_otherwise_are_refused():
    description = replace(GOOD_FILM, vocabulary=Vocabulary(("good",), SpecialIndices(unknown=None))).describe()
    with pytest.raises(ModelFileError, match="numbered otherwise"):
        load_encoder(description, words=("good",), ngrams=learn_tables())
