"""The classes of a data set decide how many outputs a model has, and whether its accuracy tells all."""

from __future__ import annotations

import pytest

from lstm_cli.classes import SENTIMENT, Classes, is_even_pair


@pytest.mark.parametrize(("names", "outputs"), [("ab", 1), ("abc", 3), ("abcde", 5)])
def test_two_classes_are_one_output_and_more_one_each(names, outputs):
    classes = Classes(tuple(names), {})
    assert (len(classes), classes.outputs) == (len(names), outputs)


@pytest.mark.parametrize(
    ("counts", "is_even"),
    [([5, 5], True), ([6, 4], True), ([4, 6], True), ([61, 39], False), ([39, 61], False), ([10, 0], False),
     ([5], False), ([3, 3, 3], False), ([], False)],
)  # fmt: skip
def test_the_accuracy_tells_all_of_two_classes_up_to_six_of_ten(counts, is_even):
    assert is_even_pair(counts) is is_even


def test_the_usual_spellings_of_sentiment_mean_its_two_classes():
    assert SENTIMENT.names == ("negative", "positive")
    spelled = {place: {text for text, one in SENTIMENT.spellings.items() if one == place} for place in (0, 1)}
    assert spelled == {0: {"0", "neg", "negative"}, 1: {"1", "pos", "positive"}}
