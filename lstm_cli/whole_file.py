"""Files that appear whole or not at all: written aside, flushed to disk, renamed."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lstm_cli.errors import OutputError


@contextmanager
def write_whole(path: Path, *, previous: Path | None = None) -> Iterator[Path]:
    """Yield a path beside `path` to write to; on success it takes `path`'s place, flushed to disk.

    Where the body fails, the file that stood at `path` before is untouched and nothing is left aside.

    Args:
        path: the file's.
        previous: where in the same folder the file that stood at `path` before goes; None to drop it.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    # The suffix stays last, because writers such as matplotlib choose the format by it.
    aside = path.with_name(f".{path.stem}-{secrets.token_hex(4)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        flush(aside)
        if previous is not None and path.exists():
            path.replace(previous)
        aside.replace(path)
        flush(path.parent)
    except OSError as error:
        reason = " ".join((error.strerror or str(error)).split())  # HDF5's are whole paragraphs
        raise OutputError(f"Cannot write {path}: {reason}. Free the disk or choose another place.") from error
    finally:
        with suppress(OSError):  # an unreachable disk has its own error already
            aside.unlink(missing_ok=True)


def is_aside(aside: Path, *, of: Path) -> bool:
    """Return whether a file is one that a writer of `of`, killed half way, left beside it."""
    pattern = rf"\.{re.escape(of.stem)}-[0-9a-f]{{8}}{re.escape(of.suffix)}"
    return aside.parent == of.parent and re.fullmatch(pattern, aside.name) is not None


def write_text_whole(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all."""
    with write_whole(path) as aside:
        aside.write_text(text, encoding="utf-8")


def flush(path: Path) -> None:
    """Ask the disk to keep a file or a folder's list of names."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
