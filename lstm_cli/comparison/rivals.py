"""McNemar's test of every pair of a table's models, each by the runs that stand for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from lstm_cli.comparison.baseline import Baseline
from lstm_cli.comparison.judging import Judgement, pool_judgements
from lstm_cli.comparison.rows import Fold, JudgedRun, Row, put_nan_last
from lstm_cli.comparison.statistics import McNemar, adjust_holm, compare_paired
from lstm_cli.data.baseline import NAME


@dataclass(frozen=True, slots=True)
class PairedTest:
    """McNemar's test of two models of a table.

    Attributes:
        first: the label of one.
        first_seed: of the runs that stand for it; None for the baseline.
        second: the label of the other.
        second_seed: as `first_seed`.
        folds: how many test parts were put together; None where there are no folds.
        result: the test's outcome.
        p_holm: its p-value adjusted for the number of tests in the table.
    """

    first: str
    first_seed: int | None
    second: str
    second_seed: int | None
    folds: int | None
    result: McNemar
    p_holm: float


@dataclass(frozen=True, eq=False)
class _Rival:
    """A model as the paired tests see it."""

    label: str
    seed: int | None
    judgements: Mapping[Fold, Judgement]
    val_accuracy: float


def compare_pairs(rows: Sequence[Row], *, baselines: Mapping[Fold, Baseline]) -> tuple[PairedTest, ...]:
    """Test every pair of rows that have a model, and the best of them against the baseline.

    Two models are tested over the test parts of all folds that both have, in which every review stands once.

    Args:
        rows: of one table.
        baselines: of each fold; none where it was not asked for.
    """
    rivals = [rival for row in rows if (rival := _choose_runs(row)).judgements]
    pairs = list(combinations(rivals, 2))
    if baselines and rivals:
        best = min(rivals, key=lambda rival: put_nan_last(-rival.val_accuracy))
        judgements = {fold: baseline.judgement for fold, baseline in baselines.items()}
        accuracy = fmean(baseline.val_accuracy for baseline in baselines.values())
        pairs.append((best, _Rival(NAME, None, judgements, accuracy)))
    shared = [
        (first, second, folds)
        for first, second in pairs
        if (folds := [fold for fold in first.judgements if fold in second.judgements])
    ]
    results = [
        compare_paired(_pool(first, folds).right, _pool(second, folds).right) for first, second, folds in shared
    ]
    adjusted = adjust_holm([result.p_value for result in results])
    return tuple(
        PairedTest(
            first=first.label,
            first_seed=first.seed,
            second=second.label,
            second_seed=second.seed,
            folds=None if None in folds else len(folds),
            result=result,
            p_holm=p_holm,
        )
        for (first, second, folds), result, p_holm in zip(shared, results, adjusted, strict=True)
    )


def _choose_runs(row: Row) -> _Rival:
    """Return the run of the lowest validation loss; of folds those of one seed, of the most and then the best."""
    by_seed: dict[int, list[JudgedRun]] = {}
    for item in row.runs:
        by_seed.setdefault(item.run.record.seed, []).append(item)

    def rank(runs: Iterable[JudgedRun]) -> tuple[int, float]:
        judged = [item for item in runs if item.judgement]
        losses = [item.figures.val_loss for item in judged]
        return -len(judged), put_nan_last(fmean(losses) if losses else math.nan)

    seed = min(by_seed, key=lambda seed: rank(by_seed[seed]))
    runs = sorted(by_seed[seed], key=lambda item: item.fold or 0)
    return _Rival(
        row.label,
        seed,
        {item.fold: item.judgement for item in runs if item.judgement},
        fmean(item.figures.val_accuracy for item in runs),
    )


def _pool(rival: _Rival, folds: Iterable[Fold]) -> Judgement:
    return pool_judgements([rival.judgements[fold] for fold in folds])
