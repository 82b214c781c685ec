"""What the tests of sweeps share: a small one, from a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from lstm_cli.sweep.definition import Sweep, load_sweep

SPACE = {
    "training.optimizer.learning_rate": {"low": 1e-3, "high": 1e-1, "log": True},
    "model.recurrent[0].units": [2, 4, 8],
}


@pytest.fixture
def build_sweep(tmp_path) -> Callable[..., Sweep]:
    """A function: keys of a sweep's file → the checked sweep; by default two settings of the GRU."""

    def build(**keys) -> Sweep:
        path = tmp_path / "tiny.yaml"
        path.write_text(
            yaml.safe_dump({"base": "gru", "search_space": SPACE} | keys, sort_keys=False), encoding="utf-8"
        )
        return load_sweep(path)

    return build
