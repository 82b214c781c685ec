"""What a training leaves in its run folder: every epoch's state, the models, the record, a picture."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version

import keras

from lstm_cli.backend import name_device
from lstm_cli.config import Config, save_config
from lstm_cli.data.encoding import Dataset
from lstm_cli.evaluation import THRESHOLD, find_threshold
from lstm_cli.history import History, save_history
from lstm_cli.inference.network import Network
from lstm_cli.modelfile.stored_model import Provenance, save_model_file
from lstm_cli.models.kernels import KernelName
from lstm_cli.plotting import Curves, plot_history, save_figure
from lstm_cli.text.seen import build_seen_texts
from lstm_cli.training.inputs import TrainingInputs
from lstm_cli.training.objective import build_loss
from lstm_cli.training.optimizer import build_optimizer, show_averages
from lstm_cli.training.run_folder import RunFolder, RunRecord, save_record
from lstm_cli.training.state import save_state, take_state
from lstm_cli.version import __version__

_VERSIONED = ("keras", "tensorflow", "numpy", "numba")


@dataclass(frozen=True)
class Keeper:
    """Writes a run's files; nothing without a folder.

    Attributes:
        folder: the run's, or None.
        config: the effective one.
        model: being trained.
        record: what of `run.json` is known before the first epoch.
        save_model: writes the model file, as of an epoch, the best or else the last.
    """

    folder: RunFolder | None
    config: Config
    model: keras.Model
    record: RunRecord
    save_model: Callable[..., None]

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
        save_state(folder.state, take_state(self.model, history=history, config=self.config))


def build_keeper(
    model: keras.Model,
    *,
    plain: keras.Model,
    inputs: TrainingInputs,
    kernel: KernelName,
    folder: RunFolder | None,
) -> Keeper:
    """Build what keeps a training.

    Args:
        model: to be trained, with its optimiser.
        plain: the same of Keras' own layers, into which its weights are copied to be written.
        inputs: of which the record and the model file tell.
        kernel: what computes the recurrence.
        folder: where all is written; None to write nothing.
    """
    record = _start_record(model, inputs=inputs, kernel=kernel)
    save_model = _build_saver(model, plain=plain, inputs=inputs, folder=folder)
    return Keeper(folder, inputs.config, model, record, save_model)


def _build_saver(
    model: keras.Model, *, plain: keras.Model, inputs: TrainingInputs, folder: RunFolder | None
) -> Callable[..., None]:
    """Build the function that writes the model file, with plain Keras layers, if there is a folder."""
    if folder is None:
        return lambda _epoch, *, best: None  # noqa: ARG005 - the signature below
    config, dataset, initial = inputs.config, inputs.dataset, inputs.initial
    plain.compile(
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
            plain.set_weights(model.get_weights())
        save_model_file(
            folder.best_model if best else folder.last_model,
            plain,
            config=config,
            encoder=dataset.encoder,
            classes=dataset.classes,
            threshold=_find_threshold(plain, config=config, dataset=dataset),
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


def _start_record(model: keras.Model, *, inputs: TrainingInputs, kernel: KernelName) -> RunRecord:
    config, dataset, background = inputs.config, inputs.dataset, inputs.background
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
        parameters=sum(math.prod(variable.shape) for variable in model.trainable_variables),
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
