"""What models give is made one probability a class, and what is none is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictions import count_classes, predictions

from lstm_cli.errors import DataError, ModelFileError
from lstm_cli.evaluation import check_predictions, complete_probabilities, find_missing_rows, predict_labels


def outputs_of(*values):
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_one_sigmoid_unit_gives_two_probabilities(shape):
    completed = complete_probabilities(outputs_of(0.25, 1.0, 1e-9).reshape(shape))
    assert completed.dtype == np.float32
    assert np.array_equal(completed, outputs_of([0.75, 0.25], [0.0, 1.0], [1.0, 1e-9]))


def test_a_probability_a_class_stays_as_it_is():
    outputs = outputs_of([0.2, 0.3, 0.5])
    assert complete_probabilities(outputs) is outputs
    assert complete_probabilities(outputs[:0]).shape == (0, 3)
    assert complete_probabilities(outputs_of()).shape == (0, 2)


def test_half_itself_is_the_first_of_two_classes_and_so_is_the_threshold():
    outputs = outputs_of(0.5, np.nextafter(np.float32(0.5), np.float32(1)), 0.75)
    assert predict_labels(outputs).tolist() == [0, 1, 1]
    assert predict_labels(outputs, threshold=0.75).tolist() == [0, 0, 0]
    assert predict_labels(outputs, threshold=0.0).tolist() == [1, 1, 1]
    assert predict_labels(outputs[:, None]).dtype == np.int32


@given(predictions(fewest=3))
def test_of_more_classes_the_first_of_the_most_probable_is_predicted(data):
    _, outputs = data
    assert predict_labels(outputs).tolist() == [row.index(max(row)) for row in outputs.tolist()]


@given(predictions(), st.sets(st.integers(0, 39)))
def test_rows_without_numbers_are_found(data, rows):
    labels, outputs = data
    spoilt = sorted(row for row in rows if row < len(labels))
    for row in spoilt:
        outputs[row if outputs.ndim == 1 else (row, row % count_classes(outputs))] = np.nan
    assert find_missing_rows(outputs).tolist() == spoilt
    if spoilt:
        with pytest.raises(
            ModelFileError, match=rf"no numbers for {len(spoilt)} of {len(labels)} reviews \(NaN\)"
        ):
            check_predictions(outputs)
    else:
        check_predictions(outputs)


@pytest.mark.parametrize("shape", [(0,), (0, 1), (0, 3)])
def test_no_reviews_are_told(shape):
    with pytest.raises(DataError, match="no reviews"):
        check_predictions(np.empty(shape, dtype=np.float32))


@pytest.mark.parametrize("value", [-0.01, 1.01, math.inf, -math.inf])
def test_what_is_no_probability_is_told(value):
    for outputs in (
        outputs_of(0.5, value),
        outputs_of([0.5], [value]),
        outputs_of([0.5, 0.25, 0.25], [0, 0, value]),
    ):
        with pytest.raises(ModelFileError, match=r"from 0 to 1, .* one unit with a sigmoid, or one unit a class"):
            check_predictions(outputs)


def test_sigmoids_for_several_classes_are_told():
    with pytest.raises(ModelFileError, match=r"3 classes to add up to 1, .* add up to 1\.6\. .* softmax"):
        check_predictions(outputs_of([0.2, 0.3, 0.5], [0.9, 0.5, 0.2]))
    with pytest.raises(ModelFileError, match=r"add up to 0\.3\."):  # farther from 1 than the others
        check_predictions(outputs_of([0.2, 0.3, 0.9], [0.1, 0.1, 0.1]))


def test_a_softmax_in_half_precision_is_taken():
    logits = np.random.default_rng(0).normal(size=(200, 30))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    check_predictions(shares.astype(np.float16).astype(np.float32))
