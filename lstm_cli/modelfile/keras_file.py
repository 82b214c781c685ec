"""Keras 3's own file, `.keras`, read without trusting it.

It is a zip archive of a description, the weights as HDF5, and a folder of assets. Nothing is asked of the archive
but the few members that Keras writes, by their names; no path in it is followed, and the HDF5 is read by the child
process as every other.
"""

from __future__ import annotations

import io
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lstm_cli.bounded_json import parse_json
from lstm_cli.config import ModelConfig
from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.content import LARGEST_FILE, ModelContent, open_weights

_MARK = b"PK\x03\x04"
_WEIGHTS = "model.weights.h5"
_VOCABULARIES = tuple(
    f"assets/{layers}/text_vectorization/{owner}vocabulary.txt"
    for layers in ("layers", "_layer_checkpoint_dependencies")
    for owner in ("", "_lookup_layer/")
)
_LARGEST_TEXT = 16 * 2**20
_LARGEST_READ = 2**20  # in one go: zipfile reads the list of members so, some 10,000 of them at most
# Stored as Keras does it, a member is as large as what it holds; compressed again, floats hardly shrink.
_SMALL_MEMBER = 4 * 2**20
_LARGEST_RATIO = 20
# What zipfile makes of archives that no writer of its own has made.
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, ValueError,
    LookupError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class KerasFile:
    """A `.keras` file, opened.

    Attributes:
        description: JSON.
        keras_version: that wrote it.
    """

    description: bytes
    keras_version: str
    _archive: zipfile.ZipFile

    def read_vocabulary(self) -> bytes | None:
        """Return the vocabulary of the file's `TextVectorization` layer, or None where it holds none.

        Raises:
            ModelFileError: it cannot be read.
        """
        for name in _VOCABULARIES:
            if name in self._archive.NameToInfo:
                return _read_member(self._archive, name)
        return None

    @contextmanager
    def open_weights(self, places: Sequence[str]) -> Iterator[ModelContent]:
        """Open the weights at `places` below the layers.

        Raises:
            ModelFileError: they are not there, damaged, or made to harm.
            OSError: they cannot be unpacked.
        """
        # Under a name of ours, and gone in the end: HDF5's library reads files.
        with tempfile.TemporaryDirectory(prefix="lstm-cli-") as folder:
            path = Path(folder, "weights.h5")
            with _open_member(self._archive, _WEIGHTS, largest=LARGEST_FILE) as member, path.open("wb") as file:
                shutil.copyfileobj(member, file, _LARGEST_READ)
            with open_weights(path, places) as content:
                yield content


def is_keras_file(path: Path) -> bool:
    """Return whether a file begins as zip archives do.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK


@contextmanager
def open_keras_file(path: Path) -> Iterator[KerasFile]:
    """Open a `.keras` file; its vocabulary and its weights can be read as long as it is open.

    Raises:
        ModelFileError: it is none, damaged, or made to harm.
        OSError: it cannot be read.
    """
    with _CautiousFile(io.FileIO(path)) as file:
        with _explain_archive():
            archive = zipfile.ZipFile(file)
            metadata = parse_json(_read_member(archive, "metadata.json"), largest=_LARGEST_TEXT)
        version = metadata.get("keras_version") if isinstance(metadata, dict) else None
        if not isinstance(version, str):
            raise ModelFileError("its metadata.json does not say which Keras wrote it.")
        yield KerasFile(_read_member(archive, "config.json"), version, archive)


def list_weight_places(config: ModelConfig) -> list[str]:
    """Return where a `.keras` file has the weights of a configuration's layers, in Keras' order.

    Keras names a layer's place after its class there, whatever name the layer bears, and counts those of a class.
    """
    places = ["embedding/vars/0"]
    counts: dict[str, int] = {}

    def name_next(kind: str) -> str:
        number = counts[kind] = counts.get(kind, -1) + 1
        return f"{kind}_{number}" if number else kind

    for layer in config.recurrent:
        name = name_next("bidirectional" if layer.bidirectional else layer.cell)
        halves = (f"{name}/forward_layer", f"{name}/backward_layer") if layer.bidirectional else (name,)
        places += [f"{half}/cell/vars/{number}" for half in halves for number in range(2 + layer.use_bias)]
    for use_bias in (*(layer.use_bias for layer in config.dense), True):
        name = name_next("dense")
        places += [f"{name}/vars/{number}" for number in range(1 + use_bias)]
    return places


class _CautiousFile(io.BufferedReader):
    """A file that is never read much of at once, whatever an archive says of its own sizes."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most `size` bytes."""
        most = _LARGEST_READ + 1
        data = super().read(most if size is None or size < 0 else min(size, most))
        if len(data) == most:
            raise ModelFileError("its list of members is longer than Keras writes it.")
        return data


@contextmanager
def _explain_archive() -> Iterator[None]:
    try:
        yield
    except _ARCHIVE_ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelFileError(f"it is no .keras file that we read: {reason}.") from error


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    with _open_member(archive, name, largest=_LARGEST_TEXT) as member:
        return b"".join(iter(lambda: member.read(_LARGEST_READ), b""))


@contextmanager
def _open_member(archive: zipfile.ZipFile, name: str, *, largest: int) -> Iterator[IO[bytes]]:
    with _explain_archive():
        member = archive.NameToInfo.get(name)
        if member is None:
            raise ModelFileError(f"expected {name} in it, as Keras 3 writes it.")
        if member.flag_bits & 1:
            raise ModelFileError(f"its {name} is encrypted.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelFileError(f"its {name} is compressed in another way than deflate.")
        small = max(_SMALL_MEMBER, _LARGEST_RATIO * member.compress_size)
        if member.file_size > min(largest, small):
            raise ModelFileError(f"its {name} would unfold to {member.file_size:,} bytes.")
        with archive.open(member) as file:
            yield file
