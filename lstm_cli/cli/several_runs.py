"""Several trainings by one command: models, seeds, or both; one run folder each."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_cli.cli.command import Output
from lstm_cli.cli.reading import tell_reading
from lstm_cli.cli.standard_input import move_for_configs

if TYPE_CHECKING:
    from lstm_cli.config import Config, DataConfig
    from lstm_cli.data.encoding import Dataset
    from lstm_cli.training.run_folder import RunFolder
    from lstm_cli.training.trainer import TrainingResult


def train_several(
    configs: Sequence[Config],
    *,
    parent: Path | None,
    force: bool,
    threads: int | None,
    output: Output,
    kept: Path | None = None,
) -> None:
    """Train one configuration after the other, and tell their outcome.

    The folders are `PARENT/MODEL/seed-N`, or `fold-N`, without the level that all runs share. All are made at
    once, each with its configuration, so that `lstm-train --resume PARENT` knows what is still to be trained.

    Args:
        configs: of the runs; no two alike in name, seed and fold.
        parent: the folder of all; by default `runs/several`, then `runs/several-2` and so on.
        force: use folders even if runs are in them already.
        threads: as `start_keras`.
        output: where to tell.
        kept: reviews without a place of their own, which are moved into the folder of all.

    Raises:
        ConfigError: a folder is in use, or holds other such reviews, and `force` is not given.
        Interrupted: the user asked to stop.
        OutputError: a model is larger than a file of ours may be.
        TrainingError: a loss was no number any more; the other runs were trained nevertheless.
    """
    from lstm_cli.config import save_config
    from lstm_cli.modelfile.stored_model import check_size
    from lstm_cli.training.run_folder import create_numbered_folder, create_run_folder

    load_dataset = _build_loader(output)
    for config in configs:  # data that cannot be read, and what cannot be kept, is found before a folder is made
        check_size(config, classes=load_dataset(config).classes)
    if parent is None:
        names = {config.name for config in configs}
        parent = create_numbered_folder(names.pop() if len(names) == 1 else "several")
    folders = [
        create_run_folder(parent / place, model=config.name, force=force)
        for config, place in zip(configs, _name_places(configs), strict=True)
    ]
    if kept is not None:
        configs = move_for_configs(configs, kept, folder=parent, force=force)
    planned = []
    for config, folder in zip(configs, folders, strict=True):
        with folder.lock():
            folder.prepare(force=force)
            save_config(folder.config, config)
        planned.append((config, folder))

    def train(config: Config, folder: RunFolder) -> TrainingResult:
        from lstm_cli.cli.single_run import train_anew

        dataset = load_dataset(config)
        return train_anew(config, folder=folder, dataset=dataset, threads=threads, output=output, planned=True)

    _train_each(planned, train=train, parent=parent, threads=threads, output=output)


def list_planned_runs(parent: Path) -> list[Path]:
    """Return the folders of the runs below a parent, finished, begun or only planned."""
    files = (path for depth in ("*", "*/*") for path in parent.glob(f"{depth}/config.yaml"))
    return sorted((path.parent for path in files), key=lambda path: (path.parent, _read_number(path.name)))


def resume_several(parent: Path, *, changes: Sequence[str], threads: int | None, output: Output) -> None:
    """Go on with what is not finished of the runs below a parent.

    Args:
        parent: the folder that holds them.
        changes: as for `resume_run`, for each.
        threads: as `start_keras`.
        output: where to tell.

    Raises:
        Interrupted: the user asked to stop.
        TrainingError: all are finished, or a loss was no number any more.
    """
    from lstm_cli.config import load_config
    from lstm_cli.data.moved import find_kept
    from lstm_cli.errors import TrainingError
    from lstm_cli.training.run_folder import RunFolder, is_planned

    load_dataset = _build_loader(output)
    planned = []
    for path in list_planned_runs(parent):
        config = load_config(path / "config.yaml", overrides=changes)
        if not _is_over(path, config):
            planned.append((config, RunFolder(path, config.name)))
    if not planned:
        raise TrainingError(f"All runs in {parent} have finished. To extend them, give more epochs with --epochs.")

    def train(config: Config, folder: RunFolder) -> TrainingResult:
        from lstm_cli.cli.single_run import resume_run, train_anew

        if not is_planned(folder.path):
            return resume_run(folder.path, changes=changes, threads=threads, output=output)
        config = config.model_copy(update={"data": find_kept(config.data, folder=folder.path)})
        dataset = load_dataset(config)
        return train_anew(config, folder=folder, dataset=dataset, threads=threads, output=output, planned=True)

    _train_each(planned, train=train, parent=parent, threads=threads, output=output)


def _name_places(configs: Sequence[Config]) -> list[Path]:
    """Return each run's folder below the parent: only what tells the runs apart."""
    several_models = len({config.name for config in configs}) > 1
    several_seeds = len({config.training.seed for config in configs}) > 1

    def name_place(config: Config) -> str:
        if config.data.fold is not None:
            return f"fold-{config.data.fold}"
        return f"seed-{config.training.seed}" if several_seeds else ""

    return [Path(config.name if several_models else "") / name_place(config) for config in configs]


def _name_run(config: Config) -> str:
    """Return what tells a run from the others of its command."""
    if config.data.fold is not None:
        return f"{config.name}, fold {config.data.fold} of {config.data.folds}"
    return f"{config.name}, seed {config.training.seed}"


def _train_each(
    planned: Sequence[tuple[Config, RunFolder]],
    *,
    train: Callable[[Config, RunFolder], TrainingResult],
    parent: Path,
    threads: int | None,
    output: Output,
) -> None:
    from lstm_cli.cli.interrupts import raise_signals
    from lstm_cli.cli.kernels import leaves_little, start_keras_for
    from lstm_cli.errors import DivergedError, Interrupted, TrainingError

    configs = [config for config, _ in planned]
    if len({leaves_little(config) for config in configs}) > 1:  # what suits the first would not suit the others
        with raise_signals():
            start_keras_for(configs, threads=threads)
    results = []
    diverged = []
    for number, (config, folder) in enumerate(planned, start=1):
        output.print_notice(f"Run {number} of {len(planned)}: {_name_run(config)}")
        try:
            results.append((config, folder, train(config, folder)))
        except DivergedError as error:  # the others can still be trained
            output.print_notice(f"{folder.path}: {error}")
            diverged.append(folder.path)
        except Interrupted as error:
            first, *_ = str(error).splitlines()
            raise Interrupted(
                f"{first} Of {len(planned)} runs, {len(results)} are finished.\n"
                f"Go on with: lstm-train --resume {shlex.quote(str(parent))}",
                exit_code=error.exit_code,
            ) from error
    if results:
        _tell(results, parent=parent, output=output)
    if diverged:
        raise TrainingError(
            f"{len(diverged)} of {len(planned)} runs did not come to an end, their loss being no number any more:"
            f" {', '.join(map(str, diverged))}."
        )


def _tell(results: Sequence[tuple[Config, RunFolder, TrainingResult]], *, parent: Path, output: Output) -> None:
    """Print each run's best epoch, and the means of each model; where it shall be quiet, the models' paths."""
    from lstm_cli.cli.single_run import describe_result, describe_validation
    from lstm_cli.history import VALIDATION_WORDS

    output.print_document(
        {"output": str(parent), "runs": [describe_result(result, folder=folder) for _, folder, result in results]}
    )
    if output.quiet:
        output.print_result("\n".join(str(folder.best_model) for _, folder, _ in results))
        return
    by_model: dict[str, list[dict[str, float]]] = {}
    for config, _, result in results:
        record = result.record
        kept = f"best {record.best_epoch}" if result.history.is_validated else "the last one kept"
        output.print_result(
            f"{_name_run(config)}: {record.epochs} epochs, {kept}, {describe_validation(record.best)}"
        )
        by_model.setdefault(config.name, []).append(record.best)
    for model, figures in by_model.items():
        means = [
            f"{words} {_format_spread([each[name] for each in figures])}"
            for name, words in VALIDATION_WORDS.items()
            if len(figures) > 1 and name in figures[0]
        ]
        if means:
            output.print_result(f"{model}, mean: {', '.join(means)}")
    output.print_result(f"\nRuns        {parent}\nCompare     lstm-compare {shlex.quote(str(parent))}")


def _format_spread(values: Sequence[float]) -> str:
    """Return the mean and the sample standard deviation."""
    from statistics import fmean, stdev

    return f"{fmean(values):.4f} ± {stdev(values):.4f}"


def _build_loader(output: Output) -> Callable[[Config], Dataset]:
    """Build a function that loads a configuration's data, and tells of them, once for all runs that share it."""
    from lstm_cli.data.dataset import load_dataset

    last: list[tuple[DataConfig, Dataset]] = []
    told: list[DataConfig] = []

    def load(config: Config) -> Dataset:
        if not last or last[0][0] != config.data:
            last[:] = [(config.data, load_dataset(config.data))]
            # Nor by their place: what had none is moved into the runs' folder once it is read.
            of_all_folds = config.data.model_copy(update={"fold": None, "dataset": last[0][1].fingerprint})
            if of_all_folds not in told:
                told.append(of_all_folds)
                tell_reading(last[0][1], output)
        return last[0][1]

    return load


def _is_over(path: Path, config: Config) -> bool:
    """Return whether a run needs no further epoch."""
    from lstm_cli.training.run_folder import load_record

    if not (path / "run.json").exists():
        return False
    record = load_record(path / "run.json")
    return record.finished and (record.stopped_early or record.epochs >= config.training.epochs)


def _read_number(name: str) -> tuple[str, int]:
    """Return the parts of `seed-10`, which comes after `seed-9`."""
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdecimal() else (name, 0)
