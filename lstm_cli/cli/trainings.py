"""What a user hears of trainings: how they begin, go on and end, and which command comes next."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from lstm_cli.cli.advice import list_advice
from lstm_cli.cli.beginnings import describe_beginning, describe_continuation
from lstm_cli.cli.command import Output
from lstm_cli.cli.interrupts import SIGNALS, StopSignal, raise_lost_signal, watch_signals
from lstm_cli.cli.reading import tell_reading
from lstm_cli.data.baseline import NAME
from lstm_cli.data.ngrams import NgramProgress
from lstm_cli.data.sources import DATASET_NAMES
from lstm_cli.errors import Interrupted, TrainingError
from lstm_cli.sessions import facts
from lstm_cli.sessions.run import Run
from lstm_cli.sessions.session import Session

if TYPE_CHECKING:
    from lstm_cli.cli.progress import LineProgress, NgramBar
    from lstm_cli.config import Config
    from lstm_cli.distributed.cluster import Cluster
    from lstm_cli.sessions.several import SeveralRuns
    from lstm_cli.training.run_folder import RunRecord
    from lstm_cli.training.trainer import TrainingResult


class TrainingDisplay:
    """Hears a session's facts and prints them; while a training runs, a signal asks it to stop.

    As a context manager it gives the terminal back, however the session ends.

    Args:
        output: where to print.
        signals: the numbers of those that ask.
    """

    def __init__(self, output: Output, *, signals: Collection[int] = SIGNALS) -> None:
        self.output = output
        self._signals = signals
        self._stop = StopSignal()
        self._told: set[str] = set()
        self._progress: LineProgress | None = None
        self._ngrams: NgramBar | None = None
        self._training = ExitStack()  # what ends with the training under way

    def __enter__(self) -> Self:
        """Return the display."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the terminal back."""
        self._training.close()
        if self._ngrams:
            self._ngrams.close()

    def open_session(
        self,
        *,
        threads: int | None,
        cluster: Cluster | None = None,
        with_baseline: bool = False,
        is_guest: bool = False,
    ) -> Session:
        """Return a session that is displayed, and that a signal asks to stop."""
        return Session(
            self.hear,
            stop_requested=lambda: self._stop.requested,
            threads=threads,
            cluster=cluster,
            with_baseline=with_baseline,
            is_guest=is_guest,
        )

    @property
    def exit_code(self) -> int:
        """Of a command whose training was asked to stop, here or at another worker."""
        return self._stop.exit_code

    def hear(self, fact: facts.Fact) -> None:
        """Print a fact.

        Raises:
            SignalInterrupt: a signal came that an import has lost.
        """
        raise_lost_signal()
        match fact:
            case NgramProgress():
                self._show_ngrams(fact)
            case facts.DataRead(dataset):
                tell_reading(dataset, self.output)
            case facts.TrainingBegan():
                self._begin(fact)
            case facts.EpochBegan() | facts.BatchesTrained() | facts.EpochEnded():
                if self._progress:
                    self._progress.show(fact)
            case facts.TrainingEnded():
                self._training.close()
                self._progress = None
            case _:
                self.output.print_notice(_describe_fact(fact))

    def _show_ngrams(self, progress: NgramProgress) -> None:
        if self.output.quiet:
            return
        from lstm_cli.cli.progress import NgramBar

        self._ngrams = self._ngrams or NgramBar()
        self._ngrams.show(progress)

    def _begin(self, training: facts.TrainingBegan) -> None:
        cluster = training.cluster
        if cluster and not cluster.is_chief:
            name = training.config.name
            self.output.print_notice(f"Training {name}; the chief, {cluster.chief}, shows and writes the run")
        else:
            for line in describe_beginning(training):
                if line not in self._told:  # of several runs once what is of all
                    self._told.add(line)
                    self.output.print_notice(line)
            if not self.output.quiet:
                from lstm_cli.cli.progress import build_progress

                self._progress = build_progress(training)
                self._training.callback(self._progress.close)
        self._stop = self._training.enter_context(watch_signals(self._signals))


def _describe_fact(fact: facts.Notice) -> str:
    """Return the line that says a fact which is told and no more."""
    match fact:
        case facts.RunBegan(number, count, config):
            line = f"Run {number} of {count}: {_name_run(config)}"
        case facts.RunDiverged(path, error):
            line = f"{path}: {error}"
        case facts.MemberBegan(number, count):
            line = f"Member {number} of {count}"
        case facts.MemberEnded(number, count, record):
            figures = _describe_figures(record.best)
            line = f"Member {number} of {count}, seed {record.seed}: best epoch {record.best_epoch}, {figures}"
        case facts.VectorsRead(path, used):
            found = f"{used.found:,} of the {used.words:,} words that are learnt"
            line = f"{path}: vectors of {found} ({used.found / used.words:.0%})"
        case facts.ModelContinued():
            line = describe_continuation(fact)
        case facts.StateSkipped():
            line = "The newest state is damaged or missing: going on from the one before it."
        case facts.WorkersAwaited(cluster):
            address = cluster.workers[cluster.task]
            line = f"Worker {cluster.task} of {len(cluster.workers)}, {address}: waiting for the others"
    return line


def tell_run(run: Run, *, display: TrainingDisplay) -> None:
    """Print the summary and the next commands; where it shall be quiet, the model's path, which a script needs.

    Raises:
        Interrupted: the user asked to stop.
    """
    folder, record, history = run.folder, run.result.record, run.result.history
    if run.result.interrupted:
        raise Interrupted(f"{describe_stop(run)}\n{_describe_resuming(folder.path)}", exit_code=display.exit_code)
    output = display.output
    output.print_document(_describe_run(run))
    if output.quiet:
        output.print_result(str(folder.best_model))
        return
    seconds = sum(history.metrics["seconds"])
    reason = " (early stopping)" if record.stopped_early else ""
    model_file = shlex.quote(str(folder.best_model))
    kept = "Best" if history.is_validated else "Last"
    # A model that has learnt from texts in another language, or of other things, knows no word of it.
    example = "a wonderful film" if set(run.config.data.datasets) <= set(DATASET_NAMES) else "your text"
    others = "" if record.reviews["validation"] or record.reviews["test"] else " --data REVIEWS"
    for line in list_advice([run]):
        output.print_notice(line)
    rival = f"Baseline: {_describe_baseline([record])}\n" if record.baseline else ""
    trained = f"{len(record.members)} members of {record.epochs}" if record.members else str(record.epochs)
    best, figures = f"{kept} epoch {record.best_epoch}", _describe_figures(record.best)
    if record.members:  # of their training part there is no more than the means
        best = "All together" if history.is_validated else "Mean of the members"
        figures = _describe_figures(_select_validated(record.best))
    output.print_result(
        f"Trained {folder.model}: {trained} epoch{'s' * (record.epochs != 1)} in {seconds:.0f} s{reason}.\n"
        f"{best}: {figures}\n"
        f"{rival}"
        f"\n"
        f"Judge it    lstm-eval {model_file}{others}\n"
        f'Use it      echo "{example}" | lstm-predict {model_file}\n'
        f"\n"
        f"Model       {folder.best_model}\n"
        f"Loss curve  {folder.picture}"
    )


def tell_runs(several: SeveralRuns, *, parent: Path, display: TrainingDisplay) -> None:
    """Print each run's best epoch, and the means of each model; where it shall be quiet, the models' paths.

    Raises:
        Interrupted: the user asked to stop.
        TrainingError: a loss was no number any more.
    """
    runs, output = several.runs, display.output
    if runs and runs[-1].result.interrupted:
        finished = f"Of {several.planned} runs, {len(runs) - 1} are finished."
        raise Interrupted(
            f"{describe_stop(runs[-1])} {finished}\n{_describe_resuming(parent)}",
            exit_code=display.exit_code,
        )
    if runs:
        output.print_document({"output": str(parent), "runs": [_describe_run(run) for run in runs]})
        if output.quiet:
            output.print_result("\n".join(str(run.folder.best_model) for run in runs))
        else:
            _print_runs(runs, parent=parent, output=output)
    if several.diverged:
        raise TrainingError(
            f"{len(several.diverged)} of {several.planned} runs did not come to an end, their loss being no number"
            f" any more: {', '.join(map(str, several.diverged))}."
        )


def tell_assistance(result: TrainingResult, *, task: int, display: TrainingDisplay) -> None:
    """Print what a worker that is not the chief has to say at the end.

    Raises:
        Interrupted: one of the workers was asked to stop.
    """
    epochs = result.history.epochs
    if result.interrupted:
        raise Interrupted(
            f"Stopped in epoch {epochs + 1}; the chief keeps {_count_epochs(epochs)}.", exit_code=display.exit_code
        )
    display.output.print_result(f"Trained {result.record.model} as worker {task}: {epochs} epochs.")
    display.output.print_document(result.record.to_dict())


def describe_stop(run: Run) -> str:
    """Return where a training was stopped, and what is kept."""
    epochs = run.result.history.epochs
    member = f" of member {run.member}" if run.member else ""
    return f"Stopped in epoch {epochs + 1}{member}; {_count_epochs(epochs)} {'is' if epochs == 1 else 'are'} kept."


def _count_epochs(epochs: int) -> str:
    return "1 whole epoch" if epochs == 1 else f"{epochs} whole epochs"


def _describe_resuming(path: Path) -> str:
    return f"Go on with: lstm-train --resume {shlex.quote(str(path))}"


def _describe_figures(figures: Mapping[str, float]) -> str:
    """Return an epoch's figures in words."""
    from lstm_cli.history import VALIDATION_WORDS

    all_words = {"loss": "loss", "accuracy": "accuracy", **VALIDATION_WORDS}
    return ", ".join(f"{words} {figures[name]:.4f}" for name, words in all_words.items() if name in figures)


def _select_validated(figures: Mapping[str, float]) -> Mapping[str, float]:
    """Return those of the validation part, or all where there is none."""
    return {name: value for name, value in figures.items() if name.startswith("val_")} or figures


def _describe_baseline(records: Sequence[RunRecord]) -> str:
    """Return in words how good n-grams alone are, over runs of which one knows it at least."""
    accuracies = [record.baseline.accuracy for record in records if record.baseline]
    shown = _format_spread(accuracies) if len(set(accuracies)) > 1 else f"{accuracies[0]:.4f}"
    return f"{NAME}, validation accuracy {shown}"


def _describe_run(run: Run) -> dict[str, Any]:
    """Return a run as it stands in the JSON document."""
    return {
        **run.result.record.to_dict(),
        "output": str(run.folder.path),
        "model_file": str(run.folder.best_model),
        "loss_curve": str(run.folder.picture),
    }


def _name_run(config: Config) -> str:
    """Return what tells a run from the others of its command."""
    if config.data.fold is not None:
        return f"{config.name}, fold {config.data.fold} of {config.data.folds}"
    return f"{config.name}, seed {config.training.seed}"


def _print_runs(runs: Sequence[Run], *, parent: Path, output: Output) -> None:
    from lstm_cli.history import VALIDATION_WORDS

    by_model: dict[str, list[Run]] = {}
    for run in runs:
        record = run.result.record
        kept = f"best {record.best_epoch}" if run.result.history.is_validated else "the last one kept"
        figures = _describe_figures(_select_validated(record.best))
        epochs = f"{record.epochs} epoch{'s' * (record.epochs != 1)}"
        output.print_result(f"{_name_run(run.config)}: {epochs}, {kept}, {figures}")
        by_model.setdefault(run.config.name, []).append(run)
    for model, own in by_model.items():
        bests = [run.result.record.best for run in own]
        means = [
            f"{words} {_format_spread([each[name] for each in bests])}"
            for name, words in VALIDATION_WORDS.items()
            if len(bests) > 1 and name in bests[0]
        ]
        if means:
            output.print_result(f"{model}, mean: {', '.join(means)}")
        for line in list_advice(own):
            output.print_notice(line)
    records = [run.result.record for run in runs]
    if any(record.baseline for record in records):
        output.print_result(_describe_baseline(records))
    output.print_result(f"\nRuns        {parent}\nCompare     lstm-compare {shlex.quote(str(parent))}")


def _format_spread(values: Sequence[float]) -> str:
    """Return the mean and the sample standard deviation."""
    from statistics import fmean, stdev

    return f"{fmean(values):.4f} ± {stdev(values):.4f}"
