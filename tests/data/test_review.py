"""A review is its text and its class; where it stands is told to people, and changes neither."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from lstm_cli.data.review import PARTS, LeftOut, Part, Review


def test_two_reviews_are_one_wherever_they_stand() -> None:
    assert Review("lovely", 1, 3) == Review("lovely", 1, "pos/a.txt") == Review("lovely", 1)
    assert len({Review("lovely", 1, 3), Review("lovely", 1, 4)}) == 1
    assert Review("lovely", 1) != Review("lovely", 0)
    assert Review("lovely", 1) != Review("Lovely", 1)


def test_a_review_stands_nowhere_unless_that_is_told() -> None:
    assert Review("lovely", 1).place is None
    assert Review("lovely", 1, 3).place == 3


def test_the_parts_are_in_the_order_in_which_they_are_used() -> None:
    assert PARTS == get_args(Part) == ("train", "validation", "test")


def test_a_review_and_what_is_left_out_stay_as_they_were_read() -> None:
    for thing, name in ((Review("lovely", 1), "label"), (LeftOut("no text", 2, (3, 5)), "count")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, 0)
