"""What plain Keras wrote is understood and computes the same, or is refused with a reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import model_configs

from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.keras_description import read_keras_description
from lstm_cli.modelfile.shapes import ModelSizes

NUM_WORDS, MAXLEN = 12, 6

INPUT = {"class_name": "InputLayer", "config": {"name": "input", "batch_shape": [None, MAXLEN]}}
EMBEDDING = {"class_name": "Embedding", "config": {"name": "embedding", "input_dim": 9, "output_dim": 4}}
GRU = {"class_name": "GRU", "config": {"name": "gru", "units": 3}}
SEQUENCE = {"class_name": "GRU", "config": {"name": "gru", "units": 3, "return_sequences": True}}
MAXIMUM, MEAN = ({"class_name": f"Global{kind}Pooling1D", "config": {}} for kind in ("Max", "Average"))
OUTPUT = {"class_name": "Dense", "config": {"name": "dense", "units": 1, "activation": "sigmoid"}}
LINEAR_OUTPUT = {"class_name": "Dense", "config": {"name": "dense", "units": 1, "activation": "linear"}}
ACTIVATION = {"class_name": "Activation", "config": {"name": "activation", "activation": "sigmoid"}}
SOFTMAX = {"class_name": "Softmax", "config": {"name": "softmax", "axis": -1}}
VECTORIZATION = {
    "class_name": "TextVectorization",
    "config": {
        "name": "text_vectorization", "max_tokens": 9, "standardize": "lower", "split": "whitespace",
        "ngrams": None, "output_mode": "int", "output_sequence_length": 5, "pad_to_max_tokens": False,
        "sparse": False, "ragged": False, "vocabulary": None, "idf_weights": None, "encoding": "utf-8",
        "vocabulary_size": 9,
    },
}  # fmt: skip
TEXTS = st.text(max_size=3) | st.sampled_from(["LSTM", "Dense", "sigmoid", "config", "Sequential"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


def describe(*layers: Any, version: str = "3.15.1") -> Any:
    return read_keras_description(
        {"class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}, keras_version=version
    )


def change(layer: dict[str, Any], **config: Any) -> dict[str, Any]:
    return {**layer, "config": {**layer["config"], **config}}


def rebuild(model, path) -> Any:
    """Save a Keras model as .h5, read its description back and build it anew with the stored weights."""
    from lstm_cli.models.builder import build_model

    model.save(path)
    with h5py.File(path) as file:
        description = json.loads(file.attrs["model_config"])
        version = file.attrs["keras_version"]
    found = read_keras_description(description, keras_version=version)
    assert found.num_words == NUM_WORDS
    twin = build_model(found.model, sizes=ModelSizes(NUM_WORDS), maxlen=MAXLEN)
    twin.set_weights(model.get_weights())
    return twin


def expect_same_predictions(model, twin) -> None:
    tokens = np.random.default_rng(1).integers(0, NUM_WORDS, (7, MAXLEN), dtype=np.int32)
    tokens[0, :3] = 0  # some padding
    np.testing.assert_allclose(twin(tokens), model(tokens), atol=1e-5)


def list_architectures() -> dict[str, Any]:
    """Layers between the tokens and the output, as people write them; called with Keras' layers."""
    return {
        "lstm": lambda kl: [kl.Embedding(NUM_WORDS, 4), kl.LSTM(3)],
        "gru": lambda kl: [kl.Embedding(NUM_WORDS, 4), kl.GRU(3, reset_after=False)],
        "simple_rnn": lambda kl: [kl.Embedding(NUM_WORDS, 4), kl.SimpleRNN(3, activation="relu", use_bias=False)],
        "masked": lambda kl: [kl.Embedding(NUM_WORDS, 4, mask_zero=True), kl.GRU(3)],
        "stacked": lambda kl: [
            kl.Embedding(NUM_WORDS, 4), kl.SpatialDropout1D(0.2), kl.LSTM(3, return_sequences=True, dropout=0.2),
            kl.Dropout(0.2), kl.GRU(2, go_backwards=True, recurrent_dropout=0.1),
        ],
        "bidirectional": lambda kl: [kl.Embedding(NUM_WORDS, 4), kl.Bidirectional(kl.LSTM(3))],
        "bidirectional-stacked": lambda kl: [
            kl.Embedding(NUM_WORDS, 4, mask_zero=True), kl.Bidirectional(kl.LSTM(3, return_sequences=True)),
            kl.Bidirectional(kl.GRU(2), merge_mode="sum"),
        ],
        "bidirectional-pooled": lambda kl: [
            kl.Embedding(NUM_WORDS, 4, mask_zero=True),
            kl.Bidirectional(kl.SimpleRNN(3, return_sequences=True), merge_mode="ave"),
            kl.GlobalAveragePooling1D(),
        ],
        "pooled": lambda kl: [
            kl.Embedding(NUM_WORDS, 4), kl.GRU(3, return_sequences=True), kl.GlobalMaxPooling1D(), kl.Dropout(0.5),
        ],
        "dense": lambda kl: [
            kl.Embedding(NUM_WORDS, 4, embeddings_regularizer="l2"), kl.LSTM(3, unroll=True),
            kl.Dense(5, activation="relu"), kl.Dropout(0.1), kl.Dense(4, use_bias=False, kernel_regularizer="l1"),
            kl.Activation("elu"),
        ],
    }  # fmt: skip


ARCHITECTURES = sorted(list_architectures())


@pytest.mark.usefixtures("keras_started")
class TestPlainKeras:
    @pytest.mark.parametrize("name", ARCHITECTURES)
    def test_a_sequential_model_predicts_the_same_when_built_anew(self, name, tmp_path):
        import keras

        keras.utils.set_random_seed(5)
        layers = list_architectures()[name](keras.layers)
        model = keras.Sequential([keras.Input((MAXLEN,)), *layers, keras.layers.Dense(1, activation="sigmoid")])
        expect_same_predictions(model, rebuild(model, tmp_path / "model.h5"))

    @pytest.mark.parametrize("name", ARCHITECTURES)
    def test_a_functional_model_predicts_the_same_when_built_anew(self, name, tmp_path):
        import keras

        keras.utils.set_random_seed(6)
        tokens = keras.Input((MAXLEN,), dtype="int32")
        x = tokens
        for layer in list_architectures()[name](keras.layers):
            x = layer(x)
        model = keras.Model(tokens, keras.layers.Dense(1, activation="sigmoid")(x))
        expect_same_predictions(model, rebuild(model, tmp_path / "model.h5"))

    def test_a_model_of_any_length_says_so(self):
        import keras

        for length in (None, 4):
            layers = [keras.layers.Embedding(9, 2), keras.layers.GRU(2), keras.layers.Dense(1, "sigmoid")]
            model = keras.Sequential([keras.Input((length,)), *layers])
            assert read_keras_description(json.loads(model.to_json()), keras_version="3.15.1").maxlen == length

    @given(model_configs())
    @settings(max_examples=15)
    def test_what_we_build_is_understood_as_what_it_is(self, config):
        """The description of our own model leads back to its configuration, but for what only training needs."""
        from lstm_cli.models.builder import build_model

        model = build_model(config, sizes=ModelSizes(NUM_WORDS), maxlen=MAXLEN)
        found = read_keras_description(json.loads(model.to_json()), keras_version="3.15.1")
        assert (found.num_words, found.maxlen) == (NUM_WORDS, MAXLEN)
        again = build_model(found.model, sizes=ModelSizes(NUM_WORDS), maxlen=MAXLEN)
        names = {"units", "activation", "recurrent_activation", "use_bias", "return_sequences", "go_backwards",
                 "unroll", "reset_after", "merge_mode", "mask_zero", "output_dim"}  # fmt: skip

        def summarise(model):
            return {  # by name: a graph's layers stand in another order where a dropout is missing
                layer.name: (type(layer), {k: v for k, v in layer.get_config().items() if k in names})
                for layer in model.layers
                if not type(layer).__name__.endswith(("Dropout", "Dropout1D"))
            }

        assert summarise(again) == summarise(model)

    @pytest.mark.parametrize(
        "arrange",
        [
            # Each has the shapes of an arrangement that we could build, and other numbers.
            lambda kl: [
                kl.Embedding(9, 3),
                kl.GRU(2, return_sequences=True),
                kl.Dense(4),
                kl.GlobalMaxPooling1D(),
            ],
            lambda kl: [kl.Embedding(9, 3), kl.Dense(3, use_bias=False), kl.SimpleRNN(3, use_bias=False)],
        ],
    )
    def test_a_dense_layer_in_another_place_is_refused(self, arrange):
        import keras

        layers = [keras.Input((4,)), *arrange(keras.layers), keras.layers.Dense(1, activation="sigmoid")]
        with pytest.raises(ModelFileError, match="Expected the layers in the order"):
            read_keras_description(json.loads(keras.Sequential(layers).to_json()), keras_version="3.15.1")

    @pytest.mark.parametrize("order", [["max", "mean"], ["mean", "max"]])
    def test_poolings_side_by_side_are_read_in_the_order_in_which_they_are_joined(self, order, tmp_path):
        """As people write it: of all steps the maximum and the mean."""
        import keras

        kl = keras.layers
        tokens = keras.Input((MAXLEN,), dtype="int32")
        steps = kl.Bidirectional(kl.GRU(2, return_sequences=True))(kl.Embedding(NUM_WORDS, 3)(tokens))
        pooled = {"mean": kl.GlobalAveragePooling1D()(steps), "max": kl.GlobalMaxPooling1D()(steps)}
        joined = kl.Dropout(0.1)(kl.Concatenate()([pooled[name] for name in order]))
        model = keras.Model(tokens, kl.Dense(1, activation="sigmoid")(kl.Dense(3)(joined)))
        expect_same_predictions(model, rebuild(model, tmp_path / "model.h5"))

    def test_a_maximum_that_also_reads_the_padding_is_refused(self):
        import keras

        kl = keras.layers
        layers = [kl.Embedding(9, 3, mask_zero=True), kl.GRU(2, return_sequences=True), kl.GlobalMaxPooling1D()]
        model = keras.Sequential([keras.Input((4,)), *layers, kl.Dense(1, activation="sigmoid")])
        with pytest.raises(ModelFileError, match="Keras' maximum also reads the padding"):
            read_keras_description(json.loads(model.to_json()), keras_version="3.15.1")

    @pytest.mark.parametrize("source", ["embedding", "not_equal", "no layer"])
    def test_only_a_mask_over_the_tokens_is_the_embeddings(self, source):
        import keras

        kl = keras.layers
        tokens = keras.Input((4,), dtype="int32")
        vectors = kl.Embedding(9, 3, mask_zero=True, name="embedding")(tokens)
        model = keras.Model(tokens, kl.Dense(1, activation="sigmoid")(kl.GRU(2)(vectors)))
        description = json.loads(model.to_json())
        assert read_keras_description(description, keras_version="3.15.1").model.embedding.mask_zero
        [mask] = [layer for layer in description["config"]["layers"] if layer["class_name"] == "NotEqual"]
        mask["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = source
        with pytest.raises(ModelFileError, match="branches"):
            read_keras_description(description, keras_version="3.15.1")


# As Keras 2 described its layers.
KERAS2_LSTM = {
    "class_name": "LSTM",
    "config": {
        "name": "lstm", "trainable": True, "dtype": "float32", "return_sequences": False,
        "return_state": False, "go_backwards": False, "stateful": False, "unroll": False, "time_major": False,
        "units": 8, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True,
        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        "unit_forget_bias": True, "kernel_constraint": None, "dropout": 0.3, "recurrent_dropout": 0.0,
        "implementation": 2,
    },
}  # fmt: skip
KERAS2_EMBEDDING = {
    "class_name": "Embedding",
    "config": {
        "name": "embedding", "trainable": True, "batch_input_shape": [None, 100], "dtype": "float32",
        "input_dim": 500, "output_dim": 16, "mask_zero": False, "input_length": 100,
        "embeddings_regularizer": None, "activity_regularizer": None, "embeddings_constraint": None,
    },
}  # fmt: skip
KERAS2_INPUT = {
    "class_name": "InputLayer",
    "config": {
        "batch_input_shape": [None, 100], "dtype": "float32", "sparse": False, "ragged": False,
        "name": "input",
    },
}  # fmt: skip


class TestKeras2:
    """Descriptions written by hand in the manner of Keras 2."""

    @pytest.mark.parametrize(
        "layers", [[KERAS2_INPUT, KERAS2_EMBEDDING, KERAS2_LSTM, OUTPUT], [KERAS2_EMBEDDING, KERAS2_LSTM, OUTPUT]]
    )
    def test_a_sequential_model_is_understood(self, layers):
        found = describe(*layers, version="2.15.0")
        assert (found.num_words, found.maxlen) == (500, 100)
        assert found.model.embedding.output_dim == 16
        (layer,) = found.model.recurrent
        assert (layer.cell, layer.units, layer.return_sequences) == ("lstm", 8, False)

    @pytest.mark.parametrize("key", ["input_length", "batch_input_shape"])
    def test_the_length_is_found_where_either_version_put_it(self, key):
        embedding = change(KERAS2_EMBEDDING)
        del embedding["config"][key]
        assert describe(embedding, KERAS2_LSTM, OUTPUT, version="2.3.1").maxlen == 100

    def test_the_layers_may_stand_in_a_bare_list(self):
        """As Keras up to 2.2 wrote a Sequential model."""
        description = {"class_name": "Sequential", "config": [KERAS2_EMBEDDING, KERAS2_LSTM, OUTPUT]}
        assert read_keras_description(description, keras_version="2.1.6-tf").maxlen == 100

    @pytest.mark.parametrize("class_name", ["Model", "Functional"])
    def test_a_functional_model_is_understood_by_its_inbound_nodes(self, class_name):
        layers = []
        previous = None
        for layer in (KERAS2_INPUT, KERAS2_EMBEDDING, KERAS2_LSTM, OUTPUT):
            name = layer["config"]["name"]
            layers.append({**layer, "name": name, "inbound_nodes": [[[previous, 0, 0, {}]]] if previous else []})
            previous = name
        description = {"class_name": class_name, "config": {"name": "model", "layers": layers}}
        assert read_keras_description(description, keras_version="2.15.0").model.recurrent[0].units == 8
        layers[3]["inbound_nodes"] = [[["lstm", 0, 0, {}], ["embedding", 0, 0, {}]]]
        with pytest.raises(ModelFileError, match="branches"):
            read_keras_description(description, keras_version="2.15.0")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"time_major": True}, "LSTM: expected time_major=False, got True"),
            ({"stateful": True}, "LSTM: expected stateful=False, got True"),
            ({"return_state": True}, "LSTM: expected return_state=False"),
        ],
    )
    def test_what_computes_something_else_is_refused(self, changes, message):
        with pytest.raises(ModelFileError, match=message):
            describe(KERAS2_EMBEDDING, change(KERAS2_LSTM, **changes), OUTPUT, version="2.3.1")

    @pytest.mark.parametrize(("version", "is_keras_2"), [("1.2.2", True), ("2.15.0", True), ("3.0.5", False)])
    def test_hard_sigmoid_is_that_of_the_version_that_wrote_it(self, version, is_keras_2):
        lstm = change(KERAS2_LSTM, recurrent_activation="hard_sigmoid")
        found = describe(EMBEDDING, lstm, OUTPUT, version=version)
        assert (found.model.recurrent[0].recurrent_activation, found.is_keras_2) == ("hard_sigmoid", is_keras_2)

    @pytest.mark.parametrize(("version", "reset_after"), [("2.0.9", False), ("3.15.1", True)])
    def test_a_gru_of_before_reset_after_has_none(self, version, reset_after):
        assert describe(EMBEDDING, GRU, OUTPUT, version=version).model.recurrent[0].reset_after is reset_after

    def test_bidirectional_layers_without_a_second_description_are_alike(self):
        both = {"class_name": "Bidirectional", "config": {"merge_mode": "mul", "layer": KERAS2_LSTM}}
        (layer,) = describe(KERAS2_EMBEDDING, both, OUTPUT, version="2.15.0").model.recurrent
        assert (layer.bidirectional, layer.merge_mode, layer.units) == (True, "mul", 8)


class TestOutputs:
    @pytest.mark.parametrize("units", [2, 5])
    @pytest.mark.parametrize("softmax", [
        SOFTMAX,
        change(ACTIVATION, activation="softmax"),
        None,
    ])  # fmt: skip
    def test_a_softmax_gives_a_probability_a_class(self, units, softmax):
        """As an argument of the last layer, or as a layer of its own, also behind dropout."""
        if softmax is None:
            layers = [change(OUTPUT, units=units, activation="softmax")]
        else:
            dropout = {"class_name": "Dropout", "config": {"rate": 0.5}}
            layers = [change(OUTPUT, units=units, activation="linear"), dropout, softmax]
        assert describe(EMBEDDING, GRU, *layers).outputs == units

    def test_an_activation_alone_is_that_of_the_dense_layer_before_it(self):
        hidden = {"class_name": "Dense", "config": {"units": 4}}
        tanh = change(ACTIVATION, activation="tanh")
        found = describe(EMBEDDING, GRU, hidden, tanh, change(OUTPUT, activation="linear"), ACTIVATION)
        assert (found.outputs, [layer.activation for layer in found.model.dense]) == (1, ["tanh"])

    def test_a_model_of_texts_says_how_it_reads_them(self):
        found = describe(VECTORIZATION, EMBEDDING, GRU, OUTPUT)
        assert (found.maxlen, found.vectorization.tokens, found.vectorization.size) == (5, None, 9)
        assert found.vectorization.tokenizer.split("The FILM!") == ["the", "film!"]
        assert describe(VECTORIZATION, change(EMBEDDING, input_length=7), GRU, OUTPUT).maxlen == 5
        told = describe(change(VECTORIZATION, vocabulary=["a", "b"]), EMBEDDING, GRU, OUTPUT)
        assert told.vectorization.tokens == ("a", "b")


@pytest.mark.parametrize(
    ("dtype", "shape", "maxlen"), [("int32", [None, 1], 1), ("string", [None], 5), ("string", [None, 1], 5)]
)
def test_a_models_input_is_a_row_of_tokens_or_a_text(dtype, shape, maxlen):
    """What makes tokens of texts says how many."""
    layers = [change(INPUT, batch_shape=shape, dtype=dtype), *[VECTORIZATION] * (dtype == "string")]
    assert describe(*layers, EMBEDDING, GRU, OUTPUT).maxlen == maxlen


def test_a_refusal_lists_the_layers_in_one_order_always():
    """Sets of texts are ordered otherwise in every process."""
    program = (
        "from lstm_cli.modelfile.keras_description import read_keras_description\n"
        "try: read_keras_description({'class_name': 'Sequential', 'config': [{'class_name': 'X', 'config': {}}]},"
        " keras_version='3')\n"
        "except Exception as error: print(error)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(4)
    }  # fmt: skip
    assert len(found) == 1
    assert "got 'X'" in found.pop()


class TestRefused:
    @pytest.mark.parametrize(
        ("layers", "message"),
        [
            ([EMBEDDING, GRU], "one is missing: a Dense output"),
            ([GRU, OUTPUT], "one is missing: an Embedding"),
            ([EMBEDDING, OUTPUT], r"one is missing: a recurrent layer \(LSTM, GRU, SimpleRNN\)"),
            ([], "one is missing: an Embedding"),
            ([EMBEDDING, EMBEDDING, GRU, OUTPUT], "one Embedding"),
            ([EMBEDDING, {"class_name": "Lambda", "config": {"function": "os.system"}}, GRU, OUTPUT], "'Lambda'"),
            ([EMBEDDING, {"class_name": "Conv1D", "config": {}}, GRU, OUTPUT], "got 'Conv1D'"),
            ([EMBEDDING, {"class_name": "TFOpLambda", "config": {}}, GRU, OUTPUT], "got 'TFOpLambda'"),
            ([EMBEDDING, {**GRU, "registered_name": "mine>GRU"}, OUTPUT], "Keras' own layers, got 'GRU'"),
            ([EMBEDDING, {**GRU, "module": "os"}, OUTPUT], "Keras' own layers, got 'GRU' of other code"),
            ([EMBEDDING, change(GRU, secret=1), OUTPUT], "GRU has the key 'secret', which we do not know"),
            ([EMBEDDING, change(GRU, units="3"), OUTPUT], r"recurrent\[0\]\.units: expected integer, got '3'"),
            ([EMBEDDING, change(GRU, units=10**9), OUTPUT], r"units: expected less than or equal to"),
            ([EMBEDDING, change(GRU, activation={"class_name": "X"}), OUTPUT], r"activation: expected"),
            ([EMBEDDING, change(GRU, return_sequences=True), OUTPUT], "return_sequences must be False"),
            ([change(EMBEDDING, input_dim="9"), GRU, OUTPUT], "expected a whole input_dim, got '9'"),
            ([change(EMBEDDING, input_dim=True), GRU, OUTPUT], "expected a whole input_dim, got True"),
            ([change(EMBEDDING, lora_rank=4), GRU, OUTPUT], "expected lora_rank=None, got 4"),
            ([EMBEDDING, GRU, change(OUTPUT, units=2)], r"Expected Dense\(1, activation='sigmoid'\)"),
            ([EMBEDDING, GRU, change(OUTPUT, activation="linear")], r"Expected Dense\(1, activation='sigmoid'\)"),
            ([EMBEDDING, GRU, change(OUTPUT, use_bias=False)], r"with a bias"),
            ([EMBEDDING, GRU, change(OUTPUT, units=1, activation="softmax")], r"got Dense\(1, act"),
            ([EMBEDDING, GRU, change(OUTPUT, units=True)], r"got Dense\(True, activation='sigmoid'\)"),
            ([EMBEDDING, GRU, change(OUTPUT, units=10_001, activation="softmax")], r"got Dense\(10001"),
            ([EMBEDDING, GRU, ACTIVATION, OUTPUT], "Expected Activation behind a Dense layer"),
            ([EMBEDDING, GRU, OUTPUT, ACTIVATION], "Dense layer that has no activation of its own"),
            ([EMBEDDING, GRU, change(OUTPUT, activation=None), change(ACTIVATION, activation={})], "of its own"),
            ([EMBEDDING, GRU, LINEAR_OUTPUT, change(ACTIVATION, activation={"a": 1})], r"activation=\{'a': 1\}"),
            ([VECTORIZATION, VECTORIZATION, EMBEDDING, GRU, OUTPUT], "one TextVectorization"),
            ([change(VECTORIZATION, standardize={"class_name": "f"}), EMBEDDING, GRU, OUTPUT], "own ways"),
            ([change(VECTORIZATION, split="x"), EMBEDDING, GRU, OUTPUT], "own ways to standardize and split"),
            ([change(VECTORIZATION, ngrams=2), EMBEDDING, GRU, OUTPUT], "expected ngrams=None, got 2"),
            ([change(VECTORIZATION, output_mode="tf_idf"), EMBEDDING, GRU, OUTPUT], "expected output_mode='int'"),
            ([change(VECTORIZATION, vocabulary="/etc/passwd"), EMBEDDING, GRU, OUTPUT], "vocabulary as a list"),
            ([change(VECTORIZATION, vocabulary=["a", 1]), EMBEDDING, GRU, OUTPUT], "vocabulary as a list"),
            ([change(VECTORIZATION, output_sequence_length="6"), EMBEDDING, GRU, OUTPUT], "whole numbers"),
            ([change(VECTORIZATION, vocabulary_size=9.0), EMBEDDING, GRU, OUTPUT], "whole numbers"),
            ([EMBEDDING, GRU, LINEAR_OUTPUT, change(SOFTMAX, axis=0)], "Softmax: expected axis=-1, got 0"),
            ([EMBEDDING, SEQUENCE, MAXIMUM, MEAN, OUTPUT], "several side by side; here one follows another"),
            ([EMBEDDING, SEQUENCE, change(MEAN, keepdims=True), OUTPUT], "expected keepdims=False, got True"),
            ([EMBEDDING, SEQUENCE, change(MEAN, data_format="channels_first"), OUTPUT], "'channels_last', got"),
            *(
                ([EMBEDDING, change(GRU, **{key: True}), OUTPUT], f"GRU: expected {key}=False, got True")
                for key in ("return_state", "stateful", "time_major", "zero_output_for_mask")
            ),
            ([EMBEDDING, GRU, change(OUTPUT, units=3, activation="softmax"), OUTPUT], r"dense\[0\]\.activation"),
            (
                [EMBEDDING, {"class_name": "Bidirectional", "config": {"layer": OUTPUT}}, OUTPUT],
                "Expected Bidirectional around LSTM, GRU, SimpleRNN; got 'Dense'",
            ),
            (
                [
                    EMBEDDING,
                    {
                        "class_name": "Bidirectional",
                        "config": {"layer": GRU, "backward_layer": change(GRU, units=4, go_backwards=True)},
                    },
                    OUTPUT,
                ],
                "two directions to be alike",
            ),
            (
                [
                    EMBEDDING,
                    {
                        "class_name": "Bidirectional",
                        "config": {
                            "layer": {"class_name": "SimpleRNN", "config": {"units": 3}},
                            "backward_layer": change(GRU, go_backwards=True),
                        },
                    },
                    OUTPUT,
                ],
                "two directions to be alike",
            ),
            *(
                (
                    [EMBEDDING, {"class_name": "Bidirectional", "config": both}, OUTPUT],
                    "two directions to be alike",
                )
                for both in (
                    {"layer": GRU, "backward_layer": GRU},
                    {"layer": change(GRU, go_backwards=False), "backward_layer": change(GRU, go_backwards=False)},
                )
            ),
            ([EMBEDDING, "GRU", OUTPUT], "Expected a Sequential or Functional Keras model"),
            ([EMBEDDING, {"class_name": "GRU"}, OUTPUT], "a mapping with a config"),
        ],
    )  # fmt: skip
    def test_with_its_reason(self, layers, message):
        with pytest.raises(ModelFileError, match=message):
            describe(*layers)

    @pytest.mark.parametrize(
        ("later", "earlier"),
        [(VECTORIZATION, INPUT), (EMBEDDING, VECTORIZATION), (GRU, EMBEDDING), (MEAN, GRU), (OUTPUT, MEAN)],
        ids=lambda layer: layer["class_name"],
    )
    def test_a_layer_behind_one_that_it_belongs_before(self, later, earlier):
        with pytest.raises(ModelFileError, match=f"the order InputLayer, .*; got {earlier['class_name']} later"):
            describe(later, earlier)

    @pytest.mark.parametrize(
        ("shape", "message"),
        [
            ([None, 4, 9], r"reads int32\[batch, maxlen\], got the input shape \[None, 4, 9\]"),
            ([None], r"got the input shape \[None\]"),
            (4, "got the input shape 4"),
            (None, "got the input shape None"),
            ([None, 4.0], "a whole number of tokens as the model's input, got 4.0"),
            ([None, True], "a whole number of tokens as the model's input, got True"),
        ],
        ids=str,
    )
    def test_an_input_that_is_no_row_of_tokens(self, shape, message):
        with pytest.raises(ModelFileError, match=message):
            describe(change(INPUT, batch_shape=shape), EMBEDDING, GRU, OUTPUT)

    def test_but_as_many_classes_as_there_may_be_are_read(self):
        assert describe(EMBEDDING, GRU, change(OUTPUT, units=10_000, activation="softmax")).outputs == 10_000

    def test_of_many_problems_the_first_are_told_on_one_line(self):
        """A file from anywhere could fill the screen with them."""
        layers = [change(GRU, units="3", return_sequences="no")] * 300
        with pytest.raises(ModelFileError) as caught:
            describe(EMBEDDING, *layers, OUTPUT)
        told = str(caught.value)
        assert told.startswith("The model's description: 600 problems; model.recurrent[0].units: expected integer")
        assert "; model.recurrent[1].units: " in told
        assert len(told) <= 300
        assert told.isprintable()

    @pytest.mark.parametrize(
        "description",
        [{}, {"class_name": "Sequential"}, {"class_name": "MyModel", "config": {"layers": [GRU]}},
         {"class_name": ["Sequential"], "config": []}, {"class_name": "Functional", "config": {"layers": [1]}}],
    )  # fmt: skip
    def test_what_describes_no_model(self, description):
        with pytest.raises(ModelFileError, match="Expected a Sequential or Functional Keras model"):
            read_keras_description(description, keras_version="3.15.1")

    @given(ANY_JSON, st.data())
    def test_no_json_raises_anything_else(self, value, data):
        """Any value in the place of any part of a description that is understood."""
        layers = [dict(EMBEDDING), dict(GRU), dict(OUTPUT)]
        description: dict[str, Any] = {"class_name": "Sequential", "config": {"layers": layers}}
        if data.draw(st.booleans()):
            description["class_name"] = "Functional"
            for position, layer in enumerate(layers):
                layer["name"] = layer["config"]["name"]
                source = [[[layers[position - 1]["config"]["name"], 0, 0, {}]]] if position else []
                layer["inbound_nodes"] = source
        target = data.draw(st.sampled_from([description, description["config"], *layers]))
        target[data.draw(st.sampled_from(sorted(target)) | TEXTS)] = value
        layer = data.draw(st.sampled_from(layers))
        if isinstance(layer["config"], dict) and layer["config"]:
            layer["config"] = {
                **layer["config"],
                data.draw(st.sampled_from(sorted(layer["config"])) | TEXTS): value,
            }
        try:
            found = read_keras_description(description, keras_version="3.15.1")
        except ModelFileError:
            return
        assert found.num_words >= 1
