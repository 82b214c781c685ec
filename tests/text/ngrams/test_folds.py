"""Folds hold whole groups, and the classes evenly."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.ngrams.folds import assign_folds


@given(
    st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2)), max_size=60),
    st.integers(2, 16),
)
def test_a_group_is_in_one_fold_whatever_its_number(rows, folds):
    groups = np.array([group for group, _ in rows], np.int64)
    labels = np.array([label for _, label in rows], np.int32)
    assigned = assign_folds(groups, labels, folds=folds)
    assert ((assigned >= 0) & (assigned < folds)).all()
    for group in set(groups.tolist()):
        assert len(set(assigned[groups == group].tolist())) == 1
    assert assign_folds(7 - 3 * groups, labels, folds=folds).tolist() == assigned.tolist()


def test_texts_come_in_their_order_with_seed_0_and_in_a_drawn_one_with_others():
    """Alike as they are, each in turn goes into the next fold."""
    numbers, labels = np.arange(40), np.zeros(40, np.int32)
    plain, *drawn = (assign_folds(numbers, labels, folds=4, seed=seed).tolist() for seed in (0, 1, 1, 2))
    assert plain == (numbers % 4).tolist()
    assert drawn[0] == drawn[1]
    assert len({tuple(order) for order in (plain, *drawn)}) == 3


def test_the_classes_are_even_in_each_fold_also_rare_ones():
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [900, 90, 30]).astype(np.int32)
    generator.shuffle(labels)
    groups = generator.integers(0, 400, 1020)
    folds = assign_folds(groups, labels, folds=10)
    counts = np.bincount(folds * 3 + labels, minlength=30).reshape(10, 3)
    assert (abs(counts - [90, 9, 3]) <= 1).all()


def test_more_folds_than_texts_leaves_folds_empty():
    assert assign_folds(np.arange(2), np.array([0, 1], np.int32), folds=10).tolist() == [0, 1]
