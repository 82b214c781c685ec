"""Korean is split into stems and endings, whatever spaces are missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lstm_cli.text.tokenizers import TOKENIZER_NAMES
from lstm_cli.text.tokenizers.korean import Kiwi
from lstm_cli.text.tokenizers.segmenters import Segmenter


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("영화가 재미있어요 :)", ["[영화가 재미있어요 ]", ":)"]),
        ("정말OK 좋다", ["[정말]", "ok", "[좋다]"]),
    ],
)
def test_korean_is_handed_over_in_runs_and_all_else_is_split_as_elsewhere(
    hand_over: Callable[[type[Segmenter], str], list[str]], text: str, words: list[str]
) -> None:
    assert hand_over(Kiwi, text) == words


def test_its_extra_installs_its_packages(list_extra: Callable[[str], list[str]]) -> None:
    assert Kiwi.name in TOKENIZER_NAMES
    assert list_extra(Kiwi.extra) == ["kiwipiepy"]  # which installs its model
    assert Kiwi.packages == ("kiwipiepy", "kiwipiepy_model")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("영화가 재미있어요 :)", ["영화", "가", "재미있", "어요", ":)"]),
        ("영화가재미있어요", ["영화", "가", "재미있", "어요"]),
    ],
)
def test_words_are_found_where_no_space_tells_them(
    learn: Callable[[type[Segmenter]], Segmenter], text: str, words: list[str]
) -> None:
    assert learn(Kiwi).split(text) == words
