"""Which tokens make an n-gram: `xxx` is three in a row, `x_x` two with any one between them; or characters: `ccc`.

An n-gram ends at a position of a text and lies whole within it; one of characters may reach over several tokens.
It is known by 64 bits that follow from its tokens' own: a table of n-grams holds no phrase of the texts it was
learnt from; whoever guesses one can ask for it. Among the twenty million of 25,000 reviews two different ones of a
pattern share theirs with a chance of 1e-5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.mixing import mix
from lstm_cli.text.ngrams.tokens import Units


def hash_ngrams(tokens: NDArray[np.uint64], pattern: str) -> NDArray[np.uint64]:
    """Return the key of the n-gram that begins at each place where one has room: `uint64[tokens - span + 1]`.

    Args:
        tokens: `uint64[tokens]`, those of `Units`, of texts one behind the other; what reaches over a text's end
            is no n-gram, and of no meaning.
        pattern: its span is its length.
    """
    count = max(0, len(tokens) - len(pattern) + 1)
    keys = np.zeros(count, np.uint64)
    for place, sign in enumerate(pattern):
        if sign != "_":
            keys = mix(keys + tokens[place : place + count])
    return keys


@dataclass(frozen=True, eq=False)
class SortedNgrams:
    """All n-grams of one pattern in some texts, sorted by key, then by text, then by place.

    Attributes:
        keys: `uint64[found]`.
        texts: `int32[found]`, the text that each stands in.
        places: `int64[found]`, the token that each ends at.
        is_new_key: `bool[found]`, whether the key is another than the one before.
        is_new_pair: `bool[found]`, whether the key or the text is.
    """

    keys: NDArray[np.uint64]
    texts: NDArray[np.int32]
    places: NDArray[np.int64]
    is_new_key: NDArray[np.bool_]
    is_new_pair: NDArray[np.bool_]


def sort_ngrams(units: Units, pattern: str) -> SortedNgrams:
    """Return the n-grams of some texts.

    Args:
        units: `TokenTexts.list_units` of the pattern.
        pattern: which of them make one.
    """
    span = len(pattern)
    keys = hash_ngrams(units.hashes, pattern)
    texts = np.repeat(np.arange(len(units.starts) - 1, dtype=np.int32), np.diff(units.starts))
    is_whole = texts[: len(keys)] == texts[span - 1 :]
    firsts = np.flatnonzero(is_whole)
    keys = keys[firsts]
    order = np.argsort(keys, kind="stable")  # so that the texts of a key stay in their order
    keys, firsts = keys[order], firsts[order]
    texts = texts[firsts]
    is_new_key = np.ones(len(keys), np.bool_)
    is_new_key[1:] = keys[1:] != keys[:-1]
    is_new_pair = is_new_key.copy()
    is_new_pair[1:] |= texts[1:] != texts[:-1]
    places = firsts + span - 1
    if units.places is not None:
        places = units.places[places]
    return SortedNgrams(keys, texts, places, is_new_key, is_new_pair)
