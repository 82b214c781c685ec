"""Tokenizers are timed on texts of many scripts, the same in every process."""

from __future__ import annotations

from importlib import metadata

import pytest
from click.testing import CliRunner

from benchmarks import tokenizers
from lstm_cli.text.languages import find_language
from lstm_cli.text.tokenizers import TOKENIZER_NAMES, segmenters


@pytest.mark.parametrize("script", ["Cyrillic", "Arabic", "Devanagari", "Han", "Kana", "Hangul", "Thai"])
def test_texts_are_of_their_script(script):
    texts = tokenizers.write_texts(script, count=20)
    assert find_language(texts).script == script
    assert texts == tokenizers.write_texts(script, count=20)


def test_a_tokenizer_that_is_not_here_has_no_speed(monkeypatch):
    def refuse(package):
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(segmenters, "version", refuse)
    assert tokenizers.measure_speed("jieba", ["很好"], runs=1) is None


def test_every_tokenizer_has_a_column():
    result = CliRunner().invoke(tokenizers.main, ["--texts", "5", "--runs", "1"])
    assert result.exit_code == 0, result.output
    header, *rows = result.output.splitlines()
    assert header.split() == list(TOKENIZER_NAMES)
    assert len(rows) == 9
