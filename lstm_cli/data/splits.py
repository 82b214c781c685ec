"""One corpus → training, validation and test reviews, with no text and no group in two of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import DataConfig
from lstm_cli.data.corpus import Corpus, survey_corpus
from lstm_cli.data.review import Review
from lstm_cli.data.survey import Survey
from lstm_cli.errors import DataError

_Rows = NDArray[np.int64]
_MANY = 10  # texts: of fewer it is their number that is too small


@dataclass(frozen=True, eq=False)
class SplitRows:
    """Which reviews each split holds, in the order of its rows.

    A review is named by its row: its place in the corpus, whose own validation and test splits follow the other
    reviews.

    Attributes:
        train: `int64[n]`, what the vocabulary and the weights are learnt from.
        validation: `int64[n]`, what judges every epoch.
        test: `int64[n]`, what nothing looks at while training; it may be empty.
        labels: `uint16[n]` of all reviews of the corpus, by their rows.
        crossing: how many rows are in no part, because their text, or their group, also stands in a part that
            comes later: of training, validation, test.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    labels: NDArray[np.uint16]
    crossing: int = 0


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
    return chain(corpus.reviews, corpus.validation_reviews or (), corpus.test_reviews or ())


def read_splits(corpus: Corpus, rows: SplitRows) -> Splits:
    """Return the reviews of these rows, all of them in memory."""
    parts = (rows.train, rows.validation, rows.test)
    wanted = set(np.concatenate(parts).tolist())
    kept = {row: review for row, review in enumerate(iter_reviews(corpus)) if row in wanted}
    return Splits(*(tuple(kept[row] for row in part.tolist()) for part in parts))


def check_classes(labels: NDArray[np.integer], *, dataset: str, classes: Classes = SENTIMENT) -> None:
    """Raise an error if there are reviews, and all of one class.

    Raises:
        DataError: they are.
    """
    if labels.size and labels.min() == labels.max():
        expected = "both classes" if len(classes) == 2 else f"{len(classes)} classes"
        raise DataError(f"{dataset} holds {classes.names[labels[0]]} reviews only. Expected {expected}.")


def split_corpus(corpus: Corpus, config: DataConfig) -> SplitRows:
    """Split a corpus by scikit-learn's `train_test_split(random_state=split_seed)`.

    A stratified test part comes first, unless the corpus has its own; then validation, not stratified. The
    distinct texts are split, and the copies of a text follow their first one, whatever their labels. Without
    copies and with `test_split=0` the rows are those of
    `train_test_split(reviews, test_size=validation_split, random_state=split_seed)`.
    A text of the corpus' own test split is left out of the other two, one of its own validation split of the
    training part. With folds the test part is one of scikit-learn's `StratifiedKFold`.

    Where the survey has groups, these are split in place of the texts: no part is stratified and the shares are of
    groups, as in scikit-learn's `GroupShuffleSplit`; a fold is one of `StratifiedGroupKFold`. What is left out
    because of its text is left out because of its group too. A text of several groups stays in the part that comes
    last, and leaves the others.

    The reviews are walked over once, unless they were before, and what stays of each is its label and a number for
    its text.

    Args:
        corpus: the reviews in their source's order.
        config: `test_split`, the share of the distinct texts held out for the test; `folds` and `fold`, which take
            its place; `validation_split`, the share of the remaining distinct texts; nothing where the corpus has
            its own; `split_seed`, also of the shuffle that `limit` needs, which keeps only so many reviews, the
            first after shuffling, and the same for each of the corpus' own splits.

    Raises:
        DataError: the reviews cannot be read or are all of one class, there are too few for these shares or folds,
            only one class is left to train on, or the corpus has a test part of its own beside the folds.
    """
    survey = survey_corpus(corpus)
    labels, are_groups = survey.labels, survey.groups is not None
    ends = np.cumsum(survey.counts)
    rows, validation, test = np.split(np.arange(ends[-1]), ends[:-1])
    has_own_test, has_own_validation = corpus.test_reviews is not None, corpus.validation_reviews is not None
    if has_own_test and config.folds is not None:
        raise DataError(
            f"{corpus.name} has a test part of its own, and each fold is a test part. Name its training part "
            "alone, or leave out --folds."
        )
    for part in (rows, validation, test):
        check_classes(labels[part], dataset=corpus.name, classes=corpus.classes)
    rows, validation, test = _leave_out_crossing(rows, validation, test, survey)
    crossing = len(labels) - len(rows) - len(validation) - len(test)
    if config.limit is not None:
        rows, validation, test = (
            _sample(part, count=config.limit, seed=config.split_seed) for part in (rows, validation, test)
        )

    # From here on a review is a place in `rows`, whose order says which of several copies, or of a group, is the
    # first; it stands for all of them.
    units = survey.texts if survey.groups is None else survey.groups
    _, firsts, unit_of = np.unique(units[rows], return_index=True, return_inverse=True)
    first_of = firsts[unit_of]
    rest = np.sort(firsts)
    held_out = judging = rest[:0]
    try:
        if config.folds is not None:
            rest, held_out = _take_fold(rest, labels[rows], first_of, config, are_groups=are_groups)
        elif not has_own_test and config.test_split > 0:
            stratify = None if are_groups else labels[rows[rest]]
            rest, held_out = _hold_out(rest, share=config.test_split, seed=config.split_seed, stratify=stratify)
        if not has_own_validation and config.validation_split > 0:
            rest, judging = _hold_out(rest, share=config.validation_split, seed=config.split_seed, stratify=None)
    except ValueError as error:
        raise _explain_too_few(labels[rows[firsts]], corpus, config, are_groups=are_groups) from error

    drawn = (
        rows[_add_copies(rest, first_of)],
        validation if has_own_validation else rows[_add_copies(judging, first_of)],
        test if has_own_test else rows[_add_copies(held_out, first_of)],
    )
    parts = _leave_out_crossing(*drawn, survey)
    if len(judging) and not len(parts[1]):
        raise DataError(
            f"{corpus.name}: every text of the {len(judging)} groups drawn for validation also stands in the test "
            "part. Take another split_seed or other shares."
        )
    _check_training_part(labels[parts[0]], corpus)
    crossing += sum(map(len, drawn)) - sum(map(len, parts))
    return SplitRows(*parts, labels, crossing)


def _leave_out_crossing(
    train: _Rows, validation: _Rows, test: _Rows, survey: Survey
) -> tuple[_Rows, _Rows, _Rows]:
    """Return the rows of the parts without those whose text, or whose group, stands in a part that comes later."""
    validation = _leave_out(validation, test, survey)
    return _leave_out(_leave_out(train, test, survey), validation, survey), validation, test


def _leave_out(rows: _Rows, judging: _Rows, survey: Survey) -> _Rows:
    for units in (survey.texts, survey.groups):
        if units is not None:
            rows = rows[~np.isin(units[rows], units[judging])]
    return rows


def _explain_too_few(
    labels: NDArray[np.integer], corpus: Corpus, config: DataConfig, *, are_groups: bool
) -> DataError:
    """Return the error of texts, or groups, that are too few to be split as asked.

    Args:
        labels: of each text or group.
        corpus: whose they are.
        config: says what was asked.
        are_groups: whether they are groups.
    """
    counts = np.bincount(labels, minlength=len(corpus.classes))
    if not are_groups and (counts == 1).any() and len(labels) >= _MANY:  # as of a slip in a label
        name = corpus.classes.names[int(np.flatnonzero(counts == 1)[0])]
        return DataError(
            f"{corpus.name}: the class {name!r} has one text, too few for a training and a test part. Correct its "
            "label, leave it out with --classes, or take more reviews."
        )
    asked = f"test_split={config.test_split}" if config.folds is None else f"{config.folds} folds"
    if are_groups:
        what, why = "groups", "each part needs one"
    else:
        rarest = int(np.argmin(counts))
        what, why = "distinct reviews", f"of the class {corpus.classes.names[rarest]!r} there are {counts[rarest]}"
    return DataError(
        f"{corpus.name}: {len(labels)} {what} are too few for {asked} and "
        f"validation_split={config.validation_split}: {why}. Take more reviews or other shares."
    )


def _check_training_part(labels: NDArray[np.integer], corpus: Corpus) -> None:
    """Raise an error unless there is a review of each class to train on."""
    advice = "Take more reviews (a larger limit), a smaller validation_split or another split_seed."
    present = np.bincount(labels, minlength=len(corpus.classes)) > 0
    if present.sum() <= 1:
        expected = "both" if len(corpus.classes) == 2 else f"{len(corpus.classes)}"
        raise DataError(
            f"{corpus.name}: all {len(labels)} training reviews have one label, expected {expected}. {advice}"
        )
    if not present.all():
        missing = corpus.classes.names[int(np.flatnonzero(~present)[0])]
        raise DataError(f"{corpus.name}: no training review is of the class {missing!r}. {advice}")


def _hold_out(
    places: NDArray[np.int64], *, share: float, seed: int, stratify: NDArray[np.uint16] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places that stay and the share that is held out.

    Raises:
        ValueError: it cannot be done.
    """
    from sklearn.model_selection import train_test_split

    kept, held_out = train_test_split(places, test_size=share, random_state=seed, stratify=stratify)
    return kept, held_out


def _take_fold(
    firsts: _Rows, labels: NDArray[np.uint16], first_of: _Rows, config: DataConfig, *, are_groups: bool
) -> tuple[_Rows, _Rows]:
    """Return the places that stay and those of the fold that is held out.

    Args:
        firsts: `int64[k]`, the first place of each text or group.
        labels: `uint16[n]`, of every place.
        first_of: `int64[n]`, for every place the first of its text or group.
        config: says how many folds there are, and which it is.
        are_groups: whether they are groups, whose labels are those of all their places.

    Raises:
        ValueError: it cannot be done.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    count, fold = config.folds or 1, config.fold or 1
    if are_groups and len(firsts) < count:
        raise ValueError("fewer groups than folds")
    kind = StratifiedGroupKFold if are_groups else StratifiedKFold
    places = np.arange(len(labels)) if are_groups else firsts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class with fewer texts than folds, which some of them then lack
        splits = kind(count, shuffle=True, random_state=config.split_seed).split(
            places, labels[places], first_of[places]
        )
        held_out = list(splits)[fold - 1][1]
    is_held_out = np.isin(firsts, first_of[places[held_out]])
    return firsts[~is_held_out], firsts[is_held_out]


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
