"""The fast layers beside Keras' own: outputs, gradients, dropout masks, training."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from recurrences import make_case, measure_error

from lstm_cli.models.fast_layers import (
    EmbeddedRecurrence,
    FastGRU,
    FastLSTM,
    FastSimpleRNN,
    build_fast_layer,
    build_fast_model,
    find_obstacle,
)  # fmt: skip

STOCK = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}
FAST = {"lstm": FastLSTM, "gru": FastGRU, "simple_rnn": FastSimpleRNN}


def make_pair(layer, features, seed=0):
    """Return a stock layer and its fast twin with the same random weights."""
    random = np.random.default_rng(seed)
    fast = build_fast_layer(layer)
    for one in (layer, fast):
        one.build((None, None, features))
    layer.set_weights([random.normal(size=weight.shape) * 0.4 for weight in layer.weights])
    fast.set_weights(layer.get_weights())
    return layer, fast


def differentiate(layer, x, states, mask, *, training=True):
    """Return the layer's results and the gradients of all that went in, for an uneven loss."""
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        results = tf.nest.flatten(layer(x, initial_state=list(states), mask=mask, training=training))
        loss = sum(
            tf.reduce_sum(
                result * tf.sin(tf.reshape(tf.range(tf.size(result), dtype=tf.float32), tf.shape(result)))
            )
            for result in results
        )
    weights = [weight.value for weight in layer.trainable_weights]
    return [*results, *tape.gradient(loss, [x, *states, *weights])]


def assert_near(actual, expected, tolerance=1e-4):
    for one, other in zip(actual, expected, strict=True):
        assert measure_error(np.array(one), np.array(other)) < tolerance


@pytest.mark.parametrize("kind", list(STOCK))
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_equal_to_keras(kind, return_sequences, go_backwards, masked):
    """With dropout, states handed in and out, masks that skip whole rows, in eager mode; one way without bias."""
    directions = {"return_sequences": return_sequences, "go_backwards": go_backwards, "return_state": True}
    layer = STOCK[kind](33, **directions, use_bias=not go_backwards, dropout=0.3, seed=5)
    case = make_case(kind, batch=17, steps=4, features=5, units=33, masked=masked).as_float32()
    stock, fast = make_pair(layer, 5)
    inputs = tf.constant(case.x), [tf.constant(state) for state in case.states], case.mask
    assert_near(differentiate(fast, *inputs), differentiate(stock, *inputs))


@pytest.mark.parametrize("kind", list(STOCK))
@pytest.mark.parametrize("merge_mode", ["concat", "sum"])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_bidirectional_is_equal_to_keras(kind, merge_mode, return_sequences):
    layer = keras.layers.Bidirectional(STOCK[kind](6, return_sequences=return_sequences), merge_mode=merge_mode)
    stock, fast = make_pair(layer, 5)
    assert isinstance(fast.forward_layer, FAST[kind])
    assert isinstance(fast.backward_layer, FAST[kind])
    case = make_case(kind, batch=17, steps=4, features=5, units=6, masked=True).as_float32()
    states = [tf.constant(state) for state in (*case.states, *case.states)]
    assert_near(
        differentiate(fast, tf.constant(case.x), states, case.mask),
        differentiate(stock, tf.constant(case.x), states, case.mask),
    )


def test_a_cloned_model_has_the_same_weights_and_the_same_loss_curve():
    """Stacked, both ways, masked, with dropout, with one layer the kernels cannot run, and a short last batch.

    In eager mode: of Keras' layers a graph takes long to make, and ours in a graph have tests of their own.
    """
    random = np.random.default_rng(0)
    x, y = random.integers(0, 30, (30, 5), dtype=np.int32), random.integers(0, 2, 30)
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            layers.Embedding(30, 8, mask_zero=True),
            layers.Bidirectional(layers.LSTM(6, return_sequences=True, dropout=0.2, seed=2)),
            layers.GRU(5, return_sequences=True, dropout=0.3, seed=3),
            layers.GRU(5, recurrent_dropout=0.1, return_sequences=True, seed=4),
            layers.SimpleRNN(4, go_backwards=True),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    fast = build_fast_model(model)
    assert [weight.path for weight in fast.weights] == [weight.path for weight in model.weights]
    assert [type(layer).__name__ for layer in fast.layers[2:5]] == ["FastGRU", "GRU", "FastSimpleRNN"]
    np.testing.assert_allclose(fast(x), model(x), atol=1e-6)
    losses = []
    for one in (model, fast):
        one.compile(keras.optimizers.RMSprop(0.01), "binary_crossentropy", run_eagerly=True)
        losses.append(one.fit(x, y, batch_size=20, epochs=3, shuffle=False, verbose=0).history["loss"])
    assert losses[0][-1] < losses[0][0]
    np.testing.assert_allclose(losses[1], losses[0], atol=1e-3)


@pytest.mark.parametrize(
    ("kind", "mask_zero", "return_sequences", "dropout"),
    [("gru", False, False, 0.0), ("lstm", True, True, 0.3), ("simple_rnn", True, False, 0.3)],
)
def test_an_embedding_and_its_layer_in_one_train_as_the_two_do(kind, mask_zero, return_sequences, dropout):
    """Also with validation, which draws dropout masks too, and a short last batch."""
    random = np.random.default_rng(0)
    x = random.integers(0, 50, (200, 12), dtype=np.int32)
    y = (x < 20).mean(axis=1) > 0.4
    keras.utils.set_random_seed(3)
    layers = [
        keras.Input((12,), dtype="int32"),
        keras.layers.Embedding(50, 20, mask_zero=mask_zero, embeddings_regularizer="l2"),
        STOCK[kind](8, return_sequences=return_sequences, dropout=dropout, seed=7),
        *([keras.layers.GlobalAveragePooling1D()] if return_sequences else []),  # which heeds the mask
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    model = keras.Sequential(layers)
    fast = build_fast_model(model)
    assert isinstance(fast.layers[0], EmbeddedRecurrence)
    assert [weight.shape for weight in fast.weights] == [weight.shape for weight in model.weights]
    np.testing.assert_allclose(fast(x), model(x), atol=1e-6)
    histories = []
    for one in (model, fast):
        one.compile(keras.optimizers.RMSprop(0.005), "binary_crossentropy")
        given = {"batch_size": 64, "epochs": 4, "shuffle": False, "verbose": 0}
        histories.append(one.fit(x[:150], y[:150], validation_data=(x[150:], y[150:]), **given).history)
    assert histories[0]["loss"][-1] < histories[0]["loss"][0] - 0.01
    for name, losses in histories[0].items():
        np.testing.assert_allclose(histories[1][name], losses, atol=1e-3)
    for weight, expected in zip(fast.get_weights(), model.get_weights(), strict=True):
        assert measure_error(weight, expected) < 1e-3


def test_in_one_a_token_outside_the_embedding_is_an_error():
    model = keras.Sequential(
        [keras.Input((3,), dtype="int32"), keras.layers.Embedding(4, 2), keras.layers.LSTM(2)]
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="tokens must be 0 … 3"):
        build_fast_model(model).predict(np.array([[0, 4, 1]]), verbose=0)


def test_a_model_without_an_embedding_in_front_is_cloned_layer_by_layer():
    inputs = keras.Input((6,), dtype="int32")
    words = keras.layers.Embedding(9, 4)(inputs)
    joined = keras.layers.Concatenate()(
        [keras.layers.LSTM(3)(words), keras.layers.GRU(3, go_backwards=True)(words)]
    )
    model = keras.Model(inputs, keras.layers.Dense(1)(joined))
    fast = build_fast_model(model)
    assert {"FastLSTM", "FastGRU"} <= {type(layer).__name__ for layer in fast.layers}
    x = np.random.default_rng(0).integers(0, 9, (5, 6))
    np.testing.assert_allclose(fast.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


@pytest.mark.parametrize("precision", ["float64", "mixed_bfloat16"])
def test_an_embedding_of_another_precision_stays_keras_own(precision):
    """The kernels read numbers of 32 bits where they lie; the layer behind is given such by Keras."""
    embedding = keras.layers.Embedding(9, 4, dtype=precision)
    model = keras.Sequential([keras.Input((6,), dtype="int32"), embedding, keras.layers.LSTM(3)])
    fast = build_fast_model(model)
    assert [type(layer).__name__ for layer in fast.layers] == ["Embedding", "FastLSTM"]
    x = np.random.default_rng(0).integers(0, 9, (5, 6), dtype=np.int32)
    np.testing.assert_allclose(fast(x), model(x), atol=1e-6)


def test_two_trainings_at_once_end_as_each_does_alone():
    random = np.random.default_rng(0)
    x, y = random.integers(0, 30, (64, 12)), random.integers(0, 2, (64, 1)).astype(np.float32)

    def train(seed):
        keras.utils.set_random_seed(seed)
        layers = [
            keras.Input((12,), dtype="int32"),
            keras.layers.Embedding(30, 8, mask_zero=True),
            keras.layers.LSTM(6, return_sequences=True, dropout=0.2),
            keras.layers.GRU(5, dropout=0.3),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
        fast = build_fast_model(keras.Sequential(layers))
        optimizer = keras.optimizers.RMSprop(0.01)
        variables = fast.trainable_variables
        optimizer.build(variables)

        @tf.function(autograph=False)
        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(keras.losses.binary_crossentropy(y, fast(x, training=True)))
            gradients = tape.gradient(loss, [variable.value for variable in variables])
            optimizer.apply([tf.convert_to_tensor(gradient) for gradient in gradients], variables)
            return loss

        return step

    alone = [[float(step()) for _ in range(15)] for step in (train(1), train(2))]
    steps = [train(1), train(2)]  # built one after the other: Keras' naming and seeds belong to the process
    for step in steps:
        step.get_concrete_function()
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda step: [float(step()) for _ in range(15)], steps))
    assert together == alone


@pytest.mark.parametrize(
    ("layer", "obstacle"),
    [
        (keras.layers.LSTM(3), None),
        (keras.layers.GRU(3, use_bias=False, go_backwards=True, dropout=0.5), None),
        (keras.layers.SimpleRNN(3), None),
        (keras.layers.Bidirectional(keras.layers.GRU(3)), None),
        (keras.layers.LSTM(3, activation="relu"), "activation"),
        (keras.layers.SimpleRNN(3, activation=None), "activation"),
        (keras.layers.LSTM(3, recurrent_activation="hard_sigmoid"), "recurrent_activation"),
        (keras.layers.GRU(3, recurrent_dropout=0.1), "recurrent_dropout"),
        (keras.layers.GRU(3, reset_after=False), "reset_after"),
        (keras.layers.LSTM(3, unroll=True), "unroll"),
        (keras.layers.LSTM(3, stateful=True), "stateful"),
        (keras.layers.LSTM(3, implementation=1, dropout=0.1), "implementation"),
        (keras.layers.LSTM(3, dtype="float64"), "dtype"),
        (keras.layers.LSTM(3, dtype="mixed_bfloat16"), "dtype"),
        (keras.layers.Bidirectional(keras.layers.LSTM(3, recurrent_dropout=0.1)), "recurrent_dropout"),
        (keras.layers.Dense(3), "cell"),
    ],
)  # fmt: skip
def test_find_obstacle_names_keras_argument(layer, obstacle):
    assert find_obstacle(layer) == obstacle


@pytest.mark.parametrize("fast", [FastLSTM, FastGRU, FastSimpleRNN])
def test_a_fast_layer_refuses_what_it_cannot_follow(fast):
    with pytest.raises(ValueError, match="cannot follow this setting of 'recurrent_dropout'"):
        fast(3, recurrent_dropout=0.1)


@pytest.mark.parametrize("kind", list(STOCK))
def test_the_configuration_is_that_of_keras(kind):
    settings = {"units": 3, "dropout": 0.1, "seed": 4, "go_backwards": True, "name": "reader", "trainable": False}
    stock, fast = STOCK[kind](**settings), FAST[kind](**settings)
    assert {**stock.get_config(), "seed": 4} == fast.get_config()
    twin = build_fast_layer(stock)
    assert twin.get_config() == fast.get_config()
