"""One training, from a configuration and a data set to a finished run folder."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import keras
import numpy as np
from numpy.typing import NDArray

from lstm_cli.backend import has_gpu, name_device
from lstm_cli.config import Config, save_config
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.word_vectors import WordVectors
from lstm_cli.distributed.replicas import Replicas
from lstm_cli.errors import ConfigError, TrainingError
from lstm_cli.evaluation import THRESHOLD, find_threshold
from lstm_cli.history import History, save_history
from lstm_cli.inference.network import Network
from lstm_cli.modelfile.shapes import count_parameters, measure_model
from lstm_cli.modelfile.stored_model import Provenance, StoredModel, check_size, save_model_file
from lstm_cli.models.builder import build_model
from lstm_cli.models.kernels import KernelName, build_model_on
from lstm_cli.plotting import Curves, plot_history, save_figure
from lstm_cli.text.seen import build_seen_texts
from lstm_cli.training.averages import show_averages
from lstm_cli.training.batches import build_batches
from lstm_cli.training.callbacks import BestModelCheckpoint, EarlyStopping, EpochRecorder, ReduceLROnPlateau
from lstm_cli.training.lazy_rows import learns_when_read
from lstm_cli.training.loop import StopRequested, run_epochs
from lstm_cli.training.objective import build_loss, build_objective
from lstm_cli.training.optimizer import build_optimizer
from lstm_cli.training.run_folder import Background, RunFolder, RunRecord, save_record
from lstm_cli.training.state import TrainingState, save_state
from lstm_cli.training.step import TrainingSteps, build_judge
from lstm_cli.version import __version__

_VERSIONED = ("keras", "tensorflow", "numpy", "numba")


@dataclass(frozen=True)
class TrainingResult:
    """How a training ended.

    Attributes:
        record: as written to `run.json`.
        history: of all epochs, those before resuming included.
        interrupted: whether the user asked to stop.
        largest_share: of the validation part, that is of the largest class; None where nothing is validated.
    """

    record: RunRecord
    history: History
    interrupted: bool
    largest_share: float | None = None


def train_model(
    config: Config,
    *,
    dataset: Dataset,
    folder: RunFolder | None,
    kernel: KernelName,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    state: TrainingState | None = None,
    stop_requested: Callable[[], bool] = lambda: False,
    replicas: Replicas | None = None,
    background: Background | None = None,
    vectors: WordVectors | None = None,
    initial: StoredModel | None = None,
) -> TrainingResult:
    """Train a model, keeping everything in the run folder as it comes.

    Args:
        config: all of it is followed, and saved.
        dataset: what `load_dataset(config.data)` gave.
        folder: the run's, locked by the caller; None on a worker that is not the chief, which writes nothing.
        kernel: what computes the recurrence.
        callbacks: onlookers, such as a live display.
        state: where an earlier training stopped, to go on from; on all workers the same.
        stop_requested: asked every few batches; true ends the training after them, nothing lost, on all workers.
        replicas: the copies of the model that learn together; by default one.
        background: what of the record was found out before.
        vectors: what the embedding begins with, unless there is a state.
        initial: a model of the same layers whose weights are gone on with, likewise.

    Raises:
        ConfigError: the data have not what the configuration is about.
        TrainingError: the loss is no finite number any more, or the state is of another model.
        OutputError: a file cannot be written, or the model is larger than a file of ours may be.
    """
    _check_data(config, dataset)
    replicas = replicas or Replicas()
    training = config.training
    fused = kernel == "fast" and replicas.count == 1
    batches = build_batches(config, dataset.train)
    # The same call, and so the same initial weights, as in a Keras script of the tutorials.
    keras.utils.set_random_seed(training.seed)
    with replicas.strategy.scope():
        model = build_model_on(
            kernel,
            config.model,
            maxlen=None if training.reads_any_length else config.data.maxlen,
            **measure_model(config, classes=dataset.classes),
        )
        if state is None:
            _begin_with(initial.weights if initial else (), vectors, model)
        model.optimizer = build_optimizer(
            training.optimizer, steps=batches.count * training.most_epochs, fused=fused
        )
    objective = build_objective(training, classes=dataset.classes, labels=dataset.train.labels)
    steps = TrainingSteps(
        model,
        optimizer=model.optimizer,
        objective=objective,
        batches=batches,
        replicas=replicas,
        lazy_rows=fused and learns_when_read(config),
        jit_compile=kernel == "keras" and not has_gpu() and replicas.count == 1,
        stop_requested=stop_requested,
    )
    judge = None
    if len(dataset.validation):
        judged = build_batches(config, dataset.validation, is_judged=True)
        judge = build_judge(model, objective=objective, batches=judged, replicas=replicas)
    history = _restore(model, state) if state else History()
    replicas.part_dropout(model)
    record = _start_record(config, dataset=dataset, kernel=kernel, background=background or Background())
    keeper = _Keeper(folder, config, model, record)
    save_model = _build_saver(model, config=config, dataset=dataset, folder=folder, initial=initial)
    recorder = EpochRecorder(save=keeper.keep_epoch, history=history)
    checkpoint = BestModelCheckpoint(
        monitor=training.monitor, save=lambda epoch: save_model(epoch, best=True), history=history
    )
    everyone: list[keras.callbacks.Callback] = []
    if training.early_stopping and judge:
        patience = training.early_stopping.patience
        everyone.append(EarlyStopping(training.monitor, patience=patience, history=history))
    if training.reduce_lr_on_plateau:
        everyone.append(ReduceLROnPlateau(training.reduce_lr_on_plateau, history=history))
    # The recorder comes last: once an epoch's state is on disk, all else of that epoch is.
    everyone += [*callbacks, checkpoint, recorder]
    keeper.begin(history, is_new=state is None)
    interrupted = False
    try:
        run_epochs(
            model,
            batches=batches,
            steps=steps,
            judge=judge,
            callbacks=keras.callbacks.CallbackList(everyone, model=model),
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
            save_model(recorder.history.epochs, best=False)
        record = keeper.save_record(recorder.history, finished=True)
    largest = find_largest_share(dataset.validation.labels)
    return TrainingResult(record, recorder.history, interrupted=interrupted, largest_share=largest)


def find_largest_share(labels: NDArray[np.int32]) -> float | None:
    """Return the share of the label that most have: what a model is right in that says the same of all."""
    return float(np.bincount(labels).max() / len(labels)) if len(labels) else None


def _check_data(config: Config, dataset: Dataset) -> None:
    """Refuse what cannot be trained on these data, before anything is made for it."""
    check_size(config, classes=dataset.classes)
    if config.training.threshold and len(dataset.classes) > 2:
        raise ConfigError(
            f"training.threshold is of two classes, and {dataset.name} has {len(dataset.classes)}. Leave it out."
        )
    plateau = config.training.reduce_lr_on_plateau
    if plateau and plateau.monitor.startswith("val_") and not len(dataset.validation):
        raise ConfigError(
            f"training.reduce_lr_on_plateau.monitor is {plateau.monitor}, and nothing is validated. Take loss, or "
            "accuracy."
        )


def _begin_with(weights: Sequence[np.ndarray], vectors: WordVectors | None, model: keras.Model) -> None:
    """Give a model the weights of another, and its embedding vectors; what has neither stays as it was drawn."""
    if weights:
        model.set_weights(weights)
    if vectors is None:
        return
    embeddings = model.weights[0]
    values = keras.ops.convert_to_numpy(embeddings).copy()
    values[vectors.rows] = vectors.vectors
    embeddings.assign(values)


@dataclass(frozen=True)
class _Keeper:
    """Writes a run's files but the models; nothing without a folder.

    Attributes:
        folder: the run's, or None.
        config: the effective one.
        model: being trained.
        record: what of `run.json` is known before the first epoch.
    """

    folder: RunFolder | None
    config: Config
    model: keras.Model
    record: RunRecord

    def begin(self, history: History, *, is_new: bool) -> None:
        """Write what a training needs to go on from, if it is stopped in its first epoch."""
        if self.folder:
            save_config(self.folder.config, self.config)
            self.save_record(history, finished=False)
            if is_new:
                self._save_state(self.folder, history)

    def keep_epoch(self, history: History) -> None:
        """Write the history, and then the state, which says that all of the epoch is written."""
        if self.folder:
            save_history(self.folder.history, history)
            self._save_state(self.folder, history)

    def end(self, history: History) -> RunRecord:
        """Draw the loss, and then write the record of a training that is not, or not yet, finished; return it."""
        if self.folder and history.epochs:
            curves = Curves(self.config.name, [history], self.config.training.monitor)
            save_figure(plot_history([curves]), self.folder.picture)
        return self.save_record(history, finished=False)

    def save_record(self, history: History, *, finished: bool) -> RunRecord:
        """Write and return the record as it is after the history's epochs."""
        best = history.kept_epoch(self.config.training.monitor)
        record = replace(
            self.record,
            finished=finished,
            stopped_early=finished and bool(self.model.stop_training),
            epochs=history.epochs,
            best_epoch=best,
            best=history.get_figures(best) if best else {},
        )
        if self.folder:
            save_record(self.folder.record, record)
        return record

    def _save_state(self, folder: RunFolder, history: History) -> None:
        settings = self.config.model_dump(mode="json")
        state = TrainingState(history=history, variables=_read_variables(self.model), config=settings)
        save_state(folder.state, state)


def _build_saver(
    model: keras.Model, *, config: Config, dataset: Dataset, folder: RunFolder | None, initial: StoredModel | None
) -> Callable[..., None]:
    """Build the function that writes the model file, from a twin of plain Keras layers, if there is a folder."""
    if folder is None:
        return lambda _epoch, *, best: None  # noqa: ARG005 - the signature below
    twin = build_model(config.model, maxlen=config.data.maxlen, **measure_model(config, classes=dataset.classes))
    twin.compile(
        optimizer=build_optimizer(config.training.optimizer),
        loss=build_loss(config.training.loss, outputs=dataset.classes.outputs),
        metrics=["accuracy"],
    )

    if initial and initial.seen:
        seen = initial.seen.add(dataset.train.digests)  # the weights have learnt from both
    else:
        # The model's own, and the same when the training is repeated.
        salt = f"{dataset.fingerprint} {config.model_dump_json()}".encode()
        seen = build_seen_texts(dataset.train.digests, salt=salt)

    def save(epoch: int, *, best: bool) -> None:
        with show_averages(model):
            twin.set_weights(model.get_weights())
        save_model_file(
            folder.best_model if best else folder.last_model,
            twin,
            config=config,
            encoder=dataset.encoder,
            classes=dataset.classes,
            threshold=_find_threshold(twin, config=config, dataset=dataset),
            seen=seen,
            provenance=Provenance(dataset.name, dataset.fingerprint, epoch, __version__),
        )

    return save


def _find_threshold(model: keras.Model, *, config: Config, dataset: Dataset) -> float:
    """Return the threshold that the configuration asks for, found on the validation part with these weights."""
    if config.training.threshold is None or not len(dataset.validation):
        return THRESHOLD
    network = Network(config.model, tuple(model.get_weights()), dataset.classes.outputs)
    validation = dataset.validation
    return find_threshold(validation.labels, network.predict_texts(validation)) or THRESHOLD


def _start_record(config: Config, *, dataset: Dataset, kernel: KernelName, background: Background) -> RunRecord:
    return RunRecord(
        model=config.name,
        seed=config.training.seed,
        fold=config.data.fold,
        dataset=dataset.name,
        fingerprint=dataset.fingerprint,
        reviews={
            "train": len(dataset.train),
            "validation": len(dataset.validation),
            "test": len(dataset.test),
        },
        parameters=count_parameters(config.model, **measure_model(config, classes=dataset.classes)),
        kernel=kernel,
        device=name_device(),
        versions={
            "lstm_cli": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in _VERSIONED},
        },
        baseline=background.baseline,
        vectors=background.vectors,
        initial_model=background.initial_model,
    )


def _read_variables(model: keras.Model) -> tuple[np.ndarray, ...]:
    """Return weights, dropout's generators and the optimiser's variables."""
    return tuple(
        keras.ops.convert_to_numpy(variable) for variable in [*model.variables, *model.optimizer.variables]
    )


def _restore(model: keras.Model, state: TrainingState) -> History:
    variables = [*model.variables, *model.optimizer.variables]
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [variable.shape for variable in state.variables]:
        raise TrainingError("The kept state is of another model than config.yaml describes. Train anew.")
    for variable, value in zip(variables, state.variables, strict=True):
        variable.assign(value)
    return state.history
