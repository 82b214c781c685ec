"""The workers of one machine: started, watched, replaced when they are killed, stopped."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import optuna

from lstm_cli.errors import TrainingError
from lstm_cli.sweep.study import explain_storage_errors, release_trials
from lstm_cli.sweep.worker import SweepJob, name_worker, run_worker

_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class _Worker:
    process: BaseProcess
    connection: Connection

    def read_failure(self) -> str:
        """Return why it ended, in words for the user, if it could still say so."""
        try:
            return self.connection.recv_bytes().decode() if self.connection.poll() else ""
        except (EOFError, OSError):
            return ""


def run_workers(
    job: SweepJob,
    *,
    study: optuna.Study,
    jobs: int,
    report: Callable[[], None],
    stop_requested: Callable[[], bool],
) -> None:
    """Run the workers until all have ended by themselves; trials of killed ones are queued again.

    Args:
        job: what each is told.
        study: the same that they work on.
        jobs: how many.
        report: called now and then, for the display.
        stop_requested: asked now and then; true ends the workers after the batch under way.

    Raises:
        TrainingError: a worker could not go on; what it said.
        OutputError: a worker could not write.
    """
    workers = [_start(job) for _ in range(jobs)]
    is_stopping = False
    try:
        while workers:
            wait([worker.process.sentinel for worker in workers], timeout=_SECONDS_BETWEEN_LOOKS)
            if stop_requested() and not is_stopping:
                is_stopping = True
                for worker in workers:
                    _tell_to_stop(worker)
            for worker in [worker for worker in workers if not worker.process.is_alive()]:
                workers.remove(worker)
                with explain_storage_errors(job.storage):
                    _bury(worker, study)
                if worker.process.exitcode and not is_stopping:
                    workers.append(_start(job))
            with explain_storage_errors(job.storage):
                report()
    finally:  # all have ended, unless something failed or the user insists
        for worker in workers:
            _tell_to_stop(worker)
        for worker in workers:
            worker.process.join(timeout=0 if is_stopping else 10)
            worker.process.kill()
            worker.process.join()
            with explain_storage_errors(job.storage):
                release_trials(study, name_worker(worker.process.pid or 0))


def _start(job: SweepJob) -> _Worker:
    # A fresh interpreter, because TensorFlow does not survive a fork.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=run_worker, args=(job, there))
    process.start()
    there.close()  # the worker's own copy is left, so that an end is noticed at either side
    return _Worker(process, here)


def _tell_to_stop(worker: _Worker) -> None:
    try:
        worker.connection.send_bytes(b"stop")
    except OSError:  # it has ended
        return


def _bury(worker: _Worker, study: optuna.Study) -> None:
    """Hand on what an ended worker had; raise what nobody else could do better."""
    worker.process.join()
    failure = worker.read_failure()
    worker.connection.close()
    if not worker.process.exitcode:
        return
    released = release_trials(study, name_worker(worker.process.pid or 0))
    if failure:
        raise TrainingError(failure)
    if not released:
        raise TrainingError(
            f"A worker ended with exit code {worker.process.exitcode} while it had no trial."
            " Repeat the command to go on."
        )
