"""A run's model on the reviews of its own data set that it has not learnt from, as `lstm-eval` judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstm_cli.classes import is_even_pair
from lstm_cli.comparison.runs import Run
from lstm_cli.data.selection import select_own_part
from lstm_cli.errors import ModelFileError
from lstm_cli.evaluation import (
    Counts,
    Flags,
    Integers,
    check_predictions,
    compute_macro_f1,
    count_confusions,
    predict_labels,
)
from lstm_cli.inference.classifier import load_classifier

Part = Literal["test", "validation"]

_PLACES = ("dataset", "validation", "test")


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a model makes of the reviews it is judged on.

    Attributes:
        part: which these are: the test part, or the validation part where the data has no test part.
        labels: `int32[n]`, each review's class, in the order of the part.
        predicted: `int32[n]`, the class predicted.
    """

    part: Part
    labels: Integers
    predicted: Integers

    @property
    def right(self) -> Flags:
        """Whether each review's class is predicted: `bool[n]`."""
        right: Flags = self.predicted == self.labels
        return right

    @property
    def accuracy(self) -> float:
        """The share of the reviews whose class is predicted."""
        return float(self.right.mean())

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes."""
        return float(compute_macro_f1(self._count_confusions()))

    @property
    def largest_class_share(self) -> float:
        """The share of the reviews that are of the most frequent class."""
        return float(np.bincount(self.labels).max() / len(self.labels))

    @property
    def is_of_even_pair(self) -> bool:
        """Whether the accuracy alone tells how good the model is."""
        return is_even_pair(self._count_confusions().sum(axis=1).tolist())

    def _count_confusions(self) -> Counts:
        classes = 1 + max(1, int(self.labels.max()), int(self.predicted.max()))
        return count_confusions(self.labels, self.predicted, classes=classes)


def pool_judgements(judgements: Sequence[Judgement]) -> Judgement:
    """Return what was made of the reviews of several parts, one after the other; there must be one."""
    return Judgement(
        judgements[0].part,
        np.concatenate([judgement.labels for judgement in judgements]),
        np.concatenate([judgement.predicted for judgement in judgements]),
    )


def judge_run(run: Run) -> Judgement | None:
    """Judge the model of a run's best epoch; None where there is no such epoch yet, or nothing to judge it on.

    Raises:
        ModelFileError: the model file is missing, damaged, or of another run.
        DataError: the data set cannot be read.
    """
    if run.best_epoch is None or not run.has_held_out:
        return None
    classifier = load_classifier(run.best_model)
    provenance = classifier.provenance
    # A training that was killed may have written the model of an epoch that its history lacks.
    is_same_epoch = provenance is not None and provenance.epoch == run.best_epoch
    if (
        provenance is None
        or provenance.fingerprint != run.record.fingerprint
        or classifier.data is None
        # Where the data lie may have changed; that they are the same, the fingerprint tells.
        or classifier.data.model_copy(update={name: getattr(run.config.data, name) for name in _PLACES})
        != run.config.data
    ):
        raise ModelFileError(
            f"{run.best_model} was not trained with the data settings that stand beside it. "
            "Train the model anew, or leave this run out."
        )
    if run.record.finished and not is_same_epoch:
        raise ModelFileError(
            f"{run.best_model} holds epoch {provenance.epoch}, but the best of the history is {run.best_epoch}. "
            "Train the model anew, or leave this run out."
        )
    selection = select_own_part(
        run.config.data, split=None, encoder=classifier.encoder, fingerprint=run.record.fingerprint
    )
    probabilities = classifier.compute_probabilities(selection.encoded)
    try:
        check_predictions(probabilities)
    except ModelFileError as error:
        raise ModelFileError(f"{run.best_model}: {error}") from error
    part: Part = "test" if selection.split == "test" else "validation"
    predicted = predict_labels(probabilities, threshold=classifier.threshold)
    return Judgement(part, selection.encoded.labels, predicted)
