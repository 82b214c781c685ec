"""What the tests of segmenters share: one that has learnt, what it is handed, and what its extra installs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lstm_cli.text.tokenizers import learn_tokenizer
from lstm_cli.text.tokenizers.segmenters import Segmenter


def _is_here(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


@pytest.fixture(scope="session")
def learn() -> Callable[[type[Segmenter]], Segmenter]:
    """A function: a kind of segmenter → one of it; the test is skipped where its packages are missing."""

    @cache
    def learn_it(kind: type[Segmenter]) -> Segmenter:
        if not all(map(_is_here, kind.packages)):
            pytest.skip(f"the extra {kind.extra} is not installed")
        tokenizer = learn_tokenizer(kind.name, (), language="und", num_words=100)
        assert isinstance(tokenizer, kind)
        return tokenizer

    return learn_it


@pytest.fixture(scope="session")
def hand_over() -> Callable[[type[Segmenter], str], list[str]]:
    """A function: a kind of segmenter, a text → its tokens, each run that packages would get in brackets."""

    def split(kind: type[Segmenter], text: str) -> list[str]:
        whole = type("Whole", (kind,), {"segment": lambda _, run: [f"[{run}]"]})
        return whole("und", {}).split(text)

    return split


@pytest.fixture(scope="session")
def list_extra() -> Callable[[str], list[str]]:
    """A function: an extra → the packages that it installs, by their names."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return lambda extra: [Requirement(line).name for line in project["optional-dependencies"][extra]]
