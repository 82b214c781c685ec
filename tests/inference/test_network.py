"""`Network` gives what Keras' own model gives, by NumPy and by the kernels, for whatever can be configured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import model_configs

from lstm_cli.config import ModelConfig, check_config
from lstm_cli.inference import network
from lstm_cli.inference.network import Network
from lstm_cli.modelfile.shapes import list_weight_shapes

pytestmark = pytest.mark.usefixtures("keras_started")

NUM_WORDS = 9


def draw_weights(config: ModelConfig, *, outputs: int, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    shapes = list_weight_shapes(config, num_words=NUM_WORDS, outputs=outputs)
    # Small enough that no activation without a bound runs away over the steps.
    return tuple(rng.normal(0, 0.4, shape).astype(np.float32) for shape in shapes)


def expect_keras(config: ModelConfig, tokens: np.ndarray, *, outputs: int, seed: int, as_graph=False) -> None:
    """Compare with the model that the builder makes, every layer Keras' own; as a graph, where steps are many."""
    import tensorflow as tf

    from lstm_cli.models.builder import build_model

    layers = tuple(layer.model_copy(update={"unroll": False}) for layer in config.recurrent)
    config = config.model_copy(update={"recurrent": layers})
    weights = draw_weights(config, outputs=outputs, seed=seed)
    model = build_model(config, num_words=NUM_WORDS, maxlen=tokens.shape[1], outputs=outputs)
    model.set_weights(weights)
    with np.errstate(all="ignore"):
        call = tf.function(model) if as_graph else model
        expected = np.asarray(call(tokens, training=False))
        found = Network(config, weights, outputs).predict(tokens)
    assert found.dtype == np.float32
    assert found.shape == (len(tokens), outputs)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def draw_tokens(rows: int, maxlen: int, *, seed: int) -> np.ndarray:
    """Tokens with holes of padding anywhere, but no row of nothing else."""
    tokens = np.random.default_rng(seed).integers(0, NUM_WORDS, (rows, maxlen), dtype=np.int32)
    tokens[:, maxlen // 2] = 3
    return tokens


@pytest.mark.parametrize("small_work", [10**12, 0], ids=["numpy", "kernels"])
@given(
    config=model_configs(),
    size=st.tuples(st.integers(1, 4), st.integers(1, 6)),
    outputs=st.sampled_from([1, 2, 3]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_any_configuration_gives_keras_numbers(small_work, config, size, outputs, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "_SMALL_WORK", small_work)
        expect_keras(config, draw_tokens(*size, seed=seed), outputs=outputs, seed=seed)


@pytest.mark.parametrize("small_work", [10**12, 0], ids=["numpy", "kernels"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("keys", [{}, {"bidirectional": True, "merge_mode": "ave"}, {"go_backwards": True}])
@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_long_texts_and_wide_layers_give_keras_numbers(monkeypatch, small_work, cell, keys, pooling):
    """Sizes that are no multiple of the kernels', masks with holes, two layers."""
    monkeypatch.setattr(network, "_SMALL_WORK", small_work)
    layers = [{"cell": cell, "units": 21, **keys}, {"cell": cell, "units": 5, **keys}]
    model = {"embedding": {"output_dim": 7, "mask_zero": True}, "recurrent": layers, "pooling": pooling}
    config = check_config({"model": model}, source="test").model
    expect_keras(config, draw_tokens(37, 90, seed=1), outputs=1, seed=2, as_graph=True)


@pytest.mark.parametrize("rows", [0, 1, 511, 512, 513, 1100])
def test_rows_keep_their_order_across_batches(rows):
    config = check_config({"model": {"recurrent": [{"cell": "gru", "units": 2}]}}, source="test").model
    weights = draw_weights(config, outputs=1, seed=0)
    tokens = np.random.default_rng(0).integers(0, NUM_WORDS, (rows, 6), dtype=np.int32)
    found = Network(config, weights, 1).predict(tokens)
    alone = [Network(config, weights, 1).predict(tokens[row : row + 1])[0] for row in range(0, rows, 97)]
    np.testing.assert_allclose(found[::97], np.array(alone, np.float32).reshape(-1, 1), atol=1e-6)


def test_very_long_texts_are_computed_a_few_at_a_time(monkeypatch):
    """The same numbers, in less memory."""
    config = check_config({"model": {"recurrent": [{"cell": "lstm", "units": 2}]}}, source="test").model
    weights = draw_weights(config, outputs=1, seed=0)
    tokens = draw_tokens(7, 50, seed=3)
    whole = Network(config, weights, 1).predict(tokens)
    sizes = []
    run = Network._run
    monkeypatch.setattr(
        Network, "_run", lambda self, batch, **keys: (sizes.append(len(batch)), run(self, batch, **keys))[1]
    )
    monkeypatch.setattr(network, "_LARGEST_ARRAY", 50 * 16 * 3)
    np.testing.assert_allclose(Network(config, weights, 1).predict(tokens), whole, atol=1e-6)
    assert sizes == [3, 3, 1]


def test_a_row_of_padding_alone_is_no_number_for_a_masked_mean_as_in_keras():
    model = {"embedding": {"mask_zero": True}, "recurrent": [{"cell": "gru", "units": 2}], "pooling": "mean"}
    config = check_config({"model": model}, source="test").model
    found = Network(config, draw_weights(config, outputs=1, seed=0), 1).predict(np.zeros((1, 4), np.int32))
    assert np.isnan(found).all()
