"""Text files from anywhere: read whole, UTF-8, with errors that name the line."""

from __future__ import annotations

from pathlib import Path

from lstm_cli.errors import DataError


def read_bytes(path: Path) -> bytes:
    """Return the content of the file at `path`.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}. Check the path.") from error
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error


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
