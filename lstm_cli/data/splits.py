"""One corpus → training, validation and test reviews, with no text in two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstm_cli.data.review import Corpus, Review
from lstm_cli.errors import DataError


@dataclass(frozen=True)
class Splits:
    """The reviews of each split, in the order of the encoded rows.

    Attributes:
        train: what the vocabulary and the weights are learnt from.
        validation: what judges every epoch.
        test: what nothing looks at while training; it may be empty.
    """

    train: tuple[Review, ...]
    validation: tuple[Review, ...]
    test: tuple[Review, ...]


def split_corpus(
    corpus: Corpus, *, test_split: float, validation_split: float, split_seed: int, limit: int | None
) -> Splits:
    """Split a corpus by scikit-learn's `train_test_split(random_state=split_seed)`.

    A stratified test part comes first, unless the corpus has its own; then validation, not stratified. The
    distinct texts are split, and the copies of a text follow their first one, whatever their labels. Without
    copies and with `test_split=0` the rows are those of
    `train_test_split(reviews, test_size=validation_split, random_state=split_seed)`.
    A text of the corpus' own test split is left out of the other two.

    Args:
        corpus: the reviews in their source's order.
        test_split: share of the distinct texts held out for the test; nothing where the corpus has its own.
        validation_split: share of the remaining distinct texts.
        split_seed: also of the shuffle that `limit` needs.
        limit: keep only so many reviews, the first after shuffling; the same for the corpus' own test split.

    Raises:
        DataError: there are too few reviews for these shares, or only one class is left to train on.
    """
    reviews, test = corpus.reviews, corpus.test_reviews
    if test is not None:
        test_texts = {review.text for review in test}
        reviews = tuple(review for review in reviews if review.text not in test_texts)
    if limit is not None:
        reviews = _sample(reviews, count=limit, seed=split_seed)
        test = None if test is None else _sample(test, count=limit, seed=split_seed)

    copies: dict[str, list[Review]] = {}
    for review in reviews:
        copies.setdefault(review.text, []).append(review)
    rest = [same[0] for same in copies.values()]
    held_out: list[Review] = []
    try:
        if test is None and test_split > 0:
            rest, held_out = _split_reviews(rest, share=test_split, seed=split_seed, stratify=True)
        train, validation = _split_reviews(rest, share=validation_split, seed=split_seed, stratify=False)
    except ValueError as error:
        raise DataError(
            f"{corpus.name}: {len(copies)} distinct reviews are too few for test_split={test_split} and "
            f"validation_split={validation_split}: {error} Take more reviews or other shares."
        ) from error

    splits = Splits(
        train=_add_copies(train, copies),
        validation=_add_copies(validation, copies),
        test=_add_copies(held_out, copies) if test is None else test,
    )
    if len({review.label for review in splits.train}) < 2:
        raise DataError(
            f"{corpus.name}: all {len(splits.train)} training reviews have one label, expected both. Take "
            "more reviews (a larger limit), a smaller validation_split or another split_seed."
        )
    return splits


def _split_reviews(
    reviews: Sequence[Review], *, share: float, seed: int, stratify: bool
) -> tuple[list[Review], list[Review]]:
    """Return the reviews that stay and the share that is held out.

    Raises:
        ValueError: scikit-learn's words on why it cannot be done.
    """
    from sklearn.model_selection import train_test_split

    labels = [review.label for review in reviews] if stratify else None
    kept, held_out = train_test_split(reviews, test_size=share, random_state=seed, stratify=labels)
    return kept, held_out


def _sample(reviews: tuple[Review, ...], *, count: int, seed: int) -> tuple[Review, ...]:
    """Return the first `count` reviews after shuffling."""
    order = np.random.default_rng(seed).permutation(len(reviews))
    return tuple(reviews[index] for index in order[:count])


def _add_copies(distinct: Sequence[Review], copies: dict[str, list[Review]]) -> tuple[Review, ...]:
    """Return the reviews with each text's copies right after its first one."""
    return tuple(copy for review in distinct for copy in copies[review.text])
