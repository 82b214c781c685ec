"""Every configuration that travels with the package opens with its command, loads and becomes a model."""

from __future__ import annotations

import re

import pytest

from lstm_cli.classes import SENTIMENT
from lstm_cli.config import (
    describe_named_config,
    find_named_config,
    find_named_sweep,
    list_config_names,
    list_sweep_names,
    load_config,
)
from lstm_cli.config.files import find_config_folder
from lstm_cli.errors import ConfigError
from lstm_cli.modelfile.shapes import count_parameters, list_weight_shapes, measure_model
from lstm_cli.text.languages import Language

NAMES = list_config_names()
VARIANTS = {
    "lstm": [("lstm", 8, 0.0)],
    "dropout-lstm": [("lstm", 8, 0.3)],
    "stacked-lstm": [("lstm", 8, 0.3), ("lstm", 8, 0.3)],
    "gru": [("gru", 8, 0.0)],
}


def test_every_yaml_file_is_listed_by_its_path_and_nothing_else_lies_there():
    folder = find_config_folder()
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert files == {find_named_config(name) for name in NAMES} | set(map(find_named_sweep, list_sweep_names()))
    assert set(VARIANTS) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_with_its_command_and_one_sentence(name):
    first, second, third, *_ = find_named_config(name).read_text(encoding="utf-8").splitlines()
    assert first == f"# lstm-train --model {name}"
    assert re.fullmatch(r"# [A-Z].*[^.]\.", second)
    assert not third.startswith("#")
    assert describe_named_config(name) == second[2:]


@pytest.mark.usefixtures("keras_started")
@pytest.mark.parametrize("name", NAMES)
def test_it_becomes_a_keras_model_of_the_weights_it_implies(name):
    from lstm_cli.models.builder import build_model

    config = load_config(find_named_config(name)).settle(reviews=20_000, language=Language("ko", "Hangul"))
    sizes = measure_model(config, classes=SENTIMENT)
    model = build_model(config.model, maxlen=config.data.maxlen, sizes=sizes)
    assert model.output_shape == (None, 1)
    counts = count_parameters(config.model, sizes=sizes)
    assert model.count_params() == counts.trainable + counts.non_trainable
    shapes = list_weight_shapes(config.model, sizes=sizes)
    assert [weight.shape for weight in model.get_weights()] == shapes


@pytest.mark.parametrize("name", NAMES)
def test_it_spells_out_what_its_training_depends_on(name):
    """A changed default of ours must not change a published result."""
    config = load_config(find_named_config(name))
    given = {
        "dataset",
        "num_words",
        "maxlen",
        "padding",
        "truncating",
        "test_split",
        "validation_split",
        "split_seed",
    }
    assert given <= config.data.model_fields_set
    training = {"optimizer", "loss", "batch_size", "epochs", "early_stopping", "seed"}
    assert training <= config.training.model_fields_set
    if config.data.ngrams:
        assert config.data.ngrams.model_fields_set == {*type(config.data.ngrams).model_fields}
    assert "learning_rate" in config.training.optimizer.model_fields_set


@pytest.mark.parametrize("name", VARIANTS)
def test_the_four_variants_have_the_third_tutorials_settings(name):
    config = load_config(find_named_config(name))
    data, model, training = config.data, config.model, config.training
    assert config.name == name
    assert (data.dataset, data.num_words, data.maxlen) == ("imdb", 500, 100)
    assert (data.padding, data.truncating) == ("pre", "pre")
    assert (data.validation_split, data.split_seed) == (0.2, 42)
    assert model.embedding.output_dim == 16
    assert [(layer.cell, layer.units, layer.dropout) for layer in model.recurrent] == VARIANTS[name]
    assert not any(layer.bidirectional or layer.recurrent_dropout for layer in model.recurrent)
    assert (model.pooling, model.dense, model.dropout) == ("last", (), 0.0)
    assert (training.optimizer.name, training.optimizer.learning_rate) == ("rmsprop", 1e-4)
    assert (training.loss, training.batch_size, training.epochs) == ("binary_crossentropy", 64, 100)
    assert training.early_stopping.monitor == "val_loss"
    assert training.early_stopping.patience == 3
    assert training.early_stopping.restore_best_weights


@pytest.mark.parametrize(
    ("name", "expected"), [("gruu", "Did you mean 'gru'?"), ("../secret", "The names: "), ("", "The names: ")]
)
def test_a_name_that_is_none_is_refused_with_the_nearest(name, expected):
    with pytest.raises(ConfigError, match=re.escape(expected)) as caught:
        find_named_config(name)
    assert "stacked-lstm" in str(caught.value)


def test_tutorial_a_writes_out_every_argument_of_its_layer():
    config = load_config(find_named_config("tutorials/a-lstm64"))
    data, training = config.data, config.training
    (layer,) = config.model.recurrent
    assert {
        "activation",
        "recurrent_activation",
        "use_bias",
        "dropout",
        "return_sequences",
    } <= layer.model_fields_set
    assert (layer.cell, layer.units, layer.dropout) == ("lstm", 64, 0.0)
    assert (data.num_words, data.maxlen, data.truncating, data.validation_split) == (10_000, 20, "pre", 0.2)
    assert config.model.embedding.output_dim == 64
    assert (training.optimizer.name, training.loss) == ("adam", "binary_crossentropy")
    assert (training.batch_size, training.epochs, training.early_stopping) == (64, 10, None)


def test_tutorial_b_builds_its_layers_from_a_list_of_sizes_with_dropout_behind_each():
    config = load_config(find_named_config("tutorials/b-lstm128-64"))
    assert [(layer.cell, layer.units) for layer in config.model.recurrent] == [("lstm", 128), ("lstm", 64)]
    assert all(layer.output_dropout > 0 for layer in config.model.recurrent)
    assert config.data.test_split > 0
    assert config.data.validation_split > 0
    training = config.training
    assert (training.optimizer.name, training.loss, training.epochs) == ("adadelta", "mean_squared_error", 50)


@pytest.mark.parametrize("name", VARIANTS)
def test_tutorial_cs_models_are_the_four_variants_on_all_reviews(name):
    variant, published = (load_config(find_named_config(path)) for path in (name, f"tutorials/c-{name}"))
    assert published.data.test_split == 0
    assert published.data.model_copy(update={"test_split": variant.data.test_split}) == variant.data
    assert (published.model, published.training) == (variant.model, variant.training)


@pytest.mark.parametrize(
    ("name", "units"), [("a-simple-rnn", [64]), ("b-simple-rnn", [128, 64]), ("c-simple-rnn", [8])]
)
def test_the_plain_cell_stands_beside_each_tutorial_with_all_else_alike(name, units):
    plain = load_config(find_named_config(f"tutorials/{name}"))
    assert [(layer.cell, layer.units) for layer in plain.model.recurrent] == [
        ("simple_rnn", size) for size in units
    ]
    beside = {"a": "a-lstm64", "b": "b-lstm128-64", "c": "c-lstm"}[name[0]]
    gated = load_config(find_named_config(f"tutorials/{beside}"))
    assert (plain.data, plain.training, plain.model.embedding) == (
        gated.data,
        gated.training,
        gated.model.embedding,
    )
