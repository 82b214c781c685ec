"""Ctrl-C and SIGTERM: they end a command at once; while a training runs, the first asks and the second insists.

A program that calls us from Python hears of Ctrl-C alone: SIGTERM is its own.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType

_Handler = Callable[[int, FrameType | None], None]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What asks a command to end."""

_NUDGE_SECONDS = 0.2


class SignalInterrupt(KeyboardInterrupt):
    """A signal that ends the command.

    Args:
        number: the signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells count."""
        return 128 + self.number

    def __str__(self) -> str:
        """Return what happened, in a word."""
        return "Terminated." if self.number == signal.SIGTERM else "Interrupted."


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


class _Raiser(StopSignal):
    """A handler that raises the signal, and knows of it also where that was lost."""

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self.number = number
        raise SignalInterrupt(number)


@contextmanager
def raise_signals(numbers: Collection[int] = SIGNALS) -> Iterator[None]:
    """Raise SignalInterrupt where one of these signals comes, or at the latest when the body ends.

    An import under way turns an interrupt into an error of its own, or loses it: hence the second chance.

    Args:
        numbers: of the signals.

    Raises:
        SignalInterrupt: a signal came.
    """
    raiser = _Raiser()
    with _handle_signals(numbers, raiser):
        try:
            yield
        except Exception as error:
            if raiser.number is not None:
                raise SignalInterrupt(raiser.number) from error
            raise
    if raiser.number is not None:
        raise SignalInterrupt(raiser.number)


def raise_lost_signal() -> None:
    """Raise the signal that an import has lost since `raise_signals` began, before the body ends.

    Raises:
        SignalInterrupt: one came.
    """
    handler = signal.getsignal(signal.SIGINT)  # which is among them everywhere
    if isinstance(handler, _Raiser) and handler.number is not None:
        raise SignalInterrupt(handler.number)


@contextmanager
def watch_signals(numbers: Collection[int] = SIGNALS) -> Iterator[StopSignal]:
    """Note these signals instead of dying of them; a second one interrupts at once.

    Args:
        numbers: of the signals.

    Raises:
        SignalInterrupt: a second signal came.
    """
    stop = StopSignal()

    def note(number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise SignalInterrupt(number)
        stop.number = number

    with _handle_signals(numbers, note):
        yield stop


@contextmanager
def _handle_signals(numbers: Collection[int], handler: _Handler) -> Iterator[None]:
    # Signals are the main thread's.
    if not numbers or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        with _end_waiting():
            yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def _end_waiting() -> Iterator[None]:
    """Let a signal end a read or a wait of the main thread also where it came a moment before it.

    Python hears a signal between two of its own instructions. One that comes while C code is on its way into the
    system, or to another thread, does not end the call that follows, which may last for ever. So a thread that
    learns of it at once nudges the main one soon after, with a signal that means nothing else here.
    """
    if not hasattr(signal, "pthread_kill"):  # Windows, where a wait looks for Ctrl-C by itself
        yield
        return
    told, teller = socket.socketpair()
    teller.setblocking(False)

    def nudge() -> None:
        while number := told.recv(1):
            if number[0] in SIGNALS:
                time.sleep(_NUDGE_SECONDS)
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGURG)
        told.close()

    urged = signal.signal(signal.SIGURG, lambda *_: None)
    earlier = signal.set_wakeup_fd(teller.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=nudge, daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(earlier)
        teller.close()
        signal.signal(signal.SIGURG, urged)
