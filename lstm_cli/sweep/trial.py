"""One trial: values from Optuna, a run folder as any training has, the figure of its best epoch."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import keras
import optuna
import tensorflow as tf

from lstm_cli.config import Config, load_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.encoding import Dataset
from lstm_cli.errors import ConfigError, DataError, DivergedError, TrainingError
from lstm_cli.history import History
from lstm_cli.models.kernels import choose_kernel
from lstm_cli.sweep.definition import Sweep
from lstm_cli.sweep.study import GridSampler, find_slot, queue_again
from lstm_cli.training.run_folder import RunFolder, load_record
from lstm_cli.training.state import TrainingState, discard_newest, load_state
from lstm_cli.training.trainer import TrainingResult, train_model


class TrialFailed(Exception):  # noqa: N818 - an outcome that the study keeps, and not the end of the sweep
    """The values cannot be trained; why stands in the trial's attributes."""


class TrialReleased(Exception):  # noqa: N818 - no error: someone else goes on with it
    """The trial is in the queue again, or not this worker's any more."""


@dataclass(frozen=True)
class TrialSetting:
    """What the trials of a worker share.

    Attributes:
        sweep: what is searched.
        folder: of all trials.
        worker: this process' name, by which its trials are found if it dies.
        stop_requested: whether to stop after the batch under way.
    """

    sweep: Sweep
    folder: Path
    worker: str
    stop_requested: Callable[[], bool]


class EpochReporter(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no type information
    """Tell Optuna every epoch's figure, and hear from it when the trial is not worth more.

    Args:
        trial: Optuna's.
        objective: the figure's name.
        history: of the epochs before, where a training goes on; they are reported again.
    """

    def __init__(self, trial: optuna.Trial, *, objective: str, history: History) -> None:
        super().__init__()
        self._trial = trial
        self._objective = objective
        self._history = history
        self.is_pruned = False
        self.is_lost = False

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Report what an earlier attempt trained."""
        for epoch, value in enumerate(self._history.metrics.get(self._objective, ())):
            self._report(value, epoch=epoch)
        self.is_pruned = False  # it was let go on then

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Report the epoch."""
        self._report((logs or {})[self._objective], epoch=epoch)

    def _report(self, value: float, *, epoch: int) -> None:
        try:
            self._trial.report(value, step=epoch + 1)
            self.is_pruned = self._trial.should_prune()
        except optuna.exceptions.UpdateFinishedTrialError:
            # We were silent for so long, asleep perhaps, that we were taken for dead.
            self.is_lost = True


def train_trial(trial: optuna.Trial, *, setting: TrialSetting) -> float:
    """Train a trial in `FOLDER/trial-N`, going on where an earlier attempt on this machine stopped.

    Args:
        trial: Optuna's, just begun.
        setting: what all trials share.

    Returns:
        The objective at the epoch that the model file holds.

    Raises:
        optuna.TrialPruned: it is not worth more epochs.
        TrialFailed: the values do not go together, or the loss became no number.
        TrialReleased: it was not finished, and is in the queue again.
        OutputError: a file cannot be written.
    """
    sweep, study = setting.sweep, trial.study
    slot = find_slot(study, trial.number)
    if slot.number > sweep.total:  # two workers asked at once for the last one
        _release(trial)
    if isinstance(study.sampler, GridSampler):
        study.sampler.choose(slot)
    values = sweep.space.suggest(trial)
    trial.set_user_attr("worker", setting.worker)
    trial.set_user_attr("host", platform.node())
    try:
        config = sweep.space.build_config(values)
        dataset = load_dataset(config.data)
        with ExitStack() as stack:
            folder = _lock_folder(stack, config, setting=setting, numbers=(slot.number, trial.number))
            trial.set_user_attr("folder", str(folder.path))
            return _train(trial, config, dataset=dataset, folder=folder, setting=setting)
    except (ConfigError, DataError, DivergedError) as error:
        trial.set_user_attr("error", str(error))
        raise TrialFailed from error
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        trial.set_user_attr("error", "The memory does not suffice for a model or a batch of this size.")
        raise TrialFailed from error


def _train(
    trial: optuna.Trial, config: Config, *, dataset: Dataset, folder: RunFolder, setting: TrialSetting
) -> float:
    objective = setting.sweep.config.objective
    state = _find_state(folder, config, dataset=dataset)
    reporter = EpochReporter(trial, objective=objective, history=state.history if state else History())
    result = train_model(
        config,
        dataset=dataset,
        folder=folder,
        kernel=choose_kernel(config.model, kernel=config.training.kernel).name,
        callbacks=[reporter],
        state=state,
        # A pruned training stops like an interrupted one, so that its folder tells that it was not finished.
        stop_requested=lambda: reporter.is_pruned or reporter.is_lost or setting.stop_requested(),
    )
    if reporter.is_lost:
        raise TrialReleased
    if result.interrupted and not reporter.is_pruned:
        _release(trial)
    _describe(trial, result, objective=objective)
    if result.interrupted:
        raise optuna.TrialPruned
    return result.record.best[objective]


def _release(trial: optuna.Trial) -> None:
    queue_again(trial.study, trial.study.get_trials(deepcopy=False)[trial.number])
    raise TrialReleased


def _describe(trial: optuna.Trial, result: TrainingResult, *, objective: str) -> None:
    """Keep what the table tells of a trial; other machines do not see its folder."""
    record = result.record
    facts = {
        "epochs": record.epochs,
        "best_epoch": record.best_epoch,
        "val_loss": record.best["val_loss"],
        "val_accuracy": record.best["val_accuracy"],
        "seconds": sum(result.history.metrics["seconds"]),
        "parameters": record.parameters,
        objective: record.best[objective],
    }
    for name, value in facts.items():
        trial.set_user_attr(name, value)


def _lock_folder(
    stack: ExitStack, config: Config, *, setting: TrialSetting, numbers: tuple[int, int]
) -> RunFolder:
    """Return the slot's folder, or one of the attempt's own where the one before still holds that."""
    slot, attempt = numbers
    for name in (f"trial-{slot}", f"trial-{slot}-attempt-{attempt}"):
        folder = RunFolder(setting.folder / name, config.name)
        folder.state.mkdir(parents=True, exist_ok=True)
        with suppress(TrainingError):
            stack.enter_context(folder.lock())
            return folder
    raise TrainingError(f"Another training is under way in {folder.path}. Repeat the command once it has ended.")


def _find_state(folder: RunFolder, config: Config, *, dataset: Dataset) -> TrainingState | None:
    """Return where an earlier attempt at the same training stopped; whatever else lies there is cleared away."""
    with suppress(ConfigError, TrainingError):  # nothing there, or nothing whole
        if load_config(folder.config) == config and load_record(folder.record).fingerprint == dataset.fingerprint:
            state, is_newest = load_state(folder.state)
            if not is_newest:
                discard_newest(folder.state)
            return state
    folder.prepare(force=True)
    return None
