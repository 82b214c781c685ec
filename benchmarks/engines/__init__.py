"""One file an engine. Each builds, from a workload, a function that runs and times one round.

A training round takes the optimiser's steps over all of the workload's batches, and the next goes on from there;
an inference round computes the probability of every review.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from benchmarks.workload import Workload

# The engine that the others are compared with.
OURS = "lstm-cli"

# Each engine's title in the tables, its file, and the package that it needs.
TITLES = MappingProxyType(
    {"keras-fit": "stock Keras", "pytorch": "PyTorch", "keras-jax": "Keras on JAX", OURS: "lstm-cli"}
)
_FILES = {"keras-fit": "keras_fit", "pytorch": "pytorch", "keras-jax": "keras_jax", OURS: "lstm_cli"}
_PACKAGES = {"keras-fit": "tensorflow", "pytorch": "torch", "keras-jax": "jax", OURS: "tensorflow"}


@dataclass(frozen=True)
class Round:
    """What one round gave.

    Attributes:
        seconds: of the steps, from the first to the last.
        wait_seconds: what stock Keras' `fit` then waits for tf.data to end (see README.md); 0 elsewhere.
        loss: mean over the reviews, as it was at each step.
    """

    seconds: float
    wait_seconds: float
    loss: float


def is_installed(engine: str) -> bool:
    """Return whether the package that an engine needs is there."""
    return importlib.util.find_spec(_PACKAGES[engine]) is not None


def build_round(engine: str, workload: Workload) -> Callable[[], Round]:
    """Import an engine and build its round; once a process, since Keras has one backend."""
    module = importlib.import_module(f"benchmarks.engines.{_FILES[engine]}")
    builder = module.build_training if workload.case.task == "train" else module.build_inference
    build: Callable[[Workload], Callable[[], Round]] = builder
    return build(workload)


def compute_loss(probabilities: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Return the binary cross-entropy of an inference round, by which one sees that all computed the same."""
    right = np.where(labels == 1, probabilities.ravel(), 1.0 - probabilities.ravel())
    return float(-np.log(np.clip(right, 1e-7, 1.0)).mean())
