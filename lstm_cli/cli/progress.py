"""How a training, and what is learnt before it, shows itself: live in a terminal, line by line elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lstm_cli.cli.command import Output
from lstm_cli.cli.display import build_console
from lstm_cli.data.ngrams import NgramProgress
from lstm_cli.sessions.facts import BatchesTrained, EpochBegan, EpochEnded, Fact, TrainingBegan

if TYPE_CHECKING:
    from lstm_cli.inference.scoring import Scoring

_SHOWN_IN_TENS, _SHOWN_IN_MINUTES = 10, 90
_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "val_macro_f1")


def build_progress(training: TrainingBegan) -> LineProgress:
    """Build the display of a training that suits stderr."""
    return LiveProgress(training) if sys.stderr.isatty() else LineProgress(training)


class NgramBar:
    """How far the learning of n-grams is: a line that says what it takes and, in a terminal, a bar below it."""

    def __init__(self) -> None:
        self._console = build_console(stderr=True, soft_wrap=True)
        self._progress = Progress(
            TextColumn("n-grams"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:.0f} %"),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=1.0)
        self._is_shown = False

    def show(self, progress: NgramProgress) -> None:
        """Move the bar on; it begins with the first, and is gone with the last."""
        if progress.share == 0.0:
            reviews = f"{progress.texts:,}"
            if progress.texts < progress.of:
                reviews += f" of {progress.of:,}"
            self._console.print(
                f"Learning what n-grams say, from {reviews} reviews: about {format_duration(progress.seconds)}"
                f" and {progress.bytes / 1e9:.1f} GB of memory"
            )
            self._is_shown = self._console.is_terminal
            if self._is_shown:
                self._progress.start()
        self._progress.update(self._task, completed=progress.share)
        if progress.share == 1.0:
            self.close()

    def close(self) -> None:
        """Give the terminal back; again does no harm."""
        if self._is_shown:  # elsewhere it would leave an empty line
            self._progress.stop()


def show_ngrams(output: Output) -> Callable[[NgramProgress], None]:
    """Return what shows the learning of n-grams; however the command ends, the terminal is given back."""
    bar = NgramBar()
    click.get_current_context().call_on_close(bar.close)
    return lambda progress: None if output.quiet else bar.show(progress)


@contextmanager
def show_scoring(output: Output) -> Iterator[Callable[[Scoring], None]]:
    """Yield what shows how far a scoring is and what is left of it: a bar in a terminal, nothing elsewhere."""
    console = build_console(stderr=True, soft_wrap=True)
    if output.quiet or not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.fields[rows]} rows"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        task = progress.add_task("", total=1.0, rows="0")
        yield lambda scoring: progress.update(task, completed=scoring.share, rows=f"{scoring.scored:,}")


def format_duration(seconds: float) -> str:
    """Return an estimate for people: `40 seconds`, `3 minutes`."""
    if seconds < _SHOWN_IN_MINUTES:
        shown = max(1, round(seconds, -1) if seconds > _SHOWN_IN_TENS else round(seconds))
        return f"{shown:.0f} second{'s' * (shown != 1)}"
    return f"{round(seconds / 60):,} minutes"


class LineProgress:
    """One line an epoch, for logs and pipes."""

    def __init__(self, training: TrainingBegan) -> None:
        self._history = training.history
        self._epochs = training.config.training.most_epochs
        self._monitor = training.config.training.monitor
        self._console = build_console(stderr=True, soft_wrap=True)

    def show(self, fact: Fact) -> None:
        """Print an epoch's figures."""
        if not isinstance(fact, EpochEnded):
            return
        self._history = self._history.append(fact.figures)
        number, figures = fact.number, fact.figures
        shown = "".join(f"  {name} {figures[name]:.4f}" for name in _FIGURES if name in figures)
        best = "  best so far" if self._history.best_epoch(self._monitor) == number else ""
        self._console.print(
            f"epoch {number:>{len(str(self._epochs))}}/{self._epochs}{shown}  {figures['seconds']:.2f} s{best}"
        )

    def close(self) -> None:
        """Give the terminal back."""


class LiveProgress(LineProgress):
    """The same lines, above a bar with the epoch under way, the best so far and the time left."""

    def __init__(self, training: TrainingBegan) -> None:
        super().__init__(training)
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
        batches = training.config.training.count_batches(len(training.dataset.train))
        self._task = self._progress.add_task("", total=batches, epoch="", status="")

    def show(self, fact: Fact) -> None:
        """Move the bar on."""
        super().show(fact)
        match fact:
            case EpochBegan(number):
                self._progress.start()
                epoch = f"{number}/{self._epochs}"
                self._progress.update(self._task, completed=0, epoch=epoch, status=self._describe())
            case BatchesTrained(count):
                self._progress.update(self._task, completed=count)

    def close(self) -> None:
        """Remove the bar."""
        self._progress.stop()

    def _describe(self) -> str:
        """Return the best so far, the time an epoch takes and the time left at most."""
        if not self._history.epochs:
            return ""
        best = self._history.best_epoch(self._monitor)
        shown = ""
        if best is not None:
            value = self._history.get_figures(best)[self._monitor.metric]
            shown = f"best {self._monitor.metric} {value:.4f} (epoch {best}) · "
        seconds = self._history.metrics["seconds"]
        recent = sorted(seconds[-5:])[len(seconds[-5:]) // 2]
        left = round(recent * (self._epochs - self._history.epochs))
        return f"{shown}{recent:.2f} s an epoch · {left // 60}:{left % 60:02d} left at most"
