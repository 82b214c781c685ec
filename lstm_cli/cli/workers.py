"""Several workers on one training: which they are, how they meet, and what those do that are not the chief."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lstm_cli.cli.command import Output
from lstm_cli.cli.interrupts import watch_signals

if TYPE_CHECKING:
    from lstm_cli.config import Config
    from lstm_cli.training.cluster import Cluster
    from lstm_cli.training.replicas import Replicas

_Function = TypeVar("_Function", bound=Callable[..., Any])


def workers_options(function: _Function) -> _Function:
    """Add the options that spread a training over several processes."""
    options = [
        click.option(
            "--workers",
            metavar="HOST:PORT,…",
            help="Train with these workers, the first of them the chief.  [default: TF_CONFIG, where it is set]",
        ),
        click.option("--task", type=click.IntRange(min=0), metavar="N", help="This worker's place in --workers."),
        click.option(
            "--local-workers",
            type=click.IntRange(min=1),
            metavar="N",
            help="Start N workers on this machine, which share its cores.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def find_cluster(options: dict[str, Any]) -> Cluster | None:
    """Return the workers that the command line names, or TF_CONFIG; None where this process trains alone."""
    from lstm_cli.training.cluster import build_cluster, read_tf_config

    workers, task = options["workers"], options["task"]
    if options["local_workers"]:
        if workers or task is not None:
            raise click.UsageError("--local-workers names its workers itself; leave out --workers and --task.")
        return None
    if workers:
        return build_cluster(workers.split(","), task=task)
    if task is not None:
        raise click.UsageError("--task is this worker's place in --workers; give both.")
    return read_tf_config(os.environ)


def connect_workers(cluster: Cluster | None, output: Output) -> Replicas:
    """Wait for the others, if there are any; the process must have started Keras and done nothing with it."""
    from lstm_cli.training.replicas import build_replicas

    if cluster:
        address = cluster.workers[cluster.task]
        output.print_notice(f"Worker {cluster.task} of {len(cluster.workers)}, {address}: waiting for the others")
    return build_replicas(cluster)


def assist_chief(config: Config | None, *, cluster: Cluster, threads: int | None, output: Output) -> None:
    """Train as a worker that is not the chief: nothing is written, and the display is the chief's.

    Args:
        config: this worker's own, which must be the chief's; None to take the chief's.
        cluster: the workers.
        threads: cores to compute on.
        output: where to print.
    """
    from lstm_cli.backend import start_keras
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.errors import Interrupted

    dataset = load_dataset(config.data) if config else None  # what is wrong with it shows before anyone waits
    start_keras(threads=threads, connects=True, lean=True)
    from lstm_cli.models.kernels import choose_kernel
    from lstm_cli.training.agreement import share_config
    from lstm_cli.training.trainer import train_model

    replicas = connect_workers(cluster, output)
    config = share_config(replicas, config)
    output.print_notice(f"Training {config.name}; the chief, {cluster.chief}, shows and writes the run")
    with watch_signals() as stop:
        result = train_model(
            config,
            dataset=dataset or load_dataset(config.data),
            folder=None,
            kernel=choose_kernel(config.model, kernel=config.training.kernel).name,
            stop_requested=lambda: stop.requested,
            replicas=replicas,
        )
    if result.interrupted:
        raise Interrupted(
            f"Stopped in epoch {result.history.epochs + 1}; the chief keeps {result.history.epochs} whole epochs.",
            exit_code=stop.exit_code,
        )
    output.print_result(f"Trained {config.name} as worker {cluster.task}: {result.record.epochs} epochs.")
    output.print_document(result.record.to_dict())
