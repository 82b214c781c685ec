"""What the tests of the data rooms share: caches out of the way, a small file, the real reviews."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import settings

from lstm_cli.data.review import Corpus
from lstm_cli.data.sources import load_corpus

# How long an example takes is the machine's business; the first one may import Keras.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in the place of the user's caches, Keras' among them."""
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    return home


@pytest.fixture(scope="session")
def imdb() -> Corpus:
    """The 25,000 real reviews."""
    return load_corpus("imdb")


@pytest.fixture
def small_csv(tmp_path: Path) -> Path:
    """40 short reviews with labels in turn."""
    path = tmp_path / "small.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(40):
            feeling = ("bad", "good")[number % 2]
            writer.writerow(
                [f"A {feeling} film, number {number}, with {'very ' * number} long scenes", number % 2]
            )
    return path
