"""What a data set holds, before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import DataConfig
from lstm_cli.data.cache import locate_cache
from lstm_cli.data.corpus import Corpus, survey_corpus
from lstm_cli.data.near_duplicates import MOST_TEXTS, MOST_WORDS, NearDuplicates, find_near_duplicates
from lstm_cli.data.review import Place
from lstm_cli.data.samples import find_corpus_language, learn_corpus_tokenizer
from lstm_cli.data.splits import SplitRows, iter_reviews, split_corpus
from lstm_cli.data.survey import Survey
from lstm_cli.data.word_file import WordFile, open_word_file
from lstm_cli.errors import DataError
from lstm_cli.text.scripts import find_script
from lstm_cli.text.tokenizers.words_and_signs import has_feelings

_MOST_PLACES = 5
_MOST_PAIRS = 3
_SAMPLE = 1_000  # reviews in which emoticons and marks are looked for, which takes longer than all the rest


@dataclass(frozen=True)
class Oddity:
    """Reviews that are odd.

    Attributes:
        count: how many.
        places: where the first few stand; those that have no place are passed over.
    """

    count: int
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Leak:
    """Texts of the parts that judge which nearly stand in a part that comes before: training, validation, test.

    Attributes:
        count: how many; None where they were not counted.
        places: where the first few stand, each with where the text stands that it is near.
        reason: why they were not counted; empty where they were.
    """

    count: int | None
    places: tuple[tuple[Place, Place], ...] = ()
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Inspection:
    """What a data set holds.

    Attributes:
        corpus: the data set.
        parts: reviews of each part that it has of its own; of all of them where it has none.
        classes: reviews of each class, by its name.
        duplicates: reviews whose text stood in an earlier one.
        contradictions: texts with more than one label; each stands where its label is another for the first time.
        near_duplicates: distinct texts that nearly stand in another part, the parts being those of a training.
        lengths: `int64[n]`, words of each review.
        readable: how many of a review's words are read; longer ones are cut.
        word_counts: `int64[words]`, how often each word stands in the training part, falling.
        scripts: how many reviews are written in each, the most frequent first.
        feelings: the share of reviews with emoticons or marks such as 8/10, as a sample of them shows.
        groups: how many groups are kept together; None where none are.
    """

    corpus: Corpus
    parts: Mapping[str, int]
    classes: Mapping[str, int]
    duplicates: Oddity
    contradictions: Oddity
    near_duplicates: Leak
    lengths: NDArray[np.int64]
    readable: int
    word_counts: NDArray[np.int64]
    scripts: Mapping[str, int]
    feelings: float
    groups: int | None

    @property
    def reviews(self) -> int:
        """How many there are."""
        return len(self.lengths)

    @property
    def cut(self) -> int:
        """How many reviews have more words than are read."""
        return int((self.lengths > self.readable).sum())


def inspect_corpus(corpus: Corpus, config: DataConfig) -> Inspection:
    """Walk over a data set, and see what it holds.

    Args:
        corpus: the data set.
        config: says what a word is, how many are read, and which parts a training would have.

    Raises:
        DataError: it cannot be read.
        OutputError: its words are too many for the memory, and the disk is full.
    """
    survey = survey_corpus(corpus)
    corpus = replace(corpus, survey=survey)
    splits, refusal = _try_splits(corpus, config)
    duplicates, contradictions = survey.find_duplicates(), survey.find_contradictions()
    with open_word_file(locate_cache()) as words:
        scripts, feelings = _read(corpus, words, config, splits=splits)
        found = _find_near(words, survey, splits) if splits else refusal
        lengths = words.count_words()
        counts = np.array([count for _, count in words.iter_counts()], np.int64)
    pairs = found.pairs if isinstance(found, NearDuplicates) else ()
    odd = [duplicates[:_MOST_PLACES], contradictions[:_MOST_PLACES], np.array(pairs, np.int64).reshape(-1)]
    places = _find_places(corpus, np.concatenate(odd).tolist())
    of_classes = np.bincount(survey.labels, minlength=len(corpus.classes))
    has_parts = corpus.test_reviews is not None or corpus.validation_reviews is not None
    names = ("train", "validation", "test") if has_parts else ("all",)
    return Inspection(
        corpus=corpus,
        parts={name: count for name, count in zip(names, survey.counts, strict=False) if count},
        classes=dict(zip(corpus.classes.names, of_classes.tolist(), strict=True)),
        duplicates=_describe(duplicates, places),
        contradictions=_describe(contradictions, places),
        near_duplicates=_describe_leak(found, places),
        lengths=lengths,
        # Cutting after the text keeps the index that starts it, which then takes a word's place.
        readable=config.maxlen - (config.truncating == "post"),
        word_counts=np.sort(counts[counts > 0])[::-1],
        scripts=dict(scripts.most_common()),
        feelings=feelings,
        groups=survey.count_groups(),
    )


def _try_splits(corpus: Corpus, config: DataConfig) -> tuple[SplitRows | None, str]:
    """Return the parts that a training would have, or why there are none."""
    try:
        return split_corpus(corpus, config), ""
    except DataError as error:
        return None, str(error)


def _read(
    corpus: Corpus, words: WordFile, config: DataConfig, *, splits: SplitRows | None
) -> tuple[Counter[str], float]:
    """Add the words of every review to the file; return their scripts, and the share of those with feelings."""
    rows = sum(survey_corpus(corpus).counts)
    train = splits.train if splits else np.arange(rows)
    if not config.is_settled:
        config = config.settle(find_corpus_language(corpus, train))
    tokenizer = learn_corpus_tokenizer(corpus, train, config)
    is_train = np.zeros(rows, np.bool_)
    is_train[train] = True
    step = -(-rows // _SAMPLE)
    scripts: Counter[str] = Counter()
    felt = []
    for row, review in enumerate(iter_reviews(corpus)):
        words.append(tokenizer.split(review.text), counts=bool(is_train[row]))
        scripts[find_script(review.text)] += 1
        if row % step == 0:
            felt.append(has_feelings(review.text))
    words.flush()
    return scripts, float(np.mean(felt))


def _find_near(words: WordFile, survey: Survey, splits: SplitRows) -> NearDuplicates | str:
    """Return the near-duplicates between the splits, or why they are not counted."""
    parts = [_take_firsts(part, survey) for part in (splits.train, splits.validation, splits.test) if len(part)]
    if len(parts) == 1:
        return "all of them are one part"
    texts, counted = sum(map(len, parts)), words.count_words()[np.concatenate(parts)].sum()
    if texts > MOST_TEXTS or counted > MOST_WORDS:
        return f"the data hold more than {MOST_TEXTS:,} texts or {MOST_WORDS:,} words"
    return find_near_duplicates(words.read, parts, limit=_MOST_PAIRS)


def _take_firsts(rows: NDArray[np.int64], survey: Survey) -> NDArray[np.int64]:
    """Return the first row of each text among some rows, in the source's order."""
    rows = np.sort(rows)
    _, firsts = np.unique(survey.texts[rows], return_index=True)
    return rows[np.sort(firsts)]


def _find_places(corpus: Corpus, rows: Iterable[int]) -> dict[int, Place]:
    """Return where the reviews of some rows stand, of those that have a place."""
    wanted = set(rows)
    reviews = islice(enumerate(iter_reviews(corpus)), max(wanted, default=-1) + 1)
    return {row: review.place for row, review in reviews if row in wanted and review.place is not None}


def _describe(rows: NDArray[np.int64], places: Mapping[int, Place]) -> Oddity:
    first = rows[:_MOST_PLACES].tolist()
    return Oddity(len(rows), tuple(places[row] for row in first if row in places))


def _describe_leak(found: NearDuplicates | str, places: Mapping[int, Place]) -> Leak:
    if isinstance(found, str):
        return Leak(None, reason=found)
    named = tuple((places[row], places[other]) for row, other in found.pairs if row in places and other in places)
    return Leak(found.count, named)
