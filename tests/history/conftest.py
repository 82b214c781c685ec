"""What the tests of histories share: a file written, read with what is told of it, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_cli.errors import HistoryError
from lstm_cli.history import History, load_history


@pytest.fixture
def write(tmp_path) -> Callable[[str, str], Path]:
    """A function: a file's name and its text → the file."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def load() -> Callable[[Path], tuple[History, str]]:
    """A function: a file → its history, and what is told of it."""

    def load_file(path: Path) -> tuple[History, str]:
        told: list[str] = []
        history = load_history(path, report=told.append)
        assert all(path.name in notice and "\n" not in notice for notice in told)
        return history, " ".join(told)

    return load_file


@pytest.fixture
def reject() -> Callable[[Path], str]:
    """A function: a file → the message with which it is refused, held to two lines."""

    def reject_file(path: Path) -> str:
        with pytest.raises(HistoryError) as caught:
            load_history(path)
        message = str(caught.value)
        assert len(message.splitlines()) <= 2
        assert path.name in message
        return message

    return reject_file
