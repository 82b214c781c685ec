"""matplotlib, imported without its noise and whether or not it finds a place for its cache."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def start_matplotlib() -> None:
    """Import matplotlib; whoever draws, or imports what draws, calls this first.

    It wants a folder of its own in the user's home, and takes a temporary one, with much complaint, where it
    cannot write there. Where there is no temporary one either, importing it fails: then it goes without, and looks
    for the fonts anew each time.
    """
    with quiet_matplotlib(), _pass_over_backend():
        try:
            import matplotlib as mpl
        except (OSError, RuntimeError, UnicodeDecodeError):  # no home, and a matplotlibrc that is no text
            _import_with_own_settings()
            import matplotlib as mpl
        try:
            mpl.get_cachedir()
        except (OSError, RuntimeError):
            mpl.get_cachedir = mpl.get_configdir = lambda: os.devnull  # where nothing can be read or written
        import matplotlib.font_manager  # noqa: F401 - lists the fonts, and keeps the list where it can


@contextmanager
def quiet_matplotlib() -> Iterator[None]:
    """Keep matplotlib's advice (on its cache, on fonts that a user's own settings name) from the user's eyes."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _pass_over_backend() -> Iterator[None]:
    """Import matplotlib whatever backend is asked for: where a notebook starts a command, it may not exist here.

    None is needed to write files. A program of which we are a part keeps the one that it has asked for.
    """
    theirs = os.environ.get("MPLBACKEND")
    if theirs is None or "matplotlib" in sys.modules:
        yield
        return
    os.environ["MPLBACKEND"] = "agg"
    try:
        yield
    finally:
        os.environ["MPLBACKEND"] = theirs
    import matplotlib as mpl

    with suppress(ValueError):
        mpl.rcParams["backend"] = theirs


def _import_with_own_settings() -> None:
    """Import matplotlib with the settings that lie beside it, so that it need not look for the user's.

    Raises:
        ImportError: it is not installed.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        del sys.modules[name]  # half imported
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ImportError("matplotlib is not installed")
    theirs = os.environ.get("MATPLOTLIBRC")
    os.environ["MATPLOTLIBRC"] = str(Path(spec.origin).parent / "mpl-data" / "matplotlibrc")
    try:
        import matplotlib as mpl  # noqa: F401 - for its effect
    finally:
        del os.environ["MATPLOTLIBRC"]
        if theirs is not None:
            os.environ["MATPLOTLIBRC"] = theirs
