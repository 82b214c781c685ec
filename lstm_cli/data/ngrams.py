"""What n-grams say of a data set's classes: learnt from its training part alone, told of every part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.data.word_file import WordFile
from lstm_cli.errors import ConfigError
from lstm_cli.text.ngrams.cost import choose_texts, estimate_cost
from lstm_cli.text.ngrams.settings import NgramSettings, is_of_characters
from lstm_cli.text.ngrams.tables import NgramInputs, NgramTables
from lstm_cli.text.ngrams.tokens import DistinctTokens, TokenTexts, describe_tokens

_Rows = NDArray[np.int64]


@dataclass(frozen=True)
class NgramProgress:
    """How far the learning of n-grams is.

    Attributes:
        texts: that are learnt from.
        of: training texts; more where they are too many to learn from all.
        seconds: that all of it takes, by an estimate.
        bytes: of memory that it takes at most, likewise.
        share: that is done.
    """

    texts: int
    of: int
    seconds: float
    bytes: int
    share: float


Listener = Callable[[NgramProgress], None]


@dataclass(frozen=True, eq=False)
class LearntNgrams:
    """What was learnt from the training part, and what is told of those texts.

    Attributes:
        tables: for all texts that were not learnt from.
        inputs: of those that were, by folds that they are not in.
        ends: `int64[texts + 1]`, where in `inputs.channels` each of them begins, and the end of the last.
        places: `int64[reviews]`, by a review's row, which of them it is; -1 for none.
        distinct: the words of all reviews, by their numbers.
    """

    tables: NgramTables
    inputs: NgramInputs
    ends: NDArray[np.int64]
    places: NDArray[np.int64]
    distinct: DistinctTokens

    def tell(self, rows: _Rows, words: WordFile) -> tuple[NgramInputs, NDArray[np.int64]]:
        """Return what is told of some reviews, and how many words each of them has: `int64[rows]`."""
        texts = read_texts(words, rows, distinct=self.distinct)
        places = self.places[rows]
        is_other = places < 0
        channels = np.empty((len(texts.numbers), self.tables.width), np.float16)
        logits = np.empty((len(rows), self.tables.outputs), np.float32)
        told = self.tables.encode(texts.take(np.flatnonzero(is_other)))
        channels[np.repeat(is_other, texts.lengths)], logits[is_other] = told.channels, told.logits
        for row in np.flatnonzero(~is_other).tolist():
            begin, end = self.ends[places[row] : places[row] + 2]
            channels[texts.starts[row] : texts.starts[row + 1]] = self.inputs.channels[begin:end]
        logits[~is_other] = self.inputs.logits[places[~is_other]]
        return NgramInputs(channels, logits), texts.lengths


def learn_ngrams(
    words: WordFile,
    train: _Rows,
    *,
    labels: NDArray[np.integer],
    groups: NDArray[np.integer] | None,
    classes: int,
    settings: NgramSettings,
    marks_spaces: bool,
    listener: Listener,
) -> LearntNgrams:
    """Learn from the training part, or from a sample of it where it is very large.

    Args:
        words: of all reviews.
        train: the rows of the training part.
        labels: of all reviews, by their rows.
        groups: likewise, where the user names them; texts of one stay in one fold.
        classes: how many there are.
        settings: what is learnt.
        marks_spaces: whether words themselves tell where spaces were.
        listener: is told how far it is.

    Raises:
        ConfigError: it takes more memory than there is.
    """
    from lstm_cli.text.ngrams.fitting import fit_ngrams  # with numba, for those that learn

    own_labels, lengths = labels[train].astype(np.int32), words.count_words()[train]
    are_spelled = any(map(is_of_characters, settings.patterns))
    distinct = describe_tokens(words.iter_words(), marks_spaces=marks_spaces if are_spelled else None)
    length = _measure_words(words, distinct)
    chosen = choose_texts(
        own_labels, tokens=int(lengths.sum()), characters=length, classes=classes, settings=settings
    )
    tokens = int(lengths[chosen].sum())
    cost = estimate_cost(texts=len(chosen), tokens=tokens, characters=length, classes=classes, settings=settings)
    _check_memory(cost.bytes)

    def report(share: float) -> None:
        listener(NgramProgress(len(chosen), len(train), cost.seconds, cost.bytes, share))

    report(0.0)
    texts = read_texts(words, train[chosen], distinct=distinct)
    fitted = fit_ngrams(
        texts,
        own_labels[chosen],
        classes=classes,
        settings=settings,
        groups=None if groups is None else groups[train[chosen]].astype(np.int64),
        report=report,
    )
    places = np.full(len(labels), -1, np.int64)
    places[train[chosen]] = np.arange(len(chosen))
    return LearntNgrams(fitted.tables, fitted.inputs, texts.starts, places, distinct)


def _measure_words(words: WordFile, distinct: DistinctTokens) -> float:
    """Return how many characters a word of the training part has on average; 0 where nobody asks."""
    if distinct.spellings is None:
        return 0.0
    counts = np.fromiter((count for _, count in words.iter_counts()), np.int64, len(distinct.hashes))
    return float(distinct.spellings.lengths @ counts / max(1, counts.sum()))


def recall_ngrams(words: WordFile, tables: NgramTables, *, reviews: int, marks_spaces: bool) -> LearntNgrams:
    """Return what tables that were learnt from other reviews say of these.

    Args:
        words: of all reviews.
        tables: that know none of them.
        reviews: how many there are.
        marks_spaces: as for `learn_ngrams`.
    """
    nothing = NgramInputs(np.zeros((0, tables.width), np.float16), np.zeros((0, tables.outputs), np.float32))
    are_spelled = any(map(is_of_characters, tables.patterns))
    distinct = describe_tokens(words.iter_words(), marks_spaces=marks_spaces if are_spelled else None)
    return LearntNgrams(tables, nothing, np.zeros(1, np.int64), np.full(reviews, -1, np.int64), distinct)


def count_alike(words: WordFile, train: _Rows, validation: _Rows, *, distinct: DistinctTokens) -> tuple[int, int]:
    """Return how many validation texts share rare words with a training text, and how many would by chance."""
    from lstm_cli.text.ngrams.groups import count_shared

    texts = read_texts(words, np.concatenate([train, validation]), distinct=distinct)
    return count_shared(texts, train=len(train))


def read_texts(words: WordFile, rows: _Rows, *, distinct: DistinctTokens) -> TokenTexts:
    """Return some reviews as tokens.

    Args:
        words: of all reviews.
        rows: which ones.
        distinct: the words, by their numbers.
    """
    numbers = [words.read(row) for row in rows.tolist()]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(text) for text in numbers], out=starts[1:])
    tokens = np.concatenate([np.zeros(0, np.int32), *numbers])
    return TokenTexts(tokens, distinct.hashes, starts, distinct.spellings)


def _check_memory(needed: int) -> None:
    import psutil

    available = psutil.virtual_memory().available
    if needed > available:
        raise ConfigError(
            f"Learning what n-grams say takes about {needed / 1e9:.1f} GB of memory, and {available / 1e9:.1f} GB "
            "are free. Take fewer reviews (data.limit) or fewer data.ngrams.patterns, or close other programs."
        )
