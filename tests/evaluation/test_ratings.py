"""Classes that are numbers are compared as numbers, others are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from predictions import count_classes, predictions

from lstm_cli.evaluation import predict_labels
from lstm_cli.evaluation.ratings import score_ratings

untimed = settings(deadline=None)  # the first example imports scikit-learn

STARS = ("1", "2", "3", "4", "5")


def score(labels, predicted, *, classes):
    return score_ratings(np.array(labels, np.int32), np.array(predicted, np.int32), classes=classes)


def test_stars_by_hand():
    scores = score([0, 1, 2, 3, 4], [0, 2, 4, 0, 4], classes=STARS)
    assert scores.mean_absolute_error == (0 + 1 + 2 + 3 + 0) / 5
    assert scores.within_one_step == 3 / 5


def test_distances_are_of_numbers_and_steps_of_places_whatever_the_order():
    scores = score([1, 1, 0, 2], [2, 3, 2, 2], classes=("10", "-4", "0.5", "0"))
    assert scores.mean_absolute_error == (4.5 + 4 + 9.5 + 0) / 4
    assert scores.within_one_step == 3 / 4


@pytest.mark.parametrize(
    "classes", [("negative", "positive"), ("1", "2", "many"), ("1", "nan"), ("1", "inf"), ("1", "1_0"), ("1", "")]
)
def test_where_a_class_is_no_number_there_are_none(classes):
    assert score([0, 1], [1, 1], classes=classes) is None


@untimed
@given(predictions())
def test_the_distance_is_that_of_scikit_learn(data):
    from sklearn.metrics import mean_absolute_error

    labels, outputs = data
    ratings = np.array([-4.0, -1.0, 0.0, 1.0, 2.5, 9.0])[: count_classes(outputs)]
    predicted = predict_labels(outputs)
    scores = score_ratings(labels, predicted, classes=[str(rating) for rating in ratings])
    assert scores.mean_absolute_error == pytest.approx(mean_absolute_error(ratings[labels], ratings[predicted]))
    assert scores.within_one_step == np.mean(np.abs(labels - predicted) <= 1)
