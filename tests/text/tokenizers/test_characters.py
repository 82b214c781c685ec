"""`characters`: what a reader takes for one letter is one word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenized import digest_words

from lstm_cli.text.normalization import normalize
from lstm_cli.text.tokenizers.characters import Characters


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("Ab c", ["a", "b", "▁", "c"]),
        ("दी है", ["दी", "▁", "है"]),
        ("ที่", ["ที่"]),
        ("최고!", ["최", "고", "!"]),
        ("@anna http://a.b x", ["@user", "▁", "http", "▁", "x"]),
        ("https", ["h", "t", "t", "p", "s"]),
        ("", []),
    ],
)
def test_letters_keep_their_marks_and_spaces_are_told(text: str, characters: list[str]) -> None:
    assert Characters("und").split(text) == characters


@given(st.text())
def test_joined_they_are_the_normalised_text(text: str) -> None:
    characters = Characters("und").split(text)
    normal = normalize(text, language="und").replace("▁", "_")
    assert "".join(characters).replace("▁", " ") == normal
    assert all(character and "\n" not in character for character in characters)


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (Characters("und"), (1, "7b34a61309d9e75c")),
        (Characters("tr"), (1, "06b5b2abe9a60b19")),
    ],
)
def test_its_words_are_those_of_its_version(tokenizer: object, expected: tuple[int, str]) -> None:
    """So that a model file is read with the words that it was trained on."""
    assert digest_words(tokenizer) == expected
