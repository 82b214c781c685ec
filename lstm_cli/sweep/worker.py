"""A process that takes trials from the study until all are done."""

from __future__ import annotations

import os
import platform
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import optuna
from optuna.trial import TrialState

from lstm_cli.errors import LstmCliError
from lstm_cli.sweep.definition import Sweep
from lstm_cli.sweep.study import Storage, explain_storage_errors, join_study, list_slots, queue_stale

if TYPE_CHECKING:
    from lstm_cli.sweep.trial import TrialSetting

_SECONDS_BETWEEN_LOOKS = 1.0  # at what other workers have left


@dataclass(frozen=True)
class SweepJob:
    """What a worker is told.

    Attributes:
        sweep: what is searched.
        storage: where the study is kept.
        folder: the sweep's, on this machine.
        threads: cores of each worker.
        deadline: as `time.time()` counts, after which no trial begins; None for no end.
        has_neighbours: whether other workers compute on the same machine.
    """

    sweep: Sweep
    storage: Storage
    folder: Path
    threads: int
    deadline: float | None
    has_neighbours: bool

    @property
    def is_over(self) -> bool:
        """Whether no further trial may begin."""
        return self.deadline is not None and time.time() >= self.deadline


def name_worker(process_id: int) -> str:
    """Return the name of a worker on this machine."""
    return f"{platform.node()}:{process_id}"


def run_worker(job: SweepJob, connection: Connection) -> None:
    """Train trials until none is left, the time is over, or the other end of the connection says so or is gone.

    What the user must know of a failure is sent through the connection before the process ends with 1.
    """
    terminated: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        terminated.append(number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent tells us
    signal.signal(signal.SIGTERM, note)
    try:
        with explain_storage_errors(job.storage):
            _take_trials(job, connection, terminated=terminated)
    except LstmCliError as error:
        connection.send_bytes(str(error).encode())
        raise SystemExit(1) from error


def _take_trials(job: SweepJob, connection: Connection, *, terminated: list[int]) -> None:
    if job.is_over:  # before Keras is started for nothing
        return
    from lstm_cli.backend import start_keras

    if job.has_neighbours:  # TensorFlow would take the whole of a GPU's memory
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    start_keras(threads=job.threads, lean=True)
    import keras

    from lstm_cli.sweep.trial import TrialSetting

    setting = TrialSetting(
        sweep=job.sweep,
        folder=job.folder,
        worker=name_worker(os.getpid()),
        threads=job.threads,
        # Something to read: a word from the parent, or its end.
        stop_requested=lambda: bool(terminated) or connection.poll(),
    )
    study = join_study(job.storage, job.sweep)
    while not setting.stop_requested() and not job.is_over:
        queue_stale(study)
        work = _find_work(study, total=job.sweep.total)
        if work == "none":
            return
        if work == "elsewhere":  # its worker may die yet
            connection.poll(_SECONDS_BETWEEN_LOOKS)
            continue
        train_next(study, setting=setting)
        keras.utils.clear_session()


def train_next(study: optuna.Study, *, setting: TrialSetting) -> None:
    """Train the study's next trial; one that meanwhile was taken for another worker's is left to that."""
    from lstm_cli.sweep.trial import TrialFailed, TrialReleased, train_trial

    errors: list[Exception] = []

    def train(trial: optuna.Trial) -> float:
        try:
            return train_trial(trial, setting=setting)
        except Exception as error:
            errors.append(error)
            raise

    try:
        study.optimize(train, n_trials=1, catch=(TrialFailed, TrialReleased))
    except (optuna.exceptions.UpdateFinishedTrialError, ValueError, AssertionError) as error:
        # Optuna's words for what has ended already: we were taken for dead while asleep.
        if error in errors and not isinstance(error, optuna.exceptions.UpdateFinishedTrialError):
            raise


def _find_work(study: optuna.Study, *, total: int) -> str:
    """Return `here` where a trial can be taken, `elsewhere` where others are still at theirs, or `none`."""
    slots = list_slots(study)[:total]
    if len(slots) < total or any(slot.trial.state == TrialState.WAITING for slot in slots):
        return "here"
    return "elsewhere" if any(not slot.is_finished for slot in slots) else "none"
