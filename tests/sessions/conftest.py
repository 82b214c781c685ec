"""What the tests of sessions share: one whose facts are kept."""

from __future__ import annotations

from collections.abc import Callable

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
