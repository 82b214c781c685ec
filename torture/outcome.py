"""What a training left: every file whole, and all of it the digits of an uninterrupted run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from lstm_cli.config import load_config
from lstm_cli.errors import LstmCliError
from lstm_cli.history import load_history
from lstm_cli.modelfile.stored_model import StoredModel, load_model_file
from lstm_cli.training.run_folder import RunRecord, load_record
from lstm_cli.training.state import read_state
from torture.trainings import BrokenPromiseError

Figures = dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Outcome:
    """A finished run, but for the time that it took.

    Attributes:
        files: their names, folders apart.
        config: the text of `config.yaml`.
        history: the figures of every epoch.
        record: `run.json`.
        best_model: the file's weights as bytes, and all else it holds.
        last_model: the same of the last epoch.
        state: the variables of the newest state as bytes, and its history.
    """

    files: tuple[str, ...]
    config: str
    history: Figures
    record: RunRecord
    best_model: tuple[Any, ...]
    last_model: tuple[Any, ...]
    state: tuple[Any, ...]


def load_outcome(run: Path) -> Outcome:
    """Read a finished run."""
    record = load_record(run / "run.json")
    best = {name: value for name, value in record.best.items() if name != "seconds"}
    return Outcome(
        files=tuple(sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())),
        config=(run / "config.yaml").read_text(encoding="utf-8"),
        history=load_figures(run / "history.json"),
        record=replace(record, best=best),
        best_model=load_model(run / "best-tiny-model.h5"),
        last_model=load_model(run / "last-tiny-model.h5"),
        state=load_variables(run / "state" / "newest.state"),
    )


def is_finished(run: Path) -> bool:
    """Return whether the run's record says so."""
    record = run / "run.json"
    return record.exists() and load_record(record).finished


def check_equal(run: Path, reference: Outcome) -> None:
    """Compare a finished run with an uninterrupted one.

    Raises:
        BrokenPromiseError: a digit differs, or a file is one too many.
    """
    found = load_outcome(run)
    names = [field.name for field in fields(Outcome)]
    differing = [name for name in names if getattr(found, name) != getattr(reference, name)]
    if differing:
        values = [f"{name}: {str(getattr(found, name))[:300]}" for name in differing]
        raise BrokenPromiseError(f"{run} differs from the uninterrupted run: {'; '.join(values)}")
    _load_picture(run / "loss.png")


def check_whole(run: Path, reference: Outcome) -> None:
    """Read every file of a run that a process left, in whatever moment it ended.

    Raises:
        BrokenPromiseError: one cannot be read, or the history is not a beginning of the uninterrupted run's.
    """
    for path in sorted(run.rglob("*")):
        if path.is_dir() or path.name.startswith(".") or path.name == "lock":
            continue  # what was being written has no name yet
        load = _LOADERS.get(path.name) or _LOADERS.get(path.suffix)
        if load is None:
            raise BrokenPromiseError(f"{path} is no file of a run")
        try:
            load(path)
        except (LstmCliError, OSError, SyntaxError, ValueError) as error:
            raise BrokenPromiseError(f"{path} cannot be read: {error}") from error
    if (run / "history.json").exists():
        history = load_figures(run / "history.json")
        epochs = len(history["loss"])
        if history != {name: values[:epochs] for name, values in reference.history.items()}:
            raise BrokenPromiseError(f"{run / 'history.json'} is no beginning of the uninterrupted history")


def load_figures(path: Path) -> Figures:
    """Return a history without its time."""
    return {name: values for name, values in load_history(path).metrics.items() if name != "seconds"}


def load_model(path: Path) -> tuple[Any, ...]:
    """Return all that a model file of ours holds, weights as bytes."""
    stored = load_model_file(path)
    if not isinstance(stored, StoredModel):
        raise BrokenPromiseError(f"{path} was read as a file of plain Keras")
    weights = [(weight.shape, weight.tobytes()) for weight in stored.weights]
    return (stored.config, stored.encoder, stored.provenance, *weights)


def load_variables(path: Path) -> tuple[Any, ...]:
    """Return all that a state holds, arrays as bytes; the time of its epochs apart."""
    state = read_state(path)
    if state is None:
        raise ValueError("no whole state")
    history = {name: values for name, values in state.history.metrics.items() if name != "seconds"}
    return (history, state.config, *[(item.dtype, item.shape, item.tobytes()) for item in state.variables])


def _load_picture(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as picture:
        picture.load()


_LOADERS: dict[str, Callable[[Path], object]] = {
    "config.yaml": load_config,
    "run.json": load_record,
    "history.json": load_history,
    "loss.png": _load_picture,
    ".h5": load_model,
    ".state": load_variables,
}
