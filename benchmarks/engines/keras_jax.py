"""Keras' `fit` and `predict` on its JAX backend, which has XLA compile the whole step."""

from __future__ import annotations

import os
from collections.abc import Callable

from benchmarks.engines import Round
from benchmarks.engines.keras_fit import build_fit, build_predict
from benchmarks.workload import Workload


def build_training(workload: Workload) -> Callable[[], Round]:
    """Build a round that is one epoch of `fit`."""
    os.environ["KERAS_BACKEND"] = "jax"
    return build_fit(workload)


def build_inference(workload: Workload) -> Callable[[], Round]:
    """Build a round of `predict`."""
    os.environ["KERAS_BACKEND"] = "jax"
    return build_predict(workload)
