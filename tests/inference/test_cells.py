"""The cells in NumPy beside Keras' own layers, with the arguments that the kernels cannot follow, too."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.config import check_config
from lstm_cli.inference.activations import ACTIVATIONS
from lstm_cli.inference.cells import run_cell

pytestmark = pytest.mark.usefixtures("keras_started")

UNITS = 3
SETTINGS = [
    {"cell": "lstm"},
    {"cell": "lstm", "activation": "softsign", "recurrent_activation": "hard_sigmoid", "use_bias": False},
    {"cell": "gru"},
    {"cell": "gru", "activation": "relu", "recurrent_activation": "hard_sigmoid", "use_bias": False},
    {"cell": "gru", "reset_after": False},
    {"cell": "gru", "reset_after": False, "recurrent_activation": "hard_sigmoid", "use_bias": False},
    {"cell": "simple_rnn"},
    {"cell": "simple_rnn", "activation": "elu", "use_bias": False},
]
WAYS = [
    {},
    {"return_sequences": True},
    {"go_backwards": True, "return_sequences": True, "masked": True},
    {"return_sequences": True, "zero_output_for_mask": True, "masked": True},
    {"go_backwards": True, "masked": True},
]


def run(settings, weights, x, *, activations=ACTIVATIONS, mask=None, **way):
    """Return what the cell of a configuration gives."""
    layers = [{"units": UNITS, **settings}]
    (layer,) = check_config({"model": {"recurrent": layers}}, source="test").model.recurrent
    usual = {"go_backwards": False, "return_sequences": False, "zero_output_for_mask": False}
    return run_cell(layer, weights, x, mask=mask, activations=activations, **usual | way)


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_cell_gives_keras_numbers_whichever_way_it_is_run(settings, way):
    import keras

    kinds = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}
    others, directions = dict(settings), dict(way)
    masked, zeros = directions.pop("masked", False), directions.get("zero_output_for_mask", False)
    keras_directions = {key: value for key, value in directions.items() if key != "zero_output_for_mask"}
    layer = kinds[others.pop("cell")](UNITS, **others, **keras_directions)
    layer.zero_output_for_mask = zeros
    layer.build((None, None, 2))
    layer.set_weights([draw(*weight.shape) for weight in layer.weights])
    x = draw(4, 4, 2)
    # The first sequence is skipped whole, the others here and there.
    mask = np.array([[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1]], bool) if masked else None
    found = run(settings, layer.get_weights(), x, mask=mask, **directions)
    assert found.dtype == np.float32
    expected = np.asarray(layer(x, mask=mask)).reshape(4, -1, UNITS)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_activations_are_those_that_are_given_by_the_names_in_the_configuration():
    """As a file of Keras 2 has another function by the name of `hard_sigmoid`."""
    weights = draw(2, UNITS), draw(UNITS, UNITS)
    settings, x = {"cell": "simple_rnn", "activation": "relu", "use_bias": False}, draw(4, 3, 2)
    renamed = run(settings, weights, x, activations={"relu": np.tanh})
    np.testing.assert_array_equal(renamed, run({**settings, "activation": "tanh"}, weights, x))
