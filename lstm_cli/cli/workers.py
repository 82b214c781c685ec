"""Several workers on one training: which they are, as the command line or TF_CONFIG says."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from lstm_cli.distributed.cluster import Cluster

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
    from lstm_cli.distributed.cluster import build_cluster, read_tf_config

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
