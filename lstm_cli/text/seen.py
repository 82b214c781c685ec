"""Which texts a model was trained on, as fingerprints: nobody is judged on what he has learnt without a word.

A model file keeps 8 bytes a training text: a keyed hash of the text's digest, the key being the model's own. Texts
can be looked up in it, and not read out of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.errors import ModelFileError

MOST_HASHES = 1_000_000
"""Of more training texts, only those are kept whose digests begin with some zero bits."""

_SALT_BYTES = 16
_HASH = np.dtype("<u8")


@dataclass(frozen=True, eq=False)
class SeenTexts:
    """The fingerprints of training texts.

    Attributes:
        salt: the model's own.
        zero_bits: a text is looked up only where its digest begins with so many; 0 where every text is.
        hashes: `uint64[n]`, sorted.
    """

    salt: bytes
    zero_bits: int
    hashes: NDArray[np.uint64]

    def find(self, digests: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return `bool[n]`: whether each text was trained on; False where `zero_bits` leave it out.

        Args:
            digests: `uint64[n]`, by `encoder.digest_text`.
        """
        kept = _is_kept(digests, zero_bits=self.zero_bits)
        found = np.zeros(len(digests), np.bool_)
        found[kept] = np.isin(_hash(digests[kept], salt=self.salt), self.hashes)
        return found

    def count(self, digests: NDArray[np.uint64]) -> int:
        """Return how many of the texts were trained on: an estimate where `zero_bits` is not 0."""
        return int(self.find(digests).sum()) << self.zero_bits

    def add(self, digests: NDArray[np.uint64]) -> SeenTexts:
        """Return the fingerprints of these texts and of others that the model goes on to be trained on."""
        digests = np.unique(digests)
        kept = digests[_is_kept(digests, zero_bits=self.zero_bits)]
        return SeenTexts(self.salt, self.zero_bits, np.union1d(self.hashes, _hash(kept, salt=self.salt)))

    def dump(self) -> bytes:
        """Return the fingerprints as a model file keeps them."""
        return self.salt + bytes([self.zero_bits]) + self.hashes.astype(_HASH).tobytes()


def build_seen_texts(digests: NDArray[np.uint64], *, salt: bytes) -> SeenTexts:
    """Return the fingerprints of a training part.

    Args:
        digests: `uint64[n]`, of its texts.
        salt: anything that is the model's own.
    """
    salt = hashlib.blake2b(salt, digest_size=_SALT_BYTES).digest()
    digests = np.unique(digests)
    zero_bits = max(0, -(-len(digests) // MOST_HASHES) - 1).bit_length()
    kept = digests[_is_kept(digests, zero_bits=zero_bits)]
    return SeenTexts(salt, zero_bits, np.sort(_hash(kept, salt=salt)))


def parse_seen_texts(data: bytes) -> SeenTexts:
    """Return what `SeenTexts.dump` gave as `data`.

    Raises:
        ModelFileError: it is nothing of the kind.
    """
    size = len(data) - _SALT_BYTES - 1
    if size < 0 or size % _HASH.itemsize or data[_SALT_BYTES] >= 64:
        raise ModelFileError("the fingerprints of its training texts cannot be read.")
    hashes = np.frombuffer(data, _HASH, offset=_SALT_BYTES + 1).astype(np.uint64)
    return SeenTexts(data[:_SALT_BYTES], data[_SALT_BYTES], hashes)


def _is_kept(digests: NDArray[np.uint64], *, zero_bits: int) -> NDArray[np.bool_]:
    return digests <= np.uint64(2 ** (64 - zero_bits) - 1)


def _hash(digests: NDArray[np.uint64], *, salt: bytes) -> NDArray[np.uint64]:
    data = digests.astype(_HASH).tobytes()
    size = _HASH.itemsize
    hashed = b"".join(
        hashlib.blake2b(data[first : first + size], key=salt, digest_size=size).digest()
        for first in range(0, len(data), size)
    )
    return np.frombuffer(hashed, _HASH).astype(np.uint64)
