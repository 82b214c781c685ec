"""`lstm-train`: from a configuration and reviews to a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.command import Command, Output, common_options, format_examples, threads_option

if TYPE_CHECKING:
    from lstm_cli.config import Config
    from lstm_cli.data.encoding import Dataset
    from lstm_cli.training.run_folder import RunFolder
    from lstm_cli.training.state import TrainingState
    from lstm_cli.training.trainer import TrainingResult


@click.command(
    cls=Command,
    epilog=format_examples(
        "lstm-train --model gru",
        "lstm-train -m stacked-lstm -d reviews.csv -s data.num_words=5000 -o runs/mine",
        "lstm-train --resume runs/gru --epochs 200",
    ),
)
@click.option("-m", "--model", metavar="NAME", help="A configuration by name; lstm-config ls lists them.")
@click.option("-c", "--config", "config_file", type=click.Path(path_type=Path), help="A configuration's file.")
@click.option("-s", "--set", "overrides", multiple=True, metavar="KEY.PATH=VALUE", help="Change one setting.")
@click.option("-d", "--data", metavar="NAME|PATH", help="The reviews: data.dataset.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The run's folder.  [default: runs/NAME, runs/NAME-2, …]",
)
@click.option("--epochs", type=int, help="Most passes over the reviews: training.epochs.")
@click.option("--batch-size", type=int, help="Reviews a step: training.batch_size.")
@click.option("--seed", type=int, help="Of weights, order and dropout: training.seed.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on where this run stopped.")
@click.option("-f", "--force", is_flag=True, help="Train in an --output that holds a run already, anew.")
@click.option("--dry-run", is_flag=True, help="Describe the data and the model; train nothing.")
@click.option("--print-config", is_flag=True, help="Print the effective configuration; train nothing.")
@threads_option
@common_options
def train(**options: Any) -> None:  # noqa: ANN401 - Click hands over one value an option
    """Train a recurrent sentiment classifier.

    Writes the best model (.h5), the history, the loss curves and the effective configuration into a folder.
    """
    output = Output(options["quiet"], options["verbose"], options["as_json"])
    if options["resume"] is not None:
        _resume(options, output)
        return
    config = _load_effective_config(options)
    if options["print_config"]:
        from lstm_cli.config import format_config

        output.print_result(format_config(config).rstrip())
        output.print_document(config.model_dump(mode="json"))
    elif options["dry_run"]:
        _describe(config, output)
    else:
        _train_anew(config, options, output)


def _load_effective_config(options: dict[str, Any]) -> Config:
    """Return the configuration with the command line's changes: command line > YAML > default."""
    import json

    from lstm_cli.config import find_named_config, load_config
    from lstm_cli.data.sources import DATASET_NAMES, resolve_path

    if (options["model"] is None) == (options["config_file"] is None):
        raise click.UsageError("Name a model with --model (lstm-config ls lists them) or a file with --config.")
    overrides = list(options["overrides"])
    flags = {
        "data.dataset": options["data"],
        "training.epochs": options["epochs"],
        "training.batch_size": options["batch_size"],
        "training.seed": options["seed"],
    }
    # As JSON, which is YAML too, so that a path with a colon in it stays a path.
    overrides += [
        f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in flags.items() if value is not None
    ]
    path = find_named_config(options["model"]) if options["model"] else options["config_file"]
    config = load_config(path, overrides=overrides)
    if config.data.dataset in DATASET_NAMES:
        return config
    # The run may be repeated from another folder.
    path = resolve_path(config.data.dataset).absolute()
    data = config.data.model_copy(update={"dataset": str(path) if path.exists() else config.data.dataset})
    return config.model_copy(update={"data": data})


def _describe(config: Config, output: Output) -> None:
    """Print what would be trained, without starting TensorFlow."""
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.models.shapes import count_parameters, iter_layer_shapes

    dataset = load_dataset(config.data)
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    layers = {
        name: {"shapes": [list(shape) for shape in shapes]}
        for name, shapes in iter_layer_shapes(config.model, num_words=config.data.num_words)
    }
    parameters = count_parameters(config.model, num_words=config.data.num_words)
    document = {
        "dataset": dataset.name,
        "fingerprint": dataset.fingerprint,
        "words": len(dataset.vocabulary.words),
        "splits": {
            name: {
                "reviews": len(split),
                "positive": int(split.labels.sum()),
                "unknown_rate": float(split.unknown_share.mean()) if len(split) else 0.0,
                "truncation_rate": float(split.truncated.mean()) if len(split) else 0.0,
            }
            for name, split in splits.items()
        },
        "layers": layers,
        "parameters": parameters,
    }
    output.print_result(f"Data {dataset.name}: {len(dataset.vocabulary.words):,} words known")
    for name, facts in document["splits"].items():  # type: ignore[attr-defined]  # the mapping just above
        output.print_result(
            f"  {name:<11}{facts['reviews']:>7,} reviews, {facts['positive']:>6,} positive,"
            f" {facts['unknown_rate']:6.1%} of words unknown, {facts['truncation_rate']:6.1%} cut"
        )
    output.print_result(f"Model {config.name}: {parameters:,} parameters")
    for name, layer in layers.items():
        output.print_result(f"  {name:<15}{'  '.join(' x '.join(map(str, shape)) for shape in layer['shapes'])}")
    output.print_document(document)


def _train_anew(config: Config, options: dict[str, Any], output: Output) -> None:
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.training.run_folder import create_run_folder, remove_unused

    dataset = load_dataset(config.data)
    folder = create_run_folder(options["output"], model=config.name, force=options["force"])
    with folder.lock():
        folder.clear()
        try:
            _run(config, dataset=dataset, folder=folder, state=None, threads=options["threads"], output=output)
        finally:
            remove_unused(folder)


def _resume(options: dict[str, Any], output: Output) -> None:
    """Go on with a run: its own configuration, only the number of epochs may be another."""
    from lstm_cli.config import load_config
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.errors import DataError, TrainingError
    from lstm_cli.training.run_folder import RunFolder, load_record
    from lstm_cli.training.state import load_state

    allowed = {"resume", "epochs", "threads", "quiet", "verbose", "as_json"}
    # By identity, because a seed of 0 equals False.
    refused = [
        key
        for key, value in options.items()
        if key not in allowed and value is not None and value is not False and value != ()
    ]
    if refused:
        names = ", ".join("--" + {"config_file": "config", "overrides": "set"}.get(key, key) for key in refused)
        raise click.UsageError(
            f"{names.replace('_', '-')} cannot be changed by --resume: it would be another run. Only --epochs can."
        )
    path = options["resume"]
    if not path.is_dir():
        raise click.UsageError(f"--resume expects a run's folder; {path} is none.")
    record = load_record(path / "run.json")
    overrides = [] if options["epochs"] is None else [f"training.epochs={options['epochs']}"]
    config = load_config(path / "config.yaml", overrides=overrides)
    folder = RunFolder(path, config.name)
    with folder.lock():
        state, is_newest = load_state(folder.state)
        if not is_newest:
            output.print_notice("The newest state is damaged or missing: going on from the one before it.")
        if config.training.epochs < state.history.epochs:
            raise click.UsageError(
                f"The run has {state.history.epochs} epochs already; --epochs must be more to go on."
            )
        dataset = load_dataset(config.data)
        if dataset.fingerprint != record.fingerprint:
            raise DataError(f"{config.data.dataset} has changed since the run began: train anew with --config.")
        if record.stopped_early:
            raise TrainingError(f"{path} has finished by early stopping: its patience would end it again at once.")
        if record.finished and config.training.epochs == state.history.epochs:
            raise TrainingError(f"{path} has finished all its epochs. To extend it, give more with --epochs.")
        _run(config, dataset=dataset, folder=folder, state=state, threads=options["threads"], output=output)


def _run(
    config: Config,
    *,
    dataset: Dataset,
    folder: RunFolder,
    state: TrainingState | None,
    threads: int | None,
    output: Output,
) -> None:
    """Train, draw the curves and tell the outcome."""
    import math
    import shlex
    from contextlib import suppress

    from lstm_cli.backend import name_device, start_keras
    from lstm_cli.cli.interrupts import watch_signals
    from lstm_cli.errors import Interrupted

    start_keras(threads=threads)
    from lstm_cli.cli.progress import LiveProgress, build_progress
    from lstm_cli.history import History
    from lstm_cli.models.kernels import choose_kernel
    from lstm_cli.models.shapes import count_parameters
    from lstm_cli.plotting import plot_history, save_figure
    from lstm_cli.training.trainer import train_model

    kernel = choose_kernel(config.model, kernel=config.training.kernel)
    parameters = count_parameters(config.model, num_words=config.data.num_words)
    output.print_notice(
        f"{config.name}: {parameters:,} parameters on {name_device()}, {kernel.name} kernel\n"
        f"{dataset.name}: {len(dataset.train):,} reviews to train, {len(dataset.validation):,} to validate,"
        f" {len(dataset.test):,} kept for the test"
    )
    if kernel.obstacle:
        output.print_notice(f"Keras' own kernel, not the fast one, because of {kernel.obstacle}.")
    if config.data.padding == "post" and not config.model.embedding.mask_zero:
        output.print_notice(
            "data.padding is post without model.embedding.mask_zero: the last steps a layer reads are padding,"
            " which often keeps the accuracy at 0.5."
        )
    early_stopping = config.training.early_stopping
    progress = build_progress(
        epochs=config.training.epochs,
        batches=math.ceil(len(dataset.train) / config.training.batch_size),
        monitor=early_stopping.monitor if early_stopping else "val_loss",
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
            )
    finally:
        if isinstance(progress, LiveProgress):
            progress.close()
    if result.history.epochs:
        save_figure(plot_history([(config.name, result.history)]), folder.picture)
    if result.interrupted:
        raise Interrupted(
            f"Stopped in epoch {result.history.epochs + 1}; {result.history.epochs} whole epochs are kept.\n"
            f"Go on with: lstm-train --resume {shlex.quote(str(folder.path))}",
            exit_code=stop.exit_code,
        )
    with suppress(BrokenPipeError):
        _tell(config, result, folder=folder, output=output)


def _tell(config: Config, result: TrainingResult, *, folder: RunFolder, output: Output) -> None:
    """Print the summary and the next commands."""
    import shlex

    record, history = result.record, result.history
    seconds = sum(history.metrics["seconds"])
    reason = " (early stopping)" if record.stopped_early else ""
    best = record.best
    model_file = shlex.quote(str(folder.best_model))
    output.print_result(
        f"Trained {config.name}: {record.epochs} epochs in {seconds:.0f} s{reason}.\n"
        f"Best epoch {record.best_epoch}: loss {best['loss']:.4f}, accuracy {best['accuracy']:.4f},"
        f" validation loss {best['val_loss']:.4f}, validation accuracy {best['val_accuracy']:.4f}\n"
        f"\n"
        f"Judge it    lstm-eval {model_file}\n"
        f'Use it      echo "a wonderful film" | lstm-predict {model_file}\n'
        f"\n"
        f"Model       {folder.best_model}\n"
        f"Loss curve  {folder.picture}"
    )
    output.print_document(
        {
            **record.to_dict(),
            "output": str(folder.path),
            "model_file": str(folder.best_model),
            "loss_curve": str(folder.picture),
        }
    )
