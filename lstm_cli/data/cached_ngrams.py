"""What a cached data set holds of n-grams, behind all else: their tables, and what these say of each split.

In the file stand the arrays of the tables, the logits of each split, and the channels of each split, which may
stay there. How many these are follows from the tables and from the tokens.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.text.ngrams.tables import LARGEST_VALUE, NgramTables, parse_ngram_tables

_IN_MEMORY = 2**26  # bytes of channels that wait there for their turn
_READ_AT_ONCE = 2**20
_SIGN = np.uint16(0x8000)
_LARGEST_BITS = np.float16(LARGEST_VALUE).view(np.uint16)


@dataclass(frozen=True, eq=False)
class ToldSplits:
    """What a cache file holds of n-grams.

    Attributes:
        tables: of the data set's encoder.
        logits: of each split, as `EncodedTexts` has them.
        channels: likewise.
    """

    tables: NgramTables
    logits: Sequence[NDArray[np.float32]]
    channels: Sequence[NDArray[np.float16]]


class ToldWriter:
    """Takes what is told of texts as they come, and writes it behind everything else.

    Args:
        tables: which say it.
        waiting: an empty file for the channels, which are many.
    """

    def __init__(self, tables: NgramTables, waiting: IO[bytes]) -> None:
        self._tables = tables
        self._waiting = waiting
        self._logits: list[NDArray[np.float32]] = []

    def add(self, block: EncodedTexts) -> None:
        """Take the next texts."""
        if block.channels is not None and block.logits is not None:
            self._waiting.write(block.channels.astype("<f2").tobytes())
            self._logits.append(block.logits)

    def write(self, write: Callable[[bytes], None]) -> None:
        """Write all of it."""
        write(self._tables.dump())
        for logits in self._logits:
            write(logits.astype("<f4").tobytes())
        self._waiting.seek(0)
        while block := self._waiting.read(_READ_AT_ONCE):
            write(block)


@contextmanager
def open_told_writer(tables: NgramTables, *, folder: Path) -> Iterator[ToldWriter]:
    """Open a writer whose file, where it needs one, lies in a folder without a name."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder) if folder.is_dir() else None) as waiting:
        yield ToldWriter(tables, waiting)


def read_told(
    file: BinaryIO, description: Mapping[str, Any], *, tokens: Sequence[NDArray[np.int32]], is_mapped: bool
) -> ToldSplits:
    """Read what `ToldWriter` wrote, from where the file stands.

    Args:
        file: whose checksum is right.
        description: what `NgramTables.describe` gave.
        tokens: `int32[n, maxlen]` of each split.
        is_mapped: leave the channels in the file.

    Raises:
        ModelFileError: the tables are impossible.
        ValueError: a number is, or some are missing or too many.
    """
    outputs = len(description["intercepts"])
    data = _read(file, "|u1", sum(description["counts"]) * (8 + 4 * outputs))
    tables = parse_ngram_tables(description, data.tobytes())
    logits = [_read(file, "<f4", len(rows) * outputs).reshape(-1, outputs) for rows in tokens]
    if not all(np.isfinite(split).all() for split in logits):
        raise ValueError("a logit is impossible")
    told = [sum(_iter_counts(rows)) for rows in tokens]
    channels = [_read_channels(file, (count, tables.width), is_mapped=is_mapped) for count in told]
    if file.read(1):
        raise ValueError("there are more channels than tokens")
    return ToldSplits(tables, logits, channels)


def _iter_counts(tokens: NDArray[np.int32]) -> Iterable[int]:
    """Yield how many tokens are no padding, for some rows at a time."""
    return (int(np.count_nonzero(tokens[row : row + 4096])) for row in range(0, len(tokens), 4096))


def _read(file: BinaryIO, dtype: str, count: int) -> NDArray[Any]:
    kind = np.dtype(dtype)
    size = count * kind.itemsize
    begin = file.tell()
    left = file.seek(0, os.SEEK_END) - begin
    file.seek(begin)
    if not 0 <= size <= left:  # else room would be made for it, however large it is
        raise ValueError("an array is longer than the file")
    return np.frombuffer(file.read(size), kind).astype(kind.newbyteorder("="))


def _read_channels(file: BinaryIO, shape: tuple[int, int], *, is_mapped: bool) -> NDArray[np.float16]:
    begin, count = file.tell(), shape[0] * shape[1]
    array = np.empty(0 if is_mapped else count, np.float16)
    for first in range(0, count, _READ_AT_ONCE):
        block = _read(file, "<f2", min(_READ_AT_ONCE, count - first))
        # By their bits, in a tenth of the time: those of a larger number are larger, and of NaN the largest.
        if ((block.view(np.uint16) & ~_SIGN) > _LARGEST_BITS).any():
            raise ValueError("a channel is impossible")
        if not is_mapped:
            array[first : first + len(block)] = block
    if not is_mapped or not count:
        return array.reshape(shape)
    end = file.tell()
    mapped = np.memmap(file, "<f2", "r", offset=begin, shape=shape)
    file.seek(end)  # mapping has moved it
    return mapped
