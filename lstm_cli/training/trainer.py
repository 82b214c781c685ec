"""One training, from what it is made from to a finished run folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from lstm_cli.backend import has_gpu
from lstm_cli.distributed.replicas import Replicas
from lstm_cli.errors import TrainingError
from lstm_cli.history import History
from lstm_cli.modelfile.shapes import measure_model
from lstm_cli.models.builder import build_model
from lstm_cli.models.kernels import KernelName, build_copy
from lstm_cli.training.batches import build_batches
from lstm_cli.training.callbacks import BestModelCheckpoint, EpochRecorder, build_controls
from lstm_cli.training.embedding_learner import build_embedding_learner
from lstm_cli.training.inputs import TrainingInputs
from lstm_cli.training.keeper import build_keeper
from lstm_cli.training.lazy_rows import learns_when_read
from lstm_cli.training.loop import StopRequested, run_epochs
from lstm_cli.training.objective import build_objective
from lstm_cli.training.optimizer import build_optimizer
from lstm_cli.training.run_folder import RunFolder, RunRecord
from lstm_cli.training.state import restore_state
from lstm_cli.training.step import TrainingSteps, build_judge


@dataclass(frozen=True)
class TrainingResult:
    """How a training ended.

    Attributes:
        record: as written to `run.json`.
        history: of all epochs, those before resuming included.
        interrupted: whether the user asked to stop.
        largest_share: of the validation part, that is of the largest class; None where nothing is validated.
        largest_trained_share: the same of the training part; None where only the run's files are known.
        classes: how many there are; None where only the run's files are known.
    """

    record: RunRecord
    history: History
    interrupted: bool
    largest_share: float | None = None
    largest_trained_share: float | None = None
    classes: int | None = None


def train_model(
    inputs: TrainingInputs,
    *,
    folder: RunFolder | None,
    kernel: KernelName,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    stop_requested: Callable[[], bool] = lambda: False,
    replicas: Replicas | None = None,
) -> TrainingResult:
    """Train a model, keeping everything in the run folder as it comes.

    Args:
        inputs: what the training is made from.
        folder: the run's, locked by the caller; None on a worker that is not the chief, which writes nothing.
        kernel: what computes the recurrence.
        callbacks: onlookers, such as a live display.
        stop_requested: asked every few batches; true ends the training after them, nothing lost, on all workers.
        replicas: the copies of the model that learn together; by default one.

    Raises:
        TrainingError: the loss is no finite number any more, or the state is of another model.
        OutputError: a file cannot be written.
    """
    config, dataset = inputs.config, inputs.dataset
    replicas = replicas or Replicas()
    training = config.training
    fused = kernel == "fast" and replicas.count == 1
    plain = _build_plain(inputs)
    model = _build_model(plain, inputs=inputs, kernel=kernel, replicas=replicas, fused=fused)
    history = inputs.history
    batches = build_batches(config, dataset.train)
    judged = build_batches(config, dataset.validation, is_judged=True) if len(dataset.validation) else None
    learner = build_embedding_learner(model) if fused and learns_when_read(config) else None
    objective = build_objective(training, classes=dataset.classes, labels=dataset.train.labels)
    steps = TrainingSteps(
        model,
        objective=objective,
        batches=batches,
        replicas=replicas,
        learner=learner,
        jit_compile=kernel == "keras" and not has_gpu() and replicas.count == 1,
        stop_requested=stop_requested,
    )
    judge = build_judge(model, objective=objective, batches=judged, replicas=replicas) if judged else None
    replicas.part_dropout(model)
    keeper = build_keeper(model, plain=plain, inputs=inputs, kernel=kernel, folder=folder)
    recorder = EpochRecorder(save=keeper.keep_epoch, history=history)
    checkpoint = BestModelCheckpoint(
        monitor=training.monitor, save=lambda epoch: keeper.save_model(epoch, best=True), history=history
    )
    controls = build_controls(training, history=history, is_judged=judge is not None)
    # The recorder comes last: once an epoch's state is on disk, all else of that epoch is.
    everyone = keras.callbacks.CallbackList([*controls, *callbacks, checkpoint, recorder], model=model)
    keeper.begin(history, is_new=inputs.state is None)
    interrupted = False
    try:
        run_epochs(
            model,
            batches=batches,
            steps=steps,
            judge=judge,
            callbacks=everyone,
            epochs=range(history.epochs, training.most_epochs),
        )
    except StopRequested:
        interrupted = True
    except TrainingError:
        keeper.end(recorder.history)
        raise
    record = keeper.end(recorder.history)
    if not interrupted:
        restores = training.early_stopping is not None and training.early_stopping.restore_best_weights
        if judge and not restores:
            keeper.save_model(recorder.history.epochs, best=False)
        record = keeper.save_record(recorder.history, finished=True)
    return TrainingResult(
        record,
        recorder.history,
        interrupted=interrupted,
        largest_share=find_largest_share(dataset.validation.labels),
        largest_trained_share=find_largest_share(dataset.train.labels),
        classes=len(dataset.classes),
    )


def find_largest_share(labels: NDArray[np.int32]) -> float | None:
    """Return the share of the label that most have: what a model is right in that says the same of all."""
    return float(np.bincount(labels).max() / len(labels)) if len(labels) else None


def _build_plain(inputs: TrainingInputs) -> keras.Model:
    """Build the model of Keras' own layers, as its files have it, with weights as they are drawn."""
    config = inputs.config
    # The same calls, and so the same initial weights, as in a Keras script of the tutorials.
    keras.utils.set_random_seed(config.training.seed)
    sizes = measure_model(config, classes=inputs.dataset.classes)
    return build_model(config.model, sizes=sizes, maxlen=config.input_length)


def _build_model(
    plain: keras.Model, *, inputs: TrainingInputs, kernel: KernelName, replicas: Replicas, fused: bool
) -> keras.Model:
    """Build the copy that is trained, and its optimiser, as they go on; without anything before, as drawn."""
    with replicas.strategy.scope():
        model = build_copy(plain, kernel=kernel)
        model.optimizer = build_optimizer(inputs.config.training.optimizer, steps=inputs.most_steps, fused=fused)
        model.optimizer.build(model.trainable_variables)
    if inputs.state:
        restore_state(model, inputs.state)
        return model
    if inputs.initial:
        model.set_weights(inputs.initial.weights)
    if inputs.vectors:
        embeddings = model.weights[0]
        values = keras.ops.convert_to_numpy(embeddings).copy()
        values[inputs.vectors.rows] = inputs.vectors.vectors
        embeddings.assign(values)
    return model
