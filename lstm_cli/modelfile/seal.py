"""The seal behind a model file of ours: where its arrays lie, and the SHA-256 of all that stands before.

HDF5 passes over what follows its own end, so plain Keras does not mind the seal. It is a JSON index, the index'
length (8 bytes, little-endian), a mark and the digest. A seal shows damage; it does not say who made the file,
since anyone can compute one. The index is therefore read like everything else: with nothing taken at its word.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from lstm_cli.errors import ModelFileError

if TYPE_CHECKING:
    import h5py

_MARK = b"lstm-cli sha256 2:"
_LENGTH_SIZE = 8
_SIZE = len(_MARK) + hashlib.sha256().digest_size
_CHUNK_SIZE = 2**20


def describe_array(dataset: h5py.Dataset) -> list[Any]:
    """Return a dataset's line of the index: its name, dtype, shape and first byte in the file."""
    return [
        dataset.name,
        dataset.dtype.str,
        list(dataset.shape),
        dataset.id.get_offset() or 0,
    ]  # an empty one is nowhere


def build_seal(content: bytes, index: dict[str, Any]) -> bytes:
    """Return what stands behind the HDF5 file that holds `content`."""
    encoded = json.dumps(index).encode()
    listed = encoded + len(encoded).to_bytes(_LENGTH_SIZE, "little")
    digest = hashlib.sha256(content)
    digest.update(listed)
    return listed + _MARK + digest.digest()


def read_sealed_index(file: BinaryIO, *, size: int) -> bytes | None:
    """Return the index of a sealed file, or None where the file has no seal.

    Args:
        file: the file, opened; its position is moved.
        size: of the file in bytes.

    Raises:
        ModelFileError: the file's content is not what was sealed.
    """
    end = size - _SIZE
    if end < _LENGTH_SIZE:
        return None
    file.seek(end)
    seal = file.read(_SIZE)
    if not seal.startswith(_MARK):
        return None
    file.seek(0)
    if seal != _MARK + _hash(file, end):
        raise ModelFileError("its content does not match its checksum: the file is damaged. Train it anew.")
    file.seek(end - _LENGTH_SIZE)
    length = int.from_bytes(file.read(_LENGTH_SIZE), "little")
    if length > end - _LENGTH_SIZE:
        raise ModelFileError("the list of its arrays is longer than the file.")
    file.seek(end - _LENGTH_SIZE - length)
    return file.read(length)


def _hash(file: BinaryIO, size: int) -> bytes:
    """Return the SHA-256 of the next `size` bytes."""
    digest = hashlib.sha256()
    while size > 0 and (chunk := file.read(min(size, _CHUNK_SIZE))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.digest()
