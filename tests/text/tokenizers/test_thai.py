"""Thai is split into the words of a dictionary."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lstm_cli.text.tokenizers import TOKENIZER_NAMES
from lstm_cli.text.tokenizers.segmenters import Segmenter
from lstm_cli.text.tokenizers.thai import PyThaiNLP


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("หนังดีมาก @anna", ["[หนังดีมาก]", "@user"]),
        ("ดี10ดี", ["[ดี]", "10", "[ดี]"]),
    ],
)
def test_thai_is_handed_over_in_runs_and_all_else_is_split_as_elsewhere(
    hand_over: Callable[[type[Segmenter], str], list[str]], text: str, words: list[str]
) -> None:
    assert hand_over(PyThaiNLP, text) == words


def test_its_extra_installs_its_packages(list_extra: Callable[[str], list[str]]) -> None:
    assert PyThaiNLP.name in TOKENIZER_NAMES
    assert list_extra(PyThaiNLP.extra) == [*PyThaiNLP.packages] == ["pythainlp"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("หนังดีมาก @anna", ["หนัง", "ดีมาก", "@user"]),
        ("ดี มาก", ["ดี", "มาก"]),
    ],
)
def test_words_are_found_where_no_space_tells_them(
    learn: Callable[[type[Segmenter]], Segmenter], text: str, words: list[str]
) -> None:
    assert learn(PyThaiNLP).split(text) == words
