"""Optimisers and losses are Keras' own, with every argument that the configuration names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lstm_cli.config import check_config

pytestmark = pytest.mark.usefixtures("keras_started")

CLASSES = {
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
    "adadelta": "Adadelta",
    "adagrad": "Adagrad",
    "sgd": "SGD",
}
OTHER_VALUES: dict[str, Any] = {
    "learning_rate": 0.125,
    "weight_decay": 0.25,
    "clipnorm": 2.0,
    "clipvalue": 3.0,
    "global_clipnorm": 4.0,
    "rho": 0.5,
    "momentum": 0.75,
    "epsilon": 0.0625,
    "centered": True,
    "beta_1": 0.5,
    "beta_2": 0.75,
    "amsgrad": True,
    "initial_accumulator_value": 0.375,
    "nesterov": True,
    "use_ema": True,
    "ema_momentum": 0.5,
}


def read_optimizer(name: str, **settings: Any):
    sections = {
        "model": {"recurrent": [{"cell": "gru", "units": 2}]},
        "training": {"optimizer": {"name": name, **settings}},
    }
    return check_config(sections, source="test").training.optimizer


def list_arguments() -> list[tuple[str, str]]:
    return [
        (name, key)
        for name in CLASSES
        for key in type(read_optimizer(name)).model_fields
        if key not in {"name", "ema_start"}
    ]


@pytest.mark.parametrize("name", CLASSES)
def test_a_name_stands_for_keras_class_with_keras_defaults(name):
    import keras

    from lstm_cli.training.optimizer import build_optimizer

    built = build_optimizer(read_optimizer(name))
    keras_class = getattr(keras.optimizers, CLASSES[name])
    assert type(built) is keras_class
    numbered = {"name": "Keras numbers these"}
    assert built.get_config() | numbered == keras_class().get_config() | numbered


@pytest.mark.parametrize(("name", "key"), list_arguments())
def test_every_key_arrives(name, key):
    from lstm_cli.training.optimizer import build_optimizer

    value = OTHER_VALUES[key]
    assert getattr(read_optimizer(name), key) != value
    needed = {"use_ema": True} if key == "ema_momentum" else {}
    arrived = build_optimizer(read_optimizer(name, **needed, **{key: value})).get_config()[key]
    assert arrived == pytest.approx(value)


@pytest.mark.parametrize("name", CLASSES)
def test_a_step_moves_the_weights_as_keras_own_does(name):
    import keras

    from lstm_cli.training.optimizer import build_optimizer

    moved = []
    for optimizer in (
        build_optimizer(read_optimizer(name, learning_rate=0.5, clipnorm=1.0)),
        getattr(keras.optimizers, CLASSES[name])(learning_rate=0.5, clipnorm=1.0),
    ):
        weight = keras.Variable(np.ones(3, dtype="float32"))
        for _ in range(3):
            optimizer.apply([np.array([3.0, -4.0, 0.5], dtype="float32")], [weight])
        moved.append(np.asarray(weight))
    np.testing.assert_array_equal(*moved)
    assert not np.allclose(moved[0], 1.0)


def test_two_builds_share_no_state():
    from lstm_cli.training.optimizer import build_optimizer

    config = read_optimizer("adam")
    assert build_optimizer(config) is not build_optimizer(config)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("binary_crossentropy", -(np.log(0.8) + np.log(1 - 0.4)) / 2),
        ("mean_squared_error", (0.2**2 + 0.4**2) / 2),
    ],
)
def test_a_loss_is_the_mean_over_the_batch(name, expected):
    from lstm_cli.training.objective import build_loss

    labels = np.array([[1.0], [0.0]], dtype="float32")
    probabilities = np.array([[0.8], [0.4]], dtype="float32")
    assert float(build_loss(name)(labels, probabilities)) == pytest.approx(expected, rel=1e-5)
