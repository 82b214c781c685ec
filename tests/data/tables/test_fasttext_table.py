"""fastText's form: labels before a text, on one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.file_reviews import load_files
from lstm_cli.data.tables.forms import open_table
from lstm_cli.errors import DataError


def load(folder: Path, content: str, *, name: str = "a.txt", **options: Any) -> Corpus:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return load_files({"train": [path]}, SourceConfig(dataset=str(path), **options), name=path.name)


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.tsv"])
def test_a_label_stands_before_its_text(tmp_path: Path, name: str) -> None:
    """A text keeps its commas, quotes and tabs; blank lines are none, and the lines count."""
    content = '__label__pos A "fine" film,\treally\n\n  __label__neg , A bore\r\n__label__pos\nno label here\n'
    corpus = load(tmp_path, content, name=name)
    assert [(review.text, review.label, review.place) for review in corpus.reviews] == [
        ('A "fine" film,\treally', 1, 1),
        ("A bore", 0, 3),
    ]
    assert {item.reason: item.places for item in corpus.left_out} == {"no text": (4,), "no label": (5,)}
    assert corpus.reading is not None
    assert (corpus.reading.text, corpus.reading.label, corpus.reading.delimiter) == ((), None, None)


def test_the_first_release_read_no_file_of_this_form(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("__label__pos A fine film\n__label__neg A bore\n")
    table = open_table(tmp_path / "a.csv", SourceConfig())
    assert (table.form, table.is_plain, table.has_header) == ("fastText lines", False, True)


def test_a_review_has_one_class(tmp_path: Path) -> None:
    """The same label twice is one; of two, --classes must leave one."""
    twice = "__label__a __label__a one text\n__label__b another\n"
    assert [review.label for review in load(tmp_path, twice).reviews] == [0, 1]
    content = (
        "__label__news __label__pos a good text\n__label__neg __label__news a bad one\n__label__news a text\n"
    )
    with pytest.raises(
        DataError, match=r"2 rows cannot be read.\nline 1: expected a label, got 2 .news, pos.; line 2"
    ):
        load(tmp_path, content)
    corpus = load(tmp_path, content, classes={"negative": ("neg",), "positive": ("pos",)})
    assert [review.label for review in corpus.reviews] == [1, 0]
    assert corpus.left_out[0].reason == "in no group"
    with pytest.raises(DataError, match="line 1: expected a label, got 2"):
        load(tmp_path, content, classes={"news": ("news",), "positive": ("pos",)})


def test_words_that_begin_so_in_other_files_are_words(tmp_path: Path) -> None:
    """Most lines must; and the user may name a separator."""
    rows = "text\tlabel\n__label__ is a word\t1\nanother text\t0\n"
    assert len(list(load(tmp_path, rows, name="a.tsv").reviews)) == 2
    corpus = load(tmp_path, "__label__a\t1\n__label__b\t0\n", delimiter="\t", header=False, text=("1",), label="2")
    assert [review.text for review in corpus.reviews] == ["__label__a", "__label__b"]
