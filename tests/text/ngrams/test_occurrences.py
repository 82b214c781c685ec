"""The n-grams kept, and the texts that hold each, are those that sets of words give."""

from __future__ import annotations

import ngram_reference as reference
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.ngrams.occurrences import find_occurrences
from lstm_cli.text.ngrams.patterns import hash_ngrams
from lstm_cli.text.ngrams.tokens import build_token_texts, hash_tokens

PATTERNS = ("x", "xx", "x_x", "xxx")


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=8), max_size=8), st.integers(1, 4))
def test_they_are_those_of_a_dictionary_of_sets(texts, min_df):
    reports = []
    found = find_occurrences(build_token_texts(texts), patterns=PATTERNS, min_df=min_df, report=reports.append)
    actual = {
        (pattern, key): found.texts[found.starts[row] : found.starts[row + 1]].tolist()
        for row, (pattern, key) in enumerate(
            (pattern, key) for pattern, keys in zip(PATTERNS, found.keys, strict=True) for key in keys.tolist()
        )
    }
    expected = {}
    for row, text in enumerate(texts):
        for pattern, words in reference.find_distinct(text, PATTERNS):
            # The key of an n-gram by itself, whatever is skipped.
            filled = iter(words)
            spelled = [next(filled) if sign == "x" else "-" for sign in pattern]
            key = int(hash_ngrams(hash_tokens(spelled), pattern)[0])
            expected.setdefault((pattern, key), []).append(row)
    assert actual == {ngram: rows for ngram, rows in expected.items() if len(rows) >= min_df}
    assert len(found) == len(actual)
    assert all(keys.tolist() == sorted(keys.tolist()) for keys in found.keys)
    assert reports == [0.25, 0.5, 0.75, 1.0]
