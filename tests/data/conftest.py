"""What the tests of the data rooms share: a small file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest


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


@pytest.fixture(autouse=True)
def _empty_caches(cache_home: Path) -> None:
    """What reads reviews is seen reading them: no test finds what another has left."""
