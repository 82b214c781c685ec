"""Rows of texts that are held already are told like those of a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.data.corpus import Corpus
from lstm_cli.data.findings import Findings
from lstm_cli.data.held_rows import HeldRows, hold_corpus
from lstm_cli.data.labelled_rows import MAX_TEXT_LENGTH, NO_TEXT
from lstm_cli.data.review import Review
from lstm_cli.errors import DataError


def test_rows_with_a_text_are_yielded_and_the_others_noted() -> None:
    rows = (
        (1, "a fine film", "good"),
        (2, " ", "bad"),
        (3, "a bore", "bad"),
        (4, "x" * (MAX_TEXT_LENGTH + 1), "bad"),
    )
    held, findings = HeldRows(Path("reviews"), rows), Findings("reviews", strict=False)
    found = [(row.place, row.text, row.labels) for row in held.iter_labelled(findings)]
    assert found == [(1, "a fine film", "good"), (3, "a bore", "bad")]
    assert [(item.reason, item.places) for item in findings.left_out] == [(NO_TEXT, (2,))]
    assert held.labels == {"good", "bad"}
    with pytest.raises(DataError, match=r"line 4: expected at most"):
        findings.check()


def test_a_corpus_is_held_by_parts_with_the_names_of_its_classes() -> None:
    reviews = (Review("a fine film", 1), Review("a bore", 0, "b.txt"))
    corpus = Corpus("ours", "0" * 64, reviews, test_reviews=reviews[:1])
    held = hold_corpus(corpus)
    assert {part: [rows.rows for rows in several] for part, several in held.items()} == {
        "train": [((1, "a fine film", "positive"), ("b.txt", "a bore", "negative"))],
        "test": [((1, "a fine film", "positive"),)],
    }
