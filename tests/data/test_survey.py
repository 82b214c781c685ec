"""One walk notes what tells equal texts, equal groups and the parts of a corpus, and nothing of the texts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lstm_cli.data.survey import Survey, Surveyor, _number


def survey(*rows: tuple[str, int], groups: tuple[str, ...] | None = None) -> Survey:
    surveyor = Surveyor(is_grouped=groups is not None)
    for place, (text, label) in enumerate(rows):
        surveyor.add(text, label, groups[place] if groups else "")
    surveyor.end_part()
    return surveyor.end()


def list_equal(numbers: NDArray[np.int64]) -> set[frozenset[int]]:
    """Return the rows that have one number, for each number."""
    return {frozenset(np.flatnonzero(numbers == number).tolist()) for number in np.unique(numbers)}


def test_numbers_are_equal_where_the_texts_are() -> None:
    found = survey(("a", 0), ("b", 1), ("a", 1), ("A", 0), ("b", 1), ("\ud800", 0))
    assert list_equal(found.texts) == {frozenset(rows) for rows in ({0, 2}, {1, 4}, {3}, {5})}
    assert found.labels.tolist() == [0, 1, 1, 0, 1, 0]


def test_without_a_review_there_are_no_numbers() -> None:
    found = Surveyor(is_grouped=True).end()
    assert (len(found.texts), len(found.labels), found.counts, found.count_groups()) == (0, 0, (0, 0, 0), 0)


def test_a_review_without_a_group_is_of_one_with_the_copies_of_its_text() -> None:
    """And of none that is spelled as its text is."""
    rows = (("a", 0), ("a", 1), ("b", 1), ("c", 0), ("d", 0), ("e", 0))
    found = survey(*rows, groups=("", "", "a", "film", "film", ""))
    assert found.groups is not None
    assert list_equal(found.groups) == {frozenset(rows) for rows in ({0, 1}, {2}, {3, 4}, {5})}
    assert found.count_groups() == 4


def test_groups_are_none_where_none_are_kept_together() -> None:
    found = survey(("a", 0), ("b", 1))
    assert found.groups is None
    assert found.count_groups() is None


def test_duplicates_are_all_copies_but_the_first() -> None:
    found = survey(("a", 0), ("b", 1), ("a", 0), ("c", 1), ("a", 1), ("b", 1))
    assert found.find_duplicates().tolist() == [2, 4, 5]


@pytest.mark.parametrize(
    ("rows", "contradictions"),
    [
        ("a0 b1 a0 b1", []),
        ("a0 a1", [1]),
        ("b1 a0 a0 b0 a1 a1 b0", [3, 4]),  # the first of each text, in the order of the rows
        ("a2 a0 a1", [1]),
    ],
)
def test_a_contradiction_is_the_first_row_of_a_text_with_another_label(
    rows: str, contradictions: list[int]
) -> None:
    found = survey(*((row[0], int(row[1])) for row in rows.split()))
    assert found.find_contradictions().tolist() == contradictions


def test_parts_are_counted_in_their_order_and_those_that_are_not_there_are_empty() -> None:
    surveyor = Surveyor()
    for count in (3, 0, 2):
        for number in range(count):
            surveyor.add(f"{count} {number}", 0)
        surveyor.end_part()
    assert surveyor.end().counts == (3, 0, 2)
    assert survey(("a", 0), ("b", 1)).counts == (2, 0, 0)


def test_labels_noted_by_number_become_the_places_of_their_classes() -> None:
    surveyor = Surveyor()
    for label in (0, 1, 2, 1):
        surveyor.add("text", label)
    surveyor.relabel([700, 0, 65_535])
    surveyor.add("later", 5)
    assert surveyor.end().labels.tolist() == [700, 0, 65_535, 0, 5]


def test_texts_are_told_apart_by_either_half_of_their_digests() -> None:
    """Among very many texts halves agree by chance."""
    halves = ((b"x", b"y"), (b"x", b"z"), (b"w", b"y"), (b"x", b"y"))
    digests = [first * 8 + second * 8 for first, second in halves]
    rows = _number(bytearray(b"".join(digests)))
    assert list_equal(rows) == {frozenset({0, 3}), frozenset({1}), frozenset({2})}
