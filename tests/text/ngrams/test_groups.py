"""Texts that share rare words are one group; what is common to all joins nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.ngrams import groups as groups_module
from lstm_cli.text.ngrams.groups import LARGEST_GROUP, count_shared, find_copies, find_groups
from lstm_cli.text.ngrams.tokens import build_token_texts

COMMON = [f"common{number}" for number in range(300)]


def write_reviews(*, films, reviews, seed=0):
    """Return reviews, film by film, of common words and of names that only a film's reviews hold."""
    generator = np.random.default_rng(seed)
    return [
        [*generator.choice(COMMON, 80).tolist(), *[f"film{film}-name{name}" for name in range(6)]]
        for film in range(films)
        for _ in range(reviews)
    ]


def test_the_reviews_of_a_film_are_a_group():
    groups = find_groups(build_token_texts(write_reviews(films=60, reviews=4)))
    assert groups.tolist() == [film * 4 for film in range(60) for _ in range(4)]


def test_a_group_stays_small_so_that_folds_stay_even():
    reviews = write_reviews(films=1, reviews=200)
    # Names that link each with the next ones: joined without end they would all be one.
    chained = [
        [*text, *[f"link{number // 2 + step}-{name}" for step in range(3) for name in range(9)]]
        for number, text in enumerate(reviews)
    ]
    sizes = np.bincount(find_groups(build_token_texts(chained)))
    assert LARGEST_GROUP / 2 < sizes.max() <= LARGEST_GROUP


@pytest.mark.parametrize("find", [find_groups, find_copies])
def test_identical_texts_are_together_however_many_and_empty_ones_alone(find):
    texts = [["what", "a", "film"]] * 100 + [[]] * 5 + [["a", "film", "what"]]
    groups = find(build_token_texts(texts))
    assert groups.tolist() == [0] * 100 + [100, 101, 102, 103, 104, 105]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=5), max_size=12))
def test_a_group_is_named_by_its_first_text(texts):
    groups = find_groups(build_token_texts(texts))
    assert (groups <= np.arange(len(texts))).all()
    assert (groups[groups] == groups).all()


def test_however_many_rows_are_multiplied_at_once_the_groups_are_the_same(monkeypatch):
    texts = build_token_texts(write_reviews(films=50, reviews=3))
    expected = find_groups(texts).tolist()
    monkeypatch.setattr(groups_module, "_PRODUCTS_AT_ONCE", 1)
    assert find_groups(texts).tolist() == expected


@pytest.mark.parametrize(("known", "expected"), [(3, 57), (0, 0)])
def test_random_parts_flatter_by_the_texts_that_share_a_group_with_training_texts(known, expected):
    reviews = write_reviews(films=60, reviews=4)
    train = [text for row, text in enumerate(reviews) if row % 4 < known and row < 4 * 57]
    others = reviews[3::4]
    found, by_chance = count_shared(build_token_texts([*train, *others]), train=len(train))
    assert found == expected
    assert by_chance <= expected / 2


def test_short_texts_that_share_a_rare_word_share_it_by_chance():
    generator = np.random.default_rng(0)
    texts = [[*generator.choice(COMMON, 5), f"rare{generator.integers(400)}"] for _ in range(1_000)]
    found, by_chance = count_shared(build_token_texts(texts), train=800)
    assert found > 100
    assert found == pytest.approx(by_chance, rel=0.1)
