"""A token is 64 bits, the same for ever."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.ngrams.tokens import build_token_texts, hash_texts, hash_tokens, spell_tokens

TEXTS = st.lists(st.lists(st.sampled_from(["good", "bad", "film", "\ud800", ""]), max_size=6), max_size=8)


def test_a_token_has_the_same_number_in_every_model_for_ever():
    assert hash_tokens(["good", "schön"]).tolist() == [3509812042012788487, 16027104507019958084]


@given(TEXTS, st.data())
def test_texts_taken_by_their_rows_are_those_texts(texts, data):
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=10) if texts else st.just([]))
    given_texts = build_token_texts(texts)
    taken = given_texts.take(np.array(rows, np.int64))
    assert len(given_texts) == len(texts)
    for row, start, end in zip(rows, taken.starts[:-1], taken.starts[1:], strict=True):
        assert (taken.hashes[taken.numbers[start:end]] == hash_tokens(texts[row])).all()
        assert end - start == len(texts[row])


@given(TEXTS)
def test_texts_are_alike_where_their_tokens_and_the_order_are(texts):
    hashes = hash_texts(build_token_texts(texts)).tolist()
    for text, found in zip(texts, hashes, strict=True):
        assert [found == other for other in hashes] == [text == other for other in texts]


@given(
    st.lists(st.lists(st.sampled_from(["good", "映", "画", "!", "ㅋㅋ", "\ud800"]), max_size=6), max_size=8),
    st.booleans(),
)
def test_characters_are_those_of_the_tokens_with_a_space_where_one_stands(texts, marks_spaces):
    units = build_token_texts(texts, marks_spaces=marks_spaces).list_units("cc")
    without = {"映", "画"} if not marks_spaces else {word for text in texts for word in text}
    spelled = [[word if word in without else f" {word}" for word in text] for text in texts]
    assert units.hashes.tolist() == [ord(letter) for text in spelled for token in text for letter in token]
    assert np.diff(units.starts).tolist() == [len("".join(text)) for text in spelled]
    tokens = [token for text in spelled for token in text]
    assert units.places.tolist() == [place for place, token in enumerate(tokens) for _ in token]


def test_texts_of_a_token_or_two_are_told_apart_and_one_without_any_is_0():
    hashes = hash_texts(build_token_texts([["good"], [], ["bad"], ["good", "bad"], ["bad", "good"]])).tolist()
    assert len({*hashes}) == len(hashes)
    assert hashes[1] == 0


def test_some_texts_keep_their_characters():
    texts = build_token_texts([["a", "bc"], ["映"], ["d"]], marks_spaces=False)
    for part, expected in ((texts.take(np.array([2, 0])), " d a bc"), (texts.slice(1, 3), "映 d")):
        assert "".join(map(chr, part.list_units("c").hashes.tolist())) == expected


def test_without_spellings_there_are_no_characters():
    with pytest.raises(ValueError, match="need the tokens' spellings"):
        build_token_texts([["a"]]).list_units("c")
    assert len(spell_tokens([], marks_spaces=True).lengths) == 0
