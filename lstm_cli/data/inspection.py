"""What a data set holds, and what is odd about it, before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import DataConfig
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.review import Corpus, Place
from lstm_cli.data.scripts import find_script
from lstm_cli.data.splits import iter_reviews
from lstm_cli.data.survey import Survey, survey_corpus
from lstm_cli.text.tokenizers import build_tokenizer

_MOST_PLACES = 5
_MOSTLY_CUT, _LONG = 0.5, 0.95
_LARGEST_MAXLEN = 1_000  # that is suggested: an epoch takes as many steps a review
_UNEVEN = 0.8


@dataclass(frozen=True)
class Oddity:
    """Reviews that are odd.

    Attributes:
        count: how many.
        places: where the first few stand; those that have no place are passed over.
    """

    count: int
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, eq=False)
class Inspection:
    """What a data set holds.

    Attributes:
        corpus: the data set.
        parts: reviews of each part that it has of its own; of all of them where it has none.
        classes: reviews of each class, by its name.
        duplicates: reviews whose text stood in an earlier one.
        contradictions: texts with more than one label; each stands where its label is another for the first time.
        lengths: `int64[n]`, words of each review.
        scripts: how many reviews are written in each, the most frequent first.
    """

    corpus: Corpus
    parts: Mapping[str, int]
    classes: Mapping[str, int]
    duplicates: Oddity
    contradictions: Oddity
    lengths: NDArray[np.int64]
    scripts: Mapping[str, int]

    @property
    def reviews(self) -> int:
        """How many there are."""
        return len(self.lengths)


@dataclass(frozen=True)
class Suggestion:
    """A setting that suits a data set better than the default.

    Attributes:
        setting: as `--set` takes it.
        reason: what it helps against.
    """

    setting: str
    reason: str


def inspect_corpus(corpus: Corpus, config: DataConfig) -> Inspection:
    """Walk over a data set, and see what it holds.

    Args:
        corpus: the data set.
        config: says what a word is.

    Raises:
        DataError: it cannot be read.
    """
    survey = survey_corpus(corpus)
    duplicates, contradictions = _find_duplicates(survey), _find_contradictions(survey)
    wanted = {*duplicates[:_MOST_PLACES].tolist(), *contradictions[:_MOST_PLACES].tolist()}
    places: dict[int, Place] = {}
    lengths = np.zeros(len(survey.labels), np.int64)
    scripts: Counter[str] = Counter()
    tokenizer = build_tokenizer(config.tokenizer)
    for row, review in enumerate(iter_reviews(corpus)):
        lengths[row] = len(tokenizer.split(review.text))
        scripts[find_script(review.text)] += 1
        if row in wanted and review.place is not None:
            places[row] = review.place
    counts = np.bincount(survey.labels, minlength=len(corpus.classes))
    has_parts = corpus.test_reviews is not None or corpus.validation_reviews is not None
    names = ("train", "validation", "test") if has_parts else ("all",)

    def describe(rows: NDArray[np.int64]) -> Oddity:
        first = (places.get(row) for row in rows[:_MOST_PLACES].tolist())
        return Oddity(len(rows), tuple(place for place in first if place is not None))

    return Inspection(
        corpus=corpus,
        parts={name: count for name, count in zip(names, survey.counts, strict=False) if count},
        classes=dict(zip(corpus.classes.names, counts.tolist(), strict=True)),
        duplicates=describe(duplicates),
        contradictions=describe(contradictions),
        lengths=lengths,
        scripts=dict(scripts.most_common()),
    )


def suggest_settings(inspection: Inspection, config: DataConfig) -> list[Suggestion]:
    """Return the settings that suit a data set better than those it has."""
    suggestions = []
    cut = float((inspection.lengths > config.maxlen).mean())
    if cut > _MOSTLY_CUT:
        enough = int(np.quantile(inspection.lengths, _LONG))
        maxlen = min(_LARGEST_MAXLEN, 10 * -(-enough // 10))
        kept = float((inspection.lengths <= maxlen).mean())
        reason = f"{cut:.0%} of the reviews are longer than {config.maxlen} words; this keeps {kept:.0%} whole"
        suggestions.append(Suggestion(f"data.maxlen={maxlen}", reason))
    largest = max(inspection.classes, key=inspection.classes.__getitem__)
    share = inspection.classes[largest] / inspection.reviews
    if share > _UNEVEN:
        reason = f"{share:.0%} of the reviews are {largest}: the others count for more"
        suggestions.append(Suggestion("training.class_weight=balanced", reason))
    return suggestions


def describe_oddities(dataset: Dataset) -> list[str]:
    """Return a line for each thing that is odd about an encoded data set, as far as its arrays show it."""
    parts = (dataset.train, dataset.validation, dataset.test)
    labels = np.concatenate([part.labels for part in parts])
    digests = np.concatenate([part.digests for part in parts])
    _, firsts, text_of = np.unique(digests, return_index=True, return_inverse=True)
    contradicting = np.unique(text_of[labels != labels[firsts[text_of]]]).size
    counts = np.bincount(labels, minlength=len(dataset.classes))
    largest, share = int(counts.argmax()), counts.max() / len(labels)
    cut = np.concatenate([part.truncated for part in parts]).mean()
    lines = []
    if len(firsts) < len(labels):
        copies = len(labels) - len(firsts)
        verb = "review repeats" if copies == 1 else "reviews repeat"
        lines.append(f"{copies:,} {verb} the text of another; copies stay in one part")
    if contradicting:
        lines.append(f"{contradicting:,} {'text has' if contradicting == 1 else 'texts have'} more than one label")
    if share > _UNEVEN:
        name = dataset.classes.names[largest]
        lines.append(f"{share:.0%} of the reviews are {name}; --set training.class_weight=balanced evens that out")
    if cut > _MOSTLY_CUT:
        lines.append(f"{cut:.0%} of the reviews are longer than data.maxlen; lstm-data says how long they are")
    return lines


def _find_duplicates(survey: Survey) -> NDArray[np.int64]:
    """Return the rows whose text stood in an earlier one."""
    _, firsts = np.unique(survey.texts, return_index=True)
    is_first = np.zeros(len(survey.texts), np.bool_)
    is_first[firsts] = True
    return np.flatnonzero(~is_first)


def _find_contradictions(survey: Survey) -> NDArray[np.int64]:
    """Return, for each text with more than one label, the first row whose label is not that of its first row."""
    _, firsts, text_of = np.unique(survey.texts, return_index=True, return_inverse=True)
    rows = np.flatnonzero(survey.labels != survey.labels[firsts[text_of]])
    _, first_of_each = np.unique(text_of[rows], return_index=True)
    return np.sort(rows[first_of_each])
