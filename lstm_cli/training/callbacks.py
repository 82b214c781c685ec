"""What happens at the end of an epoch, one Keras callback each (https://keras.io/api/callbacks).

They get the epoch's figures as Keras' callbacks do and know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras

from lstm_cli.config import EarlyStopping as EarlyStoppingConfig
from lstm_cli.history import History

Logs = Mapping[str, float]


class EarlyStopping(keras.callbacks.EarlyStopping):  # type: ignore[misc]  # Keras ships no type information
    """Keras' own early stopping, which after resuming knows of the epochs before.

    It only decides when to end. The best weights are on disk already, kept by `BestModelCheckpoint`.

    Args:
        config: the rule.
        history: of the epochs before, where a training goes on.
    """

    def __init__(self, config: EarlyStoppingConfig, *, history: History) -> None:
        super().__init__(
            monitor=config.monitor,
            min_delta=config.min_delta,
            patience=config.patience,
            mode="min" if config.monitor == "val_loss" else "max",
            start_from_epoch=config.start_from_epoch,
        )
        self._history = history

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin with the score and the patience that the earlier epochs left."""
        super().on_train_begin(logs)
        for epoch in range(self._history.epochs):
            self.on_epoch_end(epoch, {name: values[epoch] for name, values in self._history.metrics.items()})


class BestModelCheckpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no type information
    """Save the model after every epoch whose figure is the best so far.

    Keras' `ModelCheckpoint(save_best_only=True)` forgets the best on resuming, and leaves half a file where
    the disk is full; the rule for what is best is the same.

    Args:
        monitor: the figure; lower is better for `val_loss`, higher for `val_accuracy`.
        save: writes the model as it is, given the number of the epoch (the first is 1).
        history: of the epochs before, where a training goes on.
    """

    def __init__(self, *, monitor: str, save: Callable[[int], None], history: History) -> None:
        super().__init__()
        self._monitor = monitor
        self._save = save
        self._history = history

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save if this epoch is the best of all."""
        self._history = self._history.append(logs or {})
        if self._history.best_epoch(monitor=self._monitor) == epoch + 1:
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
