"""Text files from anywhere: UTF-8, whole or line by line, with errors that name the line."""

from __future__ import annotations

import codecs
import hashlib
import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lstm_cli.errors import DataError

LARGEST_FILE = 4 * 2**30
"""Bytes of a file that is read whole; past this the memory of most machines would not hold it."""

LONGEST_LINE = 2**27
"""Characters of a line: a review of the largest size fits, even with every character as JSON's escapes."""

_READ_AT_ONCE = 2**18


def read_bytes(path: Path) -> bytes:
    """Return the content of the file at `path`.

    Raises:
        DataError: there is no such file, it cannot be read, or it is larger than `LARGEST_FILE`.
    """
    check_size(path)
    with _open_bytes(path) as file:
        return file.read()


def check_size(path: Path) -> None:
    """Raise an error unless the file at `path` may be read whole.

    Raises:
        DataError: as `read_bytes`.
    """
    with _open_bytes(path) as file:
        size = file.seek(0, io.SEEK_END)
    if size > LARGEST_FILE:
        raise DataError(f"{path}: expected at most {LARGEST_FILE:,} bytes, got {size:,}. Split the file.")


def compute_sha256(path: Path) -> str:
    """Return the SHA-256 (hexadecimal) of a file of any size.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    with _open_bytes(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed asks for more


def iter_lines(path: Path, *, newline: str | None, content: hashlib._Hash) -> Iterator[str]:
    """Yield the lines of a file of any size with their ends; a byte order mark is left out.

    Args:
        path: UTF-8 text with or without a byte order mark.
        newline: what ends a line, as `open` takes it.
        content: is updated with the file's bytes, all of them once the last line has come.

    Raises:
        DataError: there is no such file, it cannot be read, its bytes are no UTF-8, a NUL stands among them (a
            binary file), or a line is longer than `LONGEST_LINE`.
    """
    with _open_bytes(path) as file:
        checked = io.BufferedReader(_CheckedFile(file, path, content), _READ_AT_ONCE)
        lines = io.TextIOWrapper(checked, encoding="utf-8-sig", newline=newline)
        number = 1
        while line := lines.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise DataError(f"{path}, line {number}: expected at most {LONGEST_LINE:,} characters.")
            yield line
            number += 1


def decode_text(data: bytes, *, path: Path) -> str:
    """Return `data` as text; a byte order mark is left out.

    Args:
        data: the content of the file at `path`, UTF-8 with or without a byte order mark.
        path: for the error's message.

    Raises:
        DataError: the bytes are no UTF-8, or a NUL stands among them (a binary file).
    """
    checked = _CheckedFile(io.BytesIO(data), path, hashlib.sha256())
    checked.check(data)
    checked.check(b"")
    return data.decode("utf-8-sig")


class _CheckedFile(io.RawIOBase):
    """A file whose bytes are checked and hashed as they pass, so that an error can name its line.

    Args:
        file: is read to its end.
        path: for the errors' messages.
        content: is updated with the bytes.
    """

    def __init__(self, file: BinaryIO, path: Path, content: hashlib._Hash) -> None:
        self._file = file
        self._path = path
        self._content = content
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._line = 1

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - Python 3.11 has no name for a buffer
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._content.update(data)
        self.check(data)
        return len(data)

    def check(self, data: bytes) -> None:
        """Raise an error unless the file goes on with text; nothing at all is its end."""
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            line = self._line + error.object.count(b"\n", 0, error.start)
            raise DataError(
                f"{self._path}, line {line}: expected UTF-8 text, got the byte 0x{error.object[error.start]:02x}. "
                "Save the file as UTF-8."
            ) from error
        nul = data.find(b"\0")
        if nul >= 0:
            line = self._line + data.count(b"\n", 0, nul)
            raise DataError(f"{self._path}, line {line}: expected text, got a NUL byte. Is this a binary file?")
        self._line += data.count(b"\n")


@contextmanager
def _open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open an ordinary file; what goes wrong while it is open is explained too."""
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise DataError(f"{path} is no ordinary file: a pipe or a device has no end that can be waited for.")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}. Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL or half a character in the path
        raise DataError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error
