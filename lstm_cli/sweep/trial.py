"""One trial: values from Optuna, a run folder as any training has, the figure of its best epoch."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import optuna

from lstm_cli.config import Config
from lstm_cli.errors import ConfigError, DataError, DivergedError, TrainingError
from lstm_cli.sessions.facts import EpochEnded, Fact, TrainingBegan
from lstm_cli.sessions.session import Session
from lstm_cli.sweep.definition import Sweep
from lstm_cli.sweep.study import GridSampler, find_slot, queue_again
from lstm_cli.training.run_folder import RunFolder

if TYPE_CHECKING:
    from lstm_cli.training.trainer import TrainingResult


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
        threads: cores to compute on.
        stop_requested: whether to stop after the batch under way.
    """

    sweep: Sweep
    folder: Path
    worker: str
    threads: int
    stop_requested: Callable[[], bool]


@dataclass
class _Judgement:
    """What Optuna hears of every epoch, and says to it.

    Attributes:
        trial: Optuna's.
        objective: the figure's name.
        is_pruned: it is not worth more epochs.
        is_lost: we were silent for so long, asleep perhaps, that we were taken for dead.
    """

    trial: optuna.Trial
    objective: str
    is_pruned: bool = field(default=False, init=False)
    is_lost: bool = field(default=False, init=False)

    def hear(self, fact: Fact) -> None:
        """Report an epoch; where a training goes on, those before."""
        match fact:
            case TrainingBegan(history=history):
                for epoch, value in enumerate(history.metrics.get(self.objective, ()), start=1):
                    self._report(value, epoch=epoch)
                self.is_pruned = False  # it was let go on then
            case EpochEnded(number, figures):
                self._report(figures[self.objective], epoch=number)

    def _report(self, value: float, *, epoch: int) -> None:
        try:
            self.trial.report(value, step=epoch)
            self.is_pruned = self.trial.should_prune()
        except optuna.exceptions.UpdateFinishedTrialError:
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
    import tensorflow as tf

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
        return _train(trial, sweep.space.build_config(values), setting=setting, slot=slot.number)
    except (ConfigError, DataError, DivergedError) as error:
        trial.set_user_attr("error", str(error))
        raise TrialFailed from error
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        trial.set_user_attr("error", "The memory does not suffice for a model or a batch of this size.")
        raise TrialFailed from error


def _train(trial: optuna.Trial, config: Config, *, setting: TrialSetting, slot: int) -> float:
    judgement = _Judgement(trial, setting.sweep.config.objective)
    session = Session(
        judgement.hear,
        # A pruned training stops like an interrupted one, so that its folder tells that it was not finished.
        stop_requested=lambda: judgement.is_pruned or judgement.is_lost or setting.stop_requested(),
        threads=setting.threads,
    )
    dataset = session.read(config)
    with ExitStack() as stack:
        folder = _lock_folder(stack, config, parent=setting.folder, numbers=(slot, trial.number))
        trial.set_user_attr("folder", str(folder.path))
        result = session.attempt(config, dataset=dataset, folder=folder)
    if judgement.is_lost:
        raise TrialReleased
    if result.interrupted and not judgement.is_pruned:
        _release(trial)
    _describe(trial, result, objective=judgement.objective)
    if result.interrupted:
        raise optuna.TrialPruned
    return result.record.best[judgement.objective]


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


def _lock_folder(stack: ExitStack, config: Config, *, parent: Path, numbers: tuple[int, int]) -> RunFolder:
    """Return the slot's folder, or one of the attempt's own where the one before still holds that."""
    slot, attempt = numbers
    for name in (f"trial-{slot}", f"trial-{slot}-attempt-{attempt}"):
        folder = RunFolder(parent / name, config.name)
        folder.state.mkdir(parents=True, exist_ok=True)
        with suppress(TrainingError):
            stack.enter_context(folder.lock())
            return folder
    raise TrainingError(f"Another training is under way in {folder.path}. Repeat the command once it has ended.")
