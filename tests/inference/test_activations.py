"""Every activation that the schema names is Keras' own, to rounding."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from lstm_cli.config.layers import Activation
from lstm_cli.inference.activations import ACTIVATIONS, KERAS_2_ACTIVATIONS, softmax

X = np.concatenate([np.linspace(-12, 12, 401), [-100, -1e-6, 0, 1e-6, 80]]).astype(np.float32)


@pytest.mark.usefixtures("keras_started")
@pytest.mark.parametrize("name", [*get_args(Activation), "softmax"])
def test_it_equals_keras(name):
    import keras

    x = X.reshape(-1, 14)
    found = ACTIVATIONS[name](x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.asarray(keras.activations.get(name)(x)), rtol=2e-6, atol=2e-7)


def test_softmax_does_not_overflow():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4, -1e4]], np.float32)), [[0.5, 0.5, 0.0]])


def test_hard_sigmoid_of_keras_2_is_another_function():
    """clip(0.2 x + 0.5), by its documentation."""
    x = np.array([-3.0, -2.5, 0.0, 1.0, 2.5, 3.0], np.float32)
    np.testing.assert_allclose(KERAS_2_ACTIVATIONS["hard_sigmoid"](x), [0.0, 0.0, 0.5, 0.7, 1.0, 1.0], atol=1e-7)
