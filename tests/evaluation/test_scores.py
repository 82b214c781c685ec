"""All scores of an evaluation, by hand and as they hang together, whatever the predictions."""

import json
import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictions import count_classes, evaluate, predictions

from lstm_cli.errors import DataError, ModelFileError

LABELS = np.array([0, 0, 0, 1, 1], dtype=np.int32)
PROBABILITIES = np.array([0.1, 0.6, 0.5, 0.9, 0.2], dtype=np.float32)


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
        negative, positive = scores.classes
        assert (negative.name, positive.name) == ("negative", "positive")
        assert negative.precision == pytest.approx(2 / 3)
        assert negative.recall == pytest.approx(2 / 3)
        assert negative.f1 == pytest.approx(2 / 3)
        assert negative.reviews == 3
        assert positive.precision == 1 / 2
        assert positive.recall == 1 / 2
        assert positive.f1 == 1 / 2
        assert positive.reviews == 2
        assert scores.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
        assert scores.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2)
        assert scores.weighted_f1 == pytest.approx((3 * 2 / 3 + 2 * 1 / 2) / 5)
        assert scores.largest_class_share == 3 / 5
        # Of the 6 pairs of a positive and a negative review, 0.9 > all three and 0.2 > 0.1 are in order.
        assert scores.roc_auc == pytest.approx(4 / 6)
        assert scores.brier_score == pytest.approx((0.01 + 0.36 + 0.25 + 0.01 + 0.64) / 5)
        likelihood = 0.9 * 0.4 * 0.5 * 0.9 * 0.2
        assert scores.loss == pytest.approx(-math.log(likelihood) / 5, rel=1e-6)
        assert scores.ratings is None
        assert scores.reviews == 5
        assert scores.unknown_rate == pytest.approx(0.2)
        assert scores.truncation_rate == pytest.approx(0.4)

    def test_four_reviews_of_three_classes(self):
        outputs = [[0.5, 0.25, 0.25], [0.125, 0.5, 0.375], [0.5, 0.125, 0.375], [0.0, 0.25, 0.75]]
        scores = evaluate([0, 1, 2, 2], outputs, classes=("1", "2", "3"))
        assert scores.confusion_matrix == ((1, 0, 0), (0, 1, 0), (1, 0, 1))
        assert scores.accuracy == 3 / 4
        assert scores.balanced_accuracy == pytest.approx((1 + 1 + 1 / 2) / 3)
        assert scores.macro_f1 == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
        assert scores.largest_class_share == 1 / 2
        # Pairs in order, of each class against the rest, equals counted half: 2.5 of 3, 3 of 3, 3.5 of 4.
        assert scores.roc_auc == pytest.approx((2.5 / 3 + 3 / 3 + 3.5 / 4) / 3)
        assert scores.loss == pytest.approx(-math.log(0.5 * 0.5 * 0.375 * 0.75) / 4, rel=1e-6)
        squares = (0.25 + 0.0625 + 0.0625) + (0.015625 + 0.25 + 0.140625) + (0.25 + 0.015625 + 0.390625) + 0.125
        assert scores.brier_score == pytest.approx(squares / 4 / 2)
        assert evaluate([0, 1, 2, 2], outputs, loss="mean_squared_error").loss == pytest.approx(squares / 4 / 3)
        assert scores.ratings.mean_absolute_error == 2 / 4
        assert scores.ratings.within_one_step == 3 / 4

    @pytest.mark.parametrize("outputs", [[0.0, 0.2, 1.0], [[0.0, 1.0, 0.0], [0.25, 0.5, 0.25], [1.0, 0.0, 0.0]]])
    @pytest.mark.parametrize("label", [0, 1])
    def test_one_class_alone_has_no_roc_and_gives_no_warning(self, label, outputs):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            scores = evaluate([label] * 3, outputs)
        assert scores.roc_auc is None
        absent = scores.classes[1 - label]
        assert (absent.recall, absent.reviews) == (0.0, 0)
        assert scores.largest_class_share == 1


class TestProperties:
    @given(predictions())
    def test_the_figures_hang_together(self, data):
        labels, outputs = data
        scores = evaluate(labels, outputs)
        matrix = np.array(scores.confusion_matrix)
        assert scores.accuracy == pytest.approx(matrix.trace() / scores.reviews)
        assert [item.reviews for item in scores.classes] == matrix.sum(axis=1).tolist()
        assert matrix.sum() == scores.reviews == len(labels)
        assert scores.largest_class_share == pytest.approx(matrix.sum(axis=1).max() / len(labels))
        assert (scores.roc_auc is None) == (scores.largest_class_share == 1)
        # A mean of recalls weighted by the reviews is the accuracy.
        assert sum(item.recall * item.reviews for item in scores.classes) == pytest.approx(
            scores.accuracy * scores.reviews
        )

    @given(predictions(fewest=3), st.randoms(use_true_random=False))
    def test_the_order_of_the_classes_is_no_matter_but_for_ties(self, data, random):
        labels, outputs = data
        ranked = np.sort(outputs, axis=1)
        kept = ranked[:, -1] > ranked[:, -2]
        labels, outputs = labels[kept], outputs[kept]
        if not len(labels):
            return
        order = list(range(count_classes(outputs)))
        random.shuffle(order)
        one, other = evaluate(labels, outputs), evaluate(np.argsort(order)[labels], outputs[:, order])
        assert (np.array(one.confusion_matrix)[order][:, order] == np.array(other.confusion_matrix)).all()
        for name in ("loss", "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "brier_score"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-6)
        assert one.roc_auc == (None if other.roc_auc is None else pytest.approx(other.roc_auc))

    @given(predictions(most=2))
    def test_turning_labels_and_probabilities_over_swaps_the_two_classes(self, data):
        labels, probabilities = data
        # Only what 1 - p turns over exactly: float32 rounds small numbers away, and 0.5 stays negative.
        turned = 1 - probabilities
        exact = (1 - turned == probabilities) & (turned != 0.5)
        labels, probabilities, turned = labels[exact], probabilities[exact], turned[exact]
        if not len(labels):
            return
        one = evaluate(labels, probabilities, classes=("a", "b"))
        other = evaluate(1 - labels, turned, classes=("b", "a"))
        assert one.accuracy == other.accuracy
        assert one.classes == other.classes[::-1]
        assert one.confusion_matrix == tuple(row[::-1] for row in other.confusion_matrix[::-1])
        assert one.brier_score == pytest.approx(other.brier_score, abs=1e-6)
        assert one.roc_auc == (None if other.roc_auc is None else pytest.approx(other.roc_auc))

    @given(predictions(most=2))
    def test_two_classes_are_judged_alike_in_every_form(self, data):
        labels, outputs = data
        both = np.stack((1 - outputs, outputs), axis=1)
        named = evaluate(labels, outputs, classes=("a", "b"))
        assert evaluate(labels, outputs[:, None], classes=("a", "b")) == named
        assert evaluate(labels, both, classes=("a", "b")) == named

    @given(predictions(), st.randoms(use_true_random=False))
    def test_the_order_of_the_reviews_is_no_matter(self, data, random):
        labels, outputs = data
        order = list(range(len(labels)))
        random.shuffle(order)
        one, other = evaluate(labels, outputs), evaluate(labels[order], outputs[order])
        assert one.confusion_matrix == other.confusion_matrix
        assert one.loss == pytest.approx(other.loss)
        assert one.roc_auc == (None if other.roc_auc is None else pytest.approx(other.roc_auc))

    @given(predictions())
    def test_the_dict_is_plain_json_and_says_the_same(self, data):
        scores = evaluate(*data)
        content = json.loads(json.dumps(scores.to_dict(), allow_nan=False))
        assert content == scores.to_dict()
        assert content["classes"][1]["f1"] == scores.classes[1].f1
        assert content["confusion_matrix"][1][0] == scores.confusion_matrix[1][0]


NAMES = [
    "loss", "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "roc_auc", "brier_score",
    "largest_class_share", "classes", "confusion_matrix", "reviews", "unknown_rate", "truncation_rate",
]  # fmt: skip


def test_the_names_in_the_dict_are_stable():
    content = evaluate(LABELS, PROBABILITIES).to_dict()
    assert list(content) == NAMES
    for scores in content["classes"]:
        assert list(scores) == ["name", "precision", "recall", "f1", "reviews"]


def test_only_classes_that_are_numbers_have_figures_of_ratings():
    content = evaluate(LABELS, PROBABILITIES, classes=("1", "5")).to_dict()
    assert set(content) - set(NAMES) == {"mean_absolute_error", "within_one_step"}
    assert content["mean_absolute_error"] == pytest.approx(2 / 5 * 4)
    assert content["within_one_step"] == 1


class TestRefusals:
    def test_no_reviews_are_told(self):
        with pytest.raises(DataError, match="no reviews"):
            evaluate([], [])

    def test_a_model_that_gives_no_numbers_is_told(self):
        with pytest.raises(ModelFileError, match=r"no numbers for 2 of 3 reviews"):
            evaluate([0, 1, 1], [math.nan, 0.5, math.nan])

    def test_a_model_of_other_classes_is_told(self):
        with pytest.raises(
            ModelFileError, match=r"tells 3 classes apart, but the reviews are of 2: no, yes\. Judge"
        ):
            evaluate([0, 1], [[0.5, 0.25, 0.25]] * 2, classes=("no", "yes"))


def test_neither_scikit_learn_nor_a_framework_is_loaded():
    """Their import takes longer than all that is computed."""
    probe = (
        "import sys, numpy as np\n"
        "from lstm_cli.evaluation import evaluate_predictions, find_threshold\n"
        "labels, outputs = np.array([0, 1], np.int32), np.array([0.25, 0.75], np.float32)\n"
        "find_threshold(labels, outputs)\n"
        "evaluate_predictions(labels, outputs, classes=('a', 'b'), loss='binary_crossentropy',\n"
        "                     unknown_share=outputs, truncated=labels == 1)\n"
        "print({'sklearn', 'scipy', 'pandas', 'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("set()\n", "")
