"""The copies of a model that learn together, on `tf.distribute`: one a GPU, or one a worker without any.

Every copy takes its slice of every batch, and what they find is added up: `training/step.py`. One machine
with one device has one copy, and needs nothing of this but TensorFlow's default strategy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_cli.distributed.cluster import Cluster
from lstm_cli.distributed.rendezvous import meet_workers
from lstm_cli.errors import TrainingError

Spread = Any
"""A tensor for each of this worker's copies: TensorFlow's PerReplica, or the only one itself."""

# What a collective operation fails with when a worker has gone: killed, or silent for longer than TensorFlow's
# coordination service waits for its heartbeat.
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
)


@dataclass(frozen=True)
class Replicas:
    """The copies of a model, and what they tell each other.

    Attributes:
        strategy: TensorFlow's, under whose scope the model and its optimiser are made; by default of one copy.
        cluster: the workers; None where this process is alone.
    """

    strategy: tf.distribute.Strategy = field(default_factory=tf.distribute.get_strategy)
    cluster: Cluster | None = None

    @property
    def count(self) -> int:
        """How many copies there are, on all workers."""
        return int(self.strategy.num_replicas_in_sync)

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's files."""
        return self.cluster is None or self.cluster.is_chief

    def take_shares(self, rows: NDArray[np.int32]) -> list[NDArray[np.int32]]:
        """Return the rows of each of this worker's copies: slices of the last axis, alike but for one.

        Copy i of n takes [size * i // n, size * (i + 1) // n); of a short batch that may be nothing.
        """
        size = rows.shape[-1]
        here = self._count_here()
        first = here * self.cluster.task if self.cluster else 0
        bounds = [size * copy // self.count for copy in range(first, first + here + 1)]
        return [rows[..., start:end] for start, end in pairwise(bounds)]

    def read_shares(
        self, read: Callable[[NDArray[np.int32]], tuple[NDArray[Any], ...]], rows: NDArray[np.int32]
    ) -> tuple[Spread, ...]:
        """Read each of this worker's copies its slice of the rows.

        Returns:
            What `read` gives for `int32[..., slice]`, and 1.0, or 0.0 where the slice counts for nothing: a short
            batch may have no review for a copy, which gets another, because not every kernel takes none.
        """
        slices = []
        for share in self.take_shares(rows):
            counts = share.size > 0
            some = share if counts else np.zeros((*share.shape[:-1], 1), np.int32)
            slices.append((*read(some), np.float32(counts)))
        return tuple(self.spread(one_kind) for one_kind in zip(*slices, strict=True))

    def spread(self, values: Sequence[Any]) -> Spread:
        """Return one value for each of this worker's copies as `strategy.run` takes them."""
        first = self._count_here() * (self.cluster.task if self.cluster else 0)
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.convert_to_tensor(values[context.replica_id_in_sync_group - first])
        )

    def list_local(self, value: Spread) -> tuple[tf.Tensor, ...]:
        """Return what `strategy.run` gave on each of this worker's copies."""
        return tuple(self.strategy.experimental_local_results(value))

    def add_up(self, tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Return the sums of every copy's tensors; called by each inside `strategy.run`.

        They are sent as one array: a message costs as much as a small model's step. One copy's are as they came,
        gradients of some rows among them.
        """
        if self.count == 1:
            return [*tensors]
        array = tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], axis=0)
        total = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, array)
        parts = tf.split(total, [tensor.shape.num_elements() for tensor in tensors])
        return [tf.reshape(part, tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]

    def add_up_workers(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the sum of every worker's array; all must have one shape."""
        if self.cluster is None:
            return values
        spare = [np.zeros_like(values)] * (self._count_here() - 1)
        # The addition puts the value on the copy's device, as collective operations want it.
        total = self.strategy.run(lambda value: self.add_up([value + 0])[0], args=(self.spread([values, *spare]),))
        return np.asarray(self.list_local(total)[0])

    def broadcast(self, content: bytes) -> bytes:
        """Return the chief's content, on every worker; what the others give is not looked at."""
        if self.cluster is None:
            return content
        given = np.frombuffer(content if self.is_chief else b"", np.uint8)
        size = int(self.add_up_workers(np.array([given.size], np.float64))[0])
        # As floats, which collective operations take on every device, and which hold a byte exactly.
        values = np.zeros(size, np.float32)
        values[: given.size] = given
        return self.add_up_workers(values).astype(np.uint8).tobytes()

    def part_dropout(self, model: keras.Model) -> None:
        """Let every copy drop units of its own: copy i draws by the seed + i, the first as one machine does."""
        generators = [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]
        if self.count == 1 or not generators:
            return

        def move_on() -> None:
            copy = tf.distribute.get_replica_context().replica_id_in_sync_group
            for variable in generators:
                seed = tf.convert_to_tensor(variable)
                variable.assign(seed + tf.cast(tf.stack([copy, 0]), seed.dtype))

        self.strategy.run(tf.function(move_on, autograph=False))

    @contextmanager
    def explain_losses(self) -> Iterator[None]:
        """Turn what TensorFlow says of a worker that has gone into a line for the user.

        Raises:
            TrainingError: a worker has ended or cannot be reached.
        """
        try:
            yield
        except _LOST as error:
            if self.cluster is None:
                raise
            raise TrainingError(
                f"Lost {_name_lost(error, self.cluster)}, and a training needs all its workers. Epochs before, if "
                "there are any, are kept: start every worker again, then with --resume."
            ) from error

    def _count_here(self) -> int:
        return self.count // (len(self.cluster.workers) if self.cluster else 1)


def build_replicas(cluster: Cluster | None, *, devices: Sequence[str] | None = None) -> Replicas:
    """Connect the workers, or spread over this machine's GPUs where there are several.

    With a cluster it must be TensorFlow's first act in the process (`start_keras(connects=True)`), and waits until
    all workers are there.

    Args:
        cluster: the workers.
        devices: what to spread over on one machine, such as `["CPU:0", "CPU:1"]`; by default its GPUs.

    Raises:
        TrainingError: the others cannot be reached.
    """
    if cluster is None:
        gpus = [device.name.removeprefix("/physical_device:") for device in tf.config.list_physical_devices("GPU")]
        devices = devices or gpus
        if len(devices) > 1:
            return Replicas(_mirror(tuple(devices)))
        return Replicas()
    meet_workers(cluster)
    os.environ["TF_CONFIG"] = cluster.format_tf_config()
    try:
        return Replicas(tf.distribute.MultiWorkerMirroredStrategy(), cluster)
    except (*_LOST, tf.errors.UnknownError) as error:
        address = cluster.workers[cluster.task]
        raise TrainingError(
            f"Cannot join the workers as {address}: {' '.join(error.message.split())[:200]} "
            "Check that the address is this machine's and the port is free."
        ) from error


@cache
def _mirror(devices: tuple[str, ...]) -> tf.distribute.MirroredStrategy:
    """Return the process' one strategy over some devices; two would mix up the sums of their copies."""
    return tf.distribute.MirroredStrategy(list(devices))


def _name_lost(error: tf.errors.OpError, cluster: Cluster) -> str:
    """Return the worker that an error speaks of, or that alone it can be."""
    others = set(range(len(cluster.workers))) - {cluster.task}
    named = {int(number) for number in re.findall(r"/task:(\d+)", error.message)} & others
    tasks = named or others
    if len(tasks) == 1:
        task = tasks.pop()
        return f"worker {task} ({cluster.workers[task]})"
    return "a worker"
