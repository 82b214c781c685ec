"""How good a model's predictions are: every score, on all predictions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lstm_cli.errors import ModelFileError
from lstm_cli.evaluation.confusion import (
    ClassScores,
    compute_balanced_accuracy,
    compute_macro_f1,
    compute_weighted_f1,
    count_confusions,
    score_classes,
)
from lstm_cli.evaluation.losses import Loss, compute_brier_score, compute_loss
from lstm_cli.evaluation.outputs import (
    THRESHOLD,
    Flags,
    Floats,
    Integers,
    check_predictions,
    complete_probabilities,
    predict_labels,
)
from lstm_cli.evaluation.ratings import RatingScores, score_ratings
from lstm_cli.evaluation.roc import compute_roc_auc


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All scores of a model on a data set. A new one is a field here and its line in `evaluate_predictions`.

    Attributes:
        loss: the mean of the training's loss, as Keras computes it from probabilities.
        accuracy: share of the reviews whose class is predicted.
        balanced_accuracy: the mean recall of the classes that have reviews.
        macro_f1: the mean F1 of the classes that have reviews or are predicted.
        weighted_f1: the mean F1 of the classes, each as often as it has reviews.
        roc_auc: area under the ROC curve: of two classes the second's, of more the mean over one against the rest;
            None where all reviews are of one class.
        brier_score: mean squared distance between probabilities and one-hot label (Brier 1950), halved.
        ratings: how far off the predictions are; None where the classes are no numbers.
        largest_class_share: share of the reviews that are of the most frequent class.
        classes: every class' own scores.
        confusion_matrix: counts; rows are the true class, columns the predicted one, in the order of `classes`.
        reviews: how many were judged.
        unknown_rate: mean over the reviews of the share of their words that the vocabulary lacks.
        truncation_rate: share of the reviews that were cut to fit.
    """

    loss: float
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    weighted_f1: float
    roc_auc: float | None
    brier_score: float
    ratings: RatingScores | None
    largest_class_share: float
    classes: tuple[ClassScores, ...]
    confusion_matrix: tuple[tuple[int, ...], ...]
    reviews: int
    unknown_rate: float
    truncation_rate: float

    def to_dict(self) -> dict[str, Any]:
        """Return the scores under their names, ready for JSON: `scores["classes"][1]["f1"]`.

        Those of ratings stand among the others, and are left out where the classes are no numbers.
        """
        content: dict[str, Any] = {}
        for name, value in asdict(self).items():
            if name == "ratings":
                content |= value or {}
            elif isinstance(value, tuple):
                content[name] = [list(item) if isinstance(item, tuple) else item for item in value]
            else:
                content[name] = value
        return content


def evaluate_predictions(
    labels: Integers,
    probabilities: Floats,
    *,
    classes: Sequence[str],
    loss: Loss,
    unknown_share: Floats,
    truncated: Flags,
    threshold: float = THRESHOLD,
) -> Evaluation:
    """Judge all predictions at once; to judge some alone, hand over their rows of every array.

    Args:
        labels: `int32[n]`, indices into `classes`.
        probabilities: as `complete_probabilities` takes them.
        classes: the names of the k classes.
        loss: the loss that the model was trained with.
        unknown_share: `float32[n]`, each review's share of unknown words, 0 to 1.
        truncated: `bool[n]`, whether the review was cut to fit.
        threshold: of two classes, as `predict_labels` takes it.

    Raises:
        DataError: there are no reviews.
        ModelFileError: `probabilities` are none, or of another number of classes.
    """
    check_predictions(probabilities)
    probabilities = complete_probabilities(probabilities)
    if probabilities.shape[1] != len(classes):
        raise ModelFileError(
            f"The model tells {probabilities.shape[1]} classes apart, but the reviews are of {len(classes)}: "
            f"{', '.join(classes)}. Judge it on reviews of the classes that it was trained on."
        )
    predicted = predict_labels(probabilities, threshold=threshold)
    matrix = count_confusions(labels, predicted, classes=len(classes))
    return Evaluation(
        loss=compute_loss(labels, probabilities, loss=loss),
        accuracy=float((predicted == labels).mean()),
        balanced_accuracy=compute_balanced_accuracy(matrix),
        macro_f1=float(compute_macro_f1(matrix)),
        weighted_f1=compute_weighted_f1(matrix),
        roc_auc=compute_roc_auc(labels, probabilities),
        brier_score=compute_brier_score(labels, probabilities),
        ratings=score_ratings(labels, predicted, classes=classes),
        largest_class_share=float(matrix.sum(axis=1).max() / len(labels)),
        classes=score_classes(matrix, classes=classes),
        confusion_matrix=tuple(tuple(row) for row in matrix.tolist()),
        reviews=len(labels),
        unknown_rate=float(unknown_share.mean(dtype="float64")),
        truncation_rate=float(truncated.mean()),
    )
