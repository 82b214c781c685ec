"""Averages of the weights: what is judged and kept, while training goes on from the weights."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.config import check_config

pytestmark = pytest.mark.usefixtures("keras_started")


def _build(*, fused, **settings):
    from lstm_cli.training.optimizer import build_optimizer

    optimizer = {"name": "adam", "learning_rate": 0.5, "use_ema": True, "ema_momentum": 0.75, **settings}
    model = {"recurrent": [{"cell": "gru", "units": 2}]}
    config = check_config({"model": model, "training": {"optimizer": optimizer}}, source="test")
    return build_optimizer(config.training.optimizer, steps=10, fused=fused)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize(("start", "first"), [(0, 0), (3, 3), (0.5, 5)])
def test_the_average_is_the_weights_until_it_begins_and_then_follows_them(fused, start, first):
    """By hand, step by step; a share is of all ten steps."""
    import keras

    optimizer, weight = _build(fused=fused, ema_start=start), keras.Variable(np.ones(3, np.float32))
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

    from lstm_cli.training.averages import show_averages

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.optimizer = _build(fused=False)
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
