"""Optimisers and losses are Keras' own, with every argument that the configuration names.

So are schedules, with ours by its formula; and of averages of the weights, what is judged and kept, while training
goes on from the weights.
"""

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


def _build_rate(schedule, *, steps=200):
    from lstm_cli.training.optimizer import build_learning_rate

    return build_learning_rate(read_optimizer("adam", learning_rate=schedule).learning_rate, steps=steps)


@pytest.mark.parametrize(
    ("arguments", "counted"),
    [
        (
            {"name": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 0.25, "decay_rate": 0.5},
            {"decay_steps": 50},
        ),
        ({"name": "InverseTimeDecay", "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}, {}),
        ({"name": "PolynomialDecay", "initial_learning_rate": 0.1, "decay_steps": 1.0}, {"decay_steps": 200}),
        (
            {
                "name": "CosineDecay",
                "initial_learning_rate": 0.0,
                "warmup_target": 0.1,
                "warmup_steps": 0.1,
                "decay_steps": 0.9,
            },
            {"warmup_steps": 20, "decay_steps": 180},
        ),
        (
            {"name": "CosineDecayRestarts", "initial_learning_rate": 0.1, "first_decay_steps": 0.2},
            {"first_decay_steps": 40},
        ),
        (
            {"name": "PiecewiseConstantDecay", "boundaries": [0.25, 0.5], "values": [0.3, 0.2, 0.1]},
            {"boundaries": [50, 100]},
        ),
    ],
    ids=lambda value: value.get("name", "") if isinstance(value, dict) else "",
)
def test_keras_schedules_go_by_name_and_shares_are_of_all_steps(arguments, counted):
    import keras

    built = _build_rate(arguments)
    name = arguments["name"]
    expected = getattr(keras.optimizers.schedules, name)(**{**arguments, **counted})
    for step in (0, 1, 19, 20, 21, 49, 50, 51, 100, 199, 250):
        assert float(built(step)) == pytest.approx(float(expected(step)), abs=1e-9)


def test_a_warm_up_rises_in_a_line_and_the_rest_falls_in_one():
    """Ten steps up to 0.2, ninety down to a tenth of it, and there it stays."""
    built = _build_rate(
        {"name": "WarmupLinearDecay", "warmup_target": 0.2, "warmup_steps": 0.1, "alpha": 0.1}, steps=100
    )
    assert float(built(0)) == pytest.approx(0.02)
    assert float(built(9)) == pytest.approx(0.2)
    assert float(built(10)) == pytest.approx(0.2)
    assert float(built(55)) == pytest.approx(0.2 * 0.55)
    assert float(built(100)) == float(built(1000)) == pytest.approx(0.02)


def test_a_warm_up_begins_where_it_is_told_and_its_arguments_are_read_back():
    rate = {"name": "WarmupLinearDecay", "warmup_target": 0.5, "warmup_steps": 4, "initial_learning_rate": 0.1}
    built = _build_rate(rate | {"decay_steps": 8}, steps=100)
    assert [float(built(step)) for step in range(4)] == pytest.approx([0.2, 0.3, 0.4, 0.5])
    assert [float(built(step)) for step in (4, 8, 12)] == pytest.approx([0.5, 0.25, 0.0])
    assert type(built)(**built.get_config()) == built


@pytest.mark.parametrize(("warmup", "second"), [(2, 0.5), (5, 0.2)])
def test_a_training_that_ends_in_its_warm_up_falls_in_one_step(warmup, second):
    built = _build_rate({"name": "WarmupLinearDecay", "warmup_target": 0.5, "warmup_steps": warmup}, steps=2)
    assert float(built(1)) == pytest.approx(second)
    assert [float(built(warmup + step)) for step in (0, 1, 2)] == pytest.approx([0.5, 0.0, 0.0])


def test_a_share_is_one_step_at_least_and_zero_is_none():
    from lstm_cli.training.optimizer import count_steps

    assert [count_steps(count, of=10) for count in (0, 0.0, 0.01, 0.5, 1, 1.0)] == [0, 0, 1, 5, 1, 10]


def test_a_model_file_tells_the_highest_rate():
    assert _build_rate({"name": "WarmupLinearDecay", "warmup_target": 0.2}, steps=None) == 0.2
    assert (
        _build_rate({"name": "PiecewiseConstantDecay", "boundaries": [3], "values": [0.1, 0.3]}, steps=None) == 0.3
    )
    assert _build_rate(0.25, steps=None) == 0.25
    cosine = {"name": "CosineDecay", "initial_learning_rate": 0.3, "decay_steps": 5}
    assert _build_rate(cosine, steps=None) == 0.3
    assert _build_rate(cosine | {"warmup_target": 0.4, "warmup_steps": 2}, steps=None) == 0.4
    assert _build_rate(cosine | {"warmup_target": 0.2, "warmup_steps": 2}, steps=None) == 0.3


def _build_averaging(*, fused, **settings):
    from lstm_cli.training.optimizer import build_optimizer

    averaging = {"use_ema": True, "ema_momentum": 0.75, **settings}
    return build_optimizer(read_optimizer("adam", learning_rate=0.5, **averaging), steps=10, fused=fused)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize(("start", "first"), [(0, 0), (3, 3), (0.5, 5)])
def test_the_average_is_the_weights_until_it_begins_and_then_follows_them(fused, start, first):
    """By hand, step by step; a share is of all ten steps."""
    import keras

    optimizer, weight = _build_averaging(fused=fused, ema_start=start), keras.Variable(np.ones(3, np.float32))
    optimizer.build([weight])
    expected = np.zeros(3)
    for step in range(10):
        optimizer.apply([np.array([1.0, -2.0, 0.5], np.float32) * (step + 1)], [weight])
        kept = 0.75 if step >= max(1, first) else 0.0
        expected = kept * expected + (1 - kept) * np.asarray(weight)
        (average,) = optimizer._model_variables_moving_average
        np.testing.assert_allclose(np.asarray(average), expected, rtol=1e-5)


def test_the_averages_are_shown_for_a_while_and_the_weights_go_on():
    import keras

    from lstm_cli.training.optimizer import show_averages

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.optimizer = _build_averaging(fused=False)
    model.optimizer.build(model.trainable_variables)
    for _ in range(3):
        model.optimizer.apply([np.ones(variable.shape, np.float32) for variable in model.trainable_variables])
    weights = model.get_weights()
    averages = [np.asarray(one) for one in model.optimizer._model_variables_moving_average]
    with show_averages(model):
        for shown, average in zip(model.get_weights(), averages, strict=True):
            np.testing.assert_array_equal(shown, average)
    for shown, weight, average in zip(model.get_weights(), weights, averages, strict=True):
        np.testing.assert_array_equal(shown, weight)
        assert (weight != average).any()


def test_figures_and_the_model_file_are_of_the_averages(train, tiny_config, reviews_csv, read_weights):
    from lstm_cli.training.state import load_state

    optimizer = "{name: adam, learning_rate: 0.1, use_ema: true, ema_momentum: 0.9}"
    config = tiny_config(reviews_csv, "training.epochs=1", f"training.optimizer={optimizer}")
    folder, result = train(config)
    state = load_state(folder / "state")[0]
    kept = read_weights(folder / "best-tiny-model.h5")
    plain = [state.variables[place] for place in range(len(kept))]
    assert all((one != other).any() for one, other in zip(kept, plain, strict=True))
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.inference.network import Network

    validation = load_dataset(config.data).validation
    probabilities = Network(config.model, tuple(kept), 1).predict(validation.tokens)[:, 0]
    accuracy = np.mean((probabilities > 0.5) == validation.labels)
    assert result.history.metrics["val_accuracy"][0] == pytest.approx(accuracy)
