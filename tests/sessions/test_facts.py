"""What a session reports is the same to every listener, and each kind is one of those that they know."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import get_args

import pytest

from lstm_cli.data.ngrams import NgramProgress
from lstm_cli.errors import DivergedError
from lstm_cli.sessions import facts

KINDS = [
    kind
    for _, kind in inspect.getmembers(facts, inspect.isclass)
    if kind.__module__ == facts.__name__ and dataclasses.is_dataclass(kind)
]


def test_every_kind_is_one_that_listeners_know():
    assert set(get_args(facts.Fact)) == {*KINDS, NgramProgress}
    assert set(get_args(facts.Notice)) < set(KINDS)


@pytest.mark.parametrize("kind", [*KINDS, NgramProgress])
def test_no_listener_changes_what_the_next_one_hears(kind):
    fact = kind(*range(len(dataclasses.fields(kind))))
    for name in (*(field.name for field in dataclasses.fields(kind)), "more"):
        with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
            setattr(fact, name, 0)


def test_facts_are_told_apart_by_what_they_say():
    assert facts.EpochBegan(1) == facts.EpochBegan(1) != facts.EpochBegan(2)
    assert facts.EpochBegan(1) != facts.BatchesTrained(1)
    assert facts.StateSkipped() == facts.StateSkipped() != facts.TrainingEnded()


def test_a_listener_takes_them_apart_in_their_order():
    """As the commands' display does."""
    error = DivergedError("no number any more")
    told = []
    for fact in (
        facts.MemberBegan(2, 5),
        facts.RunDiverged(Path("runs/a"), error),
        facts.EpochEnded(3, {"loss": 1.0}),
    ):
        match fact:
            case facts.MemberBegan(number, count):
                told.append((number, count))
            case facts.RunDiverged(path, problem):
                told.append((path, problem))
            case facts.EpochEnded(number, figures):
                told.append((number, figures))
    assert told == [(2, 5), (Path("runs/a"), error), (3, {"loss": 1.0})]
