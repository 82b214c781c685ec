"""Ctrl-C and SIGTERM while a training runs: the first asks, the second insists."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopSignal:
    """The signal that has come, if one has."""

    def __init__(self) -> None:
        self.number: int | None = None

    @property
    def requested(self) -> bool:
        """Whether the user asked to stop."""
        return self.number is not None

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells count; SIGTERM's where another worker got the signal."""
        return 128 + (self.number or signal.SIGTERM)


@contextmanager
def watch_signals() -> Iterator[StopSignal]:
    """Note SIGINT and SIGTERM instead of dying of them; a second one interrupts at once."""
    stop = StopSignal()

    def note(number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.number = number

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
