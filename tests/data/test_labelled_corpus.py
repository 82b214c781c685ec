"""Rows of any origin make one corpus: with its classes, its parts and all that is wrong told at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from lstm_cli.classes import Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.file_reviews import load_files, open_labelled
from lstm_cli.data.held_rows import HeldRows
from lstm_cli.data.labelled_corpus import load_labelled
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import Part
from lstm_cli.errors import DataError

KNOWN = Classes(("bad", "good"), {"bad": 0, "good": 1})
STARS = SourceConfig(classes={"bad": ("1", "2"), "good": ("4", "5")})


def hold(*labels: str, name: str = "made", reading: Reading | None = None) -> HeldRows:
    """Return a text for each label."""
    rows = tuple((number, f"{name} {number}", label) for number, label in enumerate(labels, start=1))
    return HeldRows(Path(name), rows, reading)


def load(
    *train: HeldRows,
    validation: Sequence[HeldRows] = (),
    test: Sequence[HeldRows] = (),
    source: SourceConfig | None = None,
    known: Classes | None = None,
) -> Corpus:
    parts: dict[Part, Sequence[HeldRows]] = {"train": train, "validation": validation, "test": test}
    return load_labelled(parts, source or SourceConfig(), name="several", fingerprint="0" * 64, known=known)


def list_labels(corpus: Corpus) -> list[list[int] | None]:
    """Return the labels of the three parts."""
    parts = (corpus.reviews, corpus.validation_reviews, corpus.test_reviews)
    return [None if part is None else [review.label for review in part] for part in parts]


def list_left_out(corpus: Corpus) -> list[tuple[str, int, tuple[object, ...]]]:
    return [(item.reason, item.count, item.places) for item in corpus.left_out]


def test_parts_have_the_classes_of_the_first_and_leave_out_what_is_none_of_them() -> None:
    corpus = load(
        hold("b", "a", "c"), validation=[hold("c", "d", name="v")], test=[hold("A ", "d", "b", name="t")]
    )
    assert corpus.classes.names == ("a", "b", "c")
    assert list_labels(corpus) == [[1, 0, 2], [2], [0, 1]]
    assert list_left_out(corpus) == [("unknown label", 2, ("v, line 2", "t, line 2"))]
    assert corpus.survey is not None
    assert corpus.survey.counts == (3, 1, 2)
    assert corpus.survey.labels.tolist() == [1, 0, 2, 2, 0, 1]


def test_a_part_without_a_row_that_serves_is_none() -> None:
    assert list_labels(load(hold("a", "b"), validation=[hold("c")], test=[hold()])) == [[0, 1], None, None]


def test_why_a_row_is_of_no_class_depends_on_whose_the_classes_are() -> None:
    rows = hold("1", "3", "5", "4", "3")
    assert list_left_out(load(rows, source=STARS)) == [("in no group", 2, (2, 5))]
    corpus = load(hold("bad", "so so", "good"), known=KNOWN)
    assert list_left_out(corpus) == [("unknown label", 1, (2,))]
    # The model's classes come before those that its settings name.
    assert list_labels(load(hold("bad", "good", "1"), source=STARS, known=KNOWN)) == [[0, 1], None, None]


def test_several_files_are_one_after_the_other_and_named_where_something_is_odd() -> None:
    corpus = load(hold("1", "3", name="one"), hold("3", "5", name="two"), source=STARS)
    assert list_labels(corpus) == [[0, 1], None, None]
    assert list_left_out(corpus) == [("in no group", 2, ("one, line 2", "two, line 1"))]


def test_classes_of_several_files_are_found_together() -> None:
    """Each has its pair, spelled in its own way."""
    corpus = load(hold("neg", "pos", "pos"), hold("2", "1"))
    assert corpus.classes.names == ("negative", "positive")
    assert list_labels(corpus) == [[0, 1, 1, 1, 0], None, None]


def test_a_class_is_named_as_most_rows_spell_it() -> None:
    """The first of the spellings where none is more frequent."""
    assert load(hold("Joy", "fear", "joy", "joy", "Fear")).classes.names == ("fear", "joy")
    assert load(hold("joy", "fear", "Joy", "Joy", "fear")).classes.names == ("fear", "Joy")


def test_what_is_refused_is_told_of_the_file_or_of_them_all() -> None:
    strict = STARS.model_copy(update={"strict": True})
    with pytest.raises(DataError, match=r"^made, line 2: in no group\.$"):
        load(hold("1", "3", "5"), source=strict)
    with pytest.raises(DataError, match=r"^several, two, line 2: in no group\.$"):
        load(hold("1", "5"), hold("5", "3", name="two"), source=strict)


def test_how_files_are_read_is_told_of_the_first_and_of_those_that_are_read_otherwise() -> None:
    ways = [Reading("rows", encoding=encoding) for encoding in ("utf-8", "utf-8", "cp1252")]
    files = [hold("a", "b", name=f"{number}.csv", reading=way) for number, way in enumerate(ways)]
    corpus = load(*files, validation=[hold("a", name="held")])
    assert corpus.reading == ways[0]
    assert corpus.further_readings == ("2.csv: read as cp1252, rows",)
    unread = load(hold("a", "b"), files[0])
    assert (unread.reading, unread.further_readings) == (None, ("0.csv: read as utf-8, rows",))
    assert (corpus.name, corpus.fingerprint) == ("several", "0" * 64)


class TestWithoutReviews:
    def test_what_is_left_out_and_the_labels_are_told(self) -> None:
        with pytest.raises(
            DataError,
            match=r"^made: expected reviews, found none that can serve\. Its labels are '3', 'x'\.\n"
            r"3 rows left out, in no group: lines 1, 2, 3\.$",
        ):
            load(hold("3", "x", "3"), source=STARS)

    def test_a_model_says_which_classes_it_knows(self) -> None:
        with pytest.raises(
            DataError, match=r"serve\. The model knows bad, good\. Its labels are 'x'\.\n1 row left"
        ):
            load(hold("x"), known=KNOWN)

    def test_no_more_than_six_labels_are_shown(self) -> None:
        with pytest.raises(DataError, match=r"Its labels are 'a', 'b', 'c', 'd', 'e', 'f'\.\n"):
            load(hold(*"abcdefgh"), known=KNOWN)

    def test_an_empty_file_is_said_to_be(self) -> None:
        with pytest.raises(
            DataError, match=r"^made: expected reviews, found none that can serve\.\nit is empty\.$"
        ):
            load(hold())


class TestLabelsThatAreNoClasses:
    @pytest.mark.parametrize(("rows", "values", "are_classes"), [(20, 10, True), (20, 11, False), (19, 19, True)])
    def test_half_of_the_rows_may_have_a_value_of_their_own(
        self, rows: int, values: int, are_classes: bool
    ) -> None:
        """Of less than twenty all may."""
        labels = [f"v{number % values}" for number in range(rows)]
        if are_classes:
            assert len(load(hold(*labels)).classes) == values
        else:
            with pytest.raises(
                DataError,
                match=r"^made: the column 'label' holds 11 different values in 20 rows, which are no classes\. .*"
                r"--label, or make classes of its values: --classes",
            ):
                load(hold(*labels))
        known = Classes(
            tuple(dict.fromkeys(labels)), {label: place for place, label in enumerate(dict.fromkeys(labels))}
        )
        assert len(load(hold(*labels), known=known).classes) == values

    @pytest.mark.parametrize("count", [1_000, 1_001])
    def test_a_thousand_are_classes_and_no_more(self, count: int) -> None:
        rows = hold(*(f"v{number % count}" for number in range(3 * count)))
        if count == 1_000:
            assert len(load(rows).classes) == 1_000
        else:
            with pytest.raises(DataError, match="holds 1,001 different values in 3,003 rows"):
                load(rows)

    @pytest.mark.parametrize("spellings", [4_000, 4_001])
    def test_a_class_may_be_spelled_in_several_ways(self, spellings: int) -> None:
        """Past four for each of a thousand classes the rest is not read."""
        rows = hold(*(" " * (number % 9) + f"v{number // 9}" for number in range(spellings)))
        if spellings == 4_000:
            assert len(load(rows).classes) == 445
        else:
            with pytest.raises(DataError, match="holds more than 1,000 different values, which are no classes"):
                load(rows)


class TestClassesOfTheUsers:
    def test_one_without_a_row_is_named_with_its_labels_and_those_that_are_there(self) -> None:
        with pytest.raises(
            DataError, match=r"^made: no row has a label of the class 'bad' \(1, 2\)\. Found 3, 4, 5\.$"
        ):
            load(hold("5", "4", "3"), source=STARS)

    @pytest.mark.parametrize("count", [8, 9])
    def test_eight_of_them_are_shown(self, count: int) -> None:
        labels = "456789abc"[:count]
        shown = ", ".join(labels[:8]) + (", …" if count > 8 else "")
        with pytest.raises(DataError, match=rf"\. Found {shown}\.$"):
            load(hold(*labels), source=STARS)

    def test_one_whose_rows_are_in_another_part_is_there(self) -> None:
        corpus = load(hold("5", "4"), test=[hold("1", "5", name="t")], source=STARS)
        assert list_labels(corpus) == [[1, 1], None, [0, 1]]


class TestSeveralLabels:
    """fastText allows them on one line."""

    def write(self, path: Path, *lines: str) -> list[Path]:
        path.write_text("".join(f"{line} a film\n" for line in lines))
        return [path]

    def test_a_row_with_two_is_refused_unless_they_are_of_one_class(self, tmp_path: Path) -> None:
        files = self.write(tmp_path / "a.txt", "__label__1 __label__2", "__label__5", "__label__3 __label__4")
        corpus = load_files({"train": files}, STARS, name="a.txt")
        assert list_labels(corpus) == [[0, 1, 1], None, None]
        files = self.write(tmp_path / "b.txt", "__label__1 __label__5", "__label__5", "__label__2", "__label__3")
        with pytest.raises(DataError, match=r"line 1: expected a label, got 2 \(1, 5\)\.$"):
            load_files({"train": files}, STARS, name="b.txt")

    def test_a_row_with_two_is_refused_where_the_classes_are_the_files_own(self, tmp_path: Path) -> None:
        files = self.write(
            tmp_path / "a.txt", "__label__1", "__label__1 __label__2 __label__3", "__label__2 __label__1"
        )
        told = r"2 rows cannot be read\.\nline 2: expected a label, got 3 \(1, 2, 3\); line 3: .*got 2 \(2, 1\)\.$"
        with pytest.raises(DataError, match=told):
            load_files({"train": files}, SourceConfig(), name="a.txt")

    def test_each_of_them_is_told_where_none_is_known(self, tmp_path: Path) -> None:
        files = self.write(tmp_path / "a.txt", "__label__odd __label__even", "__label__other")
        rows = open_labelled(files[0], SourceConfig())
        with pytest.raises(DataError, match=r"Its labels are 'odd', 'even', 'other'\.\n"):
            load_labelled({"train": [rows]}, SourceConfig(), name="a.txt", fingerprint="0" * 64, known=KNOWN)


def test_a_walk_tells_of_rows_that_have_become_broken(tmp_path: Path) -> None:
    """A file's reviews are read anew; those that are left out are not told again."""
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,1\nb,3\nc,5\n")
    rows = open_labelled(path, STARS)
    corpus = load_labelled({"train": [rows]}, STARS, name="a.csv", fingerprint=rows.fingerprint)
    assert list_labels(corpus) == list_labels(corpus) == [[0, 1], None, None]
    path.write_text("text,label\na,1\nb,3\nd,5\n")
    with pytest.raises(DataError, match="changed while it was read"):
        list(corpus.reviews)
