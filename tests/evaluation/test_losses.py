"""Losses are those of Keras, Brier scores those of scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from predictions import count_classes, predictions

from lstm_cli.evaluation import complete_probabilities, compute_brier_score, compute_loss

untimed = settings(deadline=None)  # the first example imports scikit-learn


@pytest.mark.usefixtures("keras_started")
@pytest.mark.parametrize("classes", [2, 3, 6])
def test_losses_are_those_of_keras(classes):
    import keras

    generator = np.random.default_rng(classes)
    labels = generator.integers(0, classes, 500).astype(np.int32)
    if classes == 2:
        outputs = generator.random(500, dtype=np.float32)
        outputs[:6] = [0.0, 1.0, 0.5, 1e-8, 1 - 1e-7, 0.50000006]
        targets, given_outputs = labels[:, None].astype(np.float32), outputs[:, None]
        crossentropy = keras.losses.BinaryCrossentropy()
    else:
        outputs = generator.dirichlet(np.full(classes, 0.3), 500).astype(np.float32)
        outputs[0] = np.eye(classes)[labels[0]]
        outputs[1] = np.eye(classes)[labels[1] - 1]
        targets, given_outputs = np.eye(classes, dtype=np.float32)[labels], outputs
        crossentropy = keras.losses.CategoricalCrossentropy()
    expected = float(crossentropy(targets, given_outputs))
    squared = float(keras.losses.MeanSquaredError()(targets, given_outputs))
    assert compute_loss(labels, outputs, loss="binary_crossentropy") == pytest.approx(expected, rel=1e-5)
    assert compute_loss(labels, outputs, loss="mean_squared_error") == pytest.approx(squared, rel=1e-5)


@pytest.mark.parametrize("outputs", [[0.0], [[0.5, 0.0, 0.5]]])
def test_the_loss_of_a_certain_error_is_finite(outputs):
    loss = compute_loss(
        np.array([1], dtype=np.int32), np.array(outputs, dtype=np.float32), loss="binary_crossentropy"
    )
    assert loss == pytest.approx(-math.log(1e-7), rel=1e-5)


@untimed
@given(predictions())
def test_the_brier_score_is_half_the_sum_over_the_classes(data):
    from sklearn.metrics import brier_score_loss

    labels, outputs = data
    classes = count_classes(outputs)
    probabilities = complete_probabilities(outputs).astype(np.float64)
    of_classes = [
        brier_score_loss(labels == label, probabilities[:, label], pos_label=True) for label in range(classes)
    ]
    brier_score = compute_brier_score(labels, outputs)
    assert brier_score == pytest.approx(sum(of_classes) / 2, abs=1e-6)
    if classes == 2:
        assert brier_score == pytest.approx(of_classes[1], abs=1e-6)
        assert compute_loss(labels, outputs, loss="mean_squared_error") == pytest.approx(brier_score, abs=1e-6)
    assert 0 <= brier_score <= 1 + 1e-6
