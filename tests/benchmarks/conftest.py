"""A small case on real reviews, and its workload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import forked_python
import pytest

from benchmarks.cases import Case
from benchmarks.workload import prepare, save_case
from lstm_cli.config import check_config

_TWO_LAYERS = [{"cell": "lstm", "units": 3}, {"cell": "gru", "units": 2}]


@pytest.fixture
def forked_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let engines start soon; for tests that ask neither for their start nor their memory."""
    monkeypatch.setattr("subprocess.Popen", forked_python.Popen)


@pytest.fixture
def build_case(reviews_csv: Path) -> Callable[..., Case]:
    """A function: settings of the training → 130 reviews, which are two full batches and a short one."""

    def build(*, optimizer: str = "rmsprop", task: str = "train", **training: object) -> Case:
        settings = {
            "data": {"dataset": str(reviews_csv), "num_words": 60, "maxlen": 12},
            "model": {"embedding": {"output_dim": 4}, "recurrent": _TWO_LAYERS},
            "training": {"optimizer": {"name": optimizer, "learning_rate": 0.01}, "batch_size": 64, **training},
        }
        return Case(check_config(settings, source="test"), task, 130)

    return build


@pytest.fixture
def build_workload(
    build_case: Callable[..., Case],
    tmp_path: Path,
    keras_started: None,  # noqa: ARG001 - Keras must have been
) -> Callable[..., Path]:
    """A function: settings of a case → the folder of its workload."""

    def build(**settings: object) -> Path:
        folder = tmp_path / "workload"
        save_case(build_case(**settings), folder)
        prepare(folder)
        return folder

    return build
