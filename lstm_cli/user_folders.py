"""The user's folders, which may be unknown, unwritable or another's: what only saves time does without them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

from lstm_cli.errors import OutputError

# In memory, on every Linux: what is left where the disk is read-only.
_LAST_TEMPORARY_FOLDER = "/dev/shm"  # noqa: S108 - only for folders that `tempfile` makes


def find_cache_folder() -> Path:
    """Return the folder of our caches, there or not; where the user's home is unknown, one that cannot be made."""
    try:
        folder = Path(platformdirs.user_cache_dir("lstm-cli"))
    except RuntimeError:  # no HOME, and no entry for the user
        folder = Path("~")
    return folder if folder.is_absolute() else Path(os.devnull, "lstm-cli")  # older platformdirs has `~/.cache`


def is_writable(folder: Path) -> bool:
    """Make a folder where it is missing, and return whether files can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def settle_temporary_folder() -> None:
    """See to it that there is a folder for temporary files: matplotlib, which Keras imports, insists on one.

    Raises:
        OutputError: there is none at all.
    """
    try:
        tempfile.gettempdir()
    except OSError as error:
        if not is_writable(Path(_LAST_TEMPORARY_FOLDER)):
            raise OutputError(
                "No folder for temporary files can be written. Name one that can with TMPDIR."
            ) from error
        tempfile.tempdir = _LAST_TEMPORARY_FOLDER
