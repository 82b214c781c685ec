"""Tiny trainings by `lstm-train`, each in a process of its own, forked from one that has imported TensorFlow.

A start of TensorFlow costs seconds; a fork costs nothing and is safe as long as this process has one thread and no
TensorFlow operation has run in it, which is checked. What runs in the child is the command itself.
"""

from __future__ import annotations

import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from torture.disk import Disk, Fault

LONGEST = 180.0  # seconds that a training of a second or two may take before it counts as hung
_WORDS = ["good", "fine", "lovely", "bad", "dull", "awful", "film", "plot", "cast", "the", "a", "of", "and", "was"]
_IMPORTED = (
    "keras",
    "tensorflow",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "matplotlib.font_manager",
    "PIL.PngImagePlugin",
    "sklearn.model_selection",
    "lstm_cli.cli.train",
    "lstm_cli.models.fast_layers",
    "lstm_cli.training.trainer",
)
# Of jemalloc, inside pyarrow, which pandas and so Keras import: it tends to forks by itself.
_SAFE_THREADS = {"jemalloc_bg_thd"}
_CONFIG = """
data: {num_words: 60, maxlen: 12}
model:
  embedding: {output_dim: 3}
  recurrent: [{cell: gru, units: 2, dropout: 0.2}]
training:
  optimizer: {name: adam, learning_rate: 0.05}
  early_stopping: null
  batch_size: 16
  epochs: 3
  seed: 7
"""


class BrokenPromiseError(Exception):
    """Something that docs/reliability.md says did not hold."""


def import_everything() -> None:
    """Import what a training imports, so that its process need not, and start nothing.

    Raises:
        BrokenPromiseError: a thread runs, so that forking would not be safe.
    """
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:  # TensorFlow's banner goes to the descriptor itself
        os.dup2(nowhere.fileno(), 2)
        for name in _IMPORTED:
            importlib.import_module(name)
    os.dup2(kept, 2)
    os.close(kept)
    threads = [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
    if len([name for name in threads if name not in _SAFE_THREADS]) > 1:
        raise BrokenPromiseError("This process has several threads: a fork of it would not be safe.")


@dataclass(frozen=True)
class Ending:
    """How a process ended.

    Attributes:
        status: its exit code, or minus the number of the signal that killed it.
        output: stdout and stderr.
        calls: those that changed the training's folder; none where it was killed.
        seconds: it took.
    """

    status: int
    output: str
    calls: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Process:
    """A training under way.

    Attributes:
        pid: the process'.
        place: where its output and its calls go.
        began: when, by `time.monotonic`.
    """

    pid: int
    place: Path
    began: float

    def wait(self, *, kill_after: float | None = None) -> Ending:
        """Wait for its end, killing it after so many seconds.

        Raises:
            BrokenPromiseError: it hangs.
        """
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            seconds = time.monotonic() - self.began
            if pid:
                break
            if kill_after is not None and seconds >= kill_after:
                os.kill(self.pid, signal.SIGKILL)
                kill_after = None
            if seconds > LONGEST:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise BrokenPromiseError(f"A training hangs: {self.place}")
            time.sleep(0.002)
        calls = self.place / "calls"
        return Ending(
            status=os.waitstatus_to_exitcode(status),
            output=(self.place / "output").read_text(encoding="utf-8", errors="replace"),
            calls=tuple(calls.read_text(encoding="utf-8").splitlines()) if calls.exists() else (),
            seconds=seconds,
        )


@dataclass(frozen=True)
class Training:
    """One training, in as many processes as it takes.

    Attributes:
        place: its folder: `disk/` is watched, and holds the run and the cache of the reviews.
        source: the folder of the configuration and the reviews.
    """

    place: Path
    source: Path

    @property
    def run(self) -> Path:
        """The run's folder."""
        return self.place / "disk" / "run"

    def start(self, *, fault: Fault | None = None, name: str = "process") -> Process:
        """Start it anew."""
        config, reviews = self.source / "tiny.yaml", self.source / "reviews.csv"
        arguments = ["-c", str(config), "-d", str(reviews), "-o", str(self.run), "--threads", "1"]
        return self._fork(arguments, fault=fault, name=name)

    def go_on(self, *, fault: Fault | None = None) -> Process:
        """Resume it; where its configuration was not yet written, there is nothing to resume."""
        if not (self.run / "config.yaml").exists():
            return self.start(fault=fault)
        return self._fork(["--resume", str(self.run), "--threads", "1"], fault=fault, name="process")

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.place)

    def _fork(self, arguments: list[str], *, fault: Fault | None, name: str) -> Process:
        place = self.place / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "output").touch()  # a kill may come before the process opens it
        disk = self.place / "disk"
        disk.mkdir(exist_ok=True)
        began = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _run_command(arguments, disk=disk, fault=fault, place=place)
        return Process(pid, place, began)


def _run_command(arguments: list[str], *, disk: Path, fault: Fault | None, place: Path) -> NoReturn:
    """Run `lstm-train` in this process, a child's, and end it."""
    status = 99
    try:
        from lstm_cli.cli.train import train

        os.environ |= {"XDG_CACHE_HOME": str(disk / "cache"), "TMPDIR": str(place)}
        tempfile.tempdir = None  # TensorFlow's own files, which a kill leaves, go with the rest
        output = os.open(place / "output", os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        watched = Disk(disk, fault=fault)
        watched.install()
        try:
            train.main(arguments, prog_name="lstm-train")
        except SystemExit as ending:
            status = int(ending.code or 0)
        (place / "calls").write_text("\n".join(watched.calls), encoding="utf-8")
    except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def make_source(folder: Path) -> Path:
    """Write the configuration and 178 short reviews, and return their folder."""
    rng = random.Random(0)  # noqa: S311 - no secret
    folder.mkdir(parents=True)
    (folder / "tiny.yaml").write_text(_CONFIG, encoding="utf-8")
    # 128 of them to train: full batches alone, which saves the compiling of a step of another size.
    rows = [f"{' '.join(rng.choices(_WORDS, k=9))} n{number},{number % 2}\n" for number in range(178)]
    (folder / "reviews.csv").write_text("text,label\n" + "".join(rows), encoding="utf-8")
    return folder
