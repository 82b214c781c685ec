"""Text files from anywhere: of any size, packed or not, in whatever encoding, with errors that name the line."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from lstm_cli.data.charset import OF_SINGLE_BYTES, SAMPLE_SIZE, find_charset, find_marked, is_sound
from lstm_cli.data.packed_file import is_packed, open_content
from lstm_cli.errors import DataError

LARGEST_FILE = 4 * 2**30
"""Bytes of a file that is read whole; past this the memory of most machines would not hold it."""

LONGEST_LINE = 2**27
"""Characters of a line: a review of the largest size fits, even with every character as JSON's escapes."""

BEGINNING_SIZE = 100_000
"""Characters of a file's beginning by which is found how it is written."""

BROKEN = "\ufffd"
"""Stands for bytes that are none of a file's encoding."""

_READ_AT_ONCE = 2**18
_MOST_PIECES, _PIECE_SIZE = 16, 2**12  # of what is kept from all over a file
_FOREIGN = (
    (b"PK\x03\x04", "a workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of before Excel 2007, which must be saved as .xlsx"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a file packed by gzip"),
    (b"BZh", "a file packed by bzip2"),
    (b"\xfd7zXZ", "a file packed by xz"),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd, which must be unpacked"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
)
_MOST_CONTROLS = 8
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1e\x7f]")


@dataclass
class Walk:
    """How far the latest walk over a file has come.

    Attributes:
        read: bytes, unpacked.
    """

    read: int = 0


@dataclass(frozen=True)
class TextFile:
    """A text file that was walked over once, byte by byte, to see what it holds.

    Attributes:
        path: the file.
        sha256: of its content (hexadecimal), unpacked.
        encoding: of its text.
        errors: what becomes of bytes that are none of the encoding: `strict` where the user has named it.
        beginning: its first lines, whole ones, some `BEGINNING_SIZE` characters.
        is_whole: whether this is all.
        pieces: some lines from all over the file, cut at their ends.
        broken_line: the first with bytes that are none of the encoding; None where all are.
        size: of its content, in bytes.
        walk: the latest.
    """

    path: Path
    sha256: str
    encoding: str
    errors: Literal["strict", "replace"]
    beginning: str
    is_whole: bool
    pieces: tuple[str, ...]
    broken_line: int | None = None
    size: int = 0
    walk: Walk = field(default_factory=Walk, compare=False, repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether the first release could read it: UTF-8 without a fault, not packed."""
        return self.encoding == "utf-8" and self.broken_line is None and not is_packed(self.path)

    def iter_lines(self, *, newline: str | None) -> Iterator[str]:
        """Yield the lines with their ends; a byte order mark is left out.

        Args:
            newline: what ends a line, as `open` takes it.

        Raises:
            DataError: the file is not what it was, or a line is longer than `LONGEST_LINE`.
        """
        content = hashlib.sha256()
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with open_content(self.path) as file:
            self.walk.read = 0
            hashed = io.BufferedReader(_HashedFile(file, content, self.walk), _READ_AT_ONCE)
            lines = io.TextIOWrapper(hashed, encoding=encoding, errors=self.errors, newline=newline)
            number = 1
            try:
                while line := lines.readline(LONGEST_LINE + 1):
                    if len(line) > LONGEST_LINE:
                        raise DataError(
                            f"{self.path}, line {number}: expected at most {LONGEST_LINE:,} characters."
                        )
                    yield line
                    number += 1
            except UnicodeDecodeError as error:
                raise _explain_change(self.path) from error
        if content.hexdigest() != self.sha256:
            raise _explain_change(self.path)


def open_text(path: Path, *, encoding: str | None = None) -> TextFile:
    """Walk over a text file, and find what encoding it is in.

    Args:
        path: the file, packed or not.
        encoding: what the user says it is; by default it is found.

    Raises:
        DataError: there is no such file, it cannot be read or unpacked, it is no text, or none in the encoding
            that was named; the message names the line.
    """
    text = _scan_file(path, _Scan(path, encoding))
    if encoding is None and not text.encoding.startswith("utf-") and text.encoding not in OF_SINGLE_BYTES:
        # Known only at the end of the file: once more, to see where bytes are none of it.
        text = _scan_file(path, _Scan(path, None, found=text.encoding))
    return text


def read_bytes(path: Path) -> bytes:
    """Return the content of the file at `path`, unpacked.

    Raises:
        DataError: there is no such file, it cannot be read, or it is larger than `LARGEST_FILE`.
    """
    with open_content(path) as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise DataError(f"{path}: expected at most {LARGEST_FILE:,} bytes, got more. Split the file.")
    return data


def compute_sha256(path: Path) -> str:
    """Return the SHA-256 (hexadecimal) of what a file of any size holds, unpacked.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    content = hashlib.sha256()
    with open_content(path) as file:
        while block := file.read(_READ_AT_ONCE):
            content.update(block)
    return content.hexdigest()


def decode_text(data: bytes, *, path: Path, encoding: str | None = None) -> str:
    """Return `data` as text; a byte order mark is left out.

    Args:
        data: the content of the file at `path`.
        path: for the error's message.
        encoding: what the user says it is; by default it is found.

    Raises:
        DataError: the bytes are no text, or none in the encoding that was named.
    """
    scan = _Scan(path, encoding)
    for first in range(0, len(data), _READ_AT_ONCE):
        scan.add(data[first : first + _READ_AT_ONCE])
    text = scan.end()
    return data.decode("utf-8-sig" if text.encoding == "utf-8" else text.encoding, errors=text.errors)


def explain_no_encoding(path: Path) -> DataError:
    """Return the error of a file whose bytes are text in no encoding."""
    return DataError(
        f"{path}: expected text, got bytes that make sense in no encoding. Is this a binary file or a damaged "
        "one? If not, name its encoding with --encoding."
    )


class _Scan:
    """What is learnt of a file's bytes as they pass.

    Args:
        path: for the errors' messages.
        encoding: what the user says it is.
        found: what an earlier walk says it is.
    """

    def __init__(self, path: Path, encoding: str | None, *, found: str | None = None) -> None:
        self._path = path
        self._named = encoding
        self._encoding = encoding or found  # None until it is known: at the beginning, or at the end
        self._decoder = codecs.getincrementaldecoder(self._encoding or "utf-8")()
        self._broken_line: int | None = None
        self._content = hashlib.sha256()
        self._head = b""
        self._size = 0
        self._lines = 0
        self._blocks = 0
        self._stride = 1
        self._pieces: list[bytes] = []
        self._sample = bytearray()
        self._present = np.zeros(256, np.bool_)

    def add(self, block: bytes) -> None:
        """Take in the next bytes, `_READ_AT_ONCE` of them unless they are the last."""
        self._content.update(block)
        if not self._size:
            self._begin(block)
        self._keep_piece(block)
        wide = (self._encoding or "").startswith(("utf-16", "utf-32"))
        nul = -1 if wide else block.find(b"\0")
        if nul >= 0:
            line = self._lines + block.count(b"\n", 0, nul) + 1
            raise DataError(f"{self._path}, line {line}: expected text, got a NUL byte. Is this a binary file?")
        if wide or not block.isascii() or self._decoder.getstate()[0]:
            self._decode(block)
        self._lines += block.count(b"\n")
        self._size += len(block)

    def end(self) -> TextFile:
        """Return the file, all of which was taken in."""
        if self._size:
            self._decode(b"")
        encoding = self._encoding or ("utf-8" if self._broken_line is None else self._find_charset())
        errors: Literal["strict", "replace"] = "strict" if self._named else "replace"
        beginning = self._head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="ignore")
        is_whole = self._size <= len(self._head)
        if not is_whole:
            beginning = beginning[: beginning.rfind("\n") + 1] or beginning
        if len(beginning) > BEGINNING_SIZE:
            is_whole = False
            beginning = beginning[: beginning.rfind("\n", 0, BEGINNING_SIZE) + 1] or beginning[:BEGINNING_SIZE]
        pieces = tuple(_cut_lines(piece.decode(encoding, errors="ignore")) for piece in self._pieces[1:])
        sha256 = self._content.hexdigest()
        broken_line = self._broken_line if encoding == (self._encoding or "utf-8") else None
        return TextFile(self._path, sha256, encoding, errors, beginning, is_whole, pieces, broken_line, self._size)

    def _begin(self, block: bytes) -> None:
        self._head = block
        for start, what in _FOREIGN:
            if block.startswith(start):
                raise DataError(
                    f"{self._path}: expected text, got {what}. Give it the suffix of what it is, or save it as "
                    "CSV."
                )
        if self._encoding is None:
            self._encoding = find_marked(block)
            self._decoder = codecs.getincrementaldecoder(self._encoding or "utf-8")()
        is_wide = (self._encoding or "").startswith(("utf-16", "utf-32"))
        if not is_wide and len(_CONTROLS.findall(block)) > _MOST_CONTROLS + len(block) // 50:
            raise DataError(f"{self._path}: expected text, got what holds no words. Is this a binary file?")

    def _decode(self, block: bytes) -> None:
        """See whether the bytes are in the encoding."""
        if self._broken_line is None:
            try:
                self._decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line = self._lines + error.object.count(b"\n", 0, error.start) + 1
                if self._named:
                    raise DataError(
                        f"{self._path}, line {line}: expected {self._named} text, got the byte "
                        f"0x{error.object[error.start]:02x}. Leave --encoding out to have it found."
                    ) from error
                self._broken_line = line
                self._decoder.reset()
            except UnicodeError as error:  # by the name of which no order of bytes is told
                raise DataError(
                    f"{self._path}: expected {self._named} text, but its {error}. Name {self._named}-le or "
                    f"{self._named}-be, or leave --encoding out to have it found."
                ) from error
        if self._named or self._encoding:
            return
        if len(self._sample) < SAMPLE_SIZE:
            self._sample += b"\n".join([line for line in block.split(b"\n") if not line.isascii()] + [b""])
            del self._sample[SAMPLE_SIZE:]
        if self._broken_line is not None:
            self._present |= np.bincount(np.frombuffer(block, np.uint8), minlength=256) > 0

    def _find_charset(self) -> str:
        sample = bytes(self._sample)
        lines = sample.splitlines()
        # UTF-8 with a byte that is broken here and there stays UTF-8.
        if sum(map(is_sound, lines)) > 0.9 * len(lines):
            return "utf-8"
        encoding = find_charset(sample, present=frozenset(np.flatnonzero(self._present).tolist()))
        if encoding is None:
            raise explain_no_encoding(self._path)
        return encoding

    def _keep_piece(self, block: bytes) -> None:
        """Keep the beginnings of some blocks, evenly spread over what has passed."""
        if self._blocks % self._stride == 0:
            self._pieces.append(block[:_PIECE_SIZE])
            if len(self._pieces) > _MOST_PIECES:
                self._pieces = self._pieces[::2]
                self._stride *= 2
        self._blocks += 1


def _scan_file(path: Path, scan: _Scan) -> TextFile:
    with open_content(path) as file:
        while block := file.read(_READ_AT_ONCE):
            scan.add(block)
    return scan.end()


def _cut_lines(piece: str) -> str:
    """Return the whole lines of a piece that begins and ends anywhere."""
    return piece[piece.find("\n") + 1 : piece.rfind("\n") + 1]


def _explain_change(path: Path) -> DataError:
    return DataError(f"{path} changed while it was read. Wait until it is whole and try again.")


class _HashedFile(io.RawIOBase):
    """A file whose bytes are hashed as they pass.

    Args:
        file: is read to its end.
        content: is updated with the bytes.
        walk: is told of them.
    """

    def __init__(self, file: BinaryIO, content: hashlib._Hash, walk: Walk) -> None:
        self._file = file
        self._content = content
        self._walk = walk

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - Python 3.11 has no name for a buffer
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._content.update(data)
        self._walk.read += len(data)
        return len(data)
