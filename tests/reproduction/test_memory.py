"""How far back a model remembers is measured, not assumed."""

from __future__ import annotations

import numpy as np
import pytest
from model_files import save

from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.shapes import ModelSizes
from reproduction.memory import compute_reach


def test_the_reach_is_the_number_of_last_tokens_that_carry_the_share():
    influence = np.array([0.05, 0.05, 0.2, 0.7])
    assert compute_reach(influence, share=0.7) == 1
    assert compute_reach(influence, share=0.89) == 2
    assert compute_reach(influence, share=1.0) == 4


def test_even_influence_reaches_nine_tenths_of_the_way():
    assert compute_reach(np.full(100, 0.01)) in {90, 91}  # the sum of hundredths is not exact


@pytest.mark.usefixtures("keras_started")
def test_the_influence_is_that_of_finite_differences(tmp_path, reviews_csv, tiny_config):
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.models.builder import build_model
    from reproduction.memory import measure_influence

    config = tiny_config(reviews_csv, "data.maxlen=6")
    dataset = load_dataset(config.data)
    model = build_model(config.model, sizes=ModelSizes(60), maxlen=6)
    path = tmp_path / "model.h5"
    save(path, config, vocabulary=dataset.encoder.vocabulary, model=model)
    influence = measure_influence(path)
    assert influence.shape == (6,)
    assert influence.sum() == pytest.approx(1)

    tokens = dataset.validation.tokens[dataset.validation.truncated]
    embedded = np.asarray(model.layers[0](tokens), dtype=np.float32)

    def compute_log_odds(values):
        for layer in model.layers[1:]:
            values = layer(values)
        probabilities = np.asarray(values, dtype=np.float64)[:, 0]
        return np.log(probabilities / (1 - probabilities))

    lengths = np.zeros((len(tokens), 6))
    for step in range(6):
        for unit in range(embedded.shape[2]):
            shift = np.zeros_like(embedded)
            shift[:, step, unit] = 1e-2
            slope = (compute_log_odds(embedded + shift) - compute_log_odds(embedded - shift)) / 2e-2
            lengths[:, step] += slope**2
    expected = np.sqrt(lengths).mean(axis=0)
    np.testing.assert_allclose(influence, expected / expected.sum(), rtol=1e-2)


def test_a_file_of_plain_keras_is_refused(foreign_path):
    from reproduction.memory import measure_influence

    with pytest.raises(ModelFileError, match="not a model of lstm-train"):
        measure_influence(foreign_path)
