"""Where numba keeps compiled kernels; known before numba is imported."""

from __future__ import annotations

import os
from pathlib import Path

from lstm_cli.user_folders import find_cache_folder, is_writable


def find_kernel_folder() -> Path | None:
    """Return a folder that says where numba keeps compiled kernels; None where it can keep none.

    numba's own order: what the user names, the package's `__pycache__`, the user's cache folder.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    folders = [Path(given)] if given else []
    folders += [Path(__file__).parent / "__pycache__", find_cache_folder()]
    return next((folder for folder in folders if is_writable(folder)), None)
