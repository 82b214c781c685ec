"""A run's model on the reviews of its own data set that it has not learnt from, as `lstm-eval` judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from lstm_cli.comparison.runs import Run
from lstm_cli.data.selection import select_own_part
from lstm_cli.errors import ModelFileError
from lstm_cli.evaluation import check_predictions, predict_labels
from lstm_cli.inference.classifier import load_classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

Part = Literal["test", "validation"]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a model makes of the reviews it is judged on.

    Attributes:
        part: which these are: the test part, or the validation part where the data has no test part.
        right: `bool[n]`, whether each review's class is predicted, in the order of the part.
    """

    part: Part
    right: NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        """The share of the reviews whose class is predicted."""
        return float(self.right.mean())


def judge_run(run: Run) -> Judgement | None:
    """Judge the model of a run's best epoch; None where there is no such epoch yet.

    Raises:
        ModelFileError: the model file is missing, damaged, or of another run.
        DataError: the data set cannot be read.
    """
    if run.best_epoch is None:
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
        or classifier.data.model_copy(update={"dataset": run.config.data.dataset}) != run.config.data
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
    return Judgement(part, predict_labels(probabilities) == selection.encoded.labels)
