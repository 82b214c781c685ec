"""What a session gives back: a training that has come to some end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_cli.config import Config, load_config
from lstm_cli.training.run_folder import RunFolder, load_record

if TYPE_CHECKING:
    from lstm_cli.training.trainer import TrainingResult


@dataclass(frozen=True)
class Run:
    """A training that has come to some end.

    Attributes:
        folder: where all of it lies.
        config: the effective one.
        result: how it ended; the user may have asked for that.
        member: the member of an ensemble in which it was asked to stop, the first is 1; None else.
    """

    folder: RunFolder
    config: Config
    result: TrainingResult
    member: int | None = None


def load_finished_run(path: Path) -> Run:
    """Return the finished run in a folder, as the session gave it back that trained it."""
    from lstm_cli.history import load_history
    from lstm_cli.training.trainer import TrainingResult

    config = load_config(path / "config.yaml")
    folder = RunFolder(path, config.name)
    result = TrainingResult(load_record(folder.record), load_history(folder.history), interrupted=False)
    return Run(folder, config, result)


def is_over(path: Path, *, changes: Sequence[str] = ()) -> bool:
    """Return whether the run in a folder needs no further epoch; one that stopped early would do so again at once.

    Args:
        path: the folder.
        changes: as for `Session.resume`.
    """
    config = load_config(path / "config.yaml", overrides=changes)
    if not (path / "run.json").exists():
        return False
    record = load_record(path / "run.json")
    epochs = config.training.epochs
    return record.finished and (record.stopped_early or epochs == "auto" or record.epochs >= epochs)
