"""Judged runs → rows: one a model, its seeds and its folds summarized."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median

from lstm_cli.comparison.judging import Judgement, judge_run
from lstm_cli.comparison.runs import Run
from lstm_cli.comparison.statistics import Summary, summarize

# What tells no model from another of the same table: the seeds, the fold, and where the reviews lie.
_OF_NO_MODEL = {
    "training.seed", "data.ngrams.fold_seed", "data.fold", "data.dataset", "data.validation", "data.test"
}  # fmt: skip

Fold = int | None
"""Which of the folds is a run's test part; None where there are none."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A run's figures, NaN where it has none.

    Attributes:
        epochs: how many were trained.
        best_epoch: the one that the model file holds; the losses and val_accuracy are this epoch's.
        loss: on the training part; Keras' mean over the epoch, with dropout at work.
        val_loss: on the validation part.
        gap: `val_loss - loss`.
        val_accuracy: on the validation part.
        test_accuracy: of the model file on the test part.
        test_macro_f1: likewise.
        seconds: an epoch, the median.
    """

    epochs: float
    best_epoch: float
    loss: float
    val_loss: float
    gap: float
    val_accuracy: float
    test_accuracy: float
    test_macro_f1: float
    seconds: float


FIGURE_NAMES = tuple(item.name for item in fields(Figures))


@dataclass(frozen=True, eq=False)
class JudgedRun:
    """A run, its figures, and what its model makes of the reviews; None before its first epoch has ended."""

    run: Run
    figures: Figures
    judgement: Judgement | None

    @property
    def fold(self) -> Fold:
        """Which of the folds is its test part."""
        return self.run.config.data.fold

    @property
    def name(self) -> str:
        """What tells it from the others of its row."""
        fold = "" if self.fold is None else f", fold {self.fold}"
        return f"seed {self.run.record.seed}{fold}"


@dataclass(frozen=True, eq=False)
class Row:
    """A model: the runs that differ in nothing but the seed and the fold.

    Attributes:
        label: its name; where others share it, with the settings that tell them apart.
        finished: whether its trainings came to their own end; unfinished ones have rows of their own.
        runs: one a seed, or one a seed and fold.
        repeats: further runs of the same, which count for nothing: their digits are no new evidence.
        summaries: each of `FIGURE_NAMES` over `runs`.
    """

    label: str
    finished: bool
    runs: tuple[JudgedRun, ...]
    repeats: tuple[JudgedRun, ...]
    summaries: Mapping[str, Summary]

    @property
    def parameters(self) -> int:
        """The numbers that the model learns."""
        return self.runs[0].run.record.parameters

    @property
    def loss_function(self) -> str:
        """What the training made small."""
        return self.runs[0].run.config.training.loss

    @property
    def folds(self) -> int | None:
        """How many folds the data are cut into; None where they are not."""
        return self.runs[0].run.config.data.folds

    @property
    def missing_folds(self) -> tuple[int, ...]:
        """The folds of which there is no run."""
        present = {item.fold for item in self.runs}
        return tuple(fold for fold in range(1, (self.folds or 0) + 1) if fold not in present)

    @property
    def chosen(self) -> JudgedRun:
        """The run of the lowest validation loss, which without folds stands for the model in the paired tests."""
        return min(self.runs, key=lambda item: put_nan_last(item.figures.val_loss))


def judge(run: Run) -> JudgedRun:
    """Judge a run, and gather its figures.

    Raises:
        ModelFileError: the model file is missing, damaged, or of another run.
        DataError: the data set cannot be read.
    """
    judgement = judge_run(run)
    best = run.best_epoch
    at_best = run.history.get_figures(best) if best else {}
    if run.record.members:  # the history is the members' mean, the file and the record are of all together
        at_best |= run.record.best

    tested = judgement if judgement and judgement.part == "test" else None

    def read(name: str) -> float:
        return at_best.get(name, math.nan)

    figures = Figures(
        epochs=float(run.history.epochs),
        best_epoch=float(best) if best else math.nan,
        loss=read("loss"),
        val_loss=read("val_loss"),
        gap=read("val_loss") - read("loss"),
        val_accuracy=read("val_accuracy"),
        test_accuracy=tested.accuracy if tested else math.nan,
        test_macro_f1=tested.macro_f1 if tested else math.nan,
        seconds=median(run.history.metrics["seconds"]) if run.history.epochs else math.nan,
    )
    return JudgedRun(run, figures, judgement)


def build_rows(runs: Sequence[JudgedRun]) -> Iterator[Row]:
    """Yield a row for each model, in the order of the runs."""
    models: dict[tuple[str, bool], list[JudgedRun]] = {}
    for item in runs:
        models.setdefault((_identify_model(item.run), item.run.record.finished), []).append(item)
    labels = _label_models([items[0].run for items in models.values()])
    for (model, finished), items in models.items():
        first: dict[str, JudgedRun] = {}
        repeats = [item for item in items if first.setdefault(item.name, item) is not item]
        counted = tuple(first.values())
        yield Row(
            label=labels[model] if finished else f"{labels[model]}, unfinished",
            finished=finished,
            runs=counted,
            repeats=tuple(repeats),
            summaries={
                name: summarize([getattr(item.figures, name) for item in counted]) for name in FIGURE_NAMES
            },
        )


def _identify_model(run: Run) -> str:
    """Return all settings but the seeds, the fold, and where the data set lies."""
    training = run.config.training.model_copy(update={"seed": 0})
    ngrams = run.config.data.ngrams
    changes: dict[str, object] = {"dataset": run.record.dataset, "validation": None, "test": None, "fold": None}
    changes["ngrams"] = ngrams and ngrams.model_copy(update={"fold_seed": 0})
    data = run.config.data.model_copy(update=changes)
    return run.config.model_copy(update={"training": training, "data": data}).model_dump_json()


def _label_models(runs: Sequence[Run]) -> dict[str, str]:
    """Return a label for each model: its name, and where several share it, the settings in which they differ."""
    by_name: dict[str, dict[str, Run]] = {}
    for run in runs:
        by_name.setdefault(run.config.name, {})[_identify_model(run)] = run
    labels = {}
    for name, models in by_name.items():
        settings = [dict(_iter_settings(run.config.model_dump(mode="json"))) for run in models.values()]
        keys = dict.fromkeys(key for each in settings for key in each)
        told_apart = [
            key for key in keys if key not in _OF_NO_MODEL and len({each.get(key) for each in settings}) > 1
        ]
        for model, each in zip(models, settings, strict=True):
            shown = ", ".join(f"{key}={each[key]}" for key in told_apart if key in each)
            labels[model] = f"{name} ({shown})" if shown else name
    return labels


def _iter_settings(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each setting under the path that `--set` takes."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _iter_settings(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _iter_settings(inner, f"{path}[{index}]")
    else:
        yield path, "null" if value is None else str(value)


def put_nan_last(value: float) -> float:
    """Return a key by which a figure that is not there is the worst, where low is good."""
    return math.inf if math.isnan(value) else value
