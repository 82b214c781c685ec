"""Labelled rows that are in memory: those of a data set that has a name, or of a folder for each class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.classes import Classes
from lstm_cli.data.findings import NO_TEXT, Findings
from lstm_cli.data.labelled_rows import Labels, join_text
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import Place, Review


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

    def iter_labelled(self, findings: Findings) -> Iterator[tuple[Place, str, Labels]]:
        """Yield the place, the text and the label of each row that has a text; the others are noted."""
        for place, text, label in self.rows:
            try:
                joined = join_text([text])
            except ValueError as error:
                findings.refuse(place, str(error))
                continue
            if joined is None:
                findings.leave_out(place, NO_TEXT)
            else:
                yield place, text, label


def hold_reviews(name: str, reviews: Iterable[Review], *, classes: Classes) -> HeldRows:
    """Return the reviews of a data set that has a name as rows, their classes' names as labels."""
    rows = (
        (review.place or number, review.text, classes.names[review.label])
        for number, review in enumerate(reviews, start=1)
    )
    return HeldRows(Path(name), tuple(rows))
