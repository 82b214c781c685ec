"""Runs → tables: one a set of reviews, a row a model, its seeds summarized and its rivals tested."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from lstm_cli.comparison.baseline import DESCRIPTION, NAME, Baseline, fit_baseline
from lstm_cli.comparison.judging import Judgement, Part, judge_run
from lstm_cli.comparison.runs import Run
from lstm_cli.comparison.statistics import McNemar, Summary, adjust_holm, compare_paired, summarize
from lstm_cli.data.dataset import load_splits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What draws the parts of a data set; the models of a table agree in all of them.
_DRAWING = ("test_split", "validation_split", "split_seed", "limit")

# What tells no model from another of the same table: the seed, and where the reviews lie.
_OF_NO_MODEL = {"training.seed", "data.dataset", "data.validation", "data.test"}


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
        seconds: an epoch, the median.
    """

    epochs: float
    best_epoch: float
    loss: float
    val_loss: float
    gap: float
    val_accuracy: float
    test_accuracy: float
    seconds: float


FIGURE_NAMES = tuple(item.name for item in fields(Figures))


@dataclass(frozen=True, eq=False)
class JudgedRun:
    """A run, its figures, and what its model makes of the reviews; None before its first epoch has ended."""

    run: Run
    figures: Figures
    judgement: Judgement | None


@dataclass(frozen=True, eq=False)
class Row:
    """A model: the runs that differ in nothing but the seed.

    Attributes:
        label: its name; where others share it, with the settings that tell them apart.
        finished: whether its trainings came to their own end; unfinished ones have rows of their own.
        runs: one a seed.
        repeats: further runs of the same seeds, which count for nothing: their digits are no new evidence.
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
    def chosen(self) -> JudgedRun:
        """The run of the lowest validation loss, which stands for the model in the paired tests."""
        return min(self.runs, key=lambda item: _put_nan_last(item.figures.val_loss))


@dataclass(frozen=True, slots=True)
class PairedTest:
    """McNemar's test of two models of a table.

    Attributes:
        first: the label of one.
        first_seed: of the run that stands for it; None for the baseline.
        second: the label of the other.
        second_seed: as `first_seed`.
        result: the test's outcome.
        p_holm: its p-value adjusted for the number of tests in the table.
    """

    first: str
    first_seed: int | None
    second: str
    second_seed: int | None
    result: McNemar
    p_holm: float


@dataclass(frozen=True, eq=False)
class Table:
    """Models judged on the very same reviews.

    Attributes:
        dataset: the data set's name.
        fingerprint: SHA-256 of its content.
        drawing: the settings that draw its parts.
        part: the part that the models are judged on.
        reviews: the size of each part.
        rows: in the order of the runs.
        baseline: None where it was not asked for.
        tests: every pair of rows, then the best row and the baseline.
        notes: what a reader must know, a sentence or two each.
    """

    dataset: str
    fingerprint: str
    drawing: Mapping[str, float | int | None]
    part: Part
    reviews: Mapping[str, int]
    rows: tuple[Row, ...]
    baseline: Baseline | None
    tests: tuple[PairedTest, ...]
    notes: tuple[str, ...]


def build_tables(
    runs: Sequence[Run], *, with_baseline: bool, report: Callable[[str], None] = lambda _: None
) -> tuple[Table, ...]:
    """Judge the runs and put those of the same reviews into a table each.

    Args:
        runs: at least one.
        with_baseline: whether to fit the baseline for each table, which takes half a minute on 18,000 reviews.
        report: told what is under way.

    Raises:
        ModelFileError: a model file is missing, damaged, or of another run.
        DataError: a data set cannot be read.
    """
    groups: dict[tuple[object, ...], list[JudgedRun]] = {}
    for number, run in enumerate(runs, start=1):
        report(f"Judging run {number} of {len(runs)}: {run.path}")
        groups.setdefault(_identify_reviews(run), []).append(_judge(run))
    return tuple(_build_table(group, with_baseline=with_baseline, report=report) for group in groups.values())


def explain_difference(first: Table, second: Table) -> str:
    """Return in what the reviews of two tables differ: `data.split_seed 42 and 1`."""
    differences = [
        f"data.{name} {value} and {second.drawing[name]}"
        for name, value in first.drawing.items()
        if value != second.drawing[name]
    ]
    if first.fingerprint != second.fingerprint:
        names = (first.dataset, second.dataset)
        differences = [" and ".join(names) if names[0] != names[1] else f"two versions of {names[0]}"]
    return ", ".join(differences)


def _identify_reviews(run: Run) -> tuple[object, ...]:
    return (run.record.fingerprint, *_read_drawing(run).values())


def _read_drawing(run: Run) -> dict[str, float | int | None]:
    return {name: getattr(run.config.data, name) for name in _DRAWING}


def _judge(run: Run) -> JudgedRun:
    judgement = judge_run(run)
    best = run.best_epoch
    at_best = run.history.get_figures(best) if best else {}

    def read(name: str) -> float:
        return at_best.get(name, math.nan)

    figures = Figures(
        epochs=float(run.history.epochs),
        best_epoch=float(best) if best else math.nan,
        loss=read("loss"),
        val_loss=read("val_loss"),
        gap=read("val_loss") - read("loss"),
        val_accuracy=read("val_accuracy"),
        test_accuracy=judgement.accuracy if judgement and judgement.part == "test" else math.nan,
        seconds=median(run.history.metrics["seconds"]) if run.history.epochs else math.nan,
    )
    return JudgedRun(run, figures, judgement)


def _build_table(runs: Sequence[JudgedRun], *, with_baseline: bool, report: Callable[[str], None]) -> Table:
    first = runs[0].run
    judged = [item.judgement for item in runs if item.judgement]
    part: Part = judged[0].part if judged else "test" if first.record.reviews.get("test") else "validation"
    rows = tuple(_build_rows(runs))
    baseline = None
    if with_baseline and judged:
        report(f"Fitting the baseline on {first.record.dataset}")
        baseline = fit_baseline(load_splits(first.config.data), part=part)
    tests = _test_pairs(rows, baseline=baseline)
    return Table(
        dataset=first.record.dataset,
        fingerprint=first.record.fingerprint,
        drawing=_read_drawing(first),
        part=part,
        reviews=first.record.reviews,
        rows=rows,
        baseline=baseline,
        tests=tests,
        notes=tuple(_iter_notes(rows, part=part, baseline=baseline, tests=tests)),
    )


def _build_rows(runs: Sequence[JudgedRun]) -> Iterator[Row]:
    """Yield a row for each model, in the order of the runs."""
    models: dict[tuple[str, bool], list[JudgedRun]] = {}
    for item in runs:
        models.setdefault((_identify_model(item.run), item.run.record.finished), []).append(item)
    labels = _label_models([items[0].run for items in models.values()])
    for (model, finished), items in models.items():
        seeds: dict[int, JudgedRun] = {}
        repeats = [item for item in items if seeds.setdefault(item.run.record.seed, item) is not item]
        counted = tuple(seeds.values())
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
    """Return all settings but the seed, and where the data set lies."""
    training = run.config.training.model_copy(update={"seed": 0})
    data = run.config.data.model_copy(update={"dataset": run.record.dataset, "validation": None, "test": None})
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


@dataclass(frozen=True, eq=False)
class _Rival:
    """A single model as the paired tests see it."""

    label: str
    seed: int | None
    right: NDArray[np.bool_]
    val_accuracy: float


def _test_pairs(rows: Sequence[Row], *, baseline: Baseline | None) -> tuple[PairedTest, ...]:
    """Test every pair of rows that have a model, and the best of them against the baseline."""
    rivals = [
        _Rival(row.label, row.chosen.run.record.seed, row.chosen.judgement.right, row.chosen.figures.val_accuracy)
        for row in rows
        if row.chosen.judgement
    ]
    pairs = list(combinations(rivals, 2))
    if baseline and rivals:
        best = min(rivals, key=lambda rival: _put_nan_last(-rival.val_accuracy))
        pairs.append((best, _Rival(NAME, None, baseline.judgement.right, baseline.val_accuracy)))
    results = [compare_paired(first.right, second.right) for first, second in pairs]
    adjusted = adjust_holm([result.p_value for result in results])
    return tuple(
        PairedTest(first.label, first.seed, second.label, second.seed, result, p_holm)
        for (first, second), result, p_holm in zip(pairs, results, adjusted, strict=True)
    )


def _iter_notes(
    rows: Sequence[Row], *, part: Part, baseline: Baseline | None, tests: Sequence[PairedTest]
) -> Iterator[str]:
    """Yield what a reader of the table must know."""
    if part == "validation":
        yield (
            "The data has no test part (test_split: 0): the models are judged on the validation part, "
            "which also chose their best epochs."
        )
    if any(len(row.runs) > 1 for row in rows):
        yield (
            "Of several seeds: mean ± sample standard deviation over n runs; in the paired tests the run of the "
            "lowest validation loss."
        )
    losses = {row.label: row.loss_function for row in rows}
    if len(set(losses.values())) > 1:
        listed = ", ".join(f"{label}: {loss}" for label, loss in losses.items())
        yield f"The losses are of different kinds, not to be compared: {listed}."
    for row in rows:
        if not row.finished:
            folders = ", ".join(str(item.run.path) for item in (*row.runs, *row.repeats))
            yield f"{row.label}: judged as far as it came; go on with lstm-train --resume ({folders})."
        if row.chosen.judgement is None:
            yield f"{row.label}: no epoch with a finite validation figure, so there is no model to judge."
        for item in row.repeats:
            yield f"{item.run.path} repeats seed {item.run.record.seed} of {row.label} and is not counted."
    if len(tests) > 1:
        yield "p (Holm) allows for the number of tests."
    if baseline:
        yield f"{DESCRIPTION} The model of the highest validation accuracy is tested against it."


def _put_nan_last(value: float) -> float:
    """Return a key by which a figure that is not there is the worst, where low is good."""
    return math.inf if math.isnan(value) else value
