"""Run folders on disk: found, read and checked, whoever trained them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from lstm_cli.config import Config, load_config
from lstm_cli.data.moved import Fingerprints, find_kept, find_moved
from lstm_cli.data.sources import compute_fingerprint, is_there
from lstm_cli.errors import ConfigError, DataError, HistoryError, TrainingError, suggest_sibling
from lstm_cli.history import History, load_history
from lstm_cli.training.run_folder import RunFolder, RunRecord, load_record

_RECORD, _CONFIG, _HISTORY = "run.json", "config.yaml", "history.json"
_METRICS = ("loss", "val_loss", "val_accuracy", "seconds")


@dataclass(frozen=True)
class Run:
    """One training, finished or not.

    Attributes:
        path: its folder, as the user would name it.
        config: the effective configuration.
        record: what belongs to the run.
        history: the figures of its epochs; empty before the first has ended.
    """

    path: Path
    config: Config
    record: RunRecord
    history: History

    @property
    def best_epoch(self) -> int | None:
        """The epoch that the model file holds, counted from 1; None before there is one.

        It is the history's, because a training that was killed never wrote it into its record.
        """
        return self.history.kept_epoch(self.config.training.monitor)

    @property
    def has_held_out(self) -> bool:
        """Whether there are reviews that the model has not learnt from."""
        return any(self.record.reviews.get(part) for part in ("validation", "test"))

    @property
    def best_model(self) -> Path:
        """The file with the weights of the best epoch."""
        return RunFolder(self.path, self.config.name).best_model


def find_runs(paths: Sequence[Path]) -> list[Path]:
    """Return the run folders that the paths name or hold, at any depth, each once.

    Args:
        paths: run folders, and folders of run folders.

    Raises:
        HistoryError: a path is not there, is a file, or holds no run.
    """
    found: dict[Path, Path] = {}  # by what the path comes to, so that no run is counted twice
    for path in paths:
        _check_folder(path)
        folders = list(_iter_runs(path))
        if not folders:
            raise HistoryError(
                f"Expected a run's folder; {path} holds no {_RECORD}, nor does any folder below it."
            )
        for folder in folders:
            found.setdefault(folder.resolve(), folder)
    return list(found.values())


def load_runs(paths: Sequence[Path], *, places: Sequence[str] = ()) -> list[Run]:
    """Read the runs that the paths name or hold, and check that their data sets are what they were.

    Args:
        paths: run folders, and folders of run folders.
        places: where data that were moved lie now, parts too; each run finds its own among them by what they hold.

    Raises:
        HistoryError: a path holds no run, or a run's record or history is damaged.
        ConfigError: a run's configuration is damaged.
        DataError: a data set cannot be read, or has changed since a model was trained on it.
    """
    for place in places:
        if not is_there(place):
            raise DataError(f"There is no data set at {place}. Check the path.")
    fingerprints = Fingerprints()  # runs share their data
    return [_find_data(load_run(path), places=places, fingerprints=fingerprints) for path in find_runs(paths)]


def _find_data(run: Run, *, places: Sequence[str], fingerprints: Fingerprints) -> Run:
    """Return a run with the places where its data lie now.

    Raises:
        DataError: they cannot be read, or are not what they were.
    """
    own = find_kept(run.config.data, folder=run.path)
    data = find_moved(own, fingerprint=run.record.fingerprint, places=places, fingerprints=fingerprints)
    if data is not None:
        return replace(run, config=run.config.model_copy(update={"data": data}))
    try:
        compute_fingerprint(own)
    except DataError as error:
        raise DataError(f"{error} {run.path} was trained on it: --data says where it lies now.") from error
    raise DataError(
        f"{own.place} has changed since {run.path} was trained on it, so its parts cannot be drawn again. "
        "Restore it, say with --data where it lies now, or leave the run out."
    )


def load_run(path: Path) -> Run:
    """Read one run's folder.

    Raises:
        HistoryError: its record or history is missing or damaged.
        ConfigError: its configuration is.
    """
    try:
        record = load_record(path / _RECORD)
    except TrainingError as error:
        raise HistoryError(f"{error} Train the model anew, or leave this run out.") from error
    config = load_config(path / _CONFIG)
    if config.name != record.model or config.training.seed != record.seed:
        raise ConfigError(
            f"{path}: {_CONFIG} is of {config.name}, seed {config.training.seed}, but {_RECORD} of "
            f"{record.model}, seed {record.seed}. One of them is of another run."
        )
    if not record.finished and not (path / _HISTORY).exists():
        return Run(path, config, record, History())
    history = load_history(path)
    is_validated = record.reviews.get("validation") != 0
    expected = [name for name in _METRICS if is_validated or not name.startswith("val_")]
    missing = [name for name in expected if name not in history.metrics]
    if missing:
        raise HistoryError(f"{path / _HISTORY}: expected {', '.join(expected)}; it lacks {', '.join(missing)}.")
    return Run(path, config, record, history)


def _check_folder(path: Path) -> None:
    if path.is_dir():
        return
    if path.exists():
        raise HistoryError(f"Expected a run's folder, got the file {path}. Its folder is {path.parent}.")
    raise HistoryError(f"There is no run's folder {path}.{suggest_sibling(path)}")


def _iter_runs(path: Path) -> Iterator[Path]:
    """Yield the run folders at or below a folder, `seed-2` before `seed-10`."""

    def fail(error: OSError) -> NoReturn:
        raise HistoryError(f"Cannot look for runs in {path}: {error.strerror or error}.") from error

    for name, folders, files in os.walk(path, onerror=fail):
        folders.sort(key=_split_numbers)
        # A folder that has lost its record is a damaged run, which must not go unnoticed.
        if _RECORD in files or {_CONFIG, _HISTORY} <= set(files):
            folders.clear()
            yield Path(name)


def _split_numbers(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts numbers in names by their value."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
