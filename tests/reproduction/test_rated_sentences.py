"""Ratings become classes, and an article stays in one part."""

from __future__ import annotations

import csv
from collections import Counter

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproduction.rated_sentences import name_five, name_three, read_sentences, write_classes


@pytest.mark.parametrize(
    ("rating", "three", "five"),
    [
        (-3.9, "negative", "-2"),
        (-1.51, "negative", "-2"),
        (-1.4, "negative", "-1"),
        (-0.51, "negative", "-1"),
        (-0.5, "neutral", "0"),
        (0.0, "neutral", "0"),
        (0.49, "neutral", "0"),
        (0.5, "positive", "1"),
        (1.5, "positive", "2"),
        (4.0, "positive", "2"),
    ],
)
def test_a_class_is_the_nearest_whole_number_or_its_sign(rating, three, five):
    assert (name_three(rating), name_five(rating)) == (three, five)


@given(st.floats(-4, 4), st.floats(-4, 4))
def test_a_higher_rating_is_never_of_a_lower_class(one, other):
    low, high = sorted((one, other))
    assert int(name_five(low)) <= int(name_five(high))
    order = ["negative", "neutral", "positive"]
    assert order.index(name_three(low)) <= order.index(name_three(high))


def test_sentences_are_read_whole_with_the_text_that_they_are_of(sdist):
    sentences = read_sentences(sdist)
    assert len(sentences) == 400
    assert sentences[0].text == 'amazonReviewSnippets awful, \t"really" awful thing 0'
    assert sentences[0].rating == pytest.approx(-3 / 1.1, abs=1e-5)
    groups = Counter(sentence.group for sentence in sentences)
    assert groups["amazonReviewSnippets 1"] == 5
    assert groups["tweets 7"] == 1


def test_an_article_is_never_in_both_parts_and_both_parts_are_all(sdist, tmp_path):
    sentences = read_sentences(sdist)
    counts = write_classes(sentences, task="five", folder=tmp_path)
    assert sum(counts.values()) == 400
    assert 10 <= counts["test"] <= 90
    group = {sentence.text: sentence.group for sentence in sentences}
    groups = []
    for part, count in counts.items():
        with (tmp_path / f"{part}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == count
        assert {row["label"] for row in rows} == {"-2", "-1", "0", "1", "2"}
        groups.append({group[row["text"]] for row in rows})
    assert not groups[0] & groups[1]


def test_a_folder_that_is_not_the_sdists_is_refused_with_the_way_to_it(tmp_path):
    with pytest.raises(click.ClickException, match="pip download --no-binary :all: --no-deps vaderSentiment"):
        read_sentences(tmp_path)
