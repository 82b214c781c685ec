"""Several trainings by one command: models, seeds or folds; one run folder each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.config import Config, load_config, save_config
from lstm_cli.data.standard_input import move_for_configs
from lstm_cli.errors import DivergedError, TrainingError
from lstm_cli.sessions.configs import check_apart, settle_config
from lstm_cli.sessions.facts import RunBegan, RunDiverged
from lstm_cli.sessions.run import Run, is_over, load_finished_run
from lstm_cli.sessions.session import Session
from lstm_cli.sessions.start import leaves_little, prepare_kernels, start_keras_for
from lstm_cli.training.run_folder import RunFolder, create_numbered_folder, create_run_folder


@dataclass(frozen=True)
class SeveralRuns:
    """What came of several runs.

    Attributes:
        planned: how many were to be trained.
        runs: those that came to an end, in order; of the last one the user may have asked for it.
        diverged: the folders of those whose loss was no number any more.
    """

    planned: int
    runs: Sequence[Run]
    diverged: Sequence[Path]


def plan_runs(
    configs: Sequence[Config], *, parent: Path | None, force: bool, session: Session, kept: Path | None = None
) -> tuple[Path, list[Path]]:
    """Make the folders of some runs, each with its configuration, so that what is still to be trained is known.

    They are `PARENT/MODEL/seed-N`, or `fold-N`, without the level that all runs share.

    Args:
        configs: of the runs; no two alike in name, seed and fold.
        parent: the folder of all; by default `runs/several`, then `runs/several-2` and so on.
        force: use folders even if runs are in them already.
        session: reads the data.
        kept: reviews without a place of their own, which are moved into the folder of all.

    Returns:
        The parent, and the folder of each run.

    Raises:
        ConfigError: a folder is in use, or holds other such reviews, and `force` is not given.
        DataError: reviews cannot be read.
        OutputError: a folder cannot be made, or a model is larger than a file of ours may be.
    """
    prepare_kernels(configs)
    for config in configs:  # data that cannot be read, or learnt from, are found before a folder is made
        settle_config(config, session.read(config))
        if parent is not None:
            check_apart(config, parent)
    if parent is None:
        names = {config.name for config in configs}
        parent = create_numbered_folder(names.pop() if len(names) == 1 else "several")
    folders = [
        create_run_folder(parent / place, model=config.name, force=force)
        for config, place in zip(configs, _name_places(configs), strict=True)
    ]
    if kept is not None:
        configs = move_for_configs(configs, kept, folder=parent, force=force)
    for config, folder in zip(configs, folders, strict=True):
        with folder.lock():
            folder.prepare(force=force)
            save_config(folder.config, config)
    return parent, [folder.path for folder in folders]


def list_planned_runs(parent: Path) -> list[Path]:
    """Return the folders of the runs below a parent, finished, begun or only planned."""
    files = (path for depth in ("*", "*/*") for path in parent.glob(f"{depth}/config.yaml"))
    return sorted((path.parent for path in files), key=lambda path: (path.parent, _read_number(path.name)))


def list_unfinished_runs(parent: Path, *, changes: Sequence[str]) -> list[Path]:
    """Return the folders of those runs below a parent that need further epochs.

    Args:
        parent: the folder that holds them.
        changes: as for `Session.resume`.

    Raises:
        TrainingError: all are finished.
    """
    paths = [path for path in list_planned_runs(parent) if not is_over(path, changes=changes)]
    if not paths:
        raise TrainingError(f"All runs in {parent} have finished. To extend them, give more epochs with --epochs.")
    return paths


def resume_runs(parent: Path, *, session: Session, changes: Sequence[str] = ()) -> SeveralRuns:
    """Train those runs below a parent that need further epochs; what comes of it is of all of them.

    Args:
        parent: the folder that holds them.
        session: trains each.
        changes: as for `Session.resume`, for each.

    Raises:
        TrainingError: all are finished.
    """
    everything = list_planned_runs(parent)
    paths = list_unfinished_runs(parent, changes=changes)
    epochs = [change for change in changes if change.startswith("training.epochs=")]
    for path in paths if epochs else ():  # so that after a stop those to come still know of it
        with RunFolder(path, load_config(path / "config.yaml").name).lock():
            save_config(path / "config.yaml", load_config(path / "config.yaml", overrides=epochs))
    trained = train_runs(paths, session=session, changes=changes)
    finished = [load_finished_run(path) for path in everything if path not in paths]
    runs = [*finished, *trained.runs]
    if not trained.runs or not trained.runs[-1].result.interrupted:  # which is told of the last
        runs.sort(key=lambda run: everything.index(run.folder.path))
    return SeveralRuns(len(everything), runs, trained.diverged)


def train_runs(paths: Sequence[Path], *, session: Session, changes: Sequence[str] = ()) -> SeveralRuns:
    """Train one planned run after the other, or go on with it, until all are done or the user asks to stop.

    Args:
        paths: their folders.
        session: trains each.
        changes: as for `Session.resume`, for each.
    """
    configs = [load_config(path / "config.yaml", overrides=changes) for path in paths]
    if len({leaves_little(config) for config in configs}) > 1:  # what suits the first would not suit the others
        start_keras_for(configs, threads=session.threads)
    runs: list[Run] = []
    diverged = []
    for number, (path, config) in enumerate(zip(paths, configs, strict=True), start=1):
        session.listener(RunBegan(number, len(paths), config))
        try:
            runs.append(session.resume(path, changes=changes))
        except DivergedError as error:  # the others can still be trained
            session.listener(RunDiverged(path, error))
            diverged.append(path)
            continue
        if runs[-1].result.interrupted:
            break
    return SeveralRuns(len(paths), runs, diverged)


def _name_places(configs: Sequence[Config]) -> list[Path]:
    """Return each run's folder below the parent: only what tells the runs apart."""
    several_models = len({config.name for config in configs}) > 1
    several_seeds = len({config.training.seed for config in configs}) > 1

    def name_place(config: Config) -> str:
        if config.data.fold is not None:
            return f"fold-{config.data.fold}"
        return f"seed-{config.training.seed}" if several_seeds else ""

    return [Path(config.name if several_models else "") / name_place(config) for config in configs]


def _read_number(name: str) -> tuple[str, int]:
    """Return the parts of `seed-10`, which comes after `seed-9`."""
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdecimal() else (name, 0)
