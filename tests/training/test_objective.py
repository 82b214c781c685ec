"""What a training makes small and counts is what Keras and scikit-learn say, for two classes and for more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import TrainingConfig

pytestmark = pytest.mark.usefixtures("keras_started")

LOSSES = ["binary_crossentropy", "mean_squared_error"]
STARS = Classes(("1", "2", "3"), {"1": 0, "2": 1, "3": 2})


def draw(outputs: int, *, size: int = 17, seed: int = 0):
    """Labels `float32[n, 1]` and probabilities `float32[n, outputs]`."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, max(2, outputs), (size, 1)).astype(np.float32)
    raw = rng.uniform(0.05, 0.95, (size, outputs)).astype(np.float32)
    return labels, raw if outputs == 1 else raw / raw.sum(axis=1, keepdims=True)


def build(*, loss="binary_crossentropy", classes=SENTIMENT, labels=(0, 1), **keys):
    from lstm_cli.training.objective import build_objective

    config = TrainingConfig(loss=loss, **keys)
    return build_objective(config, classes=classes, labels=np.array(labels, np.int32))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("classes", [SENTIMENT, STARS], ids=["two classes", "three"])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_the_loss_is_that_of_keras_with_its_sample_weights(loss, classes, class_weight):
    """Categorical cross-entropy or squared errors on one-hot labels; the weights count in training alone."""
    import keras

    labels, probabilities = draw(classes.outputs)
    training_labels = [0] * 6 + list(range(len(classes)))
    objective = build(loss=loss, classes=classes, labels=training_labels, class_weight=class_weight)
    encoded = labels if classes.outputs == 1 else keras.utils.to_categorical(labels[:, 0], len(classes))
    theirs = {
        "binary_crossentropy": keras.losses.BinaryCrossentropy()
        if classes.outputs == 1
        else keras.losses.CategoricalCrossentropy(),
        "mean_squared_error": keras.losses.MeanSquaredError(),
    }[loss]
    weights = None
    if class_weight:
        counts = np.bincount(training_labels)
        weights = (len(training_labels) / (len(classes) * counts))[labels[:, 0].astype(int)].astype(np.float32)
    expected = float(theirs(encoded, probabilities, sample_weight=weights))
    total = objective.add_up(labels, probabilities, penalty=0.25, training=True)
    assert float(total) / len(labels) == pytest.approx(expected + 0.25, rel=1e-5)
    unweighted = float(theirs(encoded, probabilities))
    total = objective.add_up(labels, probabilities, penalty=0.0, training=False)
    assert float(total) / len(labels) == pytest.approx(unweighted, rel=1e-5)


@given(outputs=st.sampled_from([1, 3, 5]), size=st.integers(1, 30), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_right_answers_and_confusions_are_those_of_scikit_learn(outputs, size, seed):
    from sklearn import metrics

    from lstm_cli.training.objective import Objective, build_loss

    labels, probabilities = draw(outputs, size=size, seed=seed)
    objective = Objective(build_loss("binary_crossentropy", outputs=outputs), outputs, counts_confusions=True)
    true = labels[:, 0].astype(int)
    predicted = (probabilities[:, 0] > 0.5).astype(int) if outputs == 1 else probabilities.argmax(axis=1)
    assert float(objective.count_right(labels, probabilities)) == (true == predicted).sum()
    confusions = np.asarray(objective.count_confusions(labels, probabilities))
    classes = range(max(2, outputs))
    np.testing.assert_array_equal(confusions, metrics.confusion_matrix(true, predicted, labels=classes))


def test_confusions_are_counted_only_where_they_are_monitored():
    from lstm_cli.training.objective import Objective, build_loss

    labels, probabilities = draw(1)
    for objective in (build(), Objective(build_loss("mean_squared_error"))):
        assert np.asarray(objective.count_confusions(labels, probabilities)).size == 0
        assert (objective.classes, objective.class_weights) == (2, None)
    for rule in ("early_stopping", "reduce_lr_on_plateau"):
        monitored = build(**{rule: {"monitor": "val_macro_f1"}})
        assert np.asarray(monitored.count_confusions(labels, probabilities)).shape == (2, 2)


class TestClassWeight:
    def test_balanced_is_scikit_learns(self):
        from sklearn.utils.class_weight import compute_class_weight

        labels = np.array([0, 0, 0, 0, 0, 1, 1, 2])
        objective = build(classes=STARS, labels=labels, class_weight="balanced")
        expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
        np.testing.assert_allclose(objective.class_weights, expected, rtol=1e-6)

    def test_a_mapping_gives_the_weights_of_the_classes_it_names(self):
        objective = build(classes=STARS, class_weight={"3": 2.5, "1": 0})
        np.testing.assert_allclose(objective.class_weights, [0, 1, 2.5])
