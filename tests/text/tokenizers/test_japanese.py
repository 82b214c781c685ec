"""Japanese is split into short words, each in the form that stands for all its spellings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lstm_cli.text.tokenizers import TOKENIZER_NAMES
from lstm_cli.text.tokenizers.japanese import Sudachi
from lstm_cli.text.tokenizers.segmenters import Segmenter


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("閉じているiPhoneです。", ["[閉じている]", "iphone", "[です]", "."]),
        ("時々ビール", ["[時々ビール]"]),
        ("ー!", ["[ー]", "!"]),
    ],
)
def test_japanese_is_handed_over_in_runs_and_all_else_is_split_as_elsewhere(
    hand_over: Callable[[type[Segmenter], str], list[str]], text: str, words: list[str]
) -> None:
    assert hand_over(Sudachi, text) == words


def test_its_extra_installs_its_packages(list_extra: Callable[[str], list[str]]) -> None:
    assert Sudachi.name in TOKENIZER_NAMES
    assert list_extra(Sudachi.extra) == [*Sudachi.packages] == ["sudachipy", "sudachidict-small"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("閉じているiPhoneです。", ["閉じる", "て", "居る", "iphone", "です", "."]),
        ("国家公務員", ["国家", "公務", "員"]),
        ("附属", ["付属"]),
    ],
)
def test_words_are_found_where_no_space_tells_them(
    learn: Callable[[type[Segmenter]], Segmenter], text: str, words: list[str]
) -> None:
    assert learn(Sudachi).split(text) == words
