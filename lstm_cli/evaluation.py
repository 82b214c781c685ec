"""How good a model's predictions are: every score by scikit-learn, on all predictions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Integers = npt.NDArray[np.int32]
    Flags = npt.NDArray[np.bool_]

Loss = Literal["binary_crossentropy", "mean_squared_error"]

CLASS_NAMES = ("negative", "positive")
"""The class of label 0 and that of label 1."""

THRESHOLD = 0.5
"""A review is positive iff its probability is above this, as in `keras.metrics.BinaryAccuracy`."""

EPSILON = 1e-7
"""How far from 0 and 1 a probability is kept before its logarithm is taken: `keras.config.epsilon()`."""


@dataclass(frozen=True, slots=True)
class ClassScores:
    """One class against the other; 0.0 where a division has nothing to divide by.

    Attributes:
        precision: share of the reviews predicted to be of this class that are.
        recall: share of this class' reviews that are predicted to be.
        f1: the harmonic mean of the two.
        support: this class' reviews.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All scores of a model on a data set. A new one is a field here and its line in `evaluate_predictions`.

    Attributes:
        loss: the mean of the training's loss, as Keras computes it from probabilities.
        accuracy: share of the reviews whose class is predicted.
        roc_auc: area under the ROC curve; None where all reviews are of one class.
        brier_score: mean squared distance between probability and label (Brier 1950).
        negative: the scores of label 0.
        positive: the scores of label 1.
        confusion_matrix: counts; rows are the true class, columns the predicted one, negative first.
        reviews: how many were judged.
        unknown_rate: mean over the reviews of the share of their words that the vocabulary lacks.
        truncation_rate: share of the reviews that were cut to fit.
    """

    loss: float
    accuracy: float
    roc_auc: float | None
    brier_score: float
    negative: ClassScores
    positive: ClassScores
    confusion_matrix: tuple[tuple[int, int], tuple[int, int]]
    reviews: int
    unknown_rate: float
    truncation_rate: float

    def to_dict(self) -> dict[str, Any]:
        """Return the scores under their names, ready for JSON: `scores["positive"]["f1"]`."""
        return asdict(self) | {"confusion_matrix": [list(row) for row in self.confusion_matrix]}


def evaluate_predictions(
    labels: Integers, probabilities: Floats, *, loss: Loss, unknown_share: Floats, truncated: Flags
) -> Evaluation:
    """Judge all predictions at once.

    Args:
        labels: `int32[n]`, 0 for negative and 1 for positive.
        probabilities: `float32[n]` that the review is positive.
        loss: the loss that the model was trained with.
        unknown_share: `float32[n]`, each review's share of unknown words, 0 to 1.
        truncated: `bool[n]`, whether the review was cut to fit.

    Raises:
        DataError: there are no reviews.
        ModelFileError: `probabilities` holds NaN or numbers outside 0 to 1.
    """
    from sklearn import metrics

    check_predictions(probabilities)
    predicted = predict_labels(probabilities)
    per_class = metrics.precision_recall_fscore_support(labels, predicted, labels=[0, 1], zero_division=0)
    negative, positive = (
        ClassScores(precision=float(precision), recall=float(recall), f1=float(f1), support=int(support))
        for precision, recall, f1, support in zip(*per_class, strict=True)
    )
    (true_negatives, false_positives), (false_negatives, true_positives) = metrics.confusion_matrix(
        labels, predicted, labels=[0, 1]
    ).tolist()
    has_both_classes = bool(labels.min() != labels.max())
    return Evaluation(
        loss=compute_loss(labels, probabilities, loss=loss),
        accuracy=float(metrics.accuracy_score(labels, predicted)),
        roc_auc=float(metrics.roc_auc_score(labels, probabilities)) if has_both_classes else None,
        brier_score=float(metrics.brier_score_loss(labels, probabilities, pos_label=1)),
        negative=negative,
        positive=positive,
        confusion_matrix=((true_negatives, false_positives), (false_negatives, true_positives)),
        reviews=len(labels),
        unknown_rate=float(unknown_share.mean(dtype="float64")),
        truncation_rate=float(truncated.mean()),
    )


def compute_loss(labels: Integers, probabilities: Floats, *, loss: Loss) -> float:
    """Return the mean loss as Keras computes it from probabilities, in float32 up to the mean.

    The clipping happens in float32, where 1 - 1e-7 is 1 - 1.19e-7: a confident error costs at most 16.1.
    `Model.evaluate` sees the logits before the sigmoid instead and may count such an error higher.

    Args:
        labels: `int32[n]`, 0 or 1.
        probabilities: `float32[n]`.
        loss: Keras' name of the loss (https://keras.io/api/losses/probabilistic_losses).
    """
    import numpy as np

    targets = labels.astype(np.float32)
    if loss == "mean_squared_error":
        losses = np.square(probabilities - targets)
    else:
        clipped = np.clip(probabilities, np.float32(EPSILON), np.float32(1.0 - EPSILON))
        losses = -(targets * np.log(clipped) + (1 - targets) * np.log(1 - clipped))
    return float(losses.mean(dtype=np.float64))


def predict_labels(probabilities: Floats) -> Integers:
    """Return `int32[n]`: 1 where the probability is above 0.5, else 0; of `float32[n, k]` the most probable."""
    import numpy as np

    if probabilities.ndim == 2:
        most_probable: Integers = probabilities.argmax(axis=1).astype(np.int32)
        return most_probable
    return (probabilities > THRESHOLD).astype(np.int32)


def check_predictions(probabilities: Floats) -> None:
    """Raise an error unless `probabilities`, `float32[n]`, are some numbers from 0 to 1.

    Raises:
        DataError: there are none.
        ModelFileError: NaN or numbers outside 0 to 1 are among them.
    """
    import numpy as np

    from lstm_cli.errors import DataError, ModelFileError

    if probabilities.size == 0:
        raise DataError("There are no reviews to evaluate. Choose another split or data set.")
    missing = int(np.isnan(probabilities).sum())
    if missing:
        raise ModelFileError(
            f"The model gives no numbers for {missing:,} of {probabilities.size:,} reviews (NaN): "
            "its weights are damaged or its training diverged. Train it again."
        )
    low, high = float(probabilities.min()), float(probabilities.max())
    if low < 0.0 or high > 1.0:
        raise ModelFileError(
            f"Expected probabilities from 0 to 1, but the model gives numbers from {low:.4g} to {high:.4g}. "
            "Its last layer must be one unit with a sigmoid."
        )


@dataclass(frozen=True, slots=True)
class Mistake:
    """A review whose class was predicted wrongly.

    Attributes:
        row: its place in the data set, counted from 0.
        text: what was read.
        label: the true class: 0 for negative, 1 for positive.
        probability: that it is positive, as the model says.
    """

    row: int
    text: str
    label: int
    probability: float


def find_mistakes(
    texts: Sequence[str], *, labels: Integers, probabilities: Floats, limit: int
) -> tuple[Mistake, ...]:
    """Return the `limit` most confident errors, the most confident first, equals in the data set's order.

    Args:
        texts: the n reviews.
        labels: `int32[n]`, 0 or 1.
        probabilities: `float32[n]` that the review is positive.
        limit: how many to return at most.
    """
    import numpy as np

    distances = np.abs(probabilities - labels)  # how far the model is off, 0 to 1
    wrong = np.flatnonzero(predict_labels(probabilities) != labels)
    worst = wrong[np.argsort(-distances[wrong], kind="stable")][:limit]
    return tuple(
        Mistake(row=row, text=texts[row], label=int(labels[row]), probability=float(probabilities[row]))
        for row in worst.tolist()
    )
