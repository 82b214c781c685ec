"""What a model file holds, before anyone has judged it: its texts, and its arrays one by one."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from lstm_cli.bounded_json import parse_json
from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.seal import read_sealed_index

LARGEST_FILE = 2**30
"""Bytes of a model file; half of them hold 134 million parameters."""

_LARGEST_INDEX = 2**20
_MOST_ARRAYS = 2_010
_MOST_DIMENSIONS = 32  # HDF5's own bound
_DTYPES = ("|u1", "<f4", ">f4")
_CHILD = Path(__file__).with_name("child.py")
# The child ends itself after a second of work, however busy the machine. This is for where it cannot (Windows),
# and for what is no work, such as a disk that does not answer; it grows with the file, for disks are slow.
_SECONDS = 2.0 if sys.platform == "win32" else 10.0
_SLOWEST_BYTES_PER_SECOND = 2e7


@dataclass(frozen=True)
class _Array:
    """A line of the index."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """Its bytes."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, eq=False)
class ModelContent:
    """The content of a model file.

    Attributes:
        version: of our format; None where plain Keras wrote the file.
        texts: of ours `config`, `vocabulary` and so on; of plain Keras' `model_config` and `keras_version`.
    """

    version: object
    texts: Mapping[str, bytes]
    _weights: Sequence[_Array]
    _weights_problem: str
    _file: BinaryIO
    _is_sealed: bool

    def read_weights(self, shapes: Sequence[tuple[int, ...]]) -> tuple[NDArray[np.float32], ...]:
        """Read the weight arrays, once they are of the expected shapes.

        Raises:
            ModelFileError: they are not there as they should be, or hold values that are no finite numbers.
        """
        if self._weights_problem:
            raise ModelFileError(self._weights_problem)
        found = [weight.shape for weight in self._weights]
        if found != list(shapes):
            raise ModelFileError(f"expected weights of the shapes {_show(shapes)}, got {_show(found)}.")
        arrays = []
        for weight in self._weights:
            data = _read_data(self._file, weight, seek=self._is_sealed)
            array = np.frombuffer(data, weight.dtype).reshape(weight.shape).astype(np.float32)
            if not np.isfinite(array).all():
                raise ModelFileError(f"{weight.name} holds values that are no finite numbers.")
            arrays.append(array)
        return tuple(arrays)


@contextmanager
def open_content(path: Path) -> Iterator[ModelContent]:
    """Open a model file; its arrays can be read as long as it is open.

    Raises:
        ModelFileError: it is no model file, damaged, or made to harm.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST_FILE:
            raise ModelFileError(f"expected at most {LARGEST_FILE:,} bytes, got {size:,}.")
        index = read_sealed_index(file, size=size)
        if index is not None:
            yield _build_content(index, file, size=size, is_sealed=True)
            return
    with _run_child(path, size=size) as (index, stream):
        yield _build_content(index, stream, size=size, is_sealed=False)


@contextmanager
def open_weights(path: Path, places: Sequence[str]) -> Iterator[ModelContent]:
    """Open the HDF5 file out of a .keras file, which holds weights and nothing else.

    Args:
        path: the file.
        places: of the weights, below its layers, in the order in which they are to be read.

    Raises:
        ModelFileError: it is damaged, or made to harm.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with _run_child(path, *places, size=size) as (index, stream):
        yield _build_content(index, stream, size=size, is_sealed=False)


@contextmanager
def _run_child(path: Path, *places: str, size: int) -> Iterator[tuple[bytes, BinaryIO]]:
    """Let the child process read a file; yield its index and the stream of its arrays."""
    environment = os.environ | {
        "HDF5_PLUGIN_PRELOAD": "::",  # no filter from elsewhere
        "OPENBLAS_NUM_THREADS": "1",  # it computes nothing, and threads would count as memory
    }
    # -P: neither the script's folder nor the user's is searched for modules.
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-P", _CHILD, path.absolute(), *places],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    timer = threading.Timer(_SECONDS + size / _SLOWEST_BYTES_PER_SECOND, process.kill)
    with process:
        try:
            stream = cast(BinaryIO, process.stdout)
            if not stream.read(1):
                raise ModelFileError("the process that reads files of this kind does not start here.")
            timer.start()
            length = int.from_bytes(_read_bytes(stream, 8), "little")
            yield _read_bytes(stream, min(length, _LARGEST_INDEX + 1)), stream
        finally:
            timer.cancel()
            process.kill()


def _build_content(encoded_index: bytes, file: BinaryIO, *, size: int, is_sealed: bool) -> ModelContent:
    index = parse_json(encoded_index, largest=_LARGEST_INDEX)
    if not isinstance(index, dict):
        raise ModelFileError("the list of its arrays cannot be read.")
    if "damage" in index:
        raise OSError(str(index["damage"]))
    if "problem" in index:
        raise ModelFileError(shorten_message(str(index["problem"])))
    problem = shorten_message(str(index.get("weights_problem", "")))
    arrays = _read_lines(index.get("arrays"), size=size)
    texts = {
        array.name.rpartition("/")[2]: _read_data(file, array, seek=is_sealed)
        for array in arrays
        if array.dtype == "|u1"
    }
    weights = [array for array in arrays if array.dtype != "|u1"]
    return ModelContent(index.get("version"), texts, weights, problem, file, is_sealed)


def _read_lines(lines: object, *, size: int) -> list[_Array]:
    """Return the index' lines, each within the bounds of what the file can hold."""
    if not isinstance(lines, list) or len(lines) > _MOST_ARRAYS:
        raise ModelFileError("the list of its arrays cannot be read.")
    arrays = []
    for line in lines:
        match line:
            case [str(name), str(dtype), list(shape), int(offset)] if (
                dtype in _DTYPES
                and len(shape) <= _MOST_DIMENSIONS
                and all(type(length) is int and length >= 0 for length in shape)
            ):
                arrays.append(_Array(name, dtype, tuple(shape), offset))
            case _:
                raise ModelFileError(
                    f"the list of its arrays has an impossible line: {shorten_message(repr(line))}."
                )
    # A child's numbers are float32 also where the file's are smaller, float16.
    if not all(0 <= array.offset <= array.offset + array.size <= 2 * size for array in arrays):
        raise ModelFileError("the list of its arrays has one that reaches beyond the file.")
    return arrays


def _read_data(file: BinaryIO, array: _Array, *, seek: bool) -> bytes:
    if seek:
        file.seek(array.offset)
    return _read_bytes(file, array.size)


def _read_bytes(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise ModelFileError("its structure is damaged: HDF5 comes to no end with it, or breaks down on it.")
    return data


def _show(shapes: Sequence[tuple[int, ...]]) -> str:
    return shorten_message(str(list(shapes)))


def shorten_message(text: str) -> str:
    """Return a text from a file on one line of printable characters, no longer than a message can bear."""
    line = " ".join("; ".join(text.splitlines()).split())
    text = "".join(character if character.isprintable() else " " for character in line)
    return text if len(text) <= 300 else text[:299] + "…"
