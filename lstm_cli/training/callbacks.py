"""What happens at the end of an epoch, one Keras callback each (https://keras.io/api/callbacks).

They get the epoch's figures as Keras' callbacks do and know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras

from lstm_cli.config import ReduceLROnPlateau as PlateauConfig
from lstm_cli.config import TrainingConfig
from lstm_cli.history import History, Monitor

Logs = Mapping[str, float]


class EarlyStopping(keras.callbacks.EarlyStopping):  # type: ignore[misc]  # Keras ships no type information
    """Keras' own early stopping, which after resuming knows of the epochs before.

    It only decides when to end. The best weights are on disk already, kept by `BestModelCheckpoint`.

    Args:
        monitor: what an improvement is.
        patience: epochs without one that are let pass.
        history: of the epochs before, where a training goes on.
    """

    def __init__(self, monitor: Monitor, *, patience: int, history: History) -> None:
        super().__init__(
            monitor=monitor.metric,
            min_delta=monitor.min_delta,
            patience=patience,
            mode=monitor.mode,
            start_from_epoch=monitor.start_from_epoch,
        )
        self._history = history

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin with the score and the patience that the earlier epochs left."""
        super().on_train_begin(logs)
        for epoch in range(self._history.epochs):
            self.on_epoch_end(epoch, {name: values[epoch] for name, values in self._history.metrics.items()})


class ReduceLROnPlateau(keras.callbacks.ReduceLROnPlateau):  # type: ignore[misc]  # as above
    """Keras' own, which after resuming knows of the epochs before.

    Args:
        config: its arguments.
        history: of the epochs before, where a training goes on.
    """

    def __init__(self, config: PlateauConfig, *, history: History) -> None:
        mode = "max" if config.monitor.endswith(("accuracy", "macro_f1")) else "min"
        super().__init__(**config.model_dump(), mode=mode)
        self._history = history

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin with the best figure and the patience that the earlier epochs left, and the rate that is kept."""
        super().on_train_begin(logs)
        optimizer = self.model.optimizer
        kept = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        for epoch in range(self._history.epochs):
            figures = {name: values[epoch] for name, values in self._history.metrics.items()}
            optimizer.learning_rate = figures["learning_rate"]
            self.on_epoch_end(epoch, figures)
        optimizer.learning_rate = kept


class BestModelCheckpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no type information
    """Save the model after every epoch whose figure is the best so far.

    Keras' `ModelCheckpoint(save_best_only=True)` forgets the best on resuming, and leaves half a file where
    the disk is full. What is best is told by `History.kept_epoch`, as in `run.json` and in every picture.

    Args:
        monitor: what tells the best epoch.
        save: writes the model as it is, given the number of the epoch (the first is 1).
        history: of the epochs before, where a training goes on.
    """

    def __init__(self, *, monitor: Monitor, save: Callable[[int], None], history: History) -> None:
        super().__init__()
        self._monitor = monitor
        self._save = save
        self._history = history

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save if this epoch is the best of all."""
        self._history = self._history.append(logs or {})
        if self._history.kept_epoch(self._monitor) == epoch + 1:
            self._save(epoch + 1)


class EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no type information
    """Hand the history so far to whoever keeps it, after every epoch.

    Args:
        save: writes the history, and whatever belongs to that moment.
        history: of the epochs before, where a training goes on.
    """

    def __init__(self, *, save: Callable[[History], None], history: History) -> None:
        super().__init__()
        self._save = save
        self.history = history

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Append the epoch's figures and save."""
        self.history = self.history.append(logs or {})
        self._save(self.history)


def build_controls(
    training: TrainingConfig, *, history: History, is_judged: bool
) -> list[keras.callbacks.Callback]:
    """Build what ends a training early or slows its learning, by the epochs so far."""
    controls: list[keras.callbacks.Callback] = []
    if training.early_stopping and is_judged:
        patience = training.early_stopping.patience
        controls.append(EarlyStopping(training.monitor, patience=patience, history=history))
    if training.reduce_lr_on_plateau:
        controls.append(ReduceLROnPlateau(training.reduce_lr_on_plateau, history=history))
    return controls
