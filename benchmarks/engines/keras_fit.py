"""The tutorial's own way: stock Keras' `fit` and `predict` on NumPy arrays, on TensorFlow."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from benchmarks.cases import INFERENCE_BATCH_SIZE
from benchmarks.engines import Round, compute_loss
from benchmarks.workload import Workload
from lstm_cli.modelfile.shapes import ModelSizes


def build_training(workload: Workload) -> Callable[[], Round]:
    """Build a round that is one epoch of `fit`."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    return build_fit(workload)


def build_inference(workload: Workload) -> Callable[[], Round]:
    """Build a round of `predict`."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    return build_predict(workload)


def build_fit(workload: Workload) -> Callable[[], Round]:
    """Build a round that is one epoch of `fit`, on the backend that the environment names."""
    import keras

    from lstm_cli.models.builder import build_model
    from lstm_cli.training.objective import build_loss
    from lstm_cli.training.optimizer import build_optimizer

    class EpochTimer(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no type information
        began = ended = 0.0

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras' signature
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras' signature
            self.ended = time.perf_counter()

    config = workload.case.config
    model = build_model(config.model, sizes=ModelSizes(config.data.num_words), maxlen=config.data.maxlen)
    model.set_weights(workload.weights)
    model.compile(
        optimizer=build_optimizer(config.training.optimizer),
        loss=build_loss(config.training.loss),
        metrics=["accuracy"],
    )
    timer = EpochTimer()

    def run() -> Round:
        history = model.fit(
            workload.tokens,
            workload.labels,
            batch_size=config.training.batch_size,
            epochs=1,
            shuffle=False,  # the arrays are in order already
            verbose=0,
            callbacks=[timer],
        )
        # Among what follows the epoch is tf.data's end: an iterator waits for its autotuning thread to wake.
        waited = time.perf_counter() - timer.ended
        return Round(timer.ended - timer.began, waited, history.history["loss"][0])

    return run


def build_predict(workload: Workload) -> Callable[[], Round]:
    """Build a round of `predict`, on the backend that the environment names."""
    from lstm_cli.models.builder import build_model

    config = workload.case.config
    model = build_model(config.model, sizes=ModelSizes(config.data.num_words), maxlen=config.data.maxlen)
    model.set_weights(workload.weights)

    def run() -> Round:
        began = time.perf_counter()
        probabilities = model.predict(workload.tokens, batch_size=INFERENCE_BATCH_SIZE, verbose=0)
        return Round(time.perf_counter() - began, 0.0, compute_loss(probabilities, workload.labels))

    return run
