"""What `bpe` and `unigram` have in common: pieces that were learnt, and nothing of a text lost."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.normalization import normalize
from lstm_cli.text.tokenizers.bpe import BytePairs
from lstm_cli.text.tokenizers.characters import Characters
from lstm_cli.text.tokenizers.keras_tokenizer import KerasTokenizer
from lstm_cli.text.tokenizers.subwords import check_pieces, count_chunks, split_chunks
from lstm_cli.text.tokenizers.unigram import Unigrams
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns

KINDS = pytest.mark.parametrize("kind", [BytePairs, Unigrams])
TEXTS = [
    "영화 정말 재미있어요!!",
    "영화가 재미없어요",
    "재미있는 영화였어요",
    "good films, good actors",
    "这家店的菜很好吃，很好吃",
    "这家店不好吃",
] * 3
LEARNT = {kind: kind.learn(TEXTS, language="ko", pieces=120) for kind in (BytePairs, Unigrams)}


def test_chunks_are_words_and_runs_of_signs() -> None:
    chunks = split_chunks("So good!!! #happy_day @anna don't", language="und")
    assert chunks == ["▁so", "▁good", "!!!", "▁#happy", "_", "day", "▁@user", "▁don't"]


@pytest.mark.parametrize(
    ("pieces", "characters", "parts"),
    [
        (1, "a", {"a": 5}),
        (2, "a", {"a": 5}),
        (4, "a▁", {"▁a": 5}),
        (6, "ab▁", {"▁ab": 3, "▁a": 2}),
        (8, "abc▁", {"▁ab": 2, "▁abc": 1, "▁ac": 2}),
    ],
)
def test_half_of_the_pieces_may_be_characters_the_most_frequent_ones_and_rarer_ones_part_a_word(
    pieces: int, characters: str, parts: dict[str, int]
) -> None:
    """Of those that are as frequent, the first of Unicode's: a before the space's sign, b before c."""
    texts = ["ab abd abc", "aceg acef\ufffd"]
    counts, alphabet = count_chunks(texts, language="und", pieces=pieces)
    assert (alphabet, counts) == (characters, parts)


@pytest.mark.parametrize("pieces", [[], ["a", "▁b", "x" * 16], [str(number) for number in range(2**16)]])
def test_different_pieces_of_some_characters_can_have_been_learnt(pieces: list[str]) -> None:
    check_pieces(pieces)


@pytest.mark.parametrize("piece", ["", "a", "x" * 17, "a\n", "a\ufffd"], ids=ascii)
def test_pieces_that_nobody_can_have_learnt_are_refused(piece: str) -> None:
    with pytest.raises(ValueError, match="expected different pieces of one to sixteen characters"):
        check_pieces(["a", piece, "b"])


def test_more_pieces_than_a_file_keeps_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at most 65536 pieces, got 65537"):
        check_pieces([str(number) for number in range(2**16 + 1)])


@KINDS
def test_what_is_frequent_is_a_piece(kind: Any) -> None:
    assert LEARNT[kind].split("영화 재미있을까") == ["▁영화", "▁재미있", "을", "까"]


@KINDS
@given(text=st.text())
def test_joined_they_are_the_normalised_text(kind: Any, text: str) -> None:
    pieces = LEARNT[kind].split(text)
    normal = normalize(text, language="ko").replace("▁", "_")
    assert "".join(pieces).replace("▁", " ").removeprefix(" ") == normal
    assert all(piece and "\n" not in piece for piece in pieces)


@pytest.mark.parametrize(
    "tokenizer",
    [*LEARNT.values(), Characters(), KerasTokenizer(), Words(), WordsAndSigns()],
    ids=lambda one: one.name,
)
def test_a_tokenizer_says_whether_its_pieces_tell_of_spaces(tokenizer: Any) -> None:
    """What is told of characters depends on it: where they do not, a space is thought before each word."""
    tokens = tokenizer.split("good films")
    assert any("▁" in token for token in tokens) is tokenizer.marks_spaces


@KINDS
def test_an_unknown_character_is_itself(kind: Any) -> None:
    assert [piece for piece in LEARNT[kind].split("한국 🦆ж") if piece in "🦆ж"] == ["🦆", "ж"]


@KINDS
def test_no_more_pieces_are_learnt_than_asked_for(kind: Any) -> None:
    tokenizer = kind.learn(TEXTS, language="ko", pieces=30)
    assert len({piece for text in TEXTS for piece in tokenizer.split(text) if len(piece) > 1}) <= 30


@KINDS
def test_nothing_can_be_learnt_of_nothing(kind: Any) -> None:
    tokenizer = kind.learn([], language="und", pieces=10)
    assert tokenizer.split("a b") in (["▁", "a", "▁", "b"], ["▁a", "▁b"])


@KINDS
def test_the_same_is_learnt_in_any_order_and_in_every_process(kind: Any) -> None:
    again = kind.learn(reversed(TEXTS), language="ko", pieces=120)
    assert again == LEARNT[kind]
    code = (
        f"from {kind.__module__} import {kind.__name__} as kind\n"
        f"print(kind.learn({TEXTS!r}, language='ko', pieces=120))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == f"{LEARNT[kind]}\n"
