"""A classifier and reviews → how good it is, and how good on those that it has not learnt from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from lstm_cli.data.baseline import BaselineFigures, measure_baseline
from lstm_cli.data.selection import Selection
from lstm_cli.evaluation import (
    Evaluation,
    Flags,
    Floats,
    compute_macro_f1,
    count_confusions,
    evaluate_predictions,
    find_threshold,
    predict_labels,
)
from lstm_cli.inference.classifier import Classifier
from lstm_cli.text.encoder import EncodedTexts

# A gain below this on the validation part is a matter of chance.
_LEAST_GAIN = 0.02


@dataclass(frozen=True)
class ThresholdSuggestion:
    """A better threshold, found on the validation part; a model is never changed by it.

    Attributes:
        threshold: of the second class' probability.
        macro_f1: with it, on the validation part.
        macro_f1_now: with the model's own, there.
    """

    threshold: float
    macro_f1: float
    macro_f1_now: float


@dataclass(frozen=True, eq=False)
class Judgement(Evaluation):
    """How good a model is on reviews: the scores on all of them, and what should be known of these.

    Attributes:
        probabilities: `float32[n]` of the second of two classes, or `float32[n, k]`.
        seen_in_training: how many of the texts it was trained on, an estimate for a model of more than a million
            training texts; None where its file does not tell.
        without_seen: of the others alone; None where none is left, none was seen, or it is not known which.
        baseline: of all of them, what the n-grams alone say with which the model begins; None where it does not.
        suggestion: None where the model's own threshold does as well, or there is no validation part.
    """

    probabilities: Floats = field(repr=False)
    seen_in_training: int | None
    without_seen: Evaluation | None
    baseline: BaselineFigures | None
    suggestion: ThresholdSuggestion | None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures under their names, ready for JSON."""
        return {
            **self.get_evaluation().to_dict(),
            "seen_in_training": self.seen_in_training,
            "without_seen": self.without_seen.to_dict() if self.without_seen else None,
            "baseline": asdict(self.baseline) if self.baseline else None,
            "suggested_threshold": self.suggestion.threshold if self.suggestion else None,
        }

    def get_evaluation(self) -> Evaluation:
        """Return the scores alone."""
        return Evaluation(**{one.name: getattr(self, one.name) for one in fields(Evaluation)})


def judge(classifier: Classifier, selection: Selection) -> Judgement:
    """Judge a classifier on selected reviews.

    Raises:
        DataError: there are no reviews.
        ModelFileError: the model gives no probabilities.
    """
    encoded = selection.encoded
    probabilities = classifier.compute_probabilities(encoded)

    def evaluate(rows: Flags | slice) -> Evaluation:
        return evaluate_predictions(
            encoded.labels[rows],
            probabilities[rows],
            classes=classifier.classes.names,
            loss=classifier.loss,
            unknown_share=encoded.unknown_share[rows],
            truncated=encoded.truncated[rows],
            threshold=classifier.threshold,
        )

    seen, count, without_seen = classifier.seen, None, None
    if seen is not None:
        found = seen.find(encoded.digests)
        count = seen.count(encoded.digests)
        if not seen.zero_bits and 0 < count < len(encoded):
            without_seen = evaluate(~found)
    evaluation = evaluate(slice(None))
    return Judgement(
        **{one.name: getattr(evaluation, one.name) for one in fields(Evaluation)},
        probabilities=probabilities,
        seen_in_training=count,
        without_seen=without_seen,
        baseline=measure_baseline(encoded),
        suggestion=_suggest_threshold(classifier, selection.validation),
    )


def describe_seen(judgement: Judgement, classifier: Classifier) -> str:
    """Return how many of the texts the model has learnt from, in words; empty where it is none, or not known."""
    count = judgement.seen_in_training
    if not count:
        return ""
    about = "about " if classifier.seen and classifier.seen.zero_bits else ""
    rest = judgement.without_seen
    without = f" Without them: accuracy {rest.accuracy:.4f} on {rest.reviews:,}." if rest else ""
    return f"The model was trained on {about}{count:,} of these {judgement.reviews:,} texts.{without}"


def _suggest_threshold(classifier: Classifier, validation: EncodedTexts | None) -> ThresholdSuggestion | None:
    if validation is None or not len(validation) or len(classifier.classes) != 2:
        return None
    probabilities = classifier.compute_probabilities(validation)
    if not np.isfinite(probabilities).all():
        return None
    threshold = find_threshold(validation.labels, probabilities)
    if threshold is None:
        return None

    def score(given: float) -> float:
        predicted = predict_labels(probabilities, threshold=given)
        return float(compute_macro_f1(count_confusions(validation.labels, predicted, classes=2)))

    now, then = score(classifier.threshold), score(threshold)
    return ThresholdSuggestion(threshold, then, now) if then - now >= _LEAST_GAIN else None
