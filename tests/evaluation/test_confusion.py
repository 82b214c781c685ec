"""What follows from counts is what scikit-learn makes of the labels."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from predictions import count_classes, predictions

from lstm_cli.evaluation import compute_macro_f1, count_confusions, predict_labels, score_classes
from lstm_cli.evaluation.confusion import compute_balanced_accuracy, compute_weighted_f1

untimed = settings(deadline=None)  # the first example imports scikit-learn


def exactly(value):
    return pytest.approx(value, rel=1e-12, abs=1e-12)


@untimed
@given(predictions())
def test_every_figure_is_that_of_scikit_learn(data):
    from sklearn import metrics

    labels, outputs = data
    classes, predicted = count_classes(outputs), predict_labels(outputs)
    matrix = count_confusions(labels, predicted, classes=classes)
    assert matrix.tolist() == metrics.confusion_matrix(labels, predicted, labels=range(classes)).tolist()
    expected = metrics.precision_recall_fscore_support(labels, predicted, labels=range(classes), zero_division=0)
    scores = score_classes(matrix, classes=[str(label) for label in range(classes)])
    found = [(item.precision, item.recall, item.f1, item.reviews) for item in scores]
    assert [item.name for item in scores] == [str(label) for label in range(classes)]
    assert np.array(found) == exactly(np.array(expected).T)
    macro, weighted = (
        metrics.f1_score(labels, predicted, average=average, zero_division=0) for average in ("macro", "weighted")
    )
    assert compute_macro_f1(matrix) == exactly(macro)
    assert compute_weighted_f1(matrix) == exactly(weighted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of predicted classes that no review is of
        assert compute_balanced_accuracy(matrix) == exactly(metrics.balanced_accuracy_score(labels, predicted))


def test_many_matrices_are_scored_as_each_alone():
    matrices = np.random.default_rng(0).integers(0, 5, (7, 2, 4, 4))
    scores = compute_macro_f1(matrices)
    assert scores.shape == (7, 2)
    for place in np.ndindex(7, 2):
        assert scores[place] == compute_macro_f1(matrices[place])


def test_what_has_nothing_to_divide_by_is_zero_without_a_warning():
    matrix = np.array([[0, 0, 0], [2, 0, 0], [0, 0, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        absent, missed, nowhere = score_classes(matrix, classes=("a", "b", "c"))
        assert (absent.precision, absent.recall, absent.f1, absent.reviews) == (0, 0, 0, 0)
        assert (missed.precision, missed.recall, missed.f1, missed.reviews) == (0, 0, 0, 2)
        assert (nowhere.precision, nowhere.recall, nowhere.f1, nowhere.reviews) == (0, 0, 0, 0)
        assert compute_macro_f1(matrix) == compute_balanced_accuracy(matrix) == compute_weighted_f1(matrix) == 0


def test_a_class_that_is_neither_met_nor_predicted_does_not_lower_the_mean():
    assert compute_macro_f1(np.array([[3, 0, 0], [0, 2, 0], [0, 0, 0]])) == 1
