"""What every source of reviews hands over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.data.labelled_rows import LabelledRows
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import LeftOut, Part, Review
from lstm_cli.data.survey import Survey, Surveyor


@dataclass(frozen=True, slots=True)
class Corpus:
    """All labelled reviews of a data set, before any split.

    The reviews may be walked over any number of times. Those of a source without bounds are read anew by every
    walk; a tuple they are where the source is small.

    Attributes:
        name: the data set's name, or its file's or folder's.
        fingerprint: SHA-256 (hexadecimal) of the content that the reviews were read from and, where that is not
            plain, of how it was read.
        reviews: in the source's order.
        test_reviews: the source's own test split, or None where it has none.
        validation_reviews: the same of its own validation split.
        classes: what the labels mean.
        left_out: the rows that are not among the reviews.
        reading: how the source was read, of several the first; None where that is no question.
        further_readings: what is told of those of several that are read otherwise, a line each.
        survey: what a walk over all reviews has shown; None where there was none yet.
    """

    name: str
    fingerprint: str
    reviews: Iterable[Review]
    test_reviews: Iterable[Review] | None = None
    validation_reviews: Iterable[Review] | None = None
    classes: Classes = SENTIMENT
    left_out: tuple[LeftOut, ...] = ()
    reading: Reading | None = None
    further_readings: tuple[str, ...] = ()
    survey: Survey | None = None


@dataclass(frozen=True)
class OpenedSource:
    """A data set that is there, and not parsed yet.

    Attributes:
        compute_fingerprint: returns the fingerprint that the corpus will have.
        load: parses it. Takes the classes of a model that is to judge the reviews, or None for the data set's own.
        open_parts: returns the rows of each part that it has, to be joined with others; there is a `train`.
    """

    compute_fingerprint: Callable[[], str]
    load: Callable[[Classes | None], Corpus]
    open_parts: Callable[[], Mapping[Part, tuple[LabelledRows, ...]]]


def survey_corpus(corpus: Corpus) -> Survey:
    """Return the corpus' survey, made now where there is none."""
    if corpus.survey is not None:
        return corpus.survey
    surveyor = Surveyor()
    for reviews in (corpus.reviews, corpus.validation_reviews or (), corpus.test_reviews or ()):
        for review in reviews:
            surveyor.add(review.text, review.label)
        surveyor.end_part()
    return surveyor.end()
