"""The estimate of a training grows with what is computed, and leaves out the padding that no step reads."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lstm_cli.classes import SENTIMENT
from lstm_cli.config import check_config
from lstm_cli.training.cost import estimate_seconds


def estimate(*, cores=1, data=None, layer=None, **training):
    settings = {
        "data": {"maxlen": 8, **(data or {})},
        "model": {"embedding": {"output_dim": 6}, "recurrent": [{"cell": "lstm", "units": 4, **(layer or {})}]},
        "training": training,
    }
    tokens = np.triu(np.ones((8, 8), np.int32))[np.arange(5_000) % 8]  # 4.5 tokens a row
    dataset = SimpleNamespace(train=SimpleNamespace(tokens=tokens), classes=SENTIMENT)
    return estimate_seconds(check_config(settings, source="test"), dataset, cores=cores)


def test_it_is_three_passes_of_the_recurrence_over_every_token():
    numbers = (6 + 4) * 4 * 4
    assert estimate(epochs=2) == pytest.approx(3 * numbers * 5_000 * 8 * 2 / 1.2e10)


@pytest.mark.parametrize(
    ("change", "factor"),
    [
        ({"cores": 2}, 1 / 2),
        ({"epochs": 6}, 3),
        ({"layer": {"bidirectional": True}}, 2),
        ({"layer": {"use_bias": False}}, 1),
        ({"data": {"ngrams": {}}}, (16 + 4) / (6 + 4)),
        ({"maxlen": 4}, 1 / 2),
        ({"maxlen": 16}, 1),
        ({"batch_by_length": True}, 4.5 / 8),
        ({"batch_by_length": True, "maxlen": 2}, (1 + 7 * 2) / 8 / 8),
    ],
)
def test_what_changes_the_work_changes_the_estimate(change, factor):
    assert estimate(**({"epochs": 2} | change)) == pytest.approx(factor * estimate(epochs=2))
