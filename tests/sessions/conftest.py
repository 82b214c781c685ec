"""What the tests of sessions share: one whose facts are kept, and what is trained once for all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def open_session(
    keras_started,  # noqa: ARG001 - quietly, before the tests look at what is printed
) -> Callable[..., tuple[object, list]]:
    """A function: options of `Session` → the session and the list into which its facts come."""
    from lstm_cli.sessions.session import Session

    def open_it(**options):
        facts = []
        return Session(facts.append, **options), facts

    return open_it


@pytest.fixture
def config(tiny_config, reviews_csv):
    """A tiny training of three epochs that nothing ends before, with dropout."""
    return tiny_config(
        reviews_csv, "training.epochs=3", "training.early_stopping=null", "model.recurrent[0].dropout=0.3"
    )


@pytest.fixture(scope="session")
def _kept_trainings(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("kept-trainings")


@pytest.fixture
def train_once(_kept_trainings, tmp_path) -> Callable[..., Path]:
    """A function: a name, and how to train into a folder → a copy of what came of it the first time."""

    def copy(name: str, train: Callable[[Path], object]) -> Path:
        kept = _kept_trainings / name
        if not kept.exists():
            train(kept)
        return Path(shutil.copytree(kept, tmp_path / name))

    return copy
