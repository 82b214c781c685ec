"""What a program hands over, as the rest of the package takes it; what is none is told in a line."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.cli.command import Output
from lstm_cli.cli.reading import format_setting
from lstm_cli.config import show_value
from lstm_cli.data.given_rows import iter_given_rows, unwrap
from lstm_cli.data.standard_input import KEPT_NAME, write_rows
from lstm_cli.errors import ArgumentError, DataError
from lstm_cli.user_folders import settle_temporary_folder

Place = str | os.PathLike[str]
"""The name of a data set, or a path."""

Given = Place | Iterable[Place] | Iterable[tuple[str, object]] | object
"""Reviews: a data set's name or path, several of them, a data frame, or pairs of text and label."""


@dataclass(frozen=True)
class GivenData:
    """Reviews with a place.

    Attributes:
        datasets: their names and paths; none where nothing is given.
        kept: the file of those that had no place, which lasts as long as it is not moved away; None without any.
    """

    datasets: tuple[str, ...]
    kept: Path | None


@contextmanager
def give_place(data: Given | None) -> Iterator[GivenData]:
    """Write reviews that a program holds to a `data.jsonl`, for as long as the body runs.

    Raises:
        ArgumentError: they are none.
        DataError: the body's own, by the name of the argument instead of the file's.
        OutputError: the file cannot be written.
    """
    if data is None:
        yield GivenData((), None)
        return
    if isinstance(data, str | os.PathLike):
        yield GivenData((os.fspath(data),), None)
        return
    if isinstance(data, list | tuple) and data and all(isinstance(one, str | os.PathLike) for one in data):
        yield GivenData(tuple(os.fspath(one) for one in data), None)
        return
    settle_temporary_folder()
    with tempfile.TemporaryDirectory(prefix="lstm-cli-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / KEPT_NAME
        write_rows(path, iter_given_rows(data))
        try:
            yield GivenData((str(path),), path)
        except DataError as error:
            raise DataError(str(error).replace(str(path), "data")) from error


def build_output(verbose: int) -> Output:
    """Return where notices and progress go: to stderr, or nowhere where `verbose` is 0."""
    return Output(quiet=not verbose, verbose=False, json=False)


def list_settings(settings: Mapping[str, object] | None) -> list[str]:
    """Return settings by their paths in the form that --set takes.

    Raises:
        ArgumentError: they are no mapping of paths to values that YAML has.
    """
    if settings is None:
        return []
    if not isinstance(settings, Mapping) or not all(isinstance(path, str) for path in settings):
        raise ArgumentError(
            'settings: expected values by their paths, such as {"training.epochs": 2}, '
            f"got {show_value(settings)}."
        )
    return [_format(path, unwrap(value)) for path, value in settings.items()]


def _format(path: str, value: object) -> str:
    try:
        return format_setting(path, os.fspath(value) if isinstance(value, os.PathLike) else value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"settings: {path}: expected what YAML can hold, got {show_value(value)}.") from error


def read_path(value: object, *, name: str) -> Path:
    """Return an argument that names a file or a folder.

    Raises:
        ArgumentError: it does not.
    """
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise ArgumentError(f"{name}: expected a path, got {show_value(value)}.")
    return Path(value)


def check_threads(threads: int | None) -> None:
    """Raise an error unless an argument is a number of threads.

    Raises:
        ArgumentError: it is not.
    """
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ArgumentError(f"threads: expected 1 or more, or None for all cores, got {show_value(threads)}.")
