"""Trainings that are killed, that meet a failing disk, or that meet each other."""

from __future__ import annotations

import errno
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from torture.disk import Fault
from torture.outcome import Outcome, check_equal, check_whole, is_finished
from torture.trainings import BrokenPromiseError, Ending, Training

_KILLED = -9
_MOST_KILLS = 8  # of one training at random instants; it would take for ever if every process were killed


class Field:
    """Where trainings are interrupted: their places, and the uninterrupted one beside which they stand.

    Args:
        folder: for all of them.
        source: of the configuration and the reviews.
        rng: chooses.
    """

    def __init__(self, folder: Path, *, source: Path, rng: random.Random) -> None:
        self._folder = folder
        self._source = source
        self._rng = rng
        self._number = 0

    def place_training(self) -> Training:
        """Return one that has not begun."""
        self._number += 1
        return Training(self._folder / f"training-{self._number}", self._source)

    def kill_at_calls(self, calls: Sequence[int], reference: Outcome) -> Iterator[Counter[str]]:
        """Kill one training at each call, then the process that goes on with it at some call; finish and compare.

        Yields:
            How many kills and trainings, after each training.
        """
        for call in calls:
            training = self.place_training()
            kills = 0
            for ending in (
                training.start(fault=Fault(call)).wait(),
                training.go_on(fault=Fault(self._rng.randint(1, 40))).wait(),
            ):
                kills += _check_killed(ending, training, reference)
            yield _finish(training, reference) | Counter(kills=kills)

    def kill_at_instants(self, kills: int, reference: Outcome, *, seconds: float) -> Iterator[Counter[str]]:
        """Kill trainings at random instants, some several times, until so many kills are reached.

        Args:
            kills: at least.
            reference: what each must end as.
            seconds: that an uninterrupted training takes.

        Yields:
            As `kill_at_calls`.
        """
        total = 0
        while total < kills:
            training = self.place_training()
            process, killed = training.start(), 0
            while killed < min(_MOST_KILLS, kills - total):
                ending = process.wait(kill_after=self._rng.uniform(0.0, seconds))
                if not _check_killed(ending, training, reference):
                    break
                killed += 1
                if is_finished(training.run):
                    break
                process = training.go_on()
            else:
                process.wait()
            total += killed
            yield _finish(training, reference) | Counter(kills=killed)

    def fail_at_calls(self, calls: Sequence[int], reference: Outcome) -> Iterator[Counter[str]]:
        """Let the disk fail at each call, full and by an input/output error; then go on and compare.

        Yields:
            How many failures, how many of them ended the command, and trainings, after each training.
        """
        for error in (errno.ENOSPC, errno.EIO):
            for call in calls:
                training = self.place_training()
                ending = training.start(fault=Fault(call, error)).wait()
                where = f"call {call}, {errno.errorcode[error]}, {training.place}"
                check_whole(training.run, reference)
                if ending.status == 1:
                    _check_message(ending, where)
                elif ending.status != 0 or not is_finished(training.run):
                    raise BrokenPromiseError(f"{where}: exit code {ending.status}: {ending.output[-500:]}")
                yield _finish(training, reference) | Counter(failures=1, errors=ending.status)

    def race(self, rounds: int, reference: Outcome) -> Iterator[Counter[str]]:
        """Let two processes train in one folder at once: one does, the other is refused.

        Yields:
            How many rounds, after each.
        """
        for _ in range(rounds):
            training = self.place_training()
            processes = [training.start(name=name) for name in ("one", "other")]
            endings = [process.wait() for process in processes]
            statuses = sorted(ending.status for ending in endings)
            if statuses[0] != 0 or statuses[1] not in {1, 2}:
                raise BrokenPromiseError(f"{training.place}: two at once ended with {statuses}")
            _check_message(next(ending for ending in endings if ending.status), str(training.place))
            yield _finish(training, reference) | Counter(rounds=1)


def _check_killed(ending: Ending, training: Training, reference: Outcome) -> int:
    """Return 1 where the process was killed, 0 where it came to its own end first; all files must be whole."""
    check_whole(training.run, reference)
    if ending.status not in {_KILLED, 0} and not is_finished(training.run):
        raise BrokenPromiseError(f"{training.place}: exit code {ending.status}: {ending.output[-500:]}")
    return int(ending.status == _KILLED)


def _finish(training: Training, reference: Outcome) -> Counter[str]:
    """Go on until the training is finished, compare it, and remove it."""
    if not is_finished(training.run):
        ending = training.go_on().wait()
        if ending.status != 0:
            raise BrokenPromiseError(f"{training.place} does not go on: {ending.status}: {ending.output[-500:]}")
    check_equal(training.run, reference)
    training.remove()
    return Counter(trainings=1)


def _check_message(ending: Ending, where: str) -> None:
    """Expect an error of one or two lines."""
    _, error, message = ending.output.partition("Error: ")
    too_much = "Traceback" in ending.output or "fault of lstm-cli" in message
    if not error or too_much or len(message.strip().splitlines()) > 2:
        raise BrokenPromiseError(f"{where}: no clear error: {ending.output[-1500:]}")
