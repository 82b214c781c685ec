"""Several workers on this machine: one command starts them, hands on signals, and ends as they do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import IO

import click

from lstm_cli.backend import open_scratch_file
from lstm_cli.errors import TrainingError

# Longer than the chief takes to see that another worker has gone, and to say so.
_CHIEFS_LAST_WORDS_SECONDS = 60.0
# Behind the chief the others have only to end.
_ENDING_SECONDS = 10.0
_HERE = "127.0.0.1"
_PROGRAM = (
    "from lstm_cli.cli import local_workers, train; local_workers.end_with_parent(); "
    "train.train(prog_name='lstm-train')"
)
_STOPPED = {128 + signal.SIGINT, 128 + signal.SIGTERM, -signal.SIGINT, -signal.SIGTERM}


def run_local_workers(count: int, *, threads: int | None) -> None:
    """Start this very command as so many workers on free ports of this machine, and exit as they do.

    The chief prints as if it were alone. A worker that fails ends all; what it said is shown.

    Args:
        count: how many.
        threads: cores of each; by default they share the machine's.

    Raises:
        TrainingError: a worker was killed, and no other could tell.
    """
    from lstm_cli.kernels.threads import count_cores

    arguments = [*_drop_option(sys.argv[1:], "--local-workers"), "--workers", ",".join(_find_addresses(count))]
    if threads is None:
        arguments += ["--threads", str(max(1, count_cores() // count))]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    with ExitStack() as stack:
        logs: list[IO[bytes] | None] = [None]
        logs += [stack.enter_context(open_scratch_file()) for _ in range(count - 1)]
        processes = [
            subprocess.Popen(  # noqa: S603 - our own command, with the arguments it was called with
                [sys.executable, "-c", _PROGRAM, *arguments, "--task", str(task)],
                env=environment,
                stdin=subprocess.PIPE,  # nothing is ever written: its end is this process' end
                stdout=subprocess.DEVNULL if task else None,
                stderr=logs[task],
                start_new_session=True,  # Ctrl-C comes to this process alone, which tells the chief
            )
            for task in range(count)
        ]
        stack.callback(_end_all, processes)
        with _hand_on_signals(processes[0]):
            task = _wait_for_first_to_fail(processes)
        code, chief_code = processes[task].returncode, processes[0].poll()
        if (log := logs[task]) is not None:  # the chief has spoken for itself
            log.seek(0)
            said = log.read().decode(errors="replace").strip()
            click.echo(f"Worker {task} said:\n{said}", err=True)
    if code < 0 and code not in _STOPPED and (chief_code is None or chief_code <= 0):
        raise TrainingError(
            f"Worker {task} was killed ({signal.Signals(-code).name}), and a training needs all its workers. "
            "The epochs before are kept: go on with --resume."
        )
    if code < 0:
        code = 128 - code if code in _STOPPED else 1
    click.get_current_context().exit(code)


def end_with_parent() -> None:
    """Have this process, one of these workers, stop when the one that started it is gone."""
    threading.Thread(target=_stop_without_parent, daemon=True).start()


def _stop_without_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # all are told at once, and stop behind the same batch
    time.sleep(_ENDING_SECONDS)
    os._exit(128 + signal.SIGTERM)


def _wait_for_first_to_fail(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait until all have ended or have no more to say; return the task that failed first, else the chief's."""
    failed: int | None = None
    deadline: float | None = None
    chief = processes[0]
    while None in [process.poll() for process in processes]:
        if failed is None:
            failed = next((task for task, process in enumerate(processes) if process.returncode), None)
            if failed is not None:
                deadline = time.monotonic() + _CHIEFS_LAST_WORDS_SECONDS
        if chief.returncode:  # the others have no more to say, and may wait for ever to join it
            break
        if chief.returncode == 0 and deadline is None:
            deadline = time.monotonic() + _ENDING_SECONDS
        if deadline is not None and time.monotonic() > deadline:
            break
        time.sleep(0.05)
    if failed is None:
        failed = next((task for task, process in enumerate(processes) if process.returncode), 0)
    # Where all were told to stop, the chief tells how to go on.
    return 0 if processes[failed].returncode in _STOPPED and chief.returncode is not None else failed


def _end_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


@contextmanager
def _hand_on_signals(chief: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand the first SIGINT or SIGTERM to the chief, with whom all stop; a second one ends all at once."""
    received: list[int] = []

    def hand_on(number: int, _frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        chief.send_signal(number)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _find_addresses(count: int) -> list[str]:
    """Return addresses of this machine on ports that are free now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((_HERE, 0))
        return [f"{_HERE}:{one.getsockname()[1]}" for one in sockets]


def _drop_option(arguments: Sequence[str], name: str) -> list[str]:
    """Return the arguments without an option and its value."""
    kept = []
    words = iter(arguments)
    for word in words:
        if word == name:
            next(words, None)
        elif not word.startswith(f"{name}="):
            kept.append(word)
    return kept
