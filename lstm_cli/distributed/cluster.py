"""Which machines train together, by the command line or by TensorFlow's own variable TF_CONFIG."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstm_cli.errors import ConfigError

_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s\[\]:/]+):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True)
class Cluster:
    """The workers of one training, and which of them this process is.

    Attributes:
        workers: `host:port` of each; the first is the chief, which alone writes files.
        task: this worker's place in the list, from 0.
    """

    workers: tuple[str, ...]
    task: int

    @property
    def is_chief(self) -> bool:
        """Whether this worker writes the run's folder."""
        return self.task == 0

    @property
    def chief(self) -> str:
        """The chief's address."""
        return self.workers[0]

    def format_tf_config(self) -> str:
        """Return the cluster as TF_CONFIG, all of its tasks workers.

        TensorFlow's guide: https://www.tensorflow.org/guide/distributed_training#setting_up_the_tf_config_environment_variable
        """
        return json.dumps(
            {"cluster": {"worker": list(self.workers)}, "task": {"type": "worker", "index": self.task}}
        )


def build_cluster(workers: Sequence[str], *, task: int | None) -> Cluster | None:
    """Return the cluster of some workers; None where there is but one, which needs no other.

    Args:
        workers: `host:port` of each, the chief first.
        task: this worker's place in the list, from 0.

    Raises:
        ConfigError: an address is none or stands twice, or `task` is no place in the list.
    """
    for address in workers:
        match = _ADDRESS.fullmatch(address)
        if match is None or not 0 < int(match["port"]) < 65_536:
            raise ConfigError(f"Expected host:port for every worker, such as node-1:2222; got {address!r}.")
    if len(set(workers)) < len(workers):
        raise ConfigError(f"Expected every worker once; got {','.join(workers)}.")
    if task is None or not 0 <= task < len(workers):
        raise ConfigError(
            f"Expected each worker's own place in the list, 0 to {len(workers) - 1}; got "
            f"{'none' if task is None else task}. Give it with --task."
        )
    return Cluster(tuple(workers), task) if len(workers) > 1 else None


def read_tf_config(environment: Mapping[str, str]) -> Cluster | None:
    """Return the cluster in TF_CONFIG, as Kubeflow, Vertex AI and Slurm's wrappers set it.

    A `chief` comes before the tasks of type `worker`, and is a worker like them.

    Args:
        environment: the process' variables.

    Returns:
        None where TF_CONFIG is not set, or names no more than one worker.

    Raises:
        ConfigError: it cannot be read, or gives this process a part that is none of a worker's.
    """
    text = environment.get("TF_CONFIG", "").strip()
    if not text:
        return None
    try:
        described = json.loads(text)
        jobs = _read_jobs(described.get("cluster") or {})
        task = described.get("task") or {}
        kind, index = str(task.get("type", "worker")), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(
            f"TF_CONFIG cannot be read ({error}). Expected "
            '{"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}.'
        ) from error
    chiefs, workers = jobs.get("chief", []), jobs.get("worker", [])
    if len(chiefs) + len(workers) < 2 and kind in ("chief", "master", "worker") and "ps" not in jobs:
        return None
    if jobs.get("ps") or kind not in ("chief", "worker"):
        raise ConfigError(
            f"TF_CONFIG makes this task a {kind!r} of {', '.join(jobs)}. Expected a chief and workers alone: "
            "they keep the weights and judge every epoch themselves."
        )
    if not 0 <= index < len(jobs.get(kind, [])):
        raise ConfigError(
            f"TF_CONFIG has no task {index} of the type {kind!r}; it lists {len(jobs.get(kind, []))}."
        )
    return build_cluster([*chiefs, *workers], task=index + (len(chiefs) if kind == "worker" else 0))


def _read_jobs(cluster: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the addresses by kind of task, which TensorFlow takes as a list or by number."""
    jobs = {}
    for kind, tasks in cluster.items():
        addresses = [tasks[key] for key in sorted(tasks, key=int)] if isinstance(tasks, dict) else tasks
        if not isinstance(addresses, list) or not all(isinstance(address, str) for address in addresses):
            raise TypeError(f"the tasks of {kind!r} are no list of addresses")
        if addresses:
            jobs[kind] = addresses
    return jobs
