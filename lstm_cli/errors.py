"""The errors a user can meet, each with the exit code that the commands promise.

A message is one or two lines: what was expected, what came, what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

_MOST_SIBLINGS = 1_000  # in a folder, among whose names the nearest is looked for


class LstmCliError(Exception):
    """A failure that is explained to the user in place of a traceback."""

    exit_code = 1


class ConfigError(LstmCliError):
    """A command line or a configuration that cannot be followed."""

    exit_code = 2


class ArgumentError(ConfigError, TypeError):
    """An argument that is none, of a function that was called from Python."""


class DataError(LstmCliError):
    """Reviews that are missing, unreadable or unusable."""

    exit_code = 3


class ModelFileError(LstmCliError):
    """A model file that is missing, damaged, foreign or not to be trusted."""

    exit_code = 4


class HistoryError(LstmCliError):
    """A training history that is missing or cannot be read."""

    exit_code = 4


class TrainingError(LstmCliError):
    """A training that cannot start or cannot go on."""


class DivergedError(TrainingError):
    """A training whose loss is no finite number any more."""


class OutputError(LstmCliError):
    """A file or folder that cannot be written."""


class ScoringError(LstmCliError):
    """A scoring of many reviews that cannot go on."""


class Interrupted(LstmCliError):  # noqa: N818 - the user's wish, no error, but it leaves by the same door
    """The user asked to stop; everything so far is kept.

    Args:
        message: how to go on.
        exit_code: 128 + the signal's number, as shells count: 130 for Ctrl-C, 143 for SIGTERM.
    """

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def suggest_nearest(name: str, valid: Iterable[str], *, likeness: float = 0.5) -> str:
    """Return `" Did you mean 'gru'?"` for the valid name nearest to `name` in any case, or an empty string.

    Args:
        name: none of them.
        valid: the names.
        likeness: how like it must be, from 0 to 1.
    """
    nearest = _find_nearest(name, valid, likeness=likeness)
    return f" Did you mean {nearest!r}?" if nearest else ""


def suggest_sibling(path: Path) -> str:
    """Return the same for what lies beside a path at which nothing lies, by its name without the suffix."""
    try:
        beside = list(islice(path.parent.iterdir(), _MOST_SIBLINGS))
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return ""
    by_stem = {one.stem: one for one in sorted(beside, key=lambda one: (one.suffix == path.suffix, one.name))}
    nearest = _find_nearest(path.stem, by_stem, likeness=0.75)
    return f" Did you mean {str(by_stem[nearest])!r}?" if nearest else ""


def _find_nearest(name: str, valid: Iterable[str], *, likeness: float) -> str | None:
    by_folded = {one.casefold(): one for one in valid}
    nearest = difflib.get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=likeness)
    return by_folded[nearest[0]] if nearest else None


def explain_failure(error: Exception) -> str:
    """Return what the system or Python says of a failure, without a number, and without a full stop of its own."""
    return str(getattr(error, "strerror", None) or error).rstrip(".")
