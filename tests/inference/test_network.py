"""`Network` gives what Keras' own model gives, by NumPy and by the kernels, for whatever can be configured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import model_configs

from lstm_cli.config import ModelConfig, check_config
from lstm_cli.inference import batches, network
from lstm_cli.inference.network import Network
from lstm_cli.kernels import recurrence
from lstm_cli.modelfile.shapes import ModelSizes, list_weight_shapes

pytestmark = pytest.mark.usefixtures("keras_started")

NUM_WORDS = 9
# How much work is little: all of it for NumPy, or none, so that all is the kernels'.
_BY_NUMPY_OR_BY_KERNELS = (10**12, 0)


def draw_weights(config: ModelConfig, *, outputs: int, seed: int, channels: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    shapes = list_weight_shapes(config, sizes=ModelSizes(NUM_WORDS, outputs=outputs, channels=channels))
    # Small enough that no activation without a bound runs away over the steps.
    return tuple(rng.normal(0, 0.4, shape).astype(np.float32) for shape in shapes)


def expect_keras(
    config: ModelConfig, tokens: np.ndarray, *, outputs: int, seed: int, channels: int = 0, as_graph=False
) -> None:
    """Compare both ways with what the builder makes, every layer Keras' own; as a graph, where steps are many."""
    import tensorflow as tf

    from lstm_cli.models.builder import build_model

    layers = tuple(layer.model_copy(update={"unroll": False}) for layer in config.recurrent)
    config = config.model_copy(update={"recurrent": layers})
    weights = draw_weights(config, outputs=outputs, seed=seed, channels=channels)
    maxlen = tokens.shape[1]
    model = build_model(config, sizes=ModelSizes(NUM_WORDS, outputs=outputs, channels=channels), maxlen=maxlen)
    model.set_weights(weights)
    rng = np.random.default_rng(seed)
    inputs, further = [tokens], {}
    if channels:
        further["channels"] = rng.normal(size=(np.count_nonzero(tokens), channels)).astype(np.float16)
        inputs.append(np.zeros((*tokens.shape, channels), np.float32))
        inputs[-1][tokens != 0] = further["channels"]
    if config.logit_skip is not None:
        further["logits"] = rng.normal(size=(len(tokens), outputs)).astype(np.float32)
        inputs.append(further["logits"])
    with np.errstate(all="ignore"):
        call = tf.function(model) if as_graph else model
        expected = np.asarray(call(inputs if further else tokens, training=False))
    for small_work in _BY_NUMPY_OR_BY_KERNELS:
        with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
            patch.setattr(network, "_SMALL_WORK", small_work)
            found = Network(config, weights, outputs).predict(tokens, **further)
        assert found.dtype == np.float32
        assert found.shape == (len(tokens), outputs)
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=f"{small_work=}")


def draw_tokens(rows: int, maxlen: int, *, seed: int) -> np.ndarray:
    """Tokens with holes of padding anywhere, but no row of nothing else."""
    tokens = np.random.default_rng(seed).integers(0, NUM_WORDS, (rows, maxlen), dtype=np.int32)
    tokens[:, maxlen // 2] = 3
    return tokens


@given(
    config=model_configs(skips=True),
    size=st.tuples(st.integers(1, 4), st.integers(1, 6)),
    outputs=st.sampled_from([1, 2, 3]),
    seed=st.integers(0, 99),
    channels=st.sampled_from([0, 1, 3]),
)
@settings(max_examples=60)
def test_any_configuration_gives_keras_numbers(config, size, seed, **sizes):
    expect_keras(config, draw_tokens(*size, seed=seed), seed=seed, **sizes)


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("keys", [{}, {"bidirectional": True, "merge_mode": "ave"}, {"go_backwards": True}])
@pytest.mark.parametrize("pooling", ["last", ["max", "mean"]])
def test_long_texts_and_wide_layers_give_keras_numbers(cell, keys, pooling):
    """Sizes that are no multiple of the kernels', masks with holes, two layers."""
    layers = [{"cell": cell, "units": 21, **keys}, {"cell": cell, "units": 5, **keys}]
    model = {"embedding": {"output_dim": 7, "mask_zero": True}, "recurrent": layers, "pooling": pooling}
    config = check_config({"model": model}, source="test").model
    expect_keras(config, draw_tokens(37, 90, seed=1), outputs=1, seed=2, channels=5, as_graph=True)


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("keys", [{}, {"bidirectional": True}])
def test_a_wide_embedding_is_multiplied_once_a_word_with_keras_numbers(monkeypatch, cell, keys):
    """Not once a token, of which a word has several: the kernels are given the table and which rows of it."""
    products = []
    project = recurrence.project_words
    monkeypatch.setattr(
        recurrence, "project_words", lambda share, *others: products.append(1) or project(share, *others)
    )
    model = {"embedding": {"output_dim": 40}, "recurrent": [{"cell": cell, "units": 9, **keys}]}
    config = check_config({"model": model}, source="test").model
    expect_keras(config, draw_tokens(20, 70, seed=1), outputs=1, seed=2, as_graph=True)
    assert products


@pytest.mark.parametrize("padding", ["pre", "post"])
def test_texts_of_any_length_come_back_in_their_order_and_their_padding_costs_nothing(monkeypatch, padding):
    """Lengths from 1 to 1,600, as Keras computes each alone and without padding; in batches of like length."""
    import tensorflow as tf

    from lstm_cli.models.builder import build_model

    model = {
        "embedding": {"output_dim": 3, "mask_zero": True},
        "recurrent": [{"cell": "lstm", "units": 4, "bidirectional": True}],
        "pooling": ["max", "mean"],
        "logit_skip": True,
    }
    config = check_config({"data": {"ngrams": {}}, "model": model}, source="test").model
    rng = np.random.default_rng(0)
    lengths = [3, 1600, 1, 40, 700, 2, 41, 1600, 5]
    tokens = np.zeros((len(lengths), 1600), np.int32)
    for row, length in enumerate(lengths):
        span = slice(length) if padding == "post" else slice(1600 - length, None)
        tokens[row, span] = rng.integers(1, 9, length)
    channels = rng.normal(size=(sum(lengths), 2)).astype(np.float16)
    logits = rng.normal(size=(len(lengths), 1)).astype(np.float32)
    weights = draw_weights(config, outputs=1, seed=0, channels=2)
    steps, run = [], Network._run
    monkeypatch.setattr(
        Network, "_run", lambda self, batch, **keys: (steps.append(batch.tokens.size), run(self, batch, **keys))[1]
    )
    monkeypatch.setattr(batches, "_LARGEST_ARRAY", 1600 * 32)
    found = Network(config, weights, 1).predict(tokens, channels=channels, logits=logits)
    assert sum(steps) < 1.1 * sum(lengths)
    keras_model = build_model(config, sizes=ModelSizes(NUM_WORDS, channels=2), maxlen=None)
    keras_model.set_weights(weights)
    call = tf.function(keras_model, reduce_retracing=True)
    starts = np.cumsum([0, *lengths])
    for row, text in enumerate(tokens):
        told = channels[starts[row] : starts[row + 1]].astype(np.float32)
        alone = call([text[text != 0][None], told[None], logits[row][None]])
        np.testing.assert_allclose(found[row], np.asarray(alone)[0], atol=1e-5)


def test_inputs_that_do_not_fit_the_network_are_refused():
    model = {"recurrent": [{"cell": "gru", "units": 2}], "logit_skip": True}
    config = check_config({"data": {"ngrams": {}}, "model": model}, source="test").model
    network = Network(config, draw_weights(config, outputs=1, seed=0, channels=2), 1)
    tokens = np.array([[0, 3, 4]], np.int32)
    good = {"channels": np.zeros((2, 2), np.float32), "logits": np.zeros((1, 1), np.float32)}
    assert network.predict(tokens, **good).shape == (1, 1)
    for change in (
        {"channels": None},
        {"logits": None},
        {"channels": np.zeros((3, 2), np.float32)},
        {"logits": np.zeros((2, 1), np.float32)},
    ):
        with pytest.raises(ValueError, match=f"expected {next(iter(change))} of the shape"):
            network.predict(tokens, **good | change)


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
        Network, "_run", lambda self, batch, **keys: (sizes.append(len(batch.rows)), run(self, batch, **keys))[1]
    )
    monkeypatch.setattr(batches, "_LARGEST_ARRAY", 50 * 16 * 3)
    np.testing.assert_allclose(Network(config, weights, 1).predict(tokens), whole, atol=1e-6)
    assert sizes == [3, 3, 1]


def test_a_row_of_padding_alone_is_no_number_for_a_masked_mean_as_in_keras():
    model = {"embedding": {"mask_zero": True}, "recurrent": [{"cell": "gru", "units": 2}], "pooling": "mean"}
    config = check_config({"model": model}, source="test").model
    found = Network(config, draw_weights(config, outputs=1, seed=0), 1).predict(np.zeros((1, 4), np.int32))
    assert np.isnan(found).all()
