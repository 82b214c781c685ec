"""A run's folder: its files by name, and who may train in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import filelock
from pydantic import TypeAdapter, ValidationError

from lstm_cli.data.baseline import BaselineFigures
from lstm_cli.data.standard_input import KEPT_NAME
from lstm_cli.data.word_vectors import VectorsUsed
from lstm_cli.errors import ConfigError, OutputError, TrainingError
from lstm_cli.sealed_json import is_damaged, seal_json
from lstm_cli.whole_file import is_aside, write_text_whole

_LARGEST_RECORD = 2**20  # bytes; ours have a thousand


@dataclass(frozen=True, slots=True)
class Background:
    """What a run finds out once, before its first epoch, and still knows when it goes on.

    Attributes:
        baseline: how good the regression on n-grams alone is on the validation part; None where nobody asked, or
            there is no such part.
        vectors: what the embedding began with; None without a file of vectors.
        initial_model: SHA-256 (hexadecimal) of the model file that the weights began with; None without one.
    """

    baseline: BaselineFigures | None = None
    vectors: VectorsUsed | None = None
    initial_model: str | None = None


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member of an ensemble, as the ensemble's record has it.

    Attributes:
        folder: the member's run, within the ensemble's.
        seed: of its training.
        best_epoch: the one whose weights it gives.
        best: that epoch's figures.
    """

    folder: str
    seed: int
    best_epoch: int | None
    best: dict[str, float]


@dataclass(frozen=True)
class RunRecord:
    """What belongs to a run and not to an epoch: the content of `run.json`.

    Attributes:
        model: the configuration's name.
        seed: of the weights, the batches' order and dropout.
        dataset: name of the data set.
        fingerprint: SHA-256 of its content.
        reviews: size of each split.
        parameters: numbers that the model learns.
        kernel: what computed the recurrence, `keras` or `fast`.
        device: what it was computed on.
        versions: of Python and the libraries that the figures depend on.
        fold: which of the data's folds is the test part; None without folds.
        finished: whether the training came to its own end.
        stopped_early: whether that was because the validation figure no longer improved.
        epochs: how many were trained.
        best_epoch: the one that the model file holds; the first is 1. None before the first has ended.
        best: that epoch's figures.
        baseline: as `Background` has it.
        vectors: likewise.
        initial_model: likewise.
        members: of an ensemble; its own figures then are those of all together on the validation part, and the
            mean of theirs on the training part.
    """

    model: str
    seed: int
    dataset: str
    fingerprint: str
    reviews: dict[str, int]
    parameters: int
    kernel: str
    device: str
    versions: dict[str, str]
    fold: int | None = None
    finished: bool = False
    stopped_early: bool = False
    epochs: int = 0
    best_epoch: int | None = None
    best: dict[str, float] = field(default_factory=dict)
    baseline: BaselineFigures | None = None
    vectors: VectorsUsed | None = None
    initial_model: str | None = None
    members: list[MemberRecord] = field(default_factory=list)

    @property
    def background(self) -> Background:
        """What the run found out before its first epoch."""
        return Background(self.baseline, self.vectors, self.initial_model)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to `run.json`."""
        return asdict(self)


@dataclass(frozen=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: the folder.
        model: the configuration's name, which the model files carry.
    """

    path: Path
    model: str

    @property
    def config(self) -> Path:
        """The effective configuration."""
        return self.path / "config.yaml"

    @property
    def history(self) -> Path:
        """The figures of every epoch."""
        return self.path / "history.json"

    @property
    def record(self) -> Path:
        """What belongs to the run."""
        return self.path / "run.json"

    @property
    def picture(self) -> Path:
        """The loss curves."""
        return self.path / "loss.png"

    @property
    def best_model(self) -> Path:
        """The weights of the best epoch."""
        return self.path / f"best-{self.model}-model.h5"

    @property
    def last_model(self) -> Path:
        """The weights of the last epoch, where the best ones are not restored."""
        return self.path / f"last-{self.model}-model.h5"

    @property
    def data(self) -> Path:
        """The reviews, where they had no place of their own."""
        return self.path / KEPT_NAME

    @property
    def state(self) -> Path:
        """The subfolder with what resuming needs."""
        return self.path / "state"

    @property
    def members(self) -> Path:
        """The subfolder with the runs of an ensemble's members."""
        return self.path / "members"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other training out of the folder; the lock ends with the process, however it ends.

        What a killed training was just writing is removed: nobody else can be at it now.

        Raises:
            TrainingError: another training is under way in it.
        """
        lock = filelock.FileLock(self.state / "lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise TrainingError(
                f"Another training is under way in {self.path}. Wait for it, or name another folder with --output."
            ) from error
        except OSError as error:
            raise _explain(self.path, error) from error
        try:
            for path in self._list_asides():
                with suppress(OSError):  # it costs room on the disk and nothing else
                    path.unlink()
            yield
        finally:
            lock.release()

    def is_unused(self, *, but_for: Collection[Path] = ()) -> bool:
        """Return whether nothing lies in it but the traces of a training that never began, and some files."""
        traces = {self.state, self.state / "lock", *self._list_asides(), *but_for}
        return all(path in traces for path in self.path.rglob("*"))

    def prepare(self, *, force: bool) -> None:
        """Make room for a new run; the caller holds the lock.

        Args:
            force: remove what an earlier run left; files that are not a run's stay.

        Raises:
            ConfigError: the folder is in use and `force` is not given.
            OutputError: a file cannot be removed.
        """
        if not force:
            if not self.is_unused():  # a training that began at the same time may have ended meanwhile
                raise _explain_used(self.path)
            return
        try:
            for path in (*self._list_files(), *self.state.glob("*.state")):
                path.unlink(missing_ok=True)
            if self.members.is_dir() and any(self.members.glob("*/config.yaml")):
                shutil.rmtree(self.members)
        except OSError as error:
            raise _explain(self.path, error) from error

    def _list_files(self) -> list[Path]:
        return [self.config, self.history, self.record, self.picture, self.best_model, self.last_model]

    def _list_asides(self) -> list[Path]:
        """Return what killed trainings were writing when they ended."""
        files = [*self._list_files(), self.data, self.state / "newest.state"]
        candidates = (path for folder in (self.path, self.state) for path in folder.glob(".*"))
        return [path for path in candidates if any(is_aside(path, of=file) for file in files)]


def create_run_folder(output: Path | None, *, model: str, force: bool) -> RunFolder:
    """Create the folder of a new run.

    Args:
        output: where; by default `runs/<model>`, or `runs/<model>-2` and so on where that exists.
        model: the configuration's name.
        force: use `output` even if a run is in it already.

    Raises:
        ConfigError: `output` exists and `force` is not given.
        OutputError: the folder cannot be made.
    """
    try:
        if output is None:
            path = create_numbered_folder(model)
        else:
            path = output
            if path.exists() and not path.is_dir():
                raise ConfigError(f"{path} is a file; --output names a folder.")
            if path.is_dir() and not RunFolder(path, model).is_unused() and not force:
                raise _explain_used(path)
            path.mkdir(parents=True, exist_ok=True)
        folder = RunFolder(path, model)
        folder.state.mkdir(exist_ok=True)
    except OSError as error:
        raise _explain(output or Path("runs"), error) from error
    return folder


def is_planned(path: Path) -> bool:
    """Return whether a folder holds a run's configuration and nothing that a training made."""
    made = ("history.json", "best-*-model.h5", "state/newest.state", "state/previous.state")
    return (path / "config.yaml").is_file() and not any(any(path.glob(pattern)) for pattern in made)


def remove_unused(folder: RunFolder, *, made: Collection[Path] = ()) -> None:
    """Remove the folder of a run that never began, with what was made for it, unless something else lies in it."""
    if folder.is_unused(but_for=made):
        shutil.rmtree(folder.path, ignore_errors=True)


def save_record(path: Path, record: RunRecord) -> None:
    """Write `run.json`."""
    write_text_whole(path, seal_json(json.dumps(record.to_dict(), indent=2)))


def load_record(path: Path) -> RunRecord:
    """Read `run.json`.

    Raises:
        TrainingError: it is missing or is no record of ours.
    """
    try:
        # Strictly by the types above; keys of a later version are passed over.
        with path.open("rb") as file:
            content = file.read(_LARGEST_RECORD)
        if is_damaged(content.decode(errors="replace")):
            raise TrainingError(
                f"{path} does not match its checksum: it is damaged or was edited. Put it back, or train anew."
            )
        return TypeAdapter(RunRecord).validate_json(content, strict=True)
    except OSError as error:
        raise TrainingError(f"{path.parent} is no run folder: {path.name}: {error.strerror}.") from error
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise TrainingError(
            f"{path} is no record of a run: {f'{place}: ' if place else ''}{problem['msg']}."
        ) from error


def create_numbered_folder(name: str) -> Path:
    """Create and return `runs/<name>`, or `runs/<name>-2` and so on where that exists.

    Raises:
        OutputError: it cannot be made.
    """
    parent = Path("runs")
    number = 1
    try:
        parent.mkdir(exist_ok=True)
        while True:
            path = parent / (name if number == 1 else f"{name}-{number}")
            try:
                path.mkdir()  # two trainings that start at once get a folder each
            except FileExistsError:
                number += 1
            else:
                return path
    except OSError as error:
        raise _explain(parent, error) from error


def _explain_used(path: Path) -> ConfigError:
    return ConfigError(f"{path} is not empty. Take another --output, or --force to train in it anew.")


def _explain(path: Path, error: OSError) -> OutputError:
    return OutputError(f"Cannot write to {path}: {error.strerror or error}. Name a folder of yours with --output.")
