"""One corpus → training, validation and test reviews, with no text in two of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from lstm_cli.data.review import Corpus, Review
from lstm_cli.errors import DataError

_DIGEST_SIZE = 16  # bytes: among a billion texts two different ones agree with a chance of 1e-21


@dataclass(frozen=True, eq=False)
class SplitRows:
    """Which reviews each split holds, in the order of its rows.

    A review is named by its row: its place in the corpus, whose own test split follows the other reviews.

    Attributes:
        train: `int64[n]`, what the vocabulary and the weights are learnt from.
        validation: `int64[n]`, what judges every epoch.
        test: `int64[n]`, what nothing looks at while training; it may be empty.
        labels: `uint8[n]` of all reviews of the corpus, by their rows.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Splits:
    """The reviews of each split as text, in the order of `SplitRows`.

    Attributes:
        train: what the vocabulary and the weights are learnt from.
        validation: what judges every epoch.
        test: what nothing looks at while training; it may be empty.
    """

    train: tuple[Review, ...]
    validation: tuple[Review, ...]
    test: tuple[Review, ...]


def iter_reviews(corpus: Corpus) -> Iterator[Review]:
    """Yield all reviews of a corpus in the order of their rows."""
    return chain(corpus.reviews, corpus.test_reviews or ())


def read_splits(corpus: Corpus, rows: SplitRows) -> Splits:
    """Return the reviews of these rows, all of them in memory."""
    parts = (rows.train, rows.validation, rows.test)
    wanted = set(np.concatenate(parts).tolist())
    kept = {row: review for row, review in enumerate(iter_reviews(corpus)) if row in wanted}
    return Splits(*(tuple(kept[row] for row in part.tolist()) for part in parts))


def check_classes(labels: NDArray[np.integer], *, dataset: str) -> None:
    """Raise an error if there are reviews, and all of one class.

    Raises:
        DataError: they are.
    """
    if labels.size and labels.min() == labels.max():
        only = "positive" if labels[0] else "negative"
        raise DataError(f"{dataset} holds {only} reviews only. Expected both classes.")


def split_corpus(
    corpus: Corpus, *, test_split: float, validation_split: float, split_seed: int, limit: int | None
) -> SplitRows:
    """Split a corpus by scikit-learn's `train_test_split(random_state=split_seed)`.

    A stratified test part comes first, unless the corpus has its own; then validation, not stratified. The
    distinct texts are split, and the copies of a text follow their first one, whatever their labels. Without
    copies and with `test_split=0` the rows are those of
    `train_test_split(reviews, test_size=validation_split, random_state=split_seed)`.
    A text of the corpus' own test split is left out of the other two.

    The reviews are walked over once, and what stays of each is its label and a number for its text.

    Args:
        corpus: the reviews in their source's order.
        test_split: share of the distinct texts held out for the test; nothing where the corpus has its own.
        validation_split: share of the remaining distinct texts.
        split_seed: also of the shuffle that `limit` needs.
        limit: keep only so many reviews, the first after shuffling; the same for the corpus' own test split.

    Raises:
        DataError: the reviews cannot be read or are all of one class, there are too few for these shares, or
            only one class is left to train on.
    """
    labels, texts, own_test = _scan(corpus)
    rows, test = np.arange(own_test), np.arange(own_test, len(labels))
    has_own_test = corpus.test_reviews is not None
    for part in (rows, test):
        check_classes(labels[part], dataset=corpus.name)
    if has_own_test:
        rows = rows[~np.isin(texts[rows], texts[test])]
    if limit is not None:
        rows, test = _sample(rows, count=limit, seed=split_seed), _sample(test, count=limit, seed=split_seed)

    # From here on a review is a place in `rows`, whose order says which of several copies is the first.
    _, firsts, text_of = np.unique(texts[rows], return_index=True, return_inverse=True)
    first_of = firsts[text_of]
    rest = np.sort(firsts)
    held_out = rest[:0]
    try:
        if not has_own_test and test_split > 0:
            rest, held_out = _hold_out(rest, share=test_split, seed=split_seed, stratify=labels[rows[rest]])
        train, validation = _hold_out(rest, share=validation_split, seed=split_seed, stratify=None)
    except ValueError as error:
        raise DataError(
            f"{corpus.name}: {len(firsts)} distinct reviews are too few for test_split={test_split} and "
            f"validation_split={validation_split}: {error} Take more reviews or other shares."
        ) from error

    splits = SplitRows(
        train=rows[_add_copies(train, first_of)],
        validation=rows[_add_copies(validation, first_of)],
        test=test if has_own_test else rows[_add_copies(held_out, first_of)],
        labels=labels,
    )
    train_labels = labels[splits.train]
    if train_labels.min() == train_labels.max():
        raise DataError(
            f"{corpus.name}: all {len(splits.train)} training reviews have one label, expected both. Take "
            "more reviews (a larger limit), a smaller validation_split or another split_seed."
        )
    return splits


def _scan(corpus: Corpus) -> tuple[NDArray[np.uint8], NDArray[np.int64], int]:
    """Walk over all reviews.

    Returns:
        `uint8[n]` labels, `int64[n]` numbers that are equal where the texts are, and how many reviews come
        before the corpus' own test split.
    """
    labels, digests = bytearray(), bytearray()
    counts = []
    for reviews in (corpus.reviews, corpus.test_reviews or ()):
        for review in reviews:
            labels.append(review.label)
            data = review.text.encode("utf-8", "surrogatepass")
            digests += hashlib.blake2b(data, digest_size=_DIGEST_SIZE).digest()
        counts.append(len(labels))
    halves = np.frombuffer(digests, np.uint64).reshape(-1, 2)
    order = np.lexsort((halves[:, 0], halves[:, 1]))
    is_new = (halves[order[1:]] != halves[order[:-1]]).any(axis=1)
    texts = np.zeros(len(order), np.int64)
    texts[order[1:]] = np.cumsum(is_new)
    return np.frombuffer(labels, np.uint8), texts, counts[0]


def _hold_out(
    places: NDArray[np.int64], *, share: float, seed: int, stratify: NDArray[np.uint8] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places that stay and the share that is held out.

    Raises:
        ValueError: scikit-learn's words on why it cannot be done.
    """
    from sklearn.model_selection import train_test_split

    kept, held_out = train_test_split(places, test_size=share, random_state=seed, stratify=stratify)
    return kept, held_out


def _sample(rows: NDArray[np.int64], *, count: int, seed: int) -> NDArray[np.int64]:
    """Return the first `count` rows after shuffling."""
    return rows[np.random.default_rng(seed).permutation(len(rows))[:count]]


def _add_copies(firsts: NDArray[np.int64], first_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of some texts' first copies, each followed by those of its other copies.

    Args:
        firsts: `int64[k]`, in their order.
        first_of: `int64[n]`, for every place that of its text's first copy.
    """
    ranks = np.full(len(first_of), -1)
    ranks[firsts] = np.arange(len(firsts))
    ranks = ranks[first_of]
    members = np.flatnonzero(ranks >= 0)
    return members[np.argsort(ranks[members], kind="stable")]
