"""K folds: each distinct text is in the test part of exactly one, and training never sees that part."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn.model_selection import StratifiedKFold, train_test_split

from lstm_cli.config import DataConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.review import Review
from lstm_cli.data.splits import Splits, read_splits, split_corpus
from lstm_cli.errors import DataError


def split_folds(corpus: Corpus, *, folds: int, **settings: object) -> list[Splits]:
    configs = [DataConfig(folds=folds, fold=fold, **settings) for fold in range(1, folds + 1)]
    return [read_splits(corpus, split_corpus(corpus, config)) for config in configs]


def build_corpus(rows: list[tuple[int, int]], **parts: tuple[Review, ...]) -> Corpus:
    return Corpus("made", "0" * 64, tuple(Review(f"text {number}", label) for number, label in rows), **parts)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1)), min_size=16, max_size=80),
    st.integers(2, 5),
    st.integers(0, 2**32 - 1),
)
def test_every_review_is_tested_once_and_never_by_a_model_that_learnt_its_text(
    rows: list[tuple[int, int]], folds: int, seed: int
) -> None:
    corpus = build_corpus(rows)
    try:
        splits = split_folds(corpus, folds=folds, split_seed=seed)
    except DataError:
        assume(False)
    assert Counter(review for each in splits for review in each.test) == Counter(corpus.reviews)
    for each in splits:
        parts = [each.train, each.validation, each.test]
        texts = [{review.text for review in part} for part in parts]
        assert sum(map(len, texts)) == len(set.union(*texts))
        assert sum(map(len, parts)) == len(rows)


def test_the_rows_are_scikit_learns() -> None:
    """StratifiedKFold draws the test parts, train_test_split the validation part of the rest."""
    rows = [(number, int(number % 3 == 0)) for number in range(53)]
    corpus = build_corpus(rows)
    labels = [label for _, label in rows]
    expected = StratifiedKFold(4, shuffle=True, random_state=7).split(rows, labels)
    for splits, (rest, test) in zip(split_folds(corpus, folds=4, split_seed=7), expected, strict=True):
        train, validation = train_test_split(rest, test_size=0.2, random_state=7)
        for part, places in ((splits.train, train), (splits.validation, validation), (splits.test, test)):
            assert list(part) == [corpus.reviews[place] for place in places]


def test_test_split_is_unused_and_the_limit_is_of_all_folds_together() -> None:
    rows = [(number, number % 2) for number in range(100)]
    one, other = (split_folds(build_corpus(rows), folds=2, test_split=share, limit=40) for share in (0.0, 0.5))
    assert one == other
    assert sum(len(each.test) for each in one) == 40


def test_an_own_validation_part_judges_every_fold() -> None:
    validation = (Review("text 1", 1), Review("other", 0))
    for splits in split_folds(
        build_corpus([(n, n % 2) for n in range(40)], validation_reviews=validation), folds=3
    ):
        assert {review.text for review in splits.validation} <= {"text 1", "other"}
        assert "text 1" not in {review.text for review in splits.train}


def test_a_test_part_beside_the_folds_is_refused() -> None:
    test = (Review("good", 1), Review("bad", 0))
    with pytest.raises(DataError, match="made has a test part of its own, and each fold is a test part"):
        split_folds(build_corpus([(n, n % 2) for n in range(40)], test_reviews=test), folds=3)


def test_too_few_reviews_are_refused_with_the_folds_asked_for() -> None:
    with pytest.raises(
        DataError,
        match=r"made: 4 distinct .* 5 folds and validation_split=0\.2: of the class .negative. there are 2\. ",
    ):
        split_folds(build_corpus([(n, n % 2) for n in range(4)]), folds=5)


@pytest.mark.filterwarnings("error")
def test_a_rare_class_is_told_by_us_alone() -> None:
    """Scikit-learn warns of every class with fewer texts than folds; here it is missing in no training part."""
    rows = [(number, int(number < 3)) for number in range(60)]
    assert len(split_folds(build_corpus(rows), folds=5, validation_split=0.0)) == 5


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"folds": 5}, "folds and fold come together"),
        ({"fold": 1}, "folds and fold come together"),
        ({"folds": 5, "fold": 6}, "fold is one of the 5 folds, from 1 on; got 6"),
        ({"folds": 5, "fold": 1, "test": "a.csv"}, "folds and test exclude each other"),
        ({"folds": 1, "fold": 1}, "greater than or equal to 2"),
    ],
)
def test_impossible_folds_are_refused(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        DataConfig(**settings)
