"""How a training shows itself: a live line in a terminal, one line an epoch elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import keras
from rich.progress import BarColumn, Progress, TextColumn

from lstm_cli.cli.display import build_console
from lstm_cli.history import History, Monitor

Logs = Mapping[str, float]

_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1")


def build_progress(*, epochs: int, batches: int, monitor: Monitor, history: History) -> keras.callbacks.Callback:
    """Build the display that suits stderr.

    Args:
        epochs: the most that are trained.
        batches: of an epoch.
        monitor: what tells the best epoch.
        history: of the epochs before, where a training goes on.
    """
    if sys.stderr.isatty():
        return LiveProgress(epochs=epochs, batches=batches, monitor=monitor, history=history)
    return LineProgress(epochs=epochs, monitor=monitor, history=history)


class LineProgress(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no type information
    """One line an epoch, for logs and pipes."""

    def __init__(self, *, epochs: int, monitor: Monitor, history: History) -> None:
        super().__init__()
        self._epochs = epochs
        self._monitor = monitor
        self._history = history
        self._console = build_console(stderr=True, soft_wrap=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Print the epoch's figures."""
        logs = logs or {}
        self._history = self._history.append(logs)
        figures = "".join(f"  {name} {logs[name]:.4f}" for name in _FIGURES if name in logs)
        best = "  best so far" if self._find_best() == epoch + 1 else ""
        self._console.print(
            f"epoch {epoch + 1:>{len(str(self._epochs))}}/{self._epochs}{figures}  {logs['seconds']:.2f} s{best}"
        )

    def _find_best(self) -> int | None:
        return self._history.best_epoch(self._monitor)


class LiveProgress(LineProgress):
    """The same lines, above a bar with the epoch under way, the best so far and the time left."""

    def __init__(self, *, epochs: int, batches: int, monitor: Monitor, history: History) -> None:
        super().__init__(epochs=epochs, monitor=monitor, history=history)
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[status]}"),
            console=self._console,
            transient=True,
            # What others write meanwhile goes its own way, where it is made fit to show.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=batches, epoch="", status="")

    def on_train_begin(self, logs: Logs | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Show the bar."""
        self._progress.start()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Start the epoch's bar anew."""
        self._progress.update(
            self._task, completed=0, epoch=f"{epoch + 1}/{self._epochs}", status=self._describe()
        )

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Move the bar on."""
        self._progress.update(self._task, completed=batch + 1)

    def on_train_end(self, logs: Logs | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Remove the bar."""
        self.close()

    def close(self) -> None:
        """Give the terminal back, also where the training ends otherwise."""
        self._progress.stop()

    def _describe(self) -> str:
        """Return the best so far, the time an epoch takes and the time left at most."""
        if not self._history.epochs:
            return ""
        best = self._find_best()
        shown = ""
        if best is not None:
            value = self._history.get_figures(best)[self._monitor.metric]
            shown = f"best {self._monitor.metric} {value:.4f} (epoch {best}) · "
        seconds = self._history.metrics["seconds"]
        recent = sorted(seconds[-5:])[len(seconds[-5:]) // 2]
        left = round(recent * (self._epochs - self._history.epochs))
        return f"{shown}{recent:.2f} s an epoch · {left // 60}:{left % 60:02d} left at most"
