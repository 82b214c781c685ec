"""Scores agree with counting by hand and with Keras, whatever the predictions."""

import json
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.errors import DataError, ModelFileError
from lstm_cli.evaluation import Mistake, evaluate_predictions, find_mistakes

untimed = settings(deadline=None)  # the first example imports scikit-learn

LABELS = np.array([0, 0, 0, 1, 1], dtype=np.int32)
PROBABILITIES = np.array([0.1, 0.6, 0.5, 0.9, 0.2], dtype=np.float32)


def evaluate(labels, probabilities, *, loss="binary_crossentropy", unknown_share=None, truncated=None):
    labels = np.asarray(labels, dtype=np.int32)
    none = np.zeros(len(labels), dtype=np.float32)
    return evaluate_predictions(
        labels,
        np.asarray(probabilities, dtype=np.float32),
        loss=loss,
        unknown_share=none if unknown_share is None else np.asarray(unknown_share, dtype=np.float32),
        truncated=none.astype(np.bool_) if truncated is None else np.asarray(truncated, dtype=np.bool_),
    )


@st.composite
def predictions(draw):
    """Labels and float32 probabilities, of equal and any length."""
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, 1), st.floats(0, 1, width=32) | st.sampled_from([0.0, 0.5, 1.0])),
            min_size=1,
            max_size=30,
        )
    )
    labels, probabilities = zip(*pairs, strict=True)
    return np.array(labels, dtype=np.int32), np.array(probabilities, dtype=np.float32)


class TestByHand:
    def test_every_score_of_five_reviews(self):
        # Predicted positive: the second and the fourth; 0.5 itself is negative.
        scores = evaluate(
            LABELS,
            PROBABILITIES,
            unknown_share=[0, 0.5, 0, 0.25, 0.25],
            truncated=[True, False, False, True, False],
        )
        assert scores.confusion_matrix == ((2, 1), (1, 1))
        assert scores.accuracy == 3 / 5
        assert scores.negative.precision == pytest.approx(2 / 3)
        assert scores.negative.recall == pytest.approx(2 / 3)
        assert scores.negative.f1 == pytest.approx(2 / 3)
        assert scores.negative.support == 3
        assert scores.positive.precision == 1 / 2
        assert scores.positive.recall == 1 / 2
        assert scores.positive.f1 == 1 / 2
        assert scores.positive.support == 2
        # Of the 6 pairs of a positive and a negative review, 0.9 > all three and 0.2 > 0.1 are in order.
        assert scores.roc_auc == pytest.approx(4 / 6)
        assert scores.brier_score == pytest.approx((0.01 + 0.36 + 0.25 + 0.01 + 0.64) / 5)
        likelihood = 0.9 * 0.4 * 0.5 * 0.9 * 0.2
        assert scores.loss == pytest.approx(-math.log(likelihood) / 5, rel=1e-6)
        assert scores.reviews == 5
        assert scores.unknown_rate == pytest.approx(0.2)
        assert scores.truncation_rate == pytest.approx(0.4)

    def test_the_mean_squared_error_is_the_brier_score(self):
        scores = evaluate(LABELS, PROBABILITIES, loss="mean_squared_error")
        assert scores.loss == pytest.approx(scores.brier_score, rel=1e-6)

    @pytest.mark.parametrize("label", [0, 1])
    def test_one_class_alone_has_no_roc_and_gives_no_warning(self, label):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            scores = evaluate([label] * 3, [0.0, 0.2, 1.0])
        assert scores.roc_auc is None
        absent = scores.positive if label == 0 else scores.negative
        assert (absent.recall, absent.support) == (0.0, 0)

    def test_a_class_that_is_never_predicted_scores_zero_without_a_warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            scores = evaluate([0, 1], [0.9, 0.8])
        assert (scores.negative.precision, scores.negative.recall, scores.negative.f1) == (0, 0, 0)

    def test_the_loss_of_a_certain_error_is_finite(self):
        assert evaluate([1], [0.0]).loss == pytest.approx(-math.log(1e-7), rel=1e-5)


def test_loss_and_accuracy_are_those_of_keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    import keras

    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 500).astype(np.int32)
    probabilities = generator.random(500, dtype=np.float32)
    probabilities[:6] = [0.0, 1.0, 0.5, 1e-8, 1 - 1e-7, 0.50000006]
    column, outputs = labels[:, None].astype(np.float32), probabilities[:, None]
    scores = evaluate(labels, probabilities)
    squared = evaluate(labels, probabilities, loss="mean_squared_error")
    assert scores.loss == pytest.approx(float(keras.losses.BinaryCrossentropy()(column, outputs)), rel=1e-5)
    assert squared.loss == pytest.approx(float(keras.losses.MeanSquaredError()(column, outputs)), rel=1e-5)
    accuracy = keras.metrics.BinaryAccuracy()
    accuracy.update_state(column, outputs)
    assert scores.accuracy == pytest.approx(float(accuracy.result()), rel=1e-6)


class TestProperties:
    @untimed
    @given(predictions())
    def test_the_counts_belong_together(self, data):
        labels, probabilities = data
        scores = evaluate(labels, probabilities)
        (true_negatives, false_positives), (false_negatives, true_positives) = scores.confusion_matrix
        assert scores.accuracy == pytest.approx((true_negatives + true_positives) / scores.reviews)
        assert scores.negative.support == true_negatives + false_positives
        assert scores.positive.support == false_negatives + true_positives
        assert scores.negative.support + scores.positive.support == scores.reviews == len(labels)
        assert (scores.roc_auc is None) == (0 in (scores.negative.support, scores.positive.support))

    @untimed
    @given(predictions())
    def test_turning_labels_and_probabilities_over_swaps_the_classes(self, data):
        labels, probabilities = data
        # Only what 1 - p turns over exactly: float32 rounds small numbers away, and 0.5 stays negative.
        turned = 1 - probabilities
        exact = (1 - turned == probabilities) & (turned != 0.5)
        labels, probabilities, turned = labels[exact], probabilities[exact], turned[exact]
        if not len(labels):
            return
        one, other = evaluate(labels, probabilities), evaluate(1 - labels, turned)
        assert one.accuracy == other.accuracy
        assert one.negative == other.positive
        assert one.positive == other.negative
        assert one.confusion_matrix == tuple(row[::-1] for row in other.confusion_matrix[::-1])
        assert one.brier_score == pytest.approx(other.brier_score, abs=1e-6)
        assert one.roc_auc == (None if other.roc_auc is None else pytest.approx(other.roc_auc))

    @untimed
    @given(predictions(), st.randoms(use_true_random=False))
    def test_the_order_of_the_reviews_is_no_matter(self, data, random):
        labels, probabilities = data
        order = list(range(len(labels)))
        random.shuffle(order)
        one, other = evaluate(labels, probabilities), evaluate(labels[order], probabilities[order])
        assert one.confusion_matrix == other.confusion_matrix
        assert one.loss == pytest.approx(other.loss)
        assert one.roc_auc == (None if other.roc_auc is None else pytest.approx(other.roc_auc))

    @untimed
    @given(predictions())
    def test_the_dict_is_plain_json_and_says_the_same(self, data):
        scores = evaluate(*data)
        content = json.loads(json.dumps(scores.to_dict(), allow_nan=False))
        assert content == scores.to_dict()
        assert content["positive"]["f1"] == scores.positive.f1
        assert content["confusion_matrix"][1][0] == scores.confusion_matrix[1][0]


def test_the_names_in_the_dict_are_stable():
    content = evaluate(LABELS, PROBABILITIES).to_dict()
    assert list(content) == [
        "loss", "accuracy", "roc_auc", "brier_score", "negative", "positive", "confusion_matrix", "reviews",
        "unknown_rate", "truncation_rate",
    ]  # fmt: skip
    assert list(content["negative"]) == list(content["positive"]) == ["precision", "recall", "f1", "support"]


class TestRefusals:
    def test_no_reviews_are_told(self):
        with pytest.raises(DataError, match="no reviews"):
            evaluate([], [])

    def test_a_model_that_gives_no_numbers_is_told(self):
        with pytest.raises(ModelFileError, match=r"no numbers for 2 of 3 reviews"):
            evaluate([0, 1, 1], [math.nan, 0.5, math.nan])

    @pytest.mark.parametrize("value", [-0.01, 1.01, math.inf, -math.inf])
    def test_a_model_that_gives_no_probabilities_is_told(self, value):
        with pytest.raises(ModelFileError, match="sigmoid"):
            evaluate([0, 1], [0.5, value])


class TestMistakes:
    TEXTS = ("fine", "dull", "good", "bad", "great")

    def find(self, labels, probabilities, *, limit):
        return find_mistakes(
            self.TEXTS[: len(labels)],
            labels=np.array(labels, dtype=np.int32),
            probabilities=np.array(probabilities, dtype=np.float32),
            limit=limit,
        )

    def test_the_most_confident_errors_come_first_and_equals_in_order(self):
        found = self.find([0, 1, 0, 0, 1], [0.75, 0.25, 1.0, 0.0, 0.5], limit=10)
        assert found == (
            Mistake(row=2, text="good", label=0, probability=1.0),
            Mistake(row=0, text="fine", label=0, probability=0.75),
            Mistake(row=1, text="dull", label=1, probability=0.25),
            Mistake(row=4, text="great", label=1, probability=0.5),
        )

    def test_no_more_than_asked_are_returned(self):
        assert [mistake.row for mistake in self.find([0, 1, 0], [0.75, 0.25, 1.0], limit=2)] == [2, 0]
        assert self.find([0, 1, 0], [0.75, 0.25, 1.0], limit=0) == ()

    def test_a_perfect_model_makes_none(self):
        assert self.find([0, 1], [0.5, 0.75], limit=3) == ()

    @untimed
    @given(predictions(), st.integers(0, 40))
    def test_they_are_the_worst_of_the_errors_that_the_matrix_counts(self, data, limit):
        labels, probabilities = data
        texts = [f"review {row}" for row in range(len(labels))]
        found = find_mistakes(texts, labels=labels, probabilities=probabilities, limit=limit)
        (_, false_positives), (false_negatives, _) = evaluate(labels, probabilities).confusion_matrix
        assert len(found) == min(limit, false_positives + false_negatives)
        assert all((mistake.probability > 0.5) != (mistake.label == 1) for mistake in found)
        assert all(mistake.text == f"review {mistake.row}" for mistake in found)
        keys = [(-abs(mistake.probability - mistake.label), mistake.row) for mistake in found]
        assert keys == sorted(keys)
