"""Text files from anywhere: read whole, UTF-8, with errors that name the line."""

from __future__ import annotations

import stat
from pathlib import Path

from lstm_cli.errors import DataError

LARGEST_FILE = 4 * 2**30
"""Bytes of a data file; it is read whole, and past this the memory of most machines would not hold it."""


def read_bytes(path: Path) -> bytes:
    """Return the content of the file at `path`.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise DataError(f"{path} is no ordinary file: a pipe or a device has no end that can be waited for.")
        if status.st_size > LARGEST_FILE:
            raise DataError(
                f"{path}: expected at most {LARGEST_FILE:,} bytes, got {status.st_size:,}. Split the file."
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}. Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL or half a character in the path
        raise DataError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error


def decode_text(data: bytes, *, path: Path) -> str:
    """Return `data` as text; a byte order mark is left out.

    Args:
        data: the content of the file at `path`, UTF-8 with or without a byte order mark.
        path: for the error's message.

    Raises:
        DataError: the bytes are no UTF-8, or a NUL stands among them (a binary file).
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}, line {line}: expected UTF-8 text, got the byte 0x{data[error.start]:02x}. "
            "Save the file as UTF-8."
        ) from error
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise DataError(f"{path}, line {line}: expected text, got a NUL byte. Is this a binary file?")
    return text
