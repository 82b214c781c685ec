"""Tiny real runs: each trained once, by the settings that it is asked for with."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.comparison.judging import Judgement
from lstm_cli.comparison.rows import FIGURE_NAMES, Figures, JudgedRun
from lstm_cli.comparison.runs import Run, load_run
from lstm_cli.config import load_config
from lstm_cli.history import History
from lstm_cli.training.run_folder import RunRecord


@pytest.fixture(scope="session")
def run_path(
    keras_started,  # noqa: ARG001 - quietly, before the imports below
    reviews_csv,
    tiny_config_file,
    tmp_path_factory,
) -> Callable[..., Path]:
    """A function: settings as after `--set` → the folder of a run with them, not to be changed."""
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.training.inputs import TrainingInputs
    from lstm_cli.training.run_folder import create_run_folder
    from lstm_cli.training.trainer import train_model

    home = tmp_path_factory.mktemp("tiny-runs")
    trained: dict[tuple[str, ...], Path] = {}

    def train(*settings: str) -> Path:
        if settings not in trained:
            config = load_config(tiny_config_file, overrides=[f"data.dataset={reviews_csv}", *settings])
            folder = create_run_folder(home / f"run-{len(trained)}", model=config.name, force=False)
            train_model(TrainingInputs(config, load_dataset(config.data)), folder=folder, kernel="fast")
            trained[settings] = folder.path
        return trained[settings]

    return train


@pytest.fixture
def run(run_path) -> Callable[..., Run]:
    """A function: settings as after `--set` → the run with them, loaded."""
    return lambda *settings: load_run(run_path(*settings))


@pytest.fixture
def run_copy(run_path, tmp_path) -> Callable[..., Path]:
    """A function: a name, and settings as after `--set` → a run's folder of that name, to be changed."""
    return lambda name, *settings: Path(shutil.copytree(run_path(*settings), tmp_path / name))


@pytest.fixture(scope="session")
def draft_run(tiny_config_file) -> Callable[..., Run]:
    """A function: settings as after `--set`, figures and more of its record → a run that nobody trained."""

    def draft(*settings: str, figures: dict[str, list[float]] | None = None, path: str = "run", **known) -> Run:
        config = load_config(tiny_config_file, overrides=settings)
        facts = {
            "dataset": "reviews.csv", "fingerprint": "ab" * 32, "parameters": 99, "kernel": "fast",
            "device": "CPU", "reviews": {"train": 6, "validation": 2, "test": 4}, "versions": {},
            "finished": True,
        }  # fmt: skip
        record = RunRecord(model=config.name, seed=config.training.seed, fold=config.data.fold, **(facts | known))
        return Run(Path(path), config, record, History(figures or {}))

    return draft


@pytest.fixture(scope="session")
def draft_judged(draft_run) -> Callable[..., JudgedRun]:
    """A function: which reviews of a test part are told right (`+-+`), settings, figures → a judged run."""

    def draft(right: str, *settings: str, path: str = "run", finished: bool = True, **figures: float) -> JudgedRun:
        labels = np.arange(len(right), dtype=np.int32) % 2
        is_wrong = np.array([sign == "-" for sign in right], np.bool_)
        judgement = Judgement("test", labels, np.where(is_wrong, 1 - labels, labels)) if right else None
        all_figures = Figures(**(dict.fromkeys(FIGURE_NAMES, math.nan) | figures))
        return JudgedRun(draft_run(*settings, path=path, finished=finished), all_figures, judgement)

    return draft
