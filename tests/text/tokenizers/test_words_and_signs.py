"""`words-and-signs`: what people show their feelings with is a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenized import digest_words

from lstm_cli.text.tokenizers.words import split_words
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns, has_feelings

split = WordsAndSigns().split


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A great film!!!!!! 8/10 :-)", ["a", "great", "film", "!!!", "8/10", ":-)"]),
        ("7.5 / 10, don't miss it ;)", ["7.5/10", ",", "don't", "miss", "it", ";)"]),
        ("Loved it...<br />(really)", ["loved", "it", "...", "(", "really", ")"]),
        ("what?! &quot;yes&quot;", ["what", "?!", '"', "yes", '"']),
        ("I <3 it =D xD ^_^", ["i", "<3", "it", "=d", "xd", "^_^"]),
        ("http://x.org at 12:30", ["http", ":", "x", ".", "org", "at", "12", ":", "30"]),
        ("on 8/10/2001, 1/2 of it", ["on", "8", "10", "2001", ",", "1", "2", "of", "it"]),
        ("ends here.:)", ["ends", "here", ".", ":)"]),
        ("最高\uff01すごーい。", ["最", "高", "!", "す", "ごー", "い", "."]),
        ("عمل رائع؟ جدا،", ["عمل", "رائع", "?", "جدا", ","]),
        ("«Отлично» — 10/10", ['"', "отлично", '"', "10/10"]),
        ("", []),
        ("-- / * #", []),
    ],
)
def test_signs_are_words(text: str, words: list[str]) -> None:
    assert split(text) == words


@given(st.text())
def test_splitting_again_changes_nothing(text: str) -> None:
    words = split(text)
    assert split(" ".join(words)) == words
    assert all(word and "\n" not in word for word in words)


@given(st.text(st.sampled_from("ab1'é映の ")))
def test_without_signs_the_words_are_those_of_words(text: str) -> None:
    assert split(text) == split_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("great :-)", True),
        ("8 / 10", True),
        ("I &lt;3 it", True),
        ("wow!!! really?", False),
        ("on 8/10/2001 (at 12:30)", False),
        ("👍", False),
        ("", False),
    ],
)
def test_emoticons_and_marks_are_feelings_and_what_words_keeps_is_not(text, expected):
    assert has_feelings(text) is expected


def test_however_long_a_run_of_brackets_it_is_read_once():
    """Were it read to its end from each of them, this would take hours."""
    assert WordsAndSigns().split("(" * 300_000 + " fine") == [*("(" * 300_000), "fine"]
    assert WordsAndSigns().split("fine ((:") == ["fine", "((:"]


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (WordsAndSigns("en"), (1, "96765e630bfcdc58")),
        (WordsAndSigns("tr"), (1, "0e0f335a4eca95e0")),
        (WordsAndSigns("und"), (1, "56ce2af632c51cc8")),
    ],
)
def test_its_words_are_those_of_its_version(tokenizer: object, expected: tuple[int, str]) -> None:
    """So that a model file is read with the words that it was trained on."""
    assert digest_words(tokenizer) == expected
