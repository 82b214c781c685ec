"""`FoldTables`: what the folds have learnt, side by side, to be taken apart or averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.ngrams.settings import NgramSettings
from lstm_cli.text.ngrams.tables import NgramTables


@dataclass(frozen=True, eq=False)
class OutputOfFolds:
    """What the folds have learnt of one class against the rest.

    Attributes:
        weights: `float16[ngrams, folds]`, times `WEIGHT_SCALE`.
        log_ratios: `float16[ngrams, folds]`, NaN where an n-gram does not count for a fold.
        intercepts: `float64[folds]`.
    """

    weights: NDArray[np.float16]
    log_ratios: NDArray[np.float16]
    intercepts: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FoldTables:
    """The tables of all folds.

    Attributes:
        settings: what was learnt.
        keys: `uint64[ngrams of the pattern]` of each pattern, as `Occurrences` has them.
        outputs: of each regression.
        mean_counts: `float64[folds]`, n-grams of a text on average, of those that count for a fold.
        mean_count: of all n-grams.
    """

    settings: NgramSettings
    keys: tuple[NDArray[np.uint64], ...]
    outputs: Sequence[OutputOfFolds]
    mean_counts: NDArray[np.float64]
    mean_count: float

    def take(self, fold: int) -> NgramTables:
        """Return what the other folds know."""
        is_known = ~np.isnan(self.outputs[0].log_ratios[:, fold])
        cuts = np.cumsum([len(keys) for keys in self.keys])[:-1]
        return NgramTables(
            patterns=self.settings.patterns,
            channels=self.settings.channels,
            keys=tuple(keys[some] for keys, some in zip(self.keys, np.split(is_known, cuts), strict=True)),
            weights=np.stack([output.weights[is_known, fold] for output in self.outputs], axis=1),
            log_ratios=np.stack([output.log_ratios[is_known, fold] for output in self.outputs], axis=1),
            intercepts=np.array([output.intercepts[fold] for output in self.outputs]),
            mean_count=float(self.mean_counts[fold]),
            length_normalization=self.settings.length_normalization,
        )

    def average(self) -> NgramTables:
        """Return the mean of all folds' tables; an n-gram that does not count for a fold is 0 to it."""
        return NgramTables(
            patterns=self.settings.patterns,
            channels=self.settings.channels,
            keys=self.keys,
            weights=np.stack([_average(output.weights) for output in self.outputs], axis=1),
            log_ratios=np.stack([_average(output.log_ratios) for output in self.outputs], axis=1),
            intercepts=np.array([output.intercepts.mean() for output in self.outputs]),
            mean_count=self.mean_count,
            length_normalization=self.settings.length_normalization,
        )


def _average(values: NDArray[np.float16]) -> NDArray[np.float16]:
    total = np.zeros(len(values), np.float32)
    for column in values.T:
        total += np.nan_to_num(column, nan=0.0)
    return np.asarray(total / values.shape[1], np.float16)
