"""Tutorial C's claims, each with a verdict over the seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from reproduction.runs import Run
from reproduction.tutorials import DROPOUT, GRU, LSTM, SIMPLE_RNN, STACKED

NO_WORSE = 0.005
"""Half a point of accuracy: what "no worse" may cost, about the noise of 5,000 validation reviews."""

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Difference:
    """A model's figure less another's, over the seeds that both were trained with.

    Attributes:
        mean: of the differences seed by seed.
        low: lower end of the 95 % confidence interval of that mean, by Student's t; NaN for one seed.
        high: its upper end.
        seeds: how many.
    """

    mean: float
    low: float
    high: float
    seeds: int

    def __str__(self) -> str:
        if self.seeds == 1:
            return f"{self.mean:+.4f} (one seed)"
        return f"{self.mean:+.4f} (95 % interval {self.low:+.4f} to {self.high:+.4f}, {self.seeds} seeds)"


@dataclass(frozen=True)
class Claim:
    """A claim, and what our runs say.

    Attributes:
        text: what is claimed.
        verdict: `yes`, `no`, or `not shown` where the seeds scatter too much to tell.
        numbers: what the verdict rests on.
    """

    text: str
    verdict: str
    numbers: str


def compute_difference(first: Mapping[int, float], second: Mapping[int, float]) -> Difference:
    """Return the first model's figures less the second's, paired by seed.

    Args:
        first: figure by seed.
        second: the same; at least one seed is in both.
    """
    from scipy import stats

    seeds = sorted(first.keys() & second.keys())
    differences = np.array([first[seed] - second[seed] for seed in seeds])
    mean = float(differences.mean())
    if len(seeds) == 1:
        return Difference(mean, math.nan, math.nan, 1)
    margin = float(stats.t.ppf((1 + _CONFIDENCE) / 2, len(seeds) - 1) * differences.std(ddof=1)) / math.sqrt(
        len(seeds)
    )
    return Difference(mean, mean - margin, mean + margin, len(seeds))


def judge_below(difference: Difference, *, bound: float = 0.0) -> str:
    """Return whether the difference lies below the bound, as far as the seeds can tell."""
    if difference.high < bound:
        return "yes"
    return "no" if difference.low >= bound else "not shown"


def judge_above(difference: Difference, *, bound: float = 0.0) -> str:
    """Return whether the difference lies above the bound, as far as the seeds can tell."""
    if difference.low > bound:
        return "yes"
    return "no" if difference.high <= bound else "not shown"


def judge_claims(runs: Mapping[str, Sequence[Run]], *, reaches: Mapping[str, Mapping[int, float]]) -> list[Claim]:
    """Judge every claim for which the runs are there.

    Args:
        runs: by the model's name.
        reaches: by the model's name and the seed, how many last tokens carry nine tenths of the influence.
    """
    judges: list[tuple[set[str], Callable[[], list[Claim]]]] = [
        ({LSTM, DROPOUT}, lambda: _judge_dropout(runs)),
        ({LSTM, DROPOUT, STACKED}, lambda: _judge_stacking(runs)),
        ({LSTM, GRU}, lambda: _judge_gru(runs)),
        ({LSTM, GRU, SIMPLE_RNN}, lambda: _judge_simple_rnn(runs, reaches)),
    ]
    return [claim for needed, judge in judges if needed <= runs.keys() for claim in judge()]


def _collect(runs: Sequence[Run], figure: Callable[[Run], float]) -> dict[int, float]:
    return {run.record.seed: figure(run) for run in runs}


def _judge_dropout(runs: Mapping[str, Sequence[Run]]) -> list[Claim]:
    as_trained, at_rest = (
        compute_difference(_collect(runs[DROPOUT], figure), _collect(runs[LSTM], figure))
        for figure in (lambda run: run.gap, lambda run: run.best["val_loss"] - run.judged["train"]["loss"])
    )
    return [
        Claim(
            "Dropout narrows the gap between training and validation loss",
            judge_below(as_trained),
            f"gap with dropout less gap without: {as_trained}. The training loss is higher while inputs are"
            " dropped, which narrows the gap by itself.",
        ),
        Claim(
            "… also with dropout at rest while the training loss is measured",
            judge_below(at_rest),
            f"the same, of `lstm-eval --split train`: {at_rest}",
        ),
    ]


def _judge_stacking(runs: Mapping[str, Sequence[Run]]) -> list[Claim]:
    claims = []
    for model, title in ((DROPOUT, "one layer with the same dropout"), (LSTM, "one layer without dropout")):
        validation, training = (
            compute_difference(_collect(runs[STACKED], figure), _collect(runs[model], figure))
            for figure in (lambda run: run.best["val_loss"], lambda run: run.best["loss"])
        )
        claims.append(
            Claim(
                f"Stacking lowers the loss, against {title}",
                judge_below(validation),
                f"validation loss: {validation}; training loss: {training}",
            )
        )
    return claims


def _judge_gru(runs: Mapping[str, Sequence[Run]]) -> list[Claim]:
    of_lstm, of_gru = (runs[model][0].record.parameters for model in (LSTM, GRU))
    accuracy, loss = (
        compute_difference(_collect(runs[GRU], figure), _collect(runs[LSTM], figure))
        for figure in (lambda run: run.best["val_accuracy"], lambda run: run.best["val_loss"])
    )
    return [
        Claim("The GRU has fewer weights", "yes" if of_gru < of_lstm else "no", f"{of_gru:,} against {of_lstm:,}"),
        Claim(
            "… and is no worse",
            judge_above(accuracy, bound=-NO_WORSE),
            f"validation accuracy less the LSTM's: {accuracy}, where {-NO_WORSE} would still pass; "
            f"validation loss: {loss}",
        ),
    ]


def _judge_simple_rnn(
    runs: Mapping[str, Sequence[Run]], reaches: Mapping[str, Mapping[int, float]]
) -> list[Claim]:
    accuracy = compute_difference(
        *(_collect(runs[model], lambda run: run.best["val_accuracy"]) for model in (SIMPLE_RNN, LSTM))
    )
    claims = [Claim("SimpleRNN is behind the LSTM", judge_below(accuracy), f"validation accuracy: {accuracy}")]
    if {SIMPLE_RNN, LSTM} <= reaches.keys():
        reach = compute_difference(reaches[SIMPLE_RNN], reaches[LSTM])
        means = ", ".join(
            f"{model.rpartition('/')[2]}: {fmean(reaches[model].values()):.0f}"
            for model in (SIMPLE_RNN, LSTM, GRU)
            if model in reaches
        )
        claims.append(
            Claim(
                "SimpleRNN forgets: what moves its answer lies nearer to the end than the LSTM's",
                judge_below(reach),
                f"last tokens of 100 that carry nine tenths of it, mean over the seeds: {means};"
                f" SimpleRNN's less the LSTM's: {reach.mean:+.1f}"
                + (f" (95 % interval {reach.low:+.1f} to {reach.high:+.1f})" if reach.seeds > 1 else ""),
            )
        )
    return claims
