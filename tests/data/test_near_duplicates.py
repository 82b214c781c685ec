"""Texts that nearly stand in another part are those that comparing every two of them finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.data import near_duplicates
from lstm_cli.data.near_duplicates import find_near_duplicates


def list_grams(words):
    """Return the set of 5 words in a row; of fewer words all of them."""
    return {tuple(words[start : start + 5]) for start in range(max(1, len(words) - 4))} if words else set()


def compare_all(texts, parts):
    """Return the pairs of each text with those of earlier parts that are near it."""
    grams = list(map(list_grams, texts))
    return {
        row: near
        for number, part in enumerate(parts)
        for row in part
        if (
            near := {
                other
                for earlier in parts[:number]
                for other in earlier
                if grams[row] and 10 * len(grams[row] & grams[other]) >= 8 * len(grams[row] | grams[other])
            }
        )
    }


def find(texts, parts, *, limit=1_000):
    arrays = [np.array(text, np.int32) for text in texts]
    return find_near_duplicates(arrays.__getitem__, [np.array(part, np.int64) for part in parts], limit=limit)


def assert_exact(texts, parts):
    expected = compare_all(texts, parts)
    found = find(texts, parts)
    assert found.count == len(found.pairs)
    assert dict(found.pairs).keys() == expected.keys()
    assert all(other in expected[row] for row, other in found.pairs)


@st.composite
def alike_texts(draw):
    """Texts that are copies of a few with some words changed, moved, added or left out; and their parts."""
    word = st.integers(0, 5)
    originals = draw(st.lists(st.lists(word, max_size=40), min_size=1, max_size=3))
    texts = []
    for _ in range(draw(st.integers(1, 14))):
        text = list(draw(st.sampled_from(originals)))
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, len(text)))
            text[start : start + draw(st.integers(0, 2))] = draw(st.lists(word, max_size=2))
        texts.append(text)
    part_of = draw(st.lists(st.integers(0, 2), min_size=len(texts), max_size=len(texts)))
    return texts, [[row for row, part in enumerate(part_of) if part == number] for number in range(3)]


@pytest.mark.hypothesis
@given(alike_texts())
def test_they_are_those_that_comparing_every_two_finds(case):
    assert_exact(*case)


def test_what_is_like_nothing_of_the_other_parts_is_not_compared():
    """Else all pairs of a large data set would be."""
    texts = [[10 * number + word for word in range(10)] for number in range(40)]
    texts[39] = texts[0]
    parts = [np.arange(20), np.arange(20, 40)]
    kept = near_duplicates._drop_unlike(lambda row: np.array(texts[row], np.int32), parts)
    assert [rows.tolist() for rows in kept] == [[0], [39]]


@pytest.mark.hypothesis
@given(alike_texts(), st.integers(1, 60), st.integers(1, 2))
def test_neither_blocks_nor_steps_change_them(case, block, step):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_READ_AT_ONCE", block)
        patch.setattr(near_duplicates, "_VERIFIED_AT_ONCE", step)
        assert_exact(*case)


@pytest.mark.parametrize(("changed", "is_near"), [(0, True), (1, True), (2, False)])
def test_near_is_a_jaccard_index_of_eight_tenths(changed, is_near):
    """Of 49 grams a word within changes 5: 44 of 54 are shared; with two words 39 of 59."""
    text = list(range(53))
    other = list(text)
    for place in (20, 30)[:changed]:
        other[place] = 99
    assert find([text, other], [[0], [1]]).count == is_near


def test_exactly_eight_tenths_is_near_and_less_is_not():
    """Of 18 and 18 grams 16 are shared: 16 of 20."""
    text = list(range(22))
    assert find([text, [*text[2:], 50, 51]], [[0], [1]]).pairs == ((1, 0),)
    assert find([text, [*text[3:], 50, 51, 52]], [[0], [1]]).count == 0


def test_texts_that_share_their_rarest_words_alone_are_not_near():
    """Half of each stands in the other, and what sets them apart stands in many."""
    same, first, second = range(30), range(100, 130), range(200, 230)
    texts = [[*same, *first], [*same, *second]]
    texts += [[*often, 300 + number] for number in range(4) for often in (second, first)]
    parts = [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]
    assert_exact(texts, parts)
    assert find(texts, parts).count == 0


def test_texts_of_fewer_than_five_words_are_near_where_their_words_are_the_same():
    texts = [[1, 2], [1, 2], [2, 1], [1, 2, 3], [1], []]
    assert find(texts, [[0, 5], [1, 2, 3, 4]]).pairs == ((1, 0),)
    assert find([[], []], [[0], [1]]).count == 0


def test_copies_within_one_part_are_no_leak_and_each_text_counts_once():
    text = list(range(30))
    assert find([text] * 4, [[0, 1, 2, 3]]).count == 0
    assert find([text] * 4, [[], [0, 1], []]).count == 0
    assert find([text] * 6, [[3, 4], [0, 1], [2, 5]]).pairs == ((0, 3), (1, 3), (2, 3), (5, 3))


def test_only_the_first_pairs_are_named_and_all_are_counted():
    found = find([list(range(30))] * 9, [[0], range(1, 9)], limit=2)
    assert (found.count, found.pairs) == (8, ((1, 0), (2, 0)))


def test_many_texts_of_one_pattern_are_soon_compared():
    """Each shares all but its own number with the others, and too little to be near them."""
    texts = [[*range(10), 100 + row, *range(10, 20)] for row in range(3_000)]
    expected = compare_all(texts[:30], [range(20), range(20, 30)])
    found = find(texts, [range(2_000), range(2_000, 3_000)])
    assert found.count == len(expected) == 0
    longer = [[*range(20), 100 + row, *range(20, 40)] for row in range(3_000)]
    assert find(longer, [range(2_000), range(2_000, 3_000)]).count == 0
    longest = [[*range(30), 100 + row, *range(30, 60)] for row in range(3_000)]
    assert find(longest, [range(2_000), range(2_000, 3_000)]).count == 1_000
