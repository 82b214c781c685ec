"""Where numba keeps compiled kernels, and what tells those of these sources; known before numba is imported."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from lstm_cli.user_folders import find_cache_folder, is_writable

_SOURCES = Path(__file__).parent


def find_kernel_folder() -> Path | None:
    """Return a folder that says where numba keeps compiled kernels; None where it can keep none.

    numba's own order: what the user names, the package's `__pycache__`, the user's cache folder.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    folders = [Path(given)] if given else []
    folders += [_SOURCES / "__pycache__", find_cache_folder()]
    return next((folder for folder in folders if is_writable(folder)), None)


@cache
def take_fingerprint() -> str:
    """Return a hash of all files of this room: what is compiled from one may lie in any other."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_SOURCES.glob("*.py")))).hexdigest()
