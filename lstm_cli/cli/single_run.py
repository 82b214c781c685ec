"""One training, from the command line's point of view: begun, gone on with, shown, told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import Output

if TYPE_CHECKING:
    from lstm_cli.config import Config
    from lstm_cli.data.encoding import Dataset
    from lstm_cli.training.cluster import Cluster
    from lstm_cli.training.run_folder import RunFolder
    from lstm_cli.training.state import TrainingState
    from lstm_cli.training.trainer import TrainingResult


def train_anew(
    config: Config,
    *,
    folder: RunFolder,
    dataset: Dataset,
    threads: int | None,
    output: Output,
    cluster: Cluster | None = None,
    force: bool = False,
    planned: bool = False,
) -> TrainingResult:
    """Train from the first epoch on; a folder in which that never came to anything is removed.

    Args:
        config: all of it is followed.
        folder: the run's.
        dataset: what `load_dataset(config.data)` gave.
        threads: as `start_keras`.
        output: where to tell.
        cluster: the workers, of which this is the chief; None where it trains alone.
        force: what an earlier run left in the folder goes.
        planned: the folder is new, and the configuration in it must stay whatever happens.

    Raises:
        ConfigError: another training has used the folder, and `force` is not given.
        Interrupted: the user asked to stop.
        TrainingError: another training is under way in the folder, or the loss is no number any more.
    """
    from lstm_cli.training.run_folder import remove_unused

    with folder.lock():
        if not planned:
            folder.prepare(force=force)
        try:
            return _run(
                config,
                dataset=dataset,
                folder=folder,
                state=None,
                threads=threads,
                cluster=cluster,
                output=output,
            )
        finally:
            remove_unused(folder)


def resume_run(
    path: Path, *, changes: Sequence[str], threads: int | None, output: Output, cluster: Cluster | None = None
) -> TrainingResult:
    """Go on with a run: its own configuration, but for how far it goes and where its reviews lie.

    Args:
        path: the run's folder.
        changes: `training.epochs=N` and `data.dataset=PATH`, or none.
        threads: as `start_keras`.
        output: where to tell.
        cluster: as in `train_anew`; others than the run began with go on just as well.

    Raises:
        ConfigError: the run's configuration is not what it began with.
        Interrupted: the user asked to stop.
        DataError: the reviews are others than those the run began with.
        TrainingError: the run is over, or cannot go on.
    """
    from lstm_cli.config import load_config
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.errors import ConfigError, DataError, TrainingError
    from lstm_cli.training.run_folder import RunFolder, is_planned, load_record
    from lstm_cli.training.state import discard_newest, list_changes, load_state

    if is_planned(path):  # its process ended before there was anything to go on from
        config = load_config(path / "config.yaml", overrides=changes)
        folder, dataset = RunFolder(path, config.name), load_dataset(config.data)
        return train_anew(
            config,
            folder=folder,
            dataset=dataset,
            threads=threads,
            output=output,
            cluster=cluster,
            planned=True,
        )
    record = load_record(path / "run.json")
    config = load_config(path / "config.yaml", overrides=changes)
    folder = RunFolder(path, config.name)
    with folder.lock():
        state, is_newest = load_state(folder.state)
        if not is_newest:
            output.print_notice("The newest state is damaged or missing: going on from the one before it.")
            discard_newest(folder.state)
        changed = list_changes(state.config, config)
        if changed:
            raise ConfigError(
                f"{path / 'config.yaml'}: {', '.join(changed)} changed since the run began: "
                "it would be another run. Take it back, or train anew with --config."
            )
        if config.training.epochs < state.history.epochs:
            raise click.UsageError(
                f"The run has {state.history.epochs} epochs already; --epochs must be more to go on."
            )
        if record.stopped_early:
            raise TrainingError(f"{path} has finished by early stopping: its patience would end it again at once.")
        if record.finished and config.training.epochs == state.history.epochs:
            raise TrainingError(f"{path} has finished all its epochs. To extend it, give more with --epochs.")
        dataset = load_dataset(config.data)
        if dataset.fingerprint != record.fingerprint:
            raise DataError(
                f"{config.data.place} is not what the run began with. Name with --data where that lies now, or "
                "train anew with --config."
            )
        return _run(
            config,
            dataset=dataset,
            folder=folder,
            state=state,
            threads=threads,
            cluster=cluster,
            output=output,
        )


def _run(
    config: Config,
    *,
    dataset: Dataset,
    folder: RunFolder,
    state: TrainingState | None,
    threads: int | None,
    cluster: Cluster | None,
    output: Output,
) -> TrainingResult:
    """Train, alone or as the chief of several workers, and tell how it goes."""
    import math
    import shlex

    from lstm_cli.backend import name_device
    from lstm_cli.classes import is_even_pair
    from lstm_cli.cli.interrupts import raise_signals, watch_signals
    from lstm_cli.cli.kernels import start_keras_for
    from lstm_cli.cli.reading import describe_counts
    from lstm_cli.data.encoding import count_classes
    from lstm_cli.errors import Interrupted
    from lstm_cli.fastrnn.precompilation import finish_precompilation

    with raise_signals():  # one that the imports swallowed still ends the command before the training
        start_keras_for([config], threads=threads, connects=cluster is not None)
        finish_precompilation()  # here a signal ends the wait at once
    from lstm_cli.cli.progress import LiveProgress, build_progress
    from lstm_cli.cli.workers import connect_workers
    from lstm_cli.history import History
    from lstm_cli.modelfile.shapes import count_parameters, measure_model
    from lstm_cli.models.kernels import choose_kernel
    from lstm_cli.training.agreement import share_config
    from lstm_cli.training.trainer import train_model

    replicas = connect_workers(cluster, output)
    if cluster:
        share_config(replicas, config)
    kernel = choose_kernel(config.model, kernel=config.training.kernel)
    parameters = count_parameters(config.model, **measure_model(config, classes=dataset.classes))
    output.print_notice(
        f"{config.name}: {parameters:,} parameters on {name_device()}, {kernel.name} kernel\n"
        f"{dataset.name}: {len(dataset.train):,} reviews to train, {len(dataset.validation):,} to validate,"
        f" {len(dataset.test):,} kept for the test"
    )
    counts = count_classes(dataset.train, dataset.classes)
    if not is_even_pair([*counts.values()]):
        output.print_notice(f"{dataset.name}: to train {describe_counts(counts)}")
    if not len(dataset.validation):
        output.print_notice(
            "Nothing is validated: all epochs are trained, none stops early, and the last one's weights are kept."
        )
    if kernel.obstacle:
        output.print_notice(f"Keras' own kernel, not the fast one, because of {kernel.obstacle}.")
    if config.data.padding == "post" and not config.model.embedding.mask_zero:
        output.print_notice(
            "data.padding is post without model.embedding.mask_zero: the last steps a layer reads are padding,"
            " which often keeps the accuracy at 0.5."
        )
    progress = build_progress(
        epochs=config.training.epochs,
        batches=math.ceil(len(dataset.train) / config.training.batch_size),
        monitor=config.training.monitor,
        history=state.history if state else History(),
    )
    try:
        with watch_signals() as stop:
            result = train_model(
                config,
                dataset=dataset,
                folder=folder,
                kernel=kernel.name,
                callbacks=[] if output.quiet else [progress],
                state=state,
                stop_requested=lambda: stop.requested,
                replicas=replicas,
            )
    finally:
        if isinstance(progress, LiveProgress):
            progress.close()
    if result.interrupted:
        raise Interrupted(
            f"Stopped in epoch {result.history.epochs + 1}; {result.history.epochs} whole epochs are kept.\n"
            f"Go on with: lstm-train --resume {shlex.quote(str(folder.path))}",
            exit_code=stop.exit_code,
        )
    return result


def tell_result(result: TrainingResult, *, folder: RunFolder, output: Output) -> None:
    """Print the summary and the next commands; where it shall be quiet, the model's path, which a script needs."""
    import shlex

    output.print_document(describe_result(result, folder=folder))
    if output.quiet:
        output.print_result(str(folder.best_model))
        return
    record, history = result.record, result.history
    seconds = sum(history.metrics["seconds"])
    reason = " (early stopping)" if record.stopped_early else ""
    best = record.best
    model_file = shlex.quote(str(folder.best_model))
    kept = "Best" if history.is_validated else "Last"
    others = "" if record.reviews["validation"] or record.reviews["test"] else " --data REVIEWS"
    output.print_result(
        f"Trained {folder.model}: {record.epochs} epochs in {seconds:.0f} s{reason}.\n"
        f"{kept} epoch {record.best_epoch}: {describe_figures(best)}\n"
        f"\n"
        f"Judge it    lstm-eval {model_file}{others}\n"
        f'Use it      echo "a wonderful film" | lstm-predict {model_file}\n'
        f"\n"
        f"Model       {folder.best_model}\n"
        f"Loss curve  {folder.picture}"
    )


def describe_figures(figures: Mapping[str, float]) -> str:
    """Return an epoch's figures in words."""
    from lstm_cli.history import VALIDATION_WORDS

    all_words = {"loss": "loss", "accuracy": "accuracy", **VALIDATION_WORDS}
    return ", ".join(f"{words} {figures[name]:.4f}" for name, words in all_words.items() if name in figures)


def describe_validation(figures: Mapping[str, float]) -> str:
    """Return an epoch's figures of the validation part in words; of the training part where there is none."""
    return describe_figures({name: value for name, value in figures.items() if name.startswith("val_")} or figures)


def describe_result(result: TrainingResult, *, folder: RunFolder) -> dict[str, Any]:
    """Return the result as it stands in the JSON document."""
    return {
        **result.record.to_dict(),
        "output": str(folder.path),
        "model_file": str(folder.best_model),
        "loss_curve": str(folder.picture),
    }
