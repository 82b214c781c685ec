"""The optimisers of few operations beside Keras' own."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.config import check_config

SETTINGS = [
    {"name": "adam", "learning_rate": 0.01},
    {"name": "adam", "beta_1": 0.5, "beta_2": 0.7, "epsilon": 1e-3, "clipnorm": 0.1},
    {"name": "adam", "amsgrad": True},
    {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.1},
    {"name": "adadelta", "learning_rate": 1.0},
    {"name": "adadelta", "rho": 0.5, "epsilon": 1e-3, "global_clipnorm": 0.1},
    {"name": "rmsprop", "learning_rate": 0.01},
    {"name": "rmsprop", "rho": 0.5, "epsilon": 1e-3, "clipvalue": 0.1},
    {"name": "rmsprop", "centered": True},
    {"name": "rmsprop", "momentum": 0.9},
    {"name": "sgd"},
]
# The second is as large as an embedding.
SHAPES = [(3, 5), (300, 128), (7,)]


def take_steps(settings, *, fused):
    """Return the optimiser and its weights after some steps in one call, most of whose gradients are zeros."""
    import keras
    import tensorflow as tf

    from lstm_cli.training.optimizer import build_optimizer

    model = {"recurrent": [{"cell": "gru", "units": 2}]}
    config = check_config({"model": model, "training": {"optimizer": settings}}, source="test")
    optimizer = build_optimizer(config.training.optimizer, fused=fused)
    random = np.random.default_rng(0)
    weights = [
        keras.Variable(random.normal(size=shape).astype(np.float32), name=f"weight_{number}")
        for number, shape in enumerate(SHAPES)
    ]
    steps = 6
    gradients = [
        (random.normal(size=(steps, *shape)) * (random.random((steps, *shape)) < 0.3)).astype(np.float32)
        for shape in SHAPES
    ]
    optimizer.build(weights)

    @tf.function(autograph=False)
    def take(step):
        optimizer.apply([tf.constant(gradient)[step] for gradient in gradients], weights)

    for step in tf.range(steps):
        take(step)
    return optimizer, [np.asarray(weight) for weight in weights]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_weights_and_state_are_those_of_keras(settings):
    ours, our_weights = take_steps(settings, fused=True)
    stock, weights = take_steps(settings, fused=False)
    for actual, expected in zip(our_weights, weights, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)
    names = [[variable.path.partition("/")[2] for variable in one.variables] for one in (ours, stock)]
    assert names[0] == names[1]
    for actual, expected in zip(ours.variables, stock.variables, strict=True):
        np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["adam", "adamw", "adadelta", "rmsprop"])
def test_there_is_one_for_the_common_optimisers(name):
    """And the one that model files tell of stays Keras' own."""
    import keras

    ours, _ = take_steps({"name": name}, fused=True)
    stock, _ = take_steps({"name": name}, fused=False)
    assert type(ours).__name__ == f"Fused{type(stock).__name__}"
    assert type(stock) is getattr(keras.optimizers, type(stock).__name__)
    named = {"name": "by its class"}
    assert ours.get_config() | named == stock.get_config() | named
