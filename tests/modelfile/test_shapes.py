"""Weights are counted without building anything, and as Keras counts them."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import model_configs

from lstm_cli.classes import SENTIMENT
from lstm_cli.config import check_config
from lstm_cli.errors import OutputError
from lstm_cli.modelfile import shapes
from lstm_cli.modelfile.shapes import (
    ModelSizes,
    ParameterCounts,
    check_size,
    count_parameters,
    iter_layer_shapes,
    list_weight_shapes,
)


@pytest.mark.usefixtures("keras_started")
@given(model_configs(skips=True), st.integers(4, 9), st.sampled_from([1, 3]), st.integers(0, 3))
@settings(max_examples=25)
def test_shapes_and_counts_are_those_of_the_keras_model(config, num_words, outputs, channels):
    from lstm_cli.models.builder import build_model

    sizes = ModelSizes(num_words, outputs=outputs, channels=channels)
    model = build_model(config, maxlen=2, sizes=sizes)
    built = [weight.shape for weight in model.get_weights()]
    assert list_weight_shapes(config, sizes=sizes) == built
    counts = count_parameters(config, sizes=sizes)
    for found, variables in (
        (counts.trainable, model.trainable_variables),
        (counts.non_trainable, model.non_trainable_variables),
    ):
        assert found == sum(math.prod(variable.shape) for variable in variables if "seed" not in variable.path)
    layers = {layer.name: [weight.shape for weight in layer.get_weights()] for layer in model.layers}
    expected = {name: shapes for name, shapes in layers.items() if shapes and not name.endswith("dropout")}
    assert dict(iter_layer_shapes(config, sizes=sizes)) == expected


@pytest.mark.parametrize(
    ("recurrent", "expected"),
    [
        ([{"cell": "lstm", "units": 8}], 500 * 16 + 4 * 8 * (16 + 8 + 1) + 8 + 1),
        ([{"cell": "gru", "units": 8}], 500 * 16 + 3 * 8 * (16 + 8 + 2) + 8 + 1),
        ([{"cell": "simple_rnn", "units": 8}], 500 * 16 + 8 * (16 + 8 + 1) + 8 + 1),
        (
            [{"cell": "lstm", "units": 8, "dropout": 0.3}] * 2,
            500 * 16 + 4 * 8 * (16 + 8 + 1) + 4 * 8 * (8 + 8 + 1) + 8 + 1,
        ),
    ],
)
def test_the_variants_have_as_many_parameters_as_the_formula_says(recurrent, expected):
    config = check_config({"model": {"recurrent": recurrent}}, source="test").model
    assert count_parameters(config, sizes=ModelSizes(500)) == ParameterCounts(expected, 0)


@pytest.mark.parametrize("ensemble", [None, 3])
def test_a_model_is_as_large_as_a_file_holds_and_no_larger(ensemble, monkeypatch):
    """In bytes, half of a file's at most; what does not learn is kept too, and every member of an ensemble."""
    settings = {
        "data": {"num_words": 500},
        "model": {"embedding": {"trainable": False}, "recurrent": [{"cell": "gru", "units": 8}]},
        "training": {"ensemble": ensemble},
    }
    config = check_config(settings, source="test")
    parameters = (ensemble or 1) * (500 * 16 + 3 * 8 * (16 + 8 + 2) + 8 + 1)
    monkeypatch.setattr(shapes, "LARGEST_FILE", 8 * parameters)
    check_size(config, classes=SENTIMENT)
    monkeypatch.setattr(shapes, "LARGEST_FILE", 8 * parameters - 2)
    with pytest.raises(OutputError, match=rf"^Cannot keep a model of {parameters:,} parameters"):
        check_size(config, classes=SENTIMENT)


def test_counting_needs_neither_keras_nor_memory():
    """A model of 17 thousand million parameters, in a process that never imports Keras."""
    program = (
        "import sys\n"
        "from lstm_cli.config import check_config\n"
        "from lstm_cli.modelfile.shapes import ModelSizes, count_parameters\n"
        "settings = {'model': {'recurrent': [{'cell': 'lstm', 'units': 16384}] * 8}}\n"
        "model = check_config(settings, source='x').model\n"
        "print(count_parameters(model, sizes=ModelSizes(500)).trainable)\n"
        "print('keras' in sys.modules, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    count, modules = done.stdout.splitlines()
    first, others = 4 * 16384 * (16 + 16384 + 1), 4 * 16384 * (16384 + 16384 + 1)
    assert int(count) == 500 * 16 + first + 7 * others + 16384 + 1
    assert modules == "False False"
