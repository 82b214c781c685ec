"""What plain Keras wrote is read with its description, its weights and its words, or refused for what is wrong."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from model_files import build, expect_refusal, read_config

from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.content import open_content
from lstm_cli.modelfile.foreign_model import (
    LARGEST_DESCRIPTION,
    ForeignModel,
    load_keras_file,
    read_foreign_content,
)
from lstm_cli.modelfile.stored_model import load_model_file

pytestmark = pytest.mark.usefixtures("keras_started")
FOREIGN = Path(__file__).with_name("foreign")


def read_h5(path):
    with open_content(path) as content:
        return read_foreign_content(content)


def test_a_plain_keras_file_is_read_as_foreign(foreign_path):
    stored = load_model_file(foreign_path)
    assert isinstance(stored, ForeignModel)
    assert (stored.description.num_words, stored.description.maxlen) == (10, 6)
    for weight, expected in zip(stored.weights, build(read_config()).get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "its description is no JSON"),
        ("[" * 10_000, "its description is no JSON"),
        ("[]", "its description is no JSON object"),
        ("{}", "Expected a Sequential or Functional Keras model"),
        (b"\xff", "no readable HDF5 model file|no JSON"),
        (h5py.Empty("S1"), "no JSON"),
    ],
)
def test_another_description_is_refused(foreign_path, text, message):
    with h5py.File(foreign_path, "a") as file:
        file.attrs["model_config"] = text
    expect_refusal(foreign_path, message)


def test_nothing_that_a_description_names_is_run(foreign_path):
    """A Lambda layer with code, the way `.h5` files attack Keras."""
    with h5py.File(foreign_path, "a") as file:
        description = json.loads(file.attrs["model_config"])
        function = {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}
        layer = {"class_name": "Lambda", "config": {"name": "lambda", "function": function}}
        description["config"]["layers"].insert(2, layer)
        file.attrs["model_config"] = json.dumps(description)
    expect_refusal(foreign_path, "got 'Lambda'")


def test_a_huge_layer_is_refused_before_it_is_built(foreign_path):
    with h5py.File(foreign_path, "a") as file:
        text = file.attrs["model_config"]
        file.attrs["model_config"] = text.replace('"units": 2', '"units": 300000000')
    expect_refusal(foreign_path, "units: expected less than or equal to 16384")


def test_weights_of_other_shapes_are_refused(foreign_path):
    with h5py.File(foreign_path, "a") as file:
        text = file.attrs["model_config"]
        file.attrs["model_config"] = text.replace('"units": 2', '"units": 3')
    expect_refusal(foreign_path, "expected weights of the shapes")


def test_weights_that_are_no_numbers_are_refused(foreign_path):
    with h5py.File(foreign_path, "a") as file:
        layer = file["model_weights/embedding"]
        layer[layer.attrs["weight_names"][0]][0, 0] = np.nan
    expect_refusal(foreign_path, "no finite numbers")


def test_a_file_of_weights_alone_is_refused(tmp_path):
    path = tmp_path / "model.weights.h5"
    build(read_config()).save_weights(path)
    expect_refusal(path, "holds no description of a model")


@pytest.mark.parametrize("inside", [True, False])
def test_the_vocabulary_of_a_model_that_reads_texts_is_found(tmp_path, inside):
    """Given to the layer, which writes it into its description, or learnt, which goes into the assets."""
    import keras

    kl = keras.layers
    words = ["the", "film"]
    layer = kl.TextVectorization(output_sequence_length=4, vocabulary=words if inside else None)
    if not inside:
        layer.adapt(["the film the"])
    embedding = kl.Embedding(5, 3, mask_zero=True)
    model = keras.Sequential(
        [keras.Input((1,), dtype="string"), layer, embedding, kl.GRU(2), kl.Dense(1, "sigmoid")]
    )
    model.save(tmp_path / "model.keras")
    found = load_model_file(tmp_path / "model.keras")
    assert [token for token in found.tokens if token not in ("", "[UNK]")] == words
    assert found.description.maxlen == 4
    model.save(tmp_path / "model.h5")
    assert load_model_file(tmp_path / "model.h5").tokens == (tuple(words) if inside else None)


@pytest.mark.parametrize(("tokens", "count"), [(b"\n[UNK]\nthe", 3), (b"\n[UNK]\nthe\nfilm\nis", 5)])
def test_a_vocabulary_of_another_size_than_described_is_refused(tmp_path, tokens, count):
    import keras

    kl = keras.layers
    layer = kl.TextVectorization(output_sequence_length=4)
    layer.adapt(["the film"])
    model = keras.Sequential(
        [keras.Input((1,), dtype="string"), layer, kl.Embedding(5, 3), kl.GRU(2), kl.Dense(1, "sigmoid")]
    )
    path = tmp_path / "model.keras"
    model.save(path)
    name = "assets/layers/text_vectorization/vocabulary.txt"
    with zipfile.ZipFile(path) as archive:
        members = {one: archive.read(one) for one in archive.namelist()} | {name: tokens}
    with zipfile.ZipFile(path, "w") as archive:
        for one, data in members.items():
            archive.writestr(one, data)
    expect_refusal(path, f"its vocabulary has {count} tokens, its description 4")


def test_the_same_model_is_the_same_in_both_forms():
    """As Keras 2 wrote it, whose hard sigmoid is another: its version is asked for."""
    one, other = read_h5(FOREIGN / "keras-2-functional.h5"), load_keras_file(FOREIGN / "keras-2-functional.keras")
    assert one.description == other.description
    assert one.description.is_keras_2
    assert one.tokens is other.tokens is None
    for weight, twin in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(weight, twin, strict=True)
    assert not load_keras_file(FOREIGN / "keras-3.8-sequential.keras").description.is_keras_2


def test_one_of_ours_is_no_foreign_one(model_path):
    with h5py.File(model_path, "a") as file:  # without its seal it is read as any
        file.attrs["note"] = "mine"
    with pytest.raises(ModelFileError, match="holds no description of a model"):
        read_h5(model_path)


@pytest.mark.parametrize(
    ("size", "message"),
    [(LARGEST_DESCRIPTION, "no JSON object"), (LARGEST_DESCRIPTION + 1, "no JSON that we read")],
)
def test_a_description_has_a_bound(tmp_path, size, message):
    with zipfile.ZipFile(FOREIGN / "keras-3.8-sequential.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, b"[]".ljust(size) if name == "config.json" else data)
    with pytest.raises(ModelFileError, match=message):
        load_keras_file(tmp_path / "model.keras")
