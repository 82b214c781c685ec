"""Texts of one part that nearly stand in another: what a model learnt by heart would seem to have understood.

Two texts are near where their sets of 5 words in a row have a Jaccard index of 0.8 or more (Broder 1997, "On the
resemblance and containment of documents"). The join is exact, by two filters that lose no pair: of a text that is
near another at least 0.8 of its grams stand in another part, which few texts survive; and two near sets share one
of their rarest grams (prefixes and positions: Xiao et al. 2011, "Efficient similarity joins for near-duplicate
detection").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.text.mixing import mix

MOST_TEXTS = 100_000
"""Of more texts the near ones are not counted, ..."""
MOST_WORDS = 2**26
"""... nor of more words."""

_GRAM = 5  # words in a row
_NO_WORD = -1  # fills texts of fewer words up to one gram
_READ_AT_ONCE = 2**18  # words
_VERIFIED_AT_ONCE = 16  # at first; most texts with a candidate are near one of the first

# An odd number for each word of a gram.
_PLACES = tuple(
    np.uint64(number)
    for number in (
        0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3,
    )
)  # fmt: skip

_Rows = NDArray[np.int64]


@dataclass(frozen=True)
class NearDuplicates:
    """Texts that nearly stand in an earlier part.

    Attributes:
        count: how many.
        pairs: the rows of the first few, each with that of a text of an earlier part.
    """

    count: int
    pairs: tuple[tuple[int, int], ...]


def find_near_duplicates(
    read_words: Callable[[int], NDArray[np.int32]], parts: Sequence[_Rows], *, limit: int
) -> NearDuplicates:
    """Return which texts nearly stand in an earlier part.

    A text of fewer than 5 words is one gram; one without words is near none. A gram is known by 64 bits, which two
    different ones of a hundred million share with a chance of 3e-4.

    Args:
        read_words: a text's row → its words as numbers, `int32[words]`, none of them negative.
        parts: `int64[n]` rows of distinct texts; each part's come after the earlier parts'.
        limit: how many pairs to name.
    """
    rows = list(parts)
    before = np.inf
    while 2 * sum(map(len, rows)) < before:  # fewer texts have fewer grams by which to be kept
        before = sum(map(len, rows))
        rows = _drop_unlike(read_words, rows)
    near = _join(read_words, rows)
    return NearDuplicates(len(near), tuple(sorted(near.items())[:limit]))


def _drop_unlike(read_words: Callable[[int], NDArray[np.int32]], parts: Sequence[_Rows]) -> list[_Rows]:
    """Return the rows of each part of whose grams 0.8 or more stand in another part, and a few others."""
    words = sum(len(read_words(row)) for part in parts for row in part.tolist())
    bits = max(16, (2 * words).bit_length())
    shift = np.uint64(64 - bits)
    # A place for each gram, which others may share: then too many texts are kept, never too few.
    found_in = np.zeros(2**bits, np.uint8)
    for number, part in enumerate(parts):
        for _, _, grams in _iter_grams(read_words, part):
            buckets = grams >> shift
            found_in[buckets] |= np.uint8(1 << number)
    kept = []
    for number, part in enumerate(parts):
        likes = [part[:0]]
        for rows, sizes, grams in _iter_grams(read_words, part):
            is_shared = (found_in[grams >> shift] & ~np.uint8(1 << number)) != 0
            shared = np.add.reduceat(is_shared, _find_starts(sizes), dtype=np.int64)
            likes.append(rows[5 * shared >= 4 * sizes])
        kept.append(np.concatenate(likes))
    return kept


def _iter_grams(
    read_words: Callable[[int], NDArray[np.int32]], rows: _Rows
) -> Iterator[tuple[_Rows, NDArray[np.int64], NDArray[np.uint64]]]:
    """Yield rows of texts with words, how many distinct grams each has, and these, sorted within each text."""
    texts: list[NDArray[np.int32]] = []
    of_texts: list[int] = []
    size = 0
    for row in rows.tolist():
        words = read_words(row)
        if len(words):
            texts.append(np.pad(words, (0, max(0, _GRAM - len(words))), constant_values=_NO_WORD))
            of_texts.append(row)
            size += len(words)
        if size > _READ_AT_ONCE:
            yield np.array(of_texts), *_build_grams(texts)
            texts, of_texts, size = [], [], 0
    if texts:
        yield np.array(of_texts), *_build_grams(texts)


def _build_grams(texts: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return how many distinct grams each text has, and these, sorted within each text."""
    hashes = mix(np.concatenate(texts).astype(np.uint64))
    text_of = np.repeat(np.arange(len(texts)), [len(words) for words in texts])
    count = len(hashes) - _GRAM + 1
    grams = np.zeros(count, np.uint64)
    for place, factor in enumerate(_PLACES):
        grams += factor * hashes[place : place + count]
    is_whole = text_of[:count] == text_of[_GRAM - 1 :]
    grams, text_of = grams[is_whole], text_of[:count][is_whole]
    order = np.lexsort((grams, text_of))
    grams, text_of = grams[order], text_of[order]
    is_new = np.ones(len(grams), np.bool_)
    is_new[1:] = (grams[1:] != grams[:-1]) | (text_of[1:] != text_of[:-1])
    return np.bincount(text_of[is_new], minlength=len(texts)), grams[is_new]


@dataclass(frozen=True, eq=False)
class _GramSets:
    """Distinct sets of grams.

    Attributes:
        parts: `int64[n]`, the first part that each stands in.
        sizes: `int64[n]`, how many grams each has.
        starts: `int64[n + 1]`, where in `grams` each begins, and the end of the last.
        grams: numbers of grams, the rarest first within each set.
        distinct: how many different ones there are.
    """

    parts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    starts: NDArray[np.int64]
    grams: NDArray[np.int64]
    distinct: int


def _join(read_words: Callable[[int], NDArray[np.int32]], parts: Sequence[_Rows]) -> dict[int, int]:
    """Return the rows of the texts that nearly stand in an earlier part, and of a text that is near each."""
    blocks = [
        (np.full(len(rows), number), rows, sizes, grams)
        for number, part in enumerate(parts)
        for rows, sizes, grams in _iter_grams(read_words, part)
    ]
    if not blocks:
        return {}
    part_of, rows, sizes, grams = (np.concatenate(arrays) for arrays in zip(*blocks, strict=True))
    # Many short texts are the same set: it is compared once. The texts come in the parts' order, so that the first
    # text of a set stands in its first part.
    keys = np.stack([sizes.astype(np.uint64), np.add.reduceat(mix(grams), _find_starts(sizes))], axis=1)
    _, firsts, set_of = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    set_of = set_of.reshape(-1)
    sets = _build_sets(firsts, parts=part_of[firsts], sizes=sizes, grams=grams)
    neighbours = _find_neighbours(sets)
    near = {}
    for row, part, number in zip(rows.tolist(), part_of.tolist(), set_of.tolist(), strict=True):
        if part > sets.parts[number]:
            near[row] = int(rows[firsts[number]])
        elif neighbours[number] >= 0:
            near[row] = int(rows[firsts[neighbours[number]]])
    return near


def _build_sets(
    chosen: NDArray[np.int64], *, parts: NDArray[np.int64], sizes: NDArray[np.int64], grams: NDArray[np.uint64]
) -> _GramSets:
    """Return the sets of the chosen texts, their grams numbered from the rarest on."""
    offsets = _find_starts(sizes)
    sizes = sizes[chosen]
    grams = grams[_spread(offsets[chosen], sizes)]
    _, number_of, counts = np.unique(grams, return_inverse=True, return_counts=True)
    ranks = np.empty(len(counts), np.int64)
    ranks[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    ranked = ranks[number_of.reshape(-1)]
    ranked = ranked[np.lexsort((ranked, np.repeat(np.arange(len(sizes)), sizes)))]
    return _GramSets(parts, sizes, np.concatenate([[0], np.cumsum(sizes)]), ranked, len(counts))


@dataclass(frozen=True, eq=False)
class _Postings:
    """Which sets hold a gram among their rarest ones.

    Of two sets that are near, with n and m grams, 4/9 (n + m) or more are in both (a Jaccard index of 0.8). Behind
    the first that they share, neither can share more than what is left of the shorter rest.

    Attributes:
        begins: `int64[distinct + 1]`, where those of each gram begin, and the end of the last.
        holders: the sets, those with the most room first.
        room: 9 times what is left of a set from the gram on, less 4 times its size: 4 n or more where it is near.
    """

    begins: NDArray[np.int64]
    holders: NDArray[np.int64]
    room: NDArray[np.int64]


def _build_postings(sets: _GramSets) -> _Postings:
    lengths = _count_rarest(sets.sizes)
    places = _spread(sets.starts[:-1], lengths)
    holders = np.repeat(np.arange(len(sets.sizes)), lengths)
    room = 9 * (sets.starts[holders + 1] - places) - 4 * sets.sizes[holders]
    order = np.lexsort((-room, sets.grams[places]))
    counts = np.bincount(sets.grams[places], minlength=sets.distinct)
    return _Postings(np.concatenate([[0], np.cumsum(counts)]), holders[order], room[order])


def _count_rarest(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return of how many of a set's rarest grams each near set shares one: all but 0.8 of them, and one more."""
    return sizes - (4 * sizes + 4) // 5 + 1


def _find_neighbours(sets: _GramSets) -> NDArray[np.int64]:
    """Return for each set one of an earlier part that is near it; -1 where there is none."""
    postings = _build_postings(sets)
    lengths = _count_rarest(sets.sizes)
    is_own = np.zeros(sets.distinct, np.bool_)
    neighbours = np.full(len(sets.sizes), -1)
    for number in np.flatnonzero(sets.parts).tolist():
        own = sets.grams[sets.starts[number] : sets.starts[number + 1]]
        is_own[own] = True
        near = _iter_near(number, rarest=own[: lengths[number]], is_own=is_own, sets=sets, postings=postings)
        neighbours[number] = next(near, -1)
        is_own[own] = False
    return neighbours


def _iter_near(
    number: int,
    *,
    rarest: NDArray[np.int64],
    is_own: NDArray[np.bool_],
    sets: _GramSets,
    postings: _Postings,
) -> Iterator[int]:
    """Yield the sets of earlier parts that are near a set, some of them more than once.

    Args:
        number: the set.
        rarest: those of its grams of which a near set has one.
        is_own: `bool[distinct]`, which grams are in it.
        sets: all of them.
        postings: where their rarest grams stand.
    """
    size = sets.sizes[number]
    for place, gram in enumerate(rarest.tolist()):
        begin, end = postings.begins[gram], postings.begins[gram + 1]
        end = begin + np.searchsorted(-postings.room[begin:end], -4 * size, side="right")
        step = _VERIFIED_AT_ONCE
        while begin < end:
            some = postings.holders[begin : min(begin + step, end)]
            begin, step = begin + step, 8 * step
            some = some[sets.parts[some] < sets.parts[number]]
            some = some[9 * (size - place) >= 4 * (size + sets.sizes[some])]
            if len(some):
                flat = sets.grams[_spread(sets.starts[some], sets.sizes[some])]
                shared = np.add.reduceat(is_own[flat], _find_starts(sets.sizes[some]), dtype=np.int64)
                yield from some[9 * shared >= 4 * (size + sets.sizes[some])].tolist()


def _find_starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each of some stretches begins that lie one behind the other."""
    return np.cumsum(sizes) - sizes


def _spread(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of all stretches, one behind the other."""
    return np.repeat(starts - _find_starts(sizes), sizes) + np.arange(sizes.sum())
