"""What the tests of Python's door share: reviews in memory, settings of a model of a few units, one run."""

from __future__ import annotations

import random

import pytest

_WORDS = ["good", "fine", "lovely", "bad", "dull", "awful", "film", "plot", "cast", "the", "a", "of", "and", "was"]


@pytest.fixture(scope="session")
def pairs() -> list[tuple[str, str]]:
    """178 short reviews and their moods: 128 to train, full batches alone."""
    rng = random.Random(0)  # noqa: S311 - no secret
    texts = [f"{' '.join(rng.choices(_WORDS, k=9))} n{number}" for number in range(178)]
    return [(text, ("down", "up")[number % 2]) for number, text in enumerate(texts)]


@pytest.fixture(scope="session")
def tiny() -> dict[str, object]:
    """Settings with which any model is trained in a moment."""
    return {
        "data.num_words": 60,
        "data.maxlen": 12,
        "model.embedding.output_dim": 3,
        "model.recurrent[0].units": 2,
        "training.early_stopping": None,
        "training.epochs": 3,
    }


@pytest.fixture(scope="session")
def run(keras_started, pairs, tiny, tmp_path_factory):  # noqa: ARG001 - Keras must have been started
    """A run that Python has made of reviews in memory; tests that change its folder take a copy."""
    import lstm_cli

    output = tmp_path_factory.mktemp("api") / "run"
    return lstm_cli.train(pairs, model="gru", output=output, settings=tiny, verbose=0)
