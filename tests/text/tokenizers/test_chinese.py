"""Chinese is split into words, and nobody else's dictionary is read or written for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lstm_cli.text.tokenizers import TOKENIZER_NAMES
from lstm_cli.text.tokenizers.chinese import Jieba
from lstm_cli.text.tokenizers.segmenters import Segmenter
from lstm_cli.user_folders import find_cache_folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这家店的菜很好吃!!! 8/10", ["[这家店的菜很好吃]", "!!!", "8/10"]),
        ("很好OK好", ["[很好]", "ok", "[好]"]),
        ("すごい 好", ["す", "ご", "い", "[好]"]),
    ],
)
def test_chinese_is_handed_over_in_runs_and_all_else_is_split_as_elsewhere(
    hand_over: Callable[[type[Segmenter], str], list[str]], text: str, words: list[str]
) -> None:
    assert hand_over(Jieba, text) == words


def test_its_extra_installs_its_packages(list_extra: Callable[[str], list[str]]) -> None:
    assert Jieba.name in TOKENIZER_NAMES
    assert list_extra(Jieba.extra) == [*Jieba.packages] == ["jieba"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这家店的菜很好吃!!! 8/10", ["这家", "店", "的", "菜", "很", "好吃", "!!!", "8/10"]),
        ("我来到北京清华大学", ["我", "来到", "北京", "清华大学"]),
    ],
)
def test_words_are_found_where_no_space_tells_them(
    learn: Callable[[type[Segmenter]], Segmenter], text: str, words: list[str]
) -> None:
    assert learn(Jieba).split(text) == words


def test_its_dictionary_is_kept_in_a_folder_of_ours_without_a_word(
    learn: Callable[[type[Segmenter]], Segmenter], cache_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in the system's folder for temporary files, where anybody may put one."""
    tokenizer = replace(learn(Jieba))  # another, which has not read its dictionary yet
    folder = find_cache_folder()
    assert folder.is_relative_to(cache_home)
    assert tokenizer.split("好吃") == ["好吃"]
    assert [path.name for path in folder.iterdir()] == ["jieba.cache"]
    assert capfd.readouterr() == ("", "")
