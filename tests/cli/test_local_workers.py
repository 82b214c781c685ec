"""Several workers on this machine: whoever waits for them waits no longer than there is something to wait for."""

from __future__ import annotations

import pytest

from lstm_cli.cli import local_workers
from lstm_cli.cli.local_workers import _wait_for_first_to_fail


class _Process:
    """A process that ends with its code after so many looks, or never."""

    def __init__(self, code: int | None, *, after: int = 0) -> None:
        self._code = code
        self._looks_left = after

    def poll(self) -> int | None:
        self._looks_left -= 1
        return self.returncode

    @property
    def returncode(self) -> int | None:
        return self._code if self._looks_left < 0 else None


@pytest.fixture
def sleeps(monkeypatch):
    """How often was slept; the clock follows, and nobody waits in earnest."""
    slept: list[float] = []
    monkeypatch.setattr(local_workers.time, "sleep", slept.append)
    monkeypatch.setattr(local_workers.time, "monotonic", lambda: sum(slept))
    return slept


def test_once_the_chief_has_failed_nobody_is_waited_for(sleeps):
    """The others may wait for ever to join it; the chief has said why."""
    chief, second = _Process(2, after=3), _Process(None)
    assert _wait_for_first_to_fail([chief, second]) == 0
    assert len(sleeps) <= 4


def test_a_chief_that_is_killed_is_the_first_to_fail(sleeps):
    assert _wait_for_first_to_fail([_Process(-9, after=1), _Process(1, after=100)]) == 0
    assert len(sleeps) <= 2


def test_where_another_fails_the_chief_may_say_so(sleeps):
    assert _wait_for_first_to_fail([_Process(1, after=20), _Process(1, after=2)]) == 1
    assert 17 <= len(sleeps) <= 20


def test_a_chief_that_does_not_end_is_given_up(sleeps):
    assert _wait_for_first_to_fail([_Process(None), _Process(1, after=2)]) == 1
    assert sum(sleeps) == pytest.approx(local_workers._CHIEFS_LAST_WORDS_SECONDS, abs=1)


def test_behind_a_chief_that_is_done_the_others_have_only_to_end(sleeps):
    assert _wait_for_first_to_fail([_Process(0), _Process(None)]) == 0
    assert sum(sleeps) == pytest.approx(local_workers._ENDING_SECONDS, abs=1)
