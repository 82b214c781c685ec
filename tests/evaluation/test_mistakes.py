"""The surest errors come first, with the class predicted and its probability."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from predictions import predictions

from lstm_cli.evaluation import Mistake, complete_probabilities, find_mistakes, predict_labels

TEXTS = ("fine", "dull", "good", "bad", "great")


def find(labels, probabilities, *, limit, **options):
    return find_mistakes(
        TEXTS[: len(labels)],
        labels=np.array(labels, dtype=np.int32),
        probabilities=np.array(probabilities, dtype=np.float32),
        limit=limit,
        **options,
    )


def test_the_most_confident_errors_come_first_and_equals_in_order():
    found = find([0, 1, 0, 0, 1], [0.75, 0.25, 1.0, 0.0, 0.5], limit=10)
    assert found == (
        Mistake(row=2, text="good", label=0, prediction=1, probability=1.0),
        Mistake(row=0, text="fine", label=0, prediction=1, probability=0.75),
        Mistake(row=1, text="dull", label=1, prediction=0, probability=0.75),
        Mistake(row=4, text="great", label=1, prediction=0, probability=0.5),
    )


def test_of_three_classes_the_probability_is_that_of_the_class_predicted():
    found = find([0, 1, 2], [[0.25, 0.5, 0.25], [0.25, 0.5, 0.25], [0.75, 0.25, 0.0]], limit=10)
    assert found == (
        Mistake(row=2, text="good", label=2, prediction=0, probability=0.75),
        Mistake(row=0, text="fine", label=0, prediction=1, probability=0.5),
    )


def test_the_threshold_decides_what_is_wrong():
    assert find([0, 1], [0.25, 0.25], limit=9, threshold=0.125) == (
        Mistake(row=0, text="fine", label=0, prediction=1, probability=0.25),
    )


def test_no_more_than_asked_are_returned():
    assert [mistake.row for mistake in find([0, 1, 0], [0.75, 0.25, 1.0], limit=2)] == [2, 0]
    assert find([0, 1, 0], [0.75, 0.25, 1.0], limit=0) == ()


def test_a_perfect_model_makes_none():
    assert find([0, 1], [0.5, 0.75], limit=3) == ()


def test_near_certainties_are_told_apart():
    """In float32 both would be sure of the first class alike."""
    assert [mistake.row for mistake in find([1, 1], [2e-9, 1e-9], limit=2)] == [1, 0]


@given(predictions(), st.integers(0, 40))
def test_they_are_the_surest_of_all_errors(data, limit):
    labels, outputs = data
    predicted = predict_labels(outputs)
    probabilities = complete_probabilities(outputs.astype(np.float64))
    found = find_mistakes(
        [f"review {row}" for row in range(len(labels))], labels=labels, probabilities=outputs, limit=limit
    )
    wrong = [row for row in range(len(labels)) if predicted[row] != labels[row]]
    expected = sorted(wrong, key=lambda row: (-probabilities[row, predicted[row]], row))[:limit]
    assert [mistake.row for mistake in found] == expected
    for mistake in found:
        assert mistake.text == f"review {mistake.row}"
        assert (mistake.label, mistake.prediction) == (labels[mistake.row], predicted[mistake.row])
        assert mistake.probability == probabilities[mistake.row, mistake.prediction]
