"""A file's content, whether it lies there plain or packed (.gz, .bz2, .xz, .zip), as a stream of bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lstm_cli.errors import DataError, explain_failure, suggest_sibling

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx", ".parquet")
"""Of files that hold reviews; each may be packed."""

PACKINGS = (".gz", ".bz2", ".xz", ".zip")
"""The suffixes behind a file's own."""

LARGEST_GROWTH = 2_000
"""Times its own size a packed file may unfold to; text packs to a tenth, a repeated row to a thousandth."""

SMALL = 2**28
"""Bytes up to which a packed file may unfold whatever its size."""

_READ_AT_ONCE = 2**20
_MOST_SHOWN = 3
_UNPACKERS: dict[str, Callable[[BinaryIO], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_DAMAGES = (gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError)


def find_suffix(path: Path) -> str:
    """Return a file's own suffix in lower case, without that of its packing: `.csv` of `reviews.CSV.gz`.

    A `.zip` has that of the one file in it.

    Raises:
        DataError: it is a `.zip` of more or less than one file, or cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with open_plain(path) as file, _explain_damage(path):
            return Path(_find_member(zipfile.ZipFile(file), path)).suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in PACKINGS else suffix


def is_packed(path: Path) -> bool:
    """Return whether a file's last suffix is that of a packing."""
    return path.suffix.lower() in PACKINGS


@contextmanager
def open_content(path: Path) -> Iterator[BinaryIO]:
    """Open what a file holds, unpacked while it is read.

    Raises:
        DataError: there is no such file, it cannot be read or unpacked, or it unfolds to more than
            `LARGEST_GROWTH` times its size. What goes wrong while it is open is explained too.
    """
    suffix = path.suffix.lower()
    with open_plain(path) as file:
        if suffix not in PACKINGS:
            yield file
            return
        with _explain_damage(path), ExitStack() as opened:
            if suffix == ".zip":
                archive = opened.enter_context(zipfile.ZipFile(file))
                content = opened.enter_context(_open_member(archive, path))
            else:
                content = opened.enter_context(_UNPACKERS[suffix](file))
            # Left first, so that nobody reads any more when the content is closed.
            thread = opened.enter_context(ThreadPoolExecutor(1, thread_name_prefix="unpack"))
            yield io.BufferedReader(_Unpacked(content, path, thread))


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """Open an ordinary file as it lies there; what goes wrong while it is open is explained too.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise DataError(f"{path} is no ordinary file: a pipe or a device has no end that can be waited for.")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}.{suggest_sibling(path) or ' Check the path.'}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL or half a character in the path
        raise DataError(f"Cannot read {path}: {explain_failure(error)}.") from error


@contextmanager
def _explain_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        raise DataError(
            f"{path} is no whole {path.suffix.lower()} file that can be unpacked ({error}). Fetch it again, or "
            "unpack it yourself and name what was in it."
        ) from error


def _open_member(archive: zipfile.ZipFile, path: Path) -> Any:  # noqa: ANN401 - its class is private
    try:
        return archive.open(_find_member(archive, path))
    except (NotImplementedError, RuntimeError) as error:  # a packing of another time; a password
        raise DataError(f"{path} cannot be unpacked here ({error}). Unpack it and name what was in it.") from error


def _find_member(archive: zipfile.ZipFile, path: Path) -> str:
    """Return the name of the one file of reviews in an archive; what a Mac leaves beside it does not count."""
    names = [
        item.filename
        for item in archive.infolist()
        if not item.is_dir()
        and not any(part == "__MACOSX" or part.startswith(".") for part in Path(item.filename).parts)
    ]
    names = [name for name in names if Path(name).suffix.lower() in SUFFIXES] or names
    if len(names) != 1:
        shown = ", ".join(names[:_MOST_SHOWN]) + (", …" if len(names) > _MOST_SHOWN else "")
        found = f"{len(names)} files ({shown})" if names else "none"
        raise DataError(f"{path}: expected one file of reviews in it, got {found}. Unpack it and name one.")
    return names[0]


class _Unpacked(io.RawIOBase):
    """What unpacks on a thread of its own, a block ahead, up to a bound: a small file can unfold to any size.

    Args:
        content: is read to its end.
        path: the packed file.
        thread: reads it.
    """

    def __init__(self, content: BinaryIO, path: Path, thread: ThreadPoolExecutor) -> None:
        self._content = content
        self._path = path
        self._thread = thread
        self._left = max(SMALL, LARGEST_GROWTH * path.stat().st_size)
        self._next: Future[bytes] = thread.submit(content.read, _READ_AT_ONCE)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - Python 3.11 has no name for a buffer
        if not self._rest:
            self._rest = memoryview(self._next.result())
            self._left -= len(self._rest)
            if self._left < 0:
                raise DataError(
                    f"{self._path} unfolds to more than {LARGEST_GROWTH:,} times its size: are there reviews in "
                    "it? If so, unpack it yourself and name what was in it."
                )
            if self._rest:
                self._next = self._thread.submit(self._content.read, _READ_AT_ONCE)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
