"""The very path of lstm-train and lstm-eval."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.engines import Round, compute_loss
from benchmarks.workload import Workload
from lstm_cli.modelfile.shapes import ModelSizes


def build_training(workload: Workload) -> Callable[[], Round]:
    """Build a round of `TrainingSteps`, on the kernel that lstm-train chooses."""
    from lstm_cli.backend import has_gpu
    from lstm_cli.sessions.start import start_keras_for
    from lstm_cli.text.encoder import EncodedTexts

    start_keras_for([workload.case.config], threads=None)
    from lstm_cli.distributed.replicas import Replicas
    from lstm_cli.models.builder import build_model
    from lstm_cli.models.kernels import build_copy, choose_kernel
    from lstm_cli.training.batches import Batches, iter_rows
    from lstm_cli.training.embedding_learner import build_embedding_learner
    from lstm_cli.training.lazy_rows import learns_when_read
    from lstm_cli.training.objective import Objective, build_loss
    from lstm_cli.training.optimizer import build_optimizer
    from lstm_cli.training.step import TrainingSteps

    config = workload.case.config
    size = workload.case.reviews
    kernel = choose_kernel(config.model, kernel=config.training.kernel)
    fused = kernel.name == "fast"
    model = build_copy(
        build_model(config.model, sizes=ModelSizes(config.data.num_words), maxlen=config.data.maxlen),
        kernel=kernel.name,
    )
    model.set_weights(workload.weights)
    reviews = EncodedTexts(
        tokens=workload.tokens,
        unknown_share=np.zeros(size, dtype=np.float32),
        truncated=np.zeros(size, dtype=np.bool_),
        labels=workload.labels,
        digests=np.zeros(size, dtype=np.uint64),
    )
    batches = Batches(reviews, config.training.batch_size, config.training.seed)
    model.optimizer = build_optimizer(config.training.optimizer, fused=fused)
    model.optimizer.build(model.trainable_variables)
    steps = TrainingSteps(
        model,
        objective=Objective(build_loss(config.training.loss)),
        batches=batches,
        replicas=Replicas(),
        learner=build_embedding_learner(model) if fused and learns_when_read(config) else None,
        jit_compile=kernel.name == "keras" and not has_gpu(),
    )
    order = np.arange(size, dtype=np.int32)

    def run() -> Round:
        began = time.perf_counter()
        blocks = iter_rows(order, batch_size=batches.size, steps=batches.steps_per_call)
        loss = sum(steps.run(rows)[0] for rows in blocks) / size
        ended = time.perf_counter()
        steps.settle()  # once an epoch: a shorter round answers for its share
        share = size / workload.case.table_reviews
        return Round(ended - began + share * (time.perf_counter() - ended), 0.0, loss)

    return run


def build_inference(workload: Workload) -> Callable[[], Round]:
    """Build a round of lstm-eval's `Network.predict`."""
    from lstm_cli.inference.network import Network

    network = Network(workload.case.config.model, tuple(workload.weights), outputs=1)

    def run() -> Round:
        began = time.perf_counter()
        probabilities = network.predict(workload.tokens)[:, 0]
        return Round(time.perf_counter() - began, 0.0, compute_loss(probabilities, workload.labels))

    return run
