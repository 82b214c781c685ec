from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from lstm_cli.classes import Classes
from lstm_cli.config import DataConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.review import Review
from lstm_cli.data.splits import Splits, read_splits, split_corpus
from lstm_cli.errors import DataError


def build_corpus(*reviews: Review, test_reviews: tuple[Review, ...] | None = None) -> Corpus:
    return Corpus("made", "0" * 64, reviews, test_reviews)


def number_reviews(count: int) -> list[Review]:
    return [Review(f"review {number}", number % 2) for number in range(count)]


def split(corpus: Corpus, **changes: object) -> Splits:
    return read_splits(corpus, split_corpus(corpus, DataConfig(**changes)))


def test_without_a_test_part_the_rows_are_those_of_a_tutorial() -> None:
    """train_test_split(X, y, test_size=0.2, random_state=42) gives the same reviews in the same order."""
    reviews = number_reviews(101)
    splits = split(build_corpus(*reviews), test_split=0.0)
    x_train, x_validation, y_train, y_validation = train_test_split(
        [review.text for review in reviews],
        [review.label for review in reviews],
        test_size=0.2,
        random_state=42,
    )
    assert [review.text for review in splits.train] == x_train
    assert [review.label for review in splits.train] == y_train
    assert [review.text for review in splits.validation] == x_validation
    assert [review.label for review in splits.validation] == y_validation
    assert splits.test == ()


def test_the_test_part_is_stratified() -> None:
    """9 of 10 reviews are positive, and so are 9 of 10 of the test part."""
    reviews = [Review(f"review {number}", int(number % 10 != 0)) for number in range(1000)]
    splits = split(build_corpus(*reviews))
    assert Counter(review.label for review in splits.test) == {1: 90, 0: 10}
    assert len(splits.validation) == 180
    assert len(splits.train) == 720


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1)), min_size=12, max_size=80),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 2**32 - 1),
)
def test_no_text_stands_in_two_splits_and_no_review_is_lost(
    rows: list[tuple[int, int]], test_split: float, seed: int
) -> None:
    """Copies, whatever their labels, go with the first one."""
    reviews = [Review(f"text {number}", label) for number, label in rows]
    try:
        splits = split(build_corpus(*reviews), test_split=test_split, split_seed=seed)
    except DataError:
        assume(False)
    parts = [splits.train, splits.validation, splits.test]
    assert Counter(review for part in parts for review in part) == Counter(reviews)
    texts = [{review.text for review in part} for part in parts]
    assert sum(map(len, texts)) == len(set.union(*texts))


def test_real_copies_stand_in_one_split_only(imdb: Corpus) -> None:
    """The 96 duplicates of the real reviews are all kept, and none crosses from one split to another."""
    splits = split(imdb)
    texts = [{review.text for review in part} for part in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, texts)) == len(set.union(*texts)) == 24_904
    assert len(splits.train) + len(splits.validation) + len(splits.test) == 25_000
    assert {review.label for review in splits.test} == {0, 1}


def test_the_sources_own_test_split_is_kept_and_its_texts_leave_the_rest() -> None:
    shared = Review("review 3", 1)
    test_reviews = (Review("only a test", 0), shared, shared)
    splits = split(build_corpus(*number_reviews(50), test_reviews=test_reviews))
    assert splits.test == test_reviews
    assert len(splits.train) + len(splits.validation) == 49
    assert shared not in splits.train + splits.validation


def test_limit_takes_reviews_after_shuffling() -> None:
    """From reviews sorted by label both classes are taken, the same ones for the same seed."""
    reviews = sorted(number_reviews(200), key=lambda review: review.label)
    corpus = build_corpus(*reviews, test_reviews=tuple(Review(f"test {n}", n % 2) for n in range(80)))
    splits = split(corpus, limit=40)
    assert len(splits.train) + len(splits.validation) == 40
    assert len(splits.test) == 40
    assert {review.label for review in splits.train} == {0, 1}
    assert split(corpus, limit=40) == splits
    assert split(corpus, limit=40, split_seed=7) != splits


def test_a_limit_above_the_number_of_reviews_takes_all() -> None:
    splits = split(build_corpus(*number_reviews(50)), limit=1000)
    assert sum(map(len, (splits.train, splits.validation, splits.test))) == 50


def test_another_seed_gives_another_split() -> None:
    corpus = build_corpus(*number_reviews(100))
    assert split(corpus, split_seed=1) != split(corpus, split_seed=2)


@pytest.mark.parametrize("count", [2, 3])
def test_too_few_reviews_are_refused_with_the_shares_asked_for(count: int) -> None:
    with pytest.raises(DataError, match=rf"made: {count} distinct .* test_split=0\.1 .* validation_split=0\.2"):
        split(build_corpus(*number_reviews(count)))


def test_one_distinct_text_is_too_few_however_many_copies_it_has() -> None:
    with pytest.raises(DataError, match="1 distinct reviews are too few"):
        split(build_corpus(*[Review("spam", 0), Review("spam", 1)] * 20), test_split=0.0)


@pytest.mark.parametrize(("label", "only"), [(1, "positive"), (0, "negative")])
def test_reviews_of_one_class_are_refused(label: int, only: str) -> None:
    reviews = [Review(f"review {number}", label) for number in range(20)]
    mixed = number_reviews(20)
    with pytest.raises(DataError, match=f"holds {only} reviews only. Expected both"):
        split(build_corpus(*reviews))
    with pytest.raises(DataError, match=f"holds {only} reviews only. Expected both"):
        split(build_corpus(*mixed, test_reviews=tuple(reviews)))


def split_texts(corpus: Corpus, *, test_split: float, seed: int, limit: int | None) -> Splits:
    """The promise in its plainest form: lists of reviews and a dictionary of texts, all in memory."""
    reviews, test = list(corpus.reviews), corpus.test_reviews
    if test is not None:
        known = {review.text for review in test}
        reviews = [review for review in reviews if review.text not in known]
    if limit is not None:
        order = np.random.default_rng(seed).permutation(len(reviews))
        reviews = [reviews[index] for index in order[:limit]]
        if test is not None:
            order = np.random.default_rng(seed).permutation(len(test))
            test = tuple(test[index] for index in order[:limit])
    copies: dict[str, list[Review]] = {}
    for review in reviews:
        copies.setdefault(review.text, []).append(review)
    rest, held_out = [same[0] for same in copies.values()], []
    if test is None and test_split:
        labels = [review.label for review in rest]
        rest, held_out = train_test_split(rest, test_size=test_split, random_state=seed, stratify=labels)
    train, validation = train_test_split(rest, test_size=0.2, random_state=seed)
    parts = [tuple(copy for review in part for copy in copies[review.text]) for part in (train, validation)]
    held_out = tuple(copy for review in held_out for copy in copies[review.text])
    return Splits(*parts, test=held_out if test is None else test)


ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1)), min_size=8, max_size=90)


@given(
    ROWS,
    st.none() | ROWS,
    st.sampled_from([0.0, 0.3]),
    st.none() | st.integers(5, 60),
    st.integers(0, 2**32 - 1),
)
def test_the_rows_are_those_of_splitting_all_texts_in_memory(
    rows: list[tuple[int, int]],
    own_test: list[tuple[int, int]] | None,
    test_split: float,
    limit: int | None,
    seed: int,
) -> None:
    """The same reviews in the same order, by nothing but numbers: with copies, own tests and limits."""
    test = None if own_test is None else tuple(Review(f"text {number}", label) for number, label in own_test)
    corpus = build_corpus(*(Review(f"text {number}", label) for number, label in rows), test_reviews=test)
    try:
        splits = split(corpus, test_split=test_split, split_seed=seed, limit=limit)
    except DataError:
        assume(False)
    assert splits == split_texts(corpus, test_split=test_split, seed=seed, limit=limit)


def test_a_training_part_of_one_class_is_refused() -> None:
    """The one other review follows its copy in the test part."""
    reviews = [Review(f"review {number}", 1) for number in range(20)]
    test = (Review("bad", 0), Review("good", 1))
    reviews.append(Review("bad", 0))
    with pytest.raises(DataError, match=r"one label, expected both.*larger limit"):
        split(build_corpus(*reviews, test_reviews=test))


def test_each_fold_tests_what_no_other_does() -> None:
    corpus = build_corpus(*number_reviews(30))
    tested = [split(corpus, folds=3, fold=fold).test for fold in (1, 2, 3)]
    assert [len(part) for part in tested] == [10, 10, 10]
    assert {review for part in tested for review in part} == set(corpus.reviews)


def test_one_training_review_of_a_class_is_enough() -> None:
    """Where there are parts of one's own, nothing has to be shared out."""
    reviews = (*(Review(f"review {number}", 1) for number in range(20)), Review("bad", 0))
    own = (Review("worse", 0), Review("better", 1))
    assert split(Corpus("made", "0" * 64, reviews, own, own[::-1])).train == reviews


def test_rows_in_no_part_are_counted() -> None:
    """Those whose text stands in an own part that judges, and no others."""
    own = (Review("review 3", 1), Review("review 4", 0), Review("a test", 1))
    for reviews, crossing in ((number_reviews(40), 2), ([*number_reviews(40), Review("review 3", 1)], 3)):
        rows = split_corpus(build_corpus(*reviews, test_reviews=own), DataConfig())
        assert rows.crossing == crossing
        assert len(rows.train) + len(rows.validation) + len(rows.test) + crossing == len(rows.labels)
    assert split_corpus(build_corpus(*number_reviews(40)), DataConfig()).crossing == 0


def test_a_training_part_without_a_review_is_refused() -> None:
    """All of them stand in the part that tests."""
    reviews = tuple(number_reviews(4))
    with pytest.raises(DataError, match="all 0 training reviews have one label, expected both"):
        split(Corpus("made", "0" * 64, reviews, reviews, tuple(Review(f"own {n}", n % 2) for n in range(4))))


def test_an_own_validation_split_is_the_validation_part() -> None:
    """None is drawn then; a text of it, or of the own test split, is trained on by nobody."""
    reviews = [*number_reviews(40), Review("shared", 1), Review("tested", 0)]
    validation = (Review("shared", 0), Review("tested", 1), *(Review(f"judge {n}", n % 2) for n in range(8)))
    test = (Review("tested", 0), Review("only a test", 1))
    corpus = Corpus("made", "0" * 64, tuple(reviews), test, validation)
    splits = split(corpus)
    assert splits.test == test
    assert splits.validation == (validation[0], *validation[2:])
    assert sorted(review.text for review in splits.train) == sorted(f"review {n}" for n in range(40))
    drawn = split(Corpus("made", "0" * 64, tuple(reviews), None, validation))
    assert drawn.validation == validation
    assert len(drawn.test) == 4


def test_a_class_of_one_text_among_many_is_named() -> None:
    """A slip in a label makes one."""
    corpus = Corpus(
        "made", "0" * 64, (*number_reviews(40), Review("a slip", 2)), classes=Classes(("0", "1", "5"), {})
    )
    with pytest.raises(DataError, match=r"the class '5' has one text, .* leave it out with --classes"):
        split(corpus)


@pytest.mark.parametrize(
    ("count", "told"), [(10, "the class '5' has one text"), (9, "9 distinct reviews are too few")]
)
def test_of_few_texts_it_is_their_number_that_is_too_small(count: int, told: str) -> None:
    reviews = (*number_reviews(count - 1), Review("a slip", 2))
    with pytest.raises(DataError, match=told):
        split(Corpus("made", "0" * 64, reviews, classes=Classes(("0", "1", "5"), {})))


def test_a_class_without_a_training_review_is_named() -> None:
    reviews = [*number_reviews(40), *[Review("one text", 2)] * 3]
    corpus = Corpus("made", "0" * 64, tuple(reviews), classes=Classes(("0", "1", "5"), {}))
    outcomes = set()
    for seed in range(12):
        try:
            split(corpus, test_split=0.0, validation_split=0.5, split_seed=seed)
            outcomes.add("")
        except DataError as error:
            outcomes.add(str(error).partition(".")[0])
    assert outcomes == {"", "made: no training review is of the class '5'"}
