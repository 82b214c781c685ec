"""A functional model is read as a chain where it branches as ours do, and refused where it branches otherwise."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import check_config
from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.keras_description import read_keras_description
from lstm_cli.modelfile.keras_graph import Chain, read_chain
from lstm_cli.modelfile.shapes import ModelSizes

pytestmark = pytest.mark.usefixtures("keras_started")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda layers: layers["lstm_2"]["inbound_nodes"][0]["kwargs"].clear(), "skip the padding or none"),
        (lambda layers: layers["pooling_mean"]["inbound_nodes"][0]["kwargs"].clear(), "the padding or none"),
        (lambda layers: layers["padding"]["config"].update(offset=-9.0), "branches"),
        (lambda layers: layers["mask"]["config"].update(threshold=3.0), "branches"),
        (lambda layers: layers["embedding"]["config"].update(mask_zero=True), "has its own"),
        (lambda layers: layers["pooling"].update(class_name="Maximum"), "branches"),
        (lambda layers: layers["pooling"]["config"].update(axis=0), "branches"),
        (lambda layers: layers["mask"].update(registered_name="mine"), "branches|other code"),
    ],
)
def test_padding_skipped_in_another_way_than_ours_is_refused(change, message):
    from lstm_cli.models.builder import build_model

    model = {"embedding": {"mask_zero": True}, "pooling": ["max", "mean"]}
    layer = {"cell": "lstm", "units": 2}
    config = check_config({"model": {"recurrent": [layer, layer], **model}}, source="test").model
    description = json.loads(build_model(config, sizes=ModelSizes(9), maxlen=4).to_json())
    assert read_keras_description(description, keras_version="3.15.1").model.pooling == ("max", "mean")
    change({layer["config"]["name"]: layer for layer in description["config"]["layers"]})
    with pytest.raises(ModelFileError, match=message):
        read_keras_description(description, keras_version="3.15.1")


@pytest.mark.parametrize(("channels", "skip", "name"), [(2, False, "channels"), (0, True, "logit")])
def test_a_model_that_reads_more_than_tokens_is_refused_by_what_it_reads(channels, skip, name):
    """As when plain Keras has saved a model of ours again: nothing in such a file tells of n-grams."""
    from lstm_cli.models.builder import build_model

    settings = {"recurrent": [{"cell": "gru", "units": 2}], "logit_skip": skip}
    config = check_config({"data": {"ngrams": {}}, "model": settings}, source="test").model
    model = build_model(config, sizes=ModelSizes(9, channels=channels), maxlen=4)
    with pytest.raises(ModelFileError, match=f"this one reads '{name}' too"):
        read_keras_description(json.loads(model.to_json()), keras_version="3.15.1")


def test_branches_and_foreign_masks_are_refused():
    import keras

    kl = keras.layers
    tokens = keras.Input((4,), dtype="int32")
    vectors = kl.Embedding(9, 3)(tokens)
    both = kl.Concatenate()([kl.GRU(2)(vectors), kl.LSTM(2)(vectors)])
    branched = keras.Model(tokens, kl.Dense(1, activation="sigmoid")(both))
    masked = kl.GRU(2)(vectors, mask=keras.ops.not_equal(tokens, 0))
    own_mask = keras.Model(tokens, kl.Dense(1, activation="sigmoid")(masked))
    other = kl.GRU(2)(vectors, mask=keras.ops.not_equal(tokens, 1))
    other_mask = keras.Model(tokens, kl.Dense(1, activation="sigmoid")(other))
    for model, message in ((branched, "branches"), (own_mask, "has its own"), (other_mask, "branches")):
        with pytest.raises(ModelFileError, match=message):
            read_keras_description(json.loads(model.to_json()), keras_version="3.15.1")


KINDS = ["InputLayer", "Embedding", "NotEqual", "Rescaling", "ReLU", "Reshape", "Add", "LSTM", "Concatenate",
         "GlobalMaxPooling1D", "GlobalAveragePooling1D", "Dense", None]  # fmt: skip
CONFIGS = [None, {}, {"scale": 1, "offset": 0},
           {"max_value": 1, "negative_slope": 0, "threshold": 0}, {"axis": []},
           {"scale": 1e9, "offset": -1e9}, {"target_shape": [-1, 1]}, {"mask_zero": True}]  # fmt: skip
NAMES = ["a", "b", "c", "d", None, 3]


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "class_name": st.sampled_from(KINDS),
                "config": st.sampled_from(CONFIGS),
                "name": st.sampled_from(NAMES),
                "inbound_nodes": st.lists(st.lists(st.sampled_from(NAMES), max_size=3), max_size=2),
            },
        ),
        max_size=8,
    )
)
def test_any_graph_is_read_as_a_chain_of_its_layers_or_refused(layers):
    """Whatever refers to whatever, names that come twice and layers without one among them."""
    try:
        chain = read_chain({"class_name": "Functional", "config": {"layers": layers}})
    except ModelFileError:
        return
    assert all(any(layer is one for one in layers) for layer in chain.layers)
    assert len(chain.layers) <= len(layers)


@pytest.mark.parametrize("config", [[{"a": 1}, {"b": 2}], {"layers": [{"a": 1}, {"b": 2}]}])
def test_the_layers_of_a_sequential_model_are_the_chain(config):
    """As a list alone too, as Keras 2 once had them."""
    assert read_chain({"class_name": "Sequential", "config": config}) == Chain([{"a": 1}, {"b": 2}])
    named = {"class_name": "Sequential", "registered_name": "Sequential", "module": "keras.models"}
    assert read_chain({**named, "config": config}).layers == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    "change",
    [
        {"class_name": "Sequentials"},
        {"class_name": None},
        {"registered_name": "mine>Sequential"},
        {"module": "mine.models"},
        {"config": {"layers": ["a"]}},
        {"config": {"layers": {}}},
        {"config": {}},
        {"config": "layers"},
    ],
    ids=str,
)
def test_what_is_no_model_of_keras_own_is_refused(change):
    description = {"class_name": "Sequential", "config": {"layers": [{}]}, "module": "keras"} | change
    with pytest.raises(ModelFileError, match="Expected a Sequential or Functional Keras model, got"):
        read_chain(description)


def read_graph(*layers):
    """Read a graph of layers, each given by its kind, its configuration and the kinds that it reads."""
    described = [
        {
            "name": kind,
            "class_name": kind,
            "config": config,
            "inbound_nodes": [[[source, 0, 0, {}] for source in read]],
        }
        for kind, config, read in layers
    ]
    chain = read_chain({"class_name": "Functional", "config": {"layers": described}})
    return [layer["name"] for layer in chain.layers], chain.skips_padding, chain.pools_side_by_side


_BEGINNING = [("InputLayer", {}, []), ("Embedding", {}, ["InputLayer"]), ("GRU", {}, ["Embedding"])]


@pytest.mark.parametrize("joining", [{}, {"axis": -1}, {"axis": 1}], ids=str)
def test_poolings_that_are_joined_follow_one_another_in_the_chain(joining):
    maximum, mean = ("GlobalMaxPooling1D", {}, ["GRU"]), ("GlobalAveragePooling1D", {}, ["GRU"])
    joined = ("Concatenate", joining, ["GlobalAveragePooling1D", "GlobalMaxPooling1D"])
    names = ["InputLayer", "Embedding", "GRU", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "Dense"]
    assert read_graph(*_BEGINNING, maximum, mean, joined, ("Dense", {}, ["Concatenate"])) == (names, False, True)


def test_a_pooling_behind_another_is_not_beside_it():
    maximum, mean = ("GlobalMaxPooling1D", {}, ["GRU"]), ("GlobalAveragePooling1D", {}, ["GlobalMaxPooling1D"])
    names = ["InputLayer", "Embedding", "GRU", "GlobalMaxPooling1D", "GlobalAveragePooling1D"]
    assert read_graph(*_BEGINNING, maximum, mean) == (names, False, False)


def test_layers_one_behind_the_other_are_the_chain_as_they_come():
    dense = ("Dense", {}, ["GRU"])
    assert read_graph(*_BEGINNING, dense) == (["InputLayer", "Embedding", "GRU", "Dense"], False, False)
    for sources in (["Embedding"], ["GRU", "Embedding"], []):
        with pytest.raises(ModelFileError, match="this one branches"):
            read_graph(*_BEGINNING, ("Dense", {}, sources))
