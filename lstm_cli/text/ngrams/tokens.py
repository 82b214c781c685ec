"""Texts as tokens that are known by 64 bits each, however large the vocabulary is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.mixing import mix

_HASH_BYTES = 8


@dataclass(frozen=True, eq=False)
class TokenTexts:
    """n texts, one behind the other, none of them cut.

    Attributes:
        numbers: `int32[tokens]`, which of the distinct tokens each one is.
        hashes: `uint64[distinct]`, those of `hash_tokens`.
        starts: `int64[n + 1]`, where in `numbers` each text begins, and the end of the last.
    """

    numbers: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has: `int64[n]`."""
        return np.diff(self.starts)

    def take(self, rows: NDArray[np.integer]) -> TokenTexts:
        """Return some of the texts, in the order of their rows."""
        lengths = self.lengths[rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        places = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return TokenTexts(self.numbers[places], self.hashes, starts)


def build_token_texts(texts: Iterable[Sequence[str]]) -> TokenTexts:
    """Return texts that are split into tokens already.

    Args:
        texts: the tokens of each, such as a tokenizer's `split` gives.
    """
    numbers: dict[str, int] = {}
    tokens: list[int] = []
    starts = [0]
    for text in texts:
        tokens += [numbers.setdefault(token, len(numbers)) for token in text]
        starts.append(len(tokens))
    return TokenTexts(np.array(tokens, np.int32), hash_tokens(numbers), np.array(starts, np.int64))


def hash_tokens(tokens: Iterable[str]) -> NDArray[np.uint64]:
    """Return 64 bits by which each token is known: `uint64[tokens]`, the same on every machine."""
    digests = b"".join(
        hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES).digest()
        for token in tokens
    )
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def hash_texts(texts: TokenTexts) -> NDArray[np.uint64]:
    """Return 64 bits a text, alike for texts of the same tokens in the same order; 0 for one without any."""
    lengths = texts.lengths
    places = np.arange(len(texts.numbers)) - np.repeat(texts.starts[:-1], lengths)
    placed = mix(texts.hashes[texts.numbers] + mix(places.astype(np.uint64)))
    sums = np.zeros(len(texts), np.uint64)
    has_tokens = lengths > 0
    if has_tokens.any():
        sums[has_tokens] = np.add.reduceat(placed, texts.starts[:-1][has_tokens])
    return sums
