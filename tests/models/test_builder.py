"""A configuration's list of layers becomes the Keras model that it describes, argument by argument."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import model_configs

from lstm_cli.config import ModelConfig, Regularizer, check_config
from lstm_cli.config import layers as sections
from lstm_cli.modelfile.shapes import ModelSizes

pytestmark = pytest.mark.usefixtures("keras_started")

CELLS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}
SECTIONS = {"lstm": sections.LSTMLayer, "gru": sections.GRULayer, "simple_rnn": sections.SimpleRNNLayer}
# Keys that are layers or wrappers of their own here, or derived; they have their own tests below.
OTHERWISE_BUILT = {"cell", "bidirectional", "merge_mode", "output_dropout", "return_sequences"}


def read_model(**model: Any) -> ModelConfig:
    settings = {"recurrent": [{"cell": "gru", "units": 3}], **model}
    return check_config({"data": {"ngrams": {}}, "model": settings}, source="test").model


def build(config: ModelConfig, *, num_words: int = 10, maxlen: int | None = 5, **sizes: int):
    from lstm_cli.models.builder import build_model

    return build_model(config, sizes=ModelSizes(num_words, **sizes), maxlen=maxlen)


def choose_other_values(key: str, field) -> list[Any]:
    """Values of a key that differ from its default."""
    if field.annotation is bool:
        return [not field.default]
    if field.annotation == Regularizer | None:
        return [{"l1": 0.25, "l2": 0.5}]
    if get_args(field.annotation) and isinstance(get_args(field.annotation)[0], str):
        return [value for value in get_args(field.annotation) if value != field.default]
    return [7] if key in {"units", "output_dim"} else [0.25]


def list_changes(section, *, leave_out: set[str]) -> list[tuple[str, Any]]:
    return [
        (key, value)
        for key, field in section.model_fields.items()
        if key not in leave_out
        for value in choose_other_values(key, field)
    ]


def expect_argument(layer, key: str, value: Any) -> None:
    """Check in the built layer's own configuration that an argument has arrived."""
    arrived = layer.get_config()[key]
    if key.endswith("initializer"):
        import keras

        assert type(keras.initializers.get(arrived)) is type(keras.initializers.get(value))
    elif key.endswith("regularizer"):
        assert arrived["class_name"] == "L1L2"
        assert {name: float(number) for name, number in arrived["config"].items()} == value
    else:
        assert arrived == value


class TestArguments:
    @pytest.mark.parametrize(
        ("cell", "key", "value"),
        [
            (cell, key, value)
            for cell, section in SECTIONS.items()
            for key, value in list_changes(section, leave_out=OTHERWISE_BUILT)
        ],
    )
    def test_a_key_of_a_recurrent_layer_arrives_in_keras_layer(self, cell, key, value):
        model = build(read_model(recurrent=[{"cell": cell, "units": 3, key: value}]))
        layer = model.layers[1]
        assert type(layer).__name__ == CELLS[cell]
        expect_argument(layer, key, value)

    @pytest.mark.parametrize(
        ("key", "value"), list_changes(sections.EmbeddingConfig, leave_out={"spatial_dropout", "vectors"})
    )
    def test_a_key_of_the_embedding_arrives(self, key, value):
        layer = build(read_model(embedding={key: value}), num_words=11).layers[0]
        assert type(layer).__name__ == "Embedding"
        assert layer.get_config()["input_dim"] == 11
        expect_argument(layer, key, value)

    @pytest.mark.parametrize(("key", "value"), list_changes(sections.DenseLayer, leave_out={"output_dropout"}))
    def test_a_key_of_a_dense_layer_arrives(self, key, value):
        layer = build(read_model(dense=[{"units": 3, key: value}])).layers[2]
        assert type(layer).__name__ == "Dense"
        expect_argument(layer, key, value)

    @pytest.mark.parametrize("cell", CELLS)
    def test_a_bidirectional_layer_gives_its_arguments_to_both_directions(self, cell):
        layer = {"cell": cell, "units": 3, "bidirectional": True, "dropout": 0.25, "activation": "relu"}
        both = build(read_model(recurrent=[layer])).layers[1]
        for direction, backwards in ((both.forward_layer, False), (both.backward_layer, True)):
            assert type(direction).__name__ == CELLS[cell]
            arguments = direction.get_config()
            assert (arguments["units"], arguments["dropout"], arguments["activation"]) == (3, 0.25, "relu")
            assert arguments["go_backwards"] is backwards

    @pytest.mark.parametrize(("mode", "width"), [("concat", 6), ("sum", 3), ("mul", 3), ("ave", 3)])
    def test_the_merge_mode_arrives(self, mode, width):
        layer = {"cell": "gru", "units": 3, "bidirectional": True, "merge_mode": mode}
        both = build(read_model(recurrent=[layer])).layers[1]
        assert both.merge_mode == mode
        assert both.output.shape == (None, width)


class TestArrangement:
    @pytest.mark.parametrize(
        ("model", "expected"),
        [
            ({}, ["embedding", "gru_1", "output"]),
            (
                {"recurrent": [{"cell": "lstm", "units": 2}, {"cell": "simple_rnn", "units": 2}]},
                ["embedding", "lstm_1", "simple_rnn_2", "output"],
            ),
            (
                {
                    "recurrent": [
                        {"cell": "lstm", "units": 2, "output_dropout": 0.1},
                        {"cell": "gru", "units": 2, "bidirectional": True, "output_dropout": 0.2},
                    ],
                    "pooling": "max",
                    "dense": [{"units": 4, "output_dropout": 0.3}, {"units": 3}],
                    "dropout": 0.4,
                },
                [
                    "embedding", "lstm_1", "lstm_1_dropout", "gru_2", "gru_2_dropout", "pooling", "dense_1",
                    "dense_1_dropout", "dense_2", "dropout", "output",
                ],
            ),
            ({"pooling": "mean", "dropout": 0.5}, ["embedding", "gru_1", "pooling", "dropout", "output"]),
            ({"embedding": {"spatial_dropout": 0.5}}, ["embedding", "embedding_dropout", "gru_1", "output"]),
            (
                {"pooling": ["max", "mean"]},
                ["tokens", "embedding", "gru_1", "pooling_max", "pooling_mean", "pooling", "output"],
            ),
        ],
    )  # fmt: skip
    def test_layers_stand_where_the_configuration_has_them(self, model, expected):
        assert [layer.name for layer in build(read_model(**model)).layers] == expected

    def test_every_dropout_layer_has_its_own_rate(self):
        config = read_model(
            recurrent=[{"cell": "gru", "units": 2, "output_dropout": 0.1}],
            dense=[{"units": 4, "output_dropout": 0.2}],
            dropout=0.3,
        )
        rates = [layer.rate for layer in build(config).layers if type(layer).__name__ == "Dropout"]
        assert rates == [0.1, 0.2, 0.3]

    @pytest.mark.parametrize(
        ("pooling", "kind"), [("max", "GlobalMaxPooling1D"), ("mean", "GlobalAveragePooling1D")]
    )
    def test_pooling_reads_every_step(self, pooling, kind):
        model = build(read_model(pooling=pooling))
        assert type(model.get_layer("pooling")).__name__ == kind
        assert model.get_layer("gru_1").output.shape == (None, 5, 3)

    def test_only_the_last_layer_hands_on_its_last_state_alone(self):
        model = build(read_model(recurrent=[{"cell": "gru", "units": units} for units in (2, 3, 4)]))
        assert [model.get_layer(f"gru_{n}").output.shape for n in (1, 2, 3)] == [
            (None, 5, 2),
            (None, 5, 3),
            (None, 4),
        ]

    @given(model_configs())
    @settings(max_examples=15)
    def test_every_configuration_becomes_a_model_that_gives_probabilities(self, config):
        import keras

        keras.utils.set_random_seed(0)
        model = build(config, num_words=6, maxlen=3)
        tokens = np.array([[0, 0, 1], [1, 5, 2], [1, 3, 4]], dtype=np.int32)
        probabilities = np.asarray(model(tokens, training=False))
        assert probabilities.dtype == np.float32
        assert probabilities.shape == (3, 1)
        # Exotic activations may overflow; what is a number lies between 0 and 1.
        numbers = probabilities[np.isfinite(probabilities)]
        assert ((numbers >= 0) & (numbers <= 1)).all()
        assert model.input_shape == (None, 3)


class TestBehaviour:
    def test_it_computes_what_the_same_layers_by_hand_do(self):
        """The tutorials' model, written out in Keras, with the same seed has the same weights and output."""
        import keras

        keras.utils.set_random_seed(3)
        ours = build(read_model(recurrent=[{"cell": "lstm", "units": 4}, {"cell": "lstm", "units": 4}]))
        keras.utils.set_random_seed(3)
        by_hand = keras.Sequential(
            [
                keras.layers.Embedding(10, 16),
                keras.layers.LSTM(4, return_sequences=True),
                keras.layers.LSTM(4),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        by_hand.build((None, 5))
        for weight, expected in zip(ours.get_weights(), by_hand.get_weights(), strict=True):
            np.testing.assert_array_equal(weight, expected)
        tokens = np.random.default_rng(0).integers(0, 10, (6, 5), dtype=np.int32)
        np.testing.assert_allclose(ours(tokens), by_hand(tokens), rtol=1e-6)

    @given(st.data())
    @settings(max_examples=5)
    def test_with_mask_zero_the_padding_changes_nothing(self, data):
        pooling = data.draw(st.sampled_from(["last", "mean", "max", ["max", "mean"]]))
        cell = data.draw(st.sampled_from(sorted(CELLS)))
        config = read_model(
            embedding={"output_dim": 3, "mask_zero": True},
            recurrent=[{"cell": cell, "units": 3}, {"cell": cell, "units": 2}],
            pooling=pooling,
        )
        review = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
        short = build(config, maxlen=len(review))
        long = build(config, maxlen=8)
        long.set_weights(short.get_weights())
        padded = np.array([[0] * (8 - len(review)) + review], dtype=np.int32)
        np.testing.assert_allclose(long(padded), short(np.array([review], dtype=np.int32)), atol=1e-6)

    def test_dropout_acts_in_training_only(self):
        model = build(read_model(recurrent=[{"cell": "gru", "units": 3, "output_dropout": 0.5}], dropout=0.5))
        tokens = np.full((64, 5), 3, dtype=np.int32)
        assert np.unique(model(tokens, training=False)).size == 1
        assert np.unique(model(tokens, training=True)).size > 1

    def test_spatial_dropout_drops_the_same_numbers_of_all_words(self):
        import keras

        keras.utils.set_random_seed(0)
        model = build(read_model(embedding={"output_dim": 64, "spatial_dropout": 0.5}))
        vectors = np.asarray(model.get_layer("embedding_dropout")(np.ones((1, 5, 64), np.float32), training=True))[
            0
        ]
        assert 10 < (vectors[0] == 0).sum() < 54
        np.testing.assert_array_equal(vectors, vectors[:1].repeat(5, axis=0))


BOTH = {
    "embedding": {"output_dim": 4, "mask_zero": True, "spatial_dropout": 0.5},
    "recurrent": [{"cell": "lstm", "units": 3, "bidirectional": True}],
    "pooling": ["max", "mean"],
    "dropout": 0.5,
    "logit_skip": {"initial": 0.75},
}


def draw_inputs(*, outputs: int, channels: int, maxlen: int = 7) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    tokens = random.integers(1, 10, (6, maxlen), dtype=np.int32)
    return [
        tokens,
        random.normal(size=(*tokens.shape, channels)).astype(np.float32),
        random.normal(size=(6, outputs)).astype(np.float32),
    ]


class TestFurtherInputs:
    """Channels of each token, and a logit of the text."""

    def test_they_come_in_this_order_and_by_these_names(self):
        model = build(read_model(**BOTH), channels=2, outputs=3)
        inputs = [(one.name, one.shape, one.dtype) for one in model.inputs]
        assert inputs == [
            ("tokens", (None, 5), "int32"),
            ("channels", (None, 5, 2), "float32"),
            ("logit", (None, 3), "float32"),
        ]
        assert [one.name for one in build(read_model(**BOTH | {"logit_skip": None}), channels=1).inputs] == [
            "tokens",
            "channels",
        ]
        assert [one.name for one in build(read_model(**BOTH)).inputs] == ["tokens", "logit"]

    @pytest.mark.parametrize("outputs", [1, 3])
    def test_at_first_a_logit_counts_as_much_for_its_own_output_as_is_said_and_for_no_other(self, outputs):
        model = build(read_model(**BOTH), outputs=outputs, channels=2)
        kernel, _ = model.get_layer("output").get_weights()
        np.testing.assert_array_equal(kernel[-outputs:], 0.75 * np.eye(outputs, dtype=np.float32))
        assert (kernel[:-outputs] != 0).all()
        tokens, channels, logits = draw_inputs(outputs=outputs, channels=2, maxlen=5)
        without = np.log(np.asarray(model([tokens, channels, 0 * logits])))
        raised = np.log(np.asarray(model([tokens, channels, logits + 1])))
        assert np.abs(raised - without).max() > 0.01

    @pytest.mark.parametrize("side", ["pre", "post"])
    @pytest.mark.parametrize("cell", sorted(CELLS))
    def test_padding_changes_nothing_whatever_its_channels_are(self, cell, side):
        layers = [{"cell": cell, "units": 3, "bidirectional": bidirectional} for bidirectional in (False, True)]
        model = build(read_model(**BOTH | {"recurrent": layers}), maxlen=None, channels=2)
        tokens, channels, logits = draw_inputs(outputs=1, channels=2)
        around = ((0, 0), (4, 0) if side == "pre" else (0, 4))
        padded = [np.pad(tokens, around), np.pad(channels, (*around, (0, 0)), constant_values=7.0), logits]
        np.testing.assert_allclose(model(padded), model([tokens, channels, logits]), atol=1e-6)

    @pytest.mark.parametrize(
        "model", [BOTH, BOTH | {"pooling": "last"}, BOTH | {"embedding": {}, "pooling": "max"}]
    )
    def test_all_inputs_count(self, model):
        built = build(read_model(**model), maxlen=7, channels=2)
        inputs = draw_inputs(outputs=1, channels=2)
        before = np.asarray(built(inputs))
        for place in range(3):
            changed = [array + (place == other) for other, array in enumerate(inputs)]
            changed[0] = np.minimum(changed[0], 9)
            assert np.abs(np.asarray(built(changed)) - before).max() > 1e-4

    def test_channels_are_never_dropped_and_words_are(self):
        import keras

        model = build(read_model(**BOTH | {"dropout": 0.0}), maxlen=7, channels=2)
        read = keras.Model(model.inputs, model.get_layer("words_and_channels").output)
        inputs = draw_inputs(outputs=1, channels=2)
        x = np.asarray(read(inputs, training=True))
        np.testing.assert_array_equal(x[:, :, 4:], inputs[1])
        assert (x[:, :, :4] == 0).all(axis=1).mean() == pytest.approx(0.5, abs=0.4)
