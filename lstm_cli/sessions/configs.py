"""The configuration of a new training: a file's, with the changes that the caller asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstm_cli.config import Config, load_config
from lstm_cli.data.moved import find_kept
from lstm_cli.data.sources import locate_dataset


def load_effective_config(path: Path, *, overrides: Sequence[str]) -> Config:
    """Return a configuration whose reviews are named by where they lie, so that the run can be repeated.

    Args:
        path: a named configuration's file, or any; a run's own may lie in a folder that was moved.
        overrides: as for `load_config`.

    Raises:
        ConfigError: the file cannot be read, or there are problems in it.
        DataError: no file can be of the path that names the reviews.
    """
    config = load_config(path, overrides=overrides)
    kept = find_kept(config.data, folder=path.parent)
    return locate_dataset(config.model_copy(update={"data": kept}))
