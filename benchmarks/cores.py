"""One core, and a core that something else keeps busy: nobody may collapse there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.cases import Case
from benchmarks.measurement import Worker
from benchmarks.results import CoresResult


def can_measure_cores() -> bool:
    """Return whether this machine has two cores, and a system that pins processes to one."""
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1


def measure_cores(case: Case, *, folder: Path, engines: Sequence[str], rounds: int) -> CoresResult:
    """Train a case on all cores, with one of them busy, and on one alone; in turn, round by round.

    Args:
        case: what is trained.
        folder: its workload's.
        engines: the names of those that train it.
        rounds: how many after the first, which warms up.
    """
    seconds: dict[str, dict[str, tuple[float, ...]]] = {}
    with ExitStack() as stack:

        def start(engine: str) -> Worker:
            worker = Worker(engine, folder, stack.enter_context(TemporaryFile()))
            stack.callback(worker.close)
            worker.wait_until_ready()
            return worker

        last = max(os.sched_getaffinity(0))
        workers: list[tuple[str, str, Worker]] = []
        for engine in engines:
            workers += [(engine, "all cores", start(engine)), (engine, "one core busy", start(engine))]
            with _pin_to(last):
                workers.append((engine, "one core", start(engine)))
        for _ in range(1 + rounds):
            for _engine, condition, worker in workers:
                if condition == "one core busy":
                    with _keep_busy(last):
                        worker.run_round()
                else:
                    worker.run_round()
        for engine, condition, worker in workers:
            seconds.setdefault(engine, {})[condition] = worker.finish().seconds
    return CoresResult(case.name, seconds)


@contextmanager
def _pin_to(core: int) -> Iterator[None]:
    """Have the processes that are started meanwhile know of one core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _keep_busy(core: int) -> Iterator[None]:
    """Have another process use all of a core."""
    with _pin_to(core):
        process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
