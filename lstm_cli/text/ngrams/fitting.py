"""Labelled texts → tables for new texts, and what is told of these by tables that knew none of their fold.

A network that is trained on what n-grams said of the very texts they were counted in learns to trust them
blindly. So each text is told of by statistics in which no text of its fold took part, neither its label nor its
words: by those that a training on the other folds alone would give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.ngrams.counts import OtherFolds
from lstm_cli.text.ngrams.fold_tables import FoldTables, OutputOfFolds
from lstm_cli.text.ngrams.folds import assign_folds
from lstm_cli.text.ngrams.groups import find_copies, find_groups
from lstm_cli.text.ngrams.matrix import COLUMNS, NgramMatrix
from lstm_cli.text.ngrams.occurrences import find_occurrences
from lstm_cli.text.ngrams.regression import RegressionTask, fit_regressions
from lstm_cli.text.ngrams.settings import NgramSettings
from lstm_cli.text.ngrams.tables import LARGEST_VALUE, WEIGHT_SCALE, NgramInputs, NgramTables, compute_scales
from lstm_cli.text.ngrams.tokens import TokenTexts

# What is done of the whole after each stage, measured on 25,000 reviews.
_GROUPED, _FOUND, _FITTED = 0.05, 0.3, 0.75

_Report = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class CrossFittedNgrams:
    """What was learnt from n texts.

    Attributes:
        tables: for all other texts: the mean of the folds' tables.
        inputs: of these texts, each by the table of its fold, which knows none of the fold's texts.
        folds: `int64[n]`.
    """

    tables: NgramTables
    inputs: NgramInputs
    folds: NDArray[np.int64]


def fit_ngrams(
    texts: TokenTexts,
    labels: NDArray[np.int32],
    *,
    classes: int,
    settings: NgramSettings,
    groups: NDArray[np.int64] | None = None,
    report: _Report = lambda _: None,
) -> CrossFittedNgrams:
    """Learn from labelled texts; the same of the same texts, on any number of cores.

    Args:
        texts: whole ones; `cost.choose_texts` says of how many.
        labels: `int32`, each text's class, from 0 on.
        classes: how many there are, two or more.
        settings: what is learnt.
        groups: `int64`, any numbers: texts of one group stay in one fold; by default as `settings.grouping` says.
        report: told the share that is done.
    """
    if groups is None:
        groups = find_groups(texts) if settings.grouping == "content" else find_copies(texts)
    report(_GROUPED)
    folds = assign_folds(groups, labels, folds=settings.folds, seed=settings.fold_seed)
    tables = _learn(texts, labels, folds=folds, classes=classes, settings=settings, report=report)
    inputs = NgramInputs(
        np.zeros((len(texts.numbers), settings.count_channels(classes)), np.float16),
        np.zeros((len(texts), settings.count_outputs(classes)), np.float32),
    )
    fold_of_token = np.repeat(folds, texts.lengths)
    for fold in range(settings.folds):
        told = tables.take(fold).encode(texts.take(np.flatnonzero(folds == fold)))
        inputs.channels[fold_of_token == fold] = told.channels
        inputs.logits[folds == fold] = told.logits
        report(_FITTED + (1.0 - _FITTED) * (fold + 1) / settings.folds)
    return CrossFittedNgrams(tables.average(), inputs, folds)


def _learn(
    texts: TokenTexts,
    labels: NDArray[np.int32],
    *,
    folds: NDArray[np.int64],
    classes: int,
    settings: NgramSettings,
    report: _Report,
) -> FoldTables:
    """Return for each fold what the others say."""
    occurrences = find_occurrences(
        texts,
        patterns=settings.patterns,
        min_df=settings.min_df,
        report=lambda done: report(_GROUPED + (_FOUND - _GROUPED) * done),
    )
    others = OtherFolds(occurrences, folds, settings.folds, settings.min_df, settings.smoothing)
    matrix = NgramMatrix(occurrences, texts=len(texts))
    is_seen = others.find_seen()
    counts = matrix.sum_over_ngrams(lambda begin, end: others.find_frequent(begin, end).astype(np.float32))
    means = (counts * is_seen).sum(axis=0, dtype=np.float64) / np.maximum(is_seen.sum(axis=0), 1)
    scales = np.stack(
        [
            compute_scales(of_texts, mean=mean, power=settings.length_normalization)
            for of_texts, mean in zip(counts.T, means, strict=True)
        ],
        axis=1,
    )
    outputs = []
    positives = range(1, 2) if classes == 2 else range(classes)
    for number, positive in enumerate(positives):
        begin, length = _FOUND + (_FITTED - _FOUND) * number / len(positives), (_FITTED - _FOUND) / len(positives)
        squares, log_ratios = _compute_ratios(matrix, others, labels == positive, is_seen=is_seen)
        weights = fit_regressions(
            RegressionTask(matrix, squares, scales, is_seen, labels == positive, settings.inverse_penalty),
            report=lambda done, begin=begin, length=length: report(begin + length * done),  # type: ignore[misc]
        )
        scaled = np.clip(WEIGHT_SCALE * weights.ngrams[:, : settings.folds], -LARGEST_VALUE, LARGEST_VALUE)
        outputs.append(OutputOfFolds(scaled.astype(np.float16), log_ratios, weights.intercepts[: settings.folds]))
    mean_count = len(occurrences.texts) / max(1, len(texts))
    return FoldTables(settings, occurrences.keys, outputs, means[: settings.folds], mean_count)


def _compute_ratios(
    matrix: NgramMatrix, others: OtherFolds, is_positive: NDArray[np.bool_], *, is_seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
    """Return how n-grams differ between the classes, by the counts of each fold's other folds.

    Returns:
        The squares of the ratios that weigh a regression's inputs, naive Bayes': `float32[ngrams, 16]`, 0 where an
        n-gram does not count (Wang & Manning 2012, "Baselines and Bigrams"). And the log of the ratios of document
        frequencies: `float16[ngrams, folds]`, NaN there.
    """
    ngrams = len(matrix.occurrences)
    sums: dict[int, NDArray[np.float64]] = {}

    def sum_block(begin: int, end: int) -> None:
        sums[begin] = others.sum_frequent(begin, end, is_positive)

    matrix.run_over_ngrams(sum_block)
    total = np.zeros((2, COLUMNS))
    for begin in sorted(sums):  # in one order, whichever thread was first
        total += sums[begin]
    of_ngrams = _take_log_ratio(total)
    seen = np.stack([is_seen & ~is_positive[:, None], is_seen & is_positive[:, None]]).sum(axis=1)
    of_texts = _take_log_ratio(seen + 2 * others.smoothing)
    squares = np.empty((ngrams, COLUMNS), np.float32)
    log_ratios = np.empty((ngrams, others.count), np.float16)

    def write_block(begin: int, end: int) -> None:
        of_counts = others.compute_log_ratios(begin, end, is_positive)
        squares[begin:end] = np.nan_to_num(of_counts - of_ngrams, nan=0.0) ** 2
        log_ratios[begin:end] = (of_counts - of_texts)[:, : others.count]

    matrix.run_over_ngrams(write_block)
    return squares, log_ratios


def _take_log_ratio(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log of the second row by the first; 0 where there is nothing."""
    negatives, positives = np.log(np.where(counts > 0, counts, 1.0))
    return np.asarray(positives - negatives)
