"""The arithmetic in a model, and how much of it the machine can do in a second."""

from __future__ import annotations

import math
import time

import numpy as np

from benchmarks.cases import Case
from lstm_cli.modelfile.shapes import ModelSizes, iter_layer_shapes

# One product of the forward pass has two of its size in the backward pass: for the input and for the weights.
_FORWARD, _FORWARD_AND_BACKWARD = 1, 3


def count_multiply_adds(case: Case) -> int:
    """Return the multiplications, each with its addition, of one round's matrix products.

    They are the model's, counted as if every token's vector were multiplied; a kernel may find ways to do fewer.
    """
    config = case.config
    shapes = dict(iter_layer_shapes(config.model, sizes=ModelSizes(config.data.num_words)))
    kernel, _ = shapes["output"]
    count = math.prod(kernel)
    for position, layer in enumerate(config.model.recurrent):
        kernel, recurrent_kernel, *_ = shapes[f"{layer.cell}_{position + 1}"]
        count += config.data.maxlen * (math.prod(kernel) + math.prod(recurrent_kernel))
    return case.reviews * count * (_FORWARD_AND_BACKWARD if case.task == "train" else _FORWARD)


def measure_peak_gflops(*, size: int = 2048, tries: int = 3) -> float:
    """Return the 10^9 operations a second of NumPy's float32 product of two large matrices, on all cores."""
    generator = np.random.default_rng(0)
    left, right = (generator.random((size, size), dtype=np.float32) for _ in range(2))
    out = np.empty_like(left)
    best = math.inf
    for _ in range(tries):
        began = time.perf_counter()
        np.matmul(left, right, out=out)
        best = min(best, time.perf_counter() - began)
    return 2e-9 * size**3 / best
