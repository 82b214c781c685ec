"""Texts as tokens that are known by 64 bits each, however large the vocabulary is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.mixing import mix
from lstm_cli.text.ngrams.settings import is_of_characters
from lstm_cli.text.scripts import WITHOUT_SPACES, find_script

_HASH_BYTES = 8


@dataclass(frozen=True, eq=False)
class Spellings:
    """How tokens are spelled, a space where one stands between them.

    Attributes:
        characters: `uint64[characters]`, code points, of one token behind the other.
        starts: `int64[distinct + 1]`, where those of each token begin, and the end of the last.
    """

    characters: NDArray[np.uint64]
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many characters each token has: `int64[distinct]`."""
        return np.diff(self.starts)


@dataclass(frozen=True, eq=False)
class DistinctTokens:
    """The tokens of some texts, each once.

    Attributes:
        hashes: `uint64[distinct]`, those of `hash_tokens`.
        spellings: None where no n-gram is of characters.
    """

    hashes: NDArray[np.uint64]
    spellings: Spellings | None


@dataclass(frozen=True, eq=False)
class Units:
    """What n-grams are made of, one behind the other: a text's tokens, or their characters.

    Attributes:
        hashes: `uint64[units]`, of each.
        starts: `int64[texts + 1]`, where those of each text begin, and the end of the last.
        places: `int64[units]`, the token that each is in, of all texts' one behind the other; None where units are
            tokens.
    """

    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    places: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class TokenTexts:
    """n texts, one behind the other, none of them cut.

    Attributes:
        numbers: `int32[tokens]`, which of the distinct tokens each one is.
        hashes: `uint64[distinct]`, those of `hash_tokens`.
        starts: `int64[n + 1]`, where in `numbers` each text begins, and the end of the last.
        spellings: of the distinct tokens; None where no n-gram is of characters.
    """

    numbers: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    spellings: Spellings | None = None

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has: `int64[n]`."""
        return np.diff(self.starts)

    def take(self, rows: NDArray[np.integer]) -> TokenTexts:
        """Return some of the texts, in the order of their rows."""
        places, starts = _take_parts(self.starts, rows)
        return replace(self, numbers=self.numbers[places], starts=starts)

    def slice(self, first: int, last: int) -> TokenTexts:
        """Return the texts from `first` to the one before `last`."""
        starts = self.starts[first : last + 1]
        return replace(self, numbers=self.numbers[starts[0] : starts[-1]], starts=starts - starts[0])

    def list_units(self, pattern: str) -> Units:
        """Return what n-grams of a pattern are made of.

        Raises:
            ValueError: of characters, and how tokens are spelled is not known.
        """
        if not is_of_characters(pattern):
            return Units(self.hashes[self.numbers], self.starts)
        if self.spellings is None:
            raise ValueError("n-grams of characters need the tokens' spellings")
        characters, ends = _take_parts(self.spellings.starts, self.numbers)
        places = np.repeat(np.arange(len(self.numbers)), np.diff(ends))
        return Units(self.spellings.characters[characters], ends[self.starts], places)


def _take_parts(
    starts: NDArray[np.int64], rows: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of some parts' members, and where each part then begins, and the last ends."""
    lengths = np.diff(starts)[rows]
    taken = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    return np.repeat(starts[rows] - taken[:-1], lengths) + np.arange(taken[-1]), taken


def build_token_texts(texts: Iterable[Sequence[str]], *, marks_spaces: bool | None = None) -> TokenTexts:
    """Return texts that are split into tokens already.

    Args:
        texts: the tokens of each, such as a tokenizer's `split` gives.
        marks_spaces: whether tokens themselves tell where spaces were; None where no n-gram is of characters.
    """
    numbers: dict[str, int] = {}
    tokens: list[int] = []
    starts = [0]
    for text in texts:
        tokens += [numbers.setdefault(token, len(numbers)) for token in text]
        starts.append(len(tokens))
    distinct = describe_tokens(numbers, marks_spaces=marks_spaces)
    ends = np.array(starts, np.int64)
    return TokenTexts(np.array(tokens, np.int32), distinct.hashes, ends, distinct.spellings)


def describe_tokens(tokens: Iterable[str], *, marks_spaces: bool | None) -> DistinctTokens:
    """Return what n-grams need to know of tokens.

    Args:
        tokens: different ones.
        marks_spaces: as for `build_token_texts`.
    """
    tokens = tuple(tokens)
    spellings = None if marks_spaces is None else spell_tokens(tokens, marks_spaces=marks_spaces)
    return DistinctTokens(hash_tokens(tokens), spellings)


def spell_tokens(tokens: Iterable[str], *, marks_spaces: bool) -> Spellings:
    """Return how tokens are spelled.

    Args:
        tokens: any number.
        marks_spaces: whether they themselves tell where spaces were; else one stands before each, but for those of
            a script without spaces.
    """
    spelled = [token if marks_spaces or find_script(token) in WITHOUT_SPACES else f" {token}" for token in tokens]
    codes = np.frombuffer("".join(spelled).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    return Spellings(codes, np.cumsum([0, *map(len, spelled)]))


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
