"""A pattern says which tokens make an n-gram; of its settings it follows how many numbers a network is told."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import NgramsConfig
from lstm_cli.text.ngrams.settings import CHANNELS, LONGEST_PATTERN, check_pattern, is_of_characters

SETTINGS = dataclasses.replace(NgramsConfig().build_settings(), patterns=("x", "xx", "x_x"), channels=CHANNELS)


@pytest.mark.parametrize("pattern", ["x", "xx", "x_x", "x__x_xxx", "c", "cccccccc", "x" * 8])
def test_a_pattern_is_what_it_was(pattern):
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", ["", "_x", "x_", "y", "xX", "x x", "x" * 9, "xx\n", "c_c", "xc", "c" * 9])
def test_what_is_no_pattern_is_refused_with_what_one_looks_like(pattern):
    with pytest.raises(ValueError, match=r"such as xx or x_x, .* such as ccc; at most 8 in all; got '"):
        check_pattern(pattern)


@given(st.text("xc_y", max_size=LONGEST_PATTERN + 2))
def test_it_is_of_tokens_with_one_at_both_ends_or_of_characters_alone(pattern):
    of_tokens = set(pattern) <= {"x", "_"} and pattern[:1] == pattern[-1:] == "x"
    of_characters = set(pattern) == {"c"}
    if (of_tokens or of_characters) and len(pattern) <= 8:
        assert is_of_characters(check_pattern(pattern)) == of_characters
    else:
        with pytest.raises(ValueError, match="expected an n-gram's tokens"):
            check_pattern(pattern)


def test_no_more_of_a_wrong_pattern_is_told_than_a_line_can_bear():
    with pytest.raises(ValueError, match=f"got '{'y' * 40}'$"):
        check_pattern("y" * 99)


def test_two_classes_are_told_apart_by_one_regression_and_more_by_one_each():
    assert [SETTINGS.count_outputs(classes) for classes in (2, 3, 5)] == [1, 3, 5]


@pytest.mark.parametrize(
    ("classes", "channels", "count"), [(2, CHANNELS, 6), (2, CHANNELS[:1], 3), (3, CHANNELS, 18), (5, (), 0)]
)
def test_a_token_has_a_number_for_each_channel_output_and_pattern(classes, channels, count):
    assert dataclasses.replace(SETTINGS, channels=channels).count_channels(classes) == count
