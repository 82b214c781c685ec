"""Runs → tables: one a set of reviews, a row a model, its seeds summarized and its rivals tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lstm_cli.comparison.baseline import Baseline, judge_baseline
from lstm_cli.comparison.judging import Part, pool_judgements
from lstm_cli.comparison.rivals import PairedTest, compare_pairs
from lstm_cli.comparison.rows import FIGURE_NAMES, Fold, JudgedRun, Row, build_rows, judge
from lstm_cli.comparison.runs import Run
from lstm_cli.data.baseline import DESCRIPTION
from lstm_cli.data.ngrams import Listener

__all__ = ["FIGURE_NAMES", "JudgedRun", "PairedTest", "Row", "Table", "build_tables", "explain_difference"]

# What draws the parts of a data set; the models of a table agree in all of them.
_JUDGED: tuple[Part, ...] = ("test", "validation")
_DRAWING = ("test_split", "validation_split", "split_seed", "limit", "folds", "group")


@dataclass(frozen=True, eq=False)
class Table:
    """Models judged on the very same reviews.

    Attributes:
        dataset: the data set's name.
        fingerprint: SHA-256 of its content.
        drawing: the settings that draw its parts.
        part: the part that the models are judged on; None where the data has neither a test nor a validation part.
        reviews: the size of each part; of folds the test part's is that of all together, the others' of one.
        largest_class_share: of the reviews that the models are judged on; None where no model is.
        is_of_even_pair: whether the accuracy alone tells how good a model is.
        rows: in the order of the runs.
        baselines: of each fold; none where it was not asked for.
        tests: every pair of rows, then the best row and the baseline.
        notes: what a reader must know, a sentence or two each.
    """

    dataset: str
    fingerprint: str
    drawing: Mapping[str, float | int | str | None]
    part: Part | None
    reviews: Mapping[str, int]
    largest_class_share: float | None
    is_of_even_pair: bool
    rows: tuple[Row, ...]
    baselines: Mapping[Fold, Baseline]
    tests: tuple[PairedTest, ...]
    notes: tuple[str, ...]

    @property
    def folds(self) -> int | None:
        """How many folds the data are cut into; None where they are not."""
        return self.rows[0].runs[0].run.config.data.folds

    @property
    def baseline(self) -> Baseline | None:
        """The baseline, of folds that of the first."""
        return next(iter(self.baselines.values()), None)


def build_tables(
    runs: Sequence[Run],
    *,
    with_baseline: bool,
    report: Callable[[str], None] = lambda _: None,
    listener: Listener = lambda _: None,
) -> tuple[Table, ...]:
    """Judge the runs and put those of the same reviews into a table each.

    Args:
        runs: at least one.
        with_baseline: whether to have the baseline in each table, which takes half a minute on 18,000 reviews
            where it was not learnt before.
        report: told what is under way.
        listener: told how far the baseline's learning is.

    Raises:
        ModelFileError: a model file is missing, damaged, or of another run.
        DataError: a data set cannot be read.
    """
    groups: dict[tuple[object, ...], list[JudgedRun]] = {}
    for number, run in enumerate(runs, start=1):
        report(f"Judging run {number} of {len(runs)}: {run.path}")
        groups.setdefault(_identify_reviews(run), []).append(judge(run))
    return tuple(
        _build_table(group, with_baseline=with_baseline, report=report, listener=listener)
        for group in groups.values()
    )


def explain_difference(first: Table, second: Table) -> str:
    """Return in what the reviews of two tables differ: `data.split_seed 42 and 1`."""
    differences = [
        f"data.{name} {_write(value)} and {_write(second.drawing[name])}"
        for name, value in first.drawing.items()
        if value != second.drawing[name]
    ]
    if first.fingerprint != second.fingerprint:
        names = (first.dataset, second.dataset)
        differences = [" and ".join(names) if names[0] != names[1] else f"two versions of {names[0]}"]
    return ", ".join(differences)


def _write(value: object) -> object:
    return "null" if value is None else value  # as YAML has it


def _identify_reviews(run: Run) -> tuple[object, ...]:
    return (run.record.fingerprint, *_read_drawing(run).values())


def _read_drawing(run: Run) -> dict[str, float | int | str | None]:
    data = run.config.data
    unused = set() if data.folds is None else {"test_split"}  # the fold is the test part
    return {name: None if name in unused else getattr(data, name) for name in _DRAWING}


def _build_table(
    runs: Sequence[JudgedRun], *, with_baseline: bool, report: Callable[[str], None], listener: Listener
) -> Table:
    first = runs[0].run
    by_fold: dict[Fold, JudgedRun] = {}
    for item in sorted(runs, key=lambda item: item.fold or 0):
        if item.judgement:
            by_fold.setdefault(item.fold, item)
    judged = [item.judgement for item in by_fold.values() if item.judgement]
    pooled = pool_judgements(judged) if judged else None
    reviews = dict(first.record.reviews)
    part: Part | None = next((part for part in _JUDGED if reviews.get(part)), None)
    if pooled:
        part = pooled.part
        reviews[part] = len(pooled.labels)
    rows = tuple(build_rows(runs))
    baselines: dict[Fold, Baseline] = {}
    if with_baseline and part:
        for fold, item in by_fold.items():
            report(f"Judging the baseline on {first.record.dataset}" + (f", fold {fold}" if fold else ""))
            baselines[fold] = judge_baseline(item.run.config.data, part=part, listener=listener)
    tests = compare_pairs(rows, baselines=baselines)
    return Table(
        dataset=first.record.dataset,
        fingerprint=first.record.fingerprint,
        drawing=_read_drawing(first),
        part=part,
        reviews=reviews,
        largest_class_share=pooled.largest_class_share if pooled else None,
        is_of_even_pair=pooled is None or pooled.is_of_even_pair,
        rows=rows,
        baselines=baselines,
        tests=tests,
        notes=tuple(_iter_notes(rows, part=part, has_baseline=bool(baselines), tests=tests)),
    )


def _iter_notes(
    rows: Sequence[Row], *, part: Part | None, has_baseline: bool, tests: Sequence[PairedTest]
) -> Iterator[str]:
    """Yield what a reader of the table must know."""
    if part == "validation":
        yield (
            "The data has no test part (test_split: 0): the models are judged on the validation part, "
            "which also chose their best epochs."
        )
    if part is None:
        yield "The data has neither a test nor a validation part, so there is nothing to judge the models on."
    yield from _iter_notes_of_means(rows)
    losses = {row.label: row.loss_function for row in rows}
    if len(set(losses.values())) > 1:
        listed = ", ".join(f"{label}: {loss}" for label, loss in losses.items())
        yield f"The losses are of different kinds, not to be compared: {listed}."
    for row in rows:
        if not row.finished:
            folders = ", ".join(str(item.run.path) for item in (*row.runs, *row.repeats))
            yield f"{row.label}: judged as far as it came; go on with lstm-train --resume ({folders})."
        if part is not None and row.chosen.judgement is None:
            yield f"{row.label}: no epoch with a finite validation figure, so there is no model to judge."
        for item in row.repeats:
            yield f"{item.run.path} repeats {item.name} of {row.label} and is not counted."
    if len(tests) > 1:
        yield "p (Holm) allows for the number of tests."
    if has_baseline:
        yield f"{DESCRIPTION} The model of the highest validation accuracy is tested against it."


def _iter_notes_of_means(rows: Sequence[Row]) -> Iterator[str]:
    folds = rows[0].folds
    if folds is not None:
        yield (
            f"Of {folds} folds: mean ± sample standard deviation over n runs, each judged on its own fold; the "
            "paired tests are over all folds together, in which every review is judged once."
        )
    elif any(len(row.runs) > 1 for row in rows):
        yield (
            "Of several seeds: mean ± sample standard deviation over n runs; in the paired tests the run of the "
            "lowest validation loss."
        )
    for row in rows:
        if row.missing_folds:
            missing = ", ".join(map(str, row.missing_folds))
            yield f"{row.label}: of its {folds} folds there is no {missing}; its figures are of the others."
