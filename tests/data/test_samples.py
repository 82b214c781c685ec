"""Languages and pieces of words are learnt from the training part, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lstm_cli.config import DataConfig
from lstm_cli.data import samples
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.review import Review
from lstm_cli.text.languages import Language

KOREAN = ["정말 재미있어요", "재미없는 영화", "영화가 재미있네"]
ENGLISH = ["this is the film that was not for you", "and it is to the point"]


def build_corpus(texts: list[str]) -> Corpus:
    return Corpus("texts", "0" * 64, tuple(Review(text, number % 2) for number, text in enumerate(texts)))


def test_a_language_is_that_of_the_training_part() -> None:
    corpus = build_corpus([*ENGLISH, *KOREAN])
    assert samples.find_corpus_language(corpus, np.array([2, 4, 3])) == Language("ko", "Hangul")
    assert samples.find_corpus_language(corpus, np.array([1, 0])) == Language("en", "Latin")


@pytest.mark.parametrize("name", ["bpe", "unigram"])
def test_pieces_are_those_of_the_training_part(name: str) -> None:
    config = DataConfig(tokenizer=name, language="ko")
    alone = samples.learn_corpus_tokenizer(build_corpus(KOREAN), np.arange(3), config)
    among = samples.learn_corpus_tokenizer(build_corpus([*ENGLISH, *KOREAN]), np.array([4, 2, 3]), config)
    assert among == alone


@pytest.mark.parametrize("language", ["ko", None])
def test_a_tokenizer_knows_the_language_that_it_is_told(language: str | None) -> None:
    config = DataConfig(tokenizer="bpe", language=language)
    tokenizer = samples.learn_corpus_tokenizer(build_corpus(KOREAN), np.arange(3), config)
    assert tokenizer.language == (language or "und")  # type: ignore[attr-defined]


def test_where_nothing_is_learnt_no_text_is_read() -> None:
    def refuse() -> Iterator[Review]:
        raise AssertionError
        yield

    corpus = Corpus("texts", "0" * 64, refuse())
    samples.learn_corpus_tokenizer(corpus, np.arange(3), DataConfig(tokenizer="words"))


def test_of_many_texts_a_sample_comes_evenly_from_all_over(monkeypatch: Any) -> None:
    monkeypatch.setattr(samples, "_MOST_FOR_LANGUAGE", 10)
    corpus = build_corpus([*(KOREAN[:1] * 40), *(ENGLISH[:1] * 60)])
    assert samples.find_corpus_language(corpus, np.arange(100)) == Language("en", "Latin")
    assert samples.find_corpus_language(corpus, np.arange(70)) == Language("ko", "Hangul")
