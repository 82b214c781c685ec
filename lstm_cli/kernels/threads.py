"""One small pool of threads for the kernels, shared by all trainings of the process.

numba's own threads are not used: its default layer aborts the process when two Python threads enter it at
once. Here the calling thread works too, takes one task after the other, and waits only for tasks that a helper
has begun: where the other cores are busy the helpers come late, find nothing left, and nobody spins.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue


class _Job:
    """Tasks 0 … count - 1 of one call; each is taken once, by whoever is free."""

    def __init__(self, task: Callable[[int], None], count: int) -> None:
        self.task = task
        self.count = count
        self.tickets = itertools.count()  # next() is atomic: it is one C call under the interpreter's lock
        self.reports: SimpleQueue[BaseException | None] = SimpleQueue()

    def work(self) -> int:
        """Run tasks until none is left; report each, and return how many they were."""
        done = 0
        while (index := next(self.tickets)) < self.count:
            try:
                self.task(index)
            except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
                self.reports.put(error)
            else:
                self.reports.put(None)
            done += 1
        return done


class _Pool:
    """Helpers that sleep until a job comes."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[_Job] = SimpleQueue()
        self.helpers = 0
        self.lock = threading.Lock()

    def _help(self) -> None:
        while True:
            self.queue.get().work()

    def call(self, job: _Job, helpers: int) -> None:
        with self.lock:
            while self.helpers < helpers:
                threading.Thread(target=self._help, name="kernels", daemon=True).start()
                self.helpers += 1
        for _ in range(helpers):
            self.queue.put(job)


def count_cores() -> int:
    """Return the cores this process may use, which a container or `taskset` may have narrowed."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Setting:
    pool = _Pool()
    threads: int | None = None


def set_threads(threads: int | None) -> None:
    """Set how many threads a kernel uses; `None` is one for each core of the process.

    The number changes the speed and never a result.

    Raises:
        ValueError: if `threads` is below 1.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be 1 or more, not {threads}")
    _Setting.threads = threads


@contextmanager
def keep_threads() -> Iterator[None]:
    """Let the number be what it was, once the body has ended."""
    before = _Setting.threads
    try:
        yield
    finally:
        _Setting.threads = before


def get_threads() -> int:
    """Return how many threads a kernel uses."""
    return _Setting.threads or count_cores()


def run_tasks(task: Callable[[int], None], count: int) -> None:
    """Call `task(0)` … `task(count - 1)`, each once, on up to `get_threads()` threads, and wait for all.

    Args:
        task: releases the interpreter's lock for the most of its work; writes nothing another task writes.
        count: how many tasks there are.

    Raises:
        BaseException: what a task raised, after all have ended.
    """
    job = _Job(task, count)
    helpers = min(get_threads(), count) - 1
    if helpers > 0:
        _Setting.pool.call(job, helpers)
    job.work()
    errors = [error for error in (job.reports.get() for _ in range(count)) if error is not None]
    if errors:
        raise errors[0]


def _forget_helpers() -> None:
    _Setting.pool = _Pool()  # threads do not survive a fork


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
