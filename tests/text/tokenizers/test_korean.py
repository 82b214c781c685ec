"""Korean is split into stems and endings, whatever spaces are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from lstm_cli.text.tokenizers import TOKENIZER_NAMES
from lstm_cli.text.tokenizers.korean import Kiwi
from lstm_cli.text.tokenizers.segmenters import Segmenter


class Whole(Kiwi):
    """Takes all that is handed over for a word, and needs no package."""

    def segment(self, run: str) -> Iterable[str]:
        """Return the run."""
        return [f"[{run}]"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("영화가 재미있어요 :)", ["[영화가 재미있어요 ]", ":)"]),
        ("정말OK 좋다", ["[정말]", "ok", "[좋다]"]),
    ],
)
def test_korean_is_handed_over_in_runs_and_all_else_is_split_as_elsewhere(text: str, words: list[str]) -> None:
    assert Whole("ko", {}).split(text) == words


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
