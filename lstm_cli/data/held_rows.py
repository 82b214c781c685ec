"""Labelled rows that are in memory: those of a data set that has a name, or of a folder for each class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.data.corpus import Corpus
from lstm_cli.data.findings import NO_TEXT, Findings
from lstm_cli.data.labelled_rows import LabelledRow, LabelledRows, join_text
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import PARTS, Part, Place


@dataclass(frozen=True)
class HeldRows:
    """Rows with a text and a label.

    Attributes:
        path: the folder, or the data set's name.
        rows: the place, the text and the label of each.
        reading: how they were read; None where that is no question.
    """

    path: Path
    rows: tuple[tuple[Place, str, str], ...]
    reading: Reading | None = None

    @property
    def label(self) -> str:
        """What holds the labels."""
        return "label"

    @property
    def labels(self) -> frozenset[str]:
        """The labels, as they are spelled."""
        return frozenset(label for _, _, label in self.rows)

    def iter_labelled(self, findings: Findings) -> Iterator[LabelledRow]:
        """Yield the rows that have a text; the others are noted."""
        for place, text, label in self.rows:
            try:
                joined = join_text([text])
            except ValueError as error:
                findings.refuse(place, str(error))
                continue
            if joined is None:
                findings.leave_out(place, NO_TEXT)
            else:
                yield LabelledRow(place, text, label)


def hold_corpus(corpus: Corpus) -> dict[Part, tuple[LabelledRows, ...]]:
    """Return the rows of each part of a corpus, their classes' names as labels."""
    parts = (corpus.reviews, corpus.validation_reviews, corpus.test_reviews)
    names = corpus.classes.names
    return {
        part: (
            HeldRows(
                Path(corpus.name),
                tuple(
                    (number if review.place is None else review.place, review.text, names[review.label])
                    for number, review in enumerate(reviews, start=1)
                ),
            ),
        )
        for part, reviews in zip(PARTS, parts, strict=True)
        if reviews is not None
    }
