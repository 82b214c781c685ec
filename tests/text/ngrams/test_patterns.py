"""n-grams lie where their pattern says, and nowhere else."""

from __future__ import annotations

import ngram_reference as reference
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.ngrams.patterns import hash_ngrams, sort_ngrams
from lstm_cli.text.ngrams.settings import check_pattern
from lstm_cli.text.ngrams.tokens import build_token_texts, hash_tokens

PATTERNS = st.from_regex(r"x([x_]{0,4}x)?", fullmatch=True).map(check_pattern)
TEXTS = st.lists(st.lists(st.sampled_from("abc"), max_size=9), max_size=6)


@given(TEXTS, PATTERNS)
def test_ngrams_are_those_found_word_by_word_and_none_lies_across_two_texts(texts, pattern):
    tokens = build_token_texts(texts)
    found = sort_ngrams(tokens.list_units(pattern), pattern)
    expected = [
        (place + int(start), row, ngram)
        for row, (text, start) in enumerate(zip(texts, tokens.starts[:-1], strict=True))
        for place, ngram in enumerate(reference.list_ngrams(text, pattern))
        if ngram
    ]
    assert sorted(zip(found.places.tolist(), found.texts.tolist(), strict=True)) == [one[:2] for one in expected]
    ngram_at = {place: ngram for place, _, ngram in expected}
    key_of = {}
    for key, place in zip(found.keys.tolist(), found.places.tolist(), strict=True):
        assert key_of.setdefault(ngram_at[place], key) == key
    assert len(set(key_of.values())) == len(key_of)
    order = list(zip(found.keys.tolist(), found.texts.tolist(), found.places.tolist(), strict=True))
    assert order == sorted(order)
    assert found.is_new_key.sum() == len(key_of)
    assert found.is_new_pair.sum() == len({(row, ngram) for _, row, ngram in expected})


def test_an_ngram_has_the_same_key_in_every_model_for_ever():
    tokens = hash_tokens(["not", "a", "good", "film"])
    assert hash_ngrams(tokens, "x_x").tolist() == [252264691267600011, 3311760610185945669]
    assert hash_ngrams(tokens, "xxxx").tolist() == [4505242929593877801]


def test_order_counts_and_what_is_skipped_does_not():
    def key(words, pattern):
        return hash_ngrams(hash_tokens(words), pattern)[0]

    assert key(["not", "good"], "xx") != key(["good", "not"], "xx")
    assert key(["not", "very", "good"], "x_x") == key(["not", "so", "good"], "x_x")
    assert key(["a", "a"], "xx") != np.uint64(0)
