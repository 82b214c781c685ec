"""Several data sets → one: read one after the other, with the same classes, and with parts of one's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstm_cli.classes import Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus, OpenedSource
from lstm_cli.data.findings import describe_left_out
from lstm_cli.data.labelled_corpus import load_labelled
from lstm_cli.data.labelled_rows import LabelledRows
from lstm_cli.data.review import Part
from lstm_cli.errors import DataError


@dataclass(frozen=True)
class Member:
    """A data set among several.

    Attributes:
        role: the part that it is; one that is `train` may have other parts of its own.
        place: its name or path.
        name: of it, for a title.
        opened: what is read.
    """

    role: Part
    place: str
    name: str
    opened: OpenedSource


def join_sources(members: Sequence[Member], source: SourceConfig) -> OpenedSource:
    """Return the data sets as one.

    Args:
        members: one or more that are `train`, then at most one of each other part, which takes the place of those
            that the former have of their own.
        source: how all are read, as far as the user says.
    """
    return OpenedSource(
        compute_fingerprint=lambda: _join_fingerprints(members),
        load=lambda known: _load(members, source, known=known),
        open_parts=lambda: _join_parts(members),
    )


def _load(members: Sequence[Member], source: SourceConfig, *, known: Classes | None) -> Corpus:
    corpus = load_labelled(
        _join_parts(members),
        source,
        name=_name_joined([member.name for member in members if member.role == "train"]),
        fingerprint=_join_fingerprints(members),
        known=known,
    )
    parts = {"validation": corpus.validation_reviews, "test": corpus.test_reviews}
    for member in members:
        if member.role != "train" and parts[member.role] is None:
            reasons = "; ".join(describe_left_out(corpus.left_out)) or "it is empty"
            raise DataError(
                f"{member.place}: expected reviews of {', '.join(corpus.classes.names)}, found none.\n{reasons}."
            )
    return corpus


def _join_parts(members: Sequence[Member]) -> Mapping[Part, tuple[LabelledRows, ...]]:
    parts: dict[Part, tuple[LabelledRows, ...]] = {}
    for member in members:
        opened = member.opened.open_parts()
        if member.role == "train":
            for part, rows in opened.items():
                parts[part] = (*parts.get(part, ()), *rows)
        else:
            parts[member.role] = _choose_part(opened, member)
    return parts


def _choose_part(opened: Mapping[Part, tuple[LabelledRows, ...]], member: Member) -> tuple[LabelledRows, ...]:
    """Return what is meant by a data set that is given as a part: that part of it, or all where it has none."""
    if member.role in opened:
        return opened[member.role]
    if len(opened) > 1:
        raise DataError(
            f"{member.place} has the parts {' and '.join(opened)}, but no {member.role} part. Name one file of it."
        )
    return opened["train"]


def _join_fingerprints(members: Sequence[Member]) -> str:
    return join_fingerprints([(member.role, member.opened.compute_fingerprint()) for member in members])


def join_fingerprints(members: Sequence[tuple[Part, str]]) -> str:
    """Return the fingerprint of data sets from the part that each is and its own; of one alone it is that."""
    if len(members) == 1:
        return members[0][1]
    return hashlib.sha256("\n".join(f"{role} {own}" for role, own in members).encode()).hexdigest()


def _name_joined(names: Sequence[str]) -> str:
    first, *others = names
    return f"{first} and {len(others)} more" if len(others) > 1 else " and ".join(names)
