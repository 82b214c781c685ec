"""Runs the engines of a case in turn, each in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from benchmarks.arithmetic import count_multiply_adds, measure_peak_gflops
from benchmarks.cases import Case
from benchmarks.engines import is_installed
from benchmarks.results import CaseResult, Measurement
from benchmarks.workload import save_case

# The threads of the engine before have gone to sleep by then.
_PAUSE_SECONDS = 0.2

# Where `python -m benchmarks…` finds the package.
ROOT = Path(__file__).parent.parent


class WorkerError(Exception):
    """A worker ended before its time; the message is the last line that it wrote to stderr."""


class Worker:
    """An engine's process, seen from outside.

    Args:
        engine: its name.
        folder: the workload's.
        log: takes the process' stderr.
        root: where `lstm_cli` and `benchmarks` are.
    """

    def __init__(self, engine: str, folder: Path, log: IO[bytes], *, root: Path = ROOT) -> None:
        self._log = log
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", engine, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=root,
            env=build_environment(),
        )
        self._rounds: list[dict[str, float]] = []
        self._start_seconds = 0.0

    def wait_until_ready(self) -> None:
        """Wait until the engine is imported and the model built."""
        self._read()
        self._start_seconds = time.perf_counter() - self._began

    def run_round(self) -> None:
        """Have it run one round, and wait for that."""
        time.sleep(_PAUSE_SECONDS)
        self._rounds.append(self._ask("round"))

    def finish(self) -> Measurement:
        """Return what its rounds gave."""
        first, *others = self._rounds
        return Measurement(
            start_seconds=self._start_seconds,
            first_seconds=first["seconds"],
            seconds=tuple(one["seconds"] for one in others),
            wait_seconds=tuple(one["wait_seconds"] for one in others),
            losses=tuple(one["loss"] for one in self._rounds),
            peak_memory=self._ask("peak"),
        )

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, question: str) -> Any:  # noqa: ANN401 - JSON
        try:
            print(question, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise WorkerError(self._read_last_words()) from None
        return self._read()

    def _read(self) -> Any:  # noqa: ANN401 - JSON
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise WorkerError(self._read_last_words())
        return json.loads(line)

    def _read_last_words(self) -> str:
        self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"it ended with status {self._process.returncode}"


def prepare_workloads(cases: Iterable[Case], folder: Path) -> None:
    """Write each case's workload into the folder of its name in `folder`.

    Raises:
        subprocess.CalledProcessError: the data cannot be read; the process has said why.
    """
    folders = []
    for case in cases:
        folders.append(folder / case.name)
        save_case(case, folders[-1])
    command = [sys.executable, "-m", "benchmarks.workload", *map(str, folders)]
    subprocess.run(command, check=True, cwd=ROOT, env=build_environment())


def measure_case(case: Case, *, folder: Path, engines: Sequence[str], rounds: int) -> CaseResult:
    """Run the engines in turn, round by round; the first round of each warms it up.

    Args:
        case: what is measured.
        folder: its workload's.
        engines: those that are not installed are passed over.
        rounds: how many after the first.
    """
    absent = {engine: "not installed" for engine in engines if not is_installed(engine)}
    workers: dict[str, Worker] = {}

    def ask_all(question: Callable[[Worker], None]) -> None:
        for engine, worker in list(workers.items()):
            try:
                question(worker)
            except WorkerError as error:
                absent[engine] = f"failed: {error}"
                del workers[engine]

    peak_gflops = measure_peak_gflops()
    with ExitStack() as stack:
        for engine in engines:
            if engine not in absent:
                workers[engine] = Worker(engine, folder, stack.enter_context(TemporaryFile()))
                stack.callback(workers[engine].close)
        ask_all(Worker.wait_until_ready)
        for _ in range(1 + rounds):
            ask_all(Worker.run_round)
        measurements = {engine: worker.finish() for engine, worker in workers.items()}
    return CaseResult(
        name=case.name,
        task=case.task,
        reviews=case.reviews,
        table_reviews=case.table_reviews,
        multiply_adds=count_multiply_adds(case),
        peak_gflops=max(peak_gflops, measure_peak_gflops()),
        measurements=measurements,
        absent=absent,
    )


def build_environment(**changes: str) -> dict[str, str]:
    """Return the environment of a process whose engine computes on the processor alone."""
    return {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "-1",
        "JAX_PLATFORMS": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **changes,
    }
