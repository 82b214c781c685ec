"""Groups: rows of one film, author or thread stay in one part or fold, whatever form of file they come from."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold
from workbooks import build_workbook

from lstm_cli.config import DataConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.review import Review
from lstm_cli.data.sources import compute_fingerprint, load_corpus
from lstm_cli.data.splits import SplitRows, split_corpus
from lstm_cli.data.survey import Surveyor
from lstm_cli.errors import DataError

CASES = Path(__file__).parent / "cases"

Row = tuple[str, int, str]  # a text, its label and its group
ROWS = st.lists(
    st.tuples(st.integers(0, 40).map("text {}".format), st.integers(0, 1), st.sampled_from(["", *"abcdefghij"])),
    min_size=10,
    max_size=80,
)


def build_corpus(rows: Sequence[Row], validation: Sequence[Row] = (), test: Sequence[Row] = ()) -> Corpus:
    """Return rows as a corpus; parts that are empty are none of its own."""
    surveyor = Surveyor(is_grouped=True)
    parts = []
    for part in (rows, validation, test):
        for text, label, group in part:
            surveyor.add(text, label, group)
        surveyor.end_part()
        parts.append(tuple(Review(text, label) for text, label, _ in part))
    return Corpus("made", "0" * 64, parts[0], parts[2] or None, parts[1] or None, survey=surveyor.end())


def split(corpus: Corpus, **settings: object) -> SplitRows:
    return split_corpus(corpus, DataConfig(group="film", **settings))


def list_parts(rows: SplitRows) -> list[list[int]]:
    return [part.tolist() for part in (rows.train, rows.validation, rows.test)]


def expect_apart(parts: Sequence[Sequence[int]], rows: Sequence[Row]) -> None:
    """Check that no text and no group stands in two parts, and no row twice."""
    for kind in ("text", "group"):
        held = [{rows[row][0] if kind == "text" else rows[row][2] for row in part} - {""} for part in parts]
        assert sum(map(len, held)) == len(set().union(*held)), kind
    placed = [row for part in parts for row in part]
    assert len(placed) == len(set(placed))


class TestSplits:
    @given(ROWS, st.sampled_from([0.0, 0.3]), st.none() | st.integers(8, 60), st.integers(0, 2**32 - 1))
    def test_no_group_and_no_text_stands_in_two_parts(
        self, rows: list[Row], test_split: float, limit: int | None, seed: int
    ) -> None:
        """A row is missing only where its text stands in a part that comes later, and it is counted."""
        try:
            drawn = split(build_corpus(rows), test_split=test_split, split_seed=seed, limit=limit)
        except DataError:
            assume(False)
        parts = list_parts(drawn)
        expect_apart(parts, rows)
        taken = min(limit or len(rows), len(rows))
        assert sum(map(len, parts)) + drawn.crossing == taken
        if limit is None:
            later = {rows[row][0] for part in parts[1:] for row in part}
            missing = set(range(len(rows))).difference(*parts)
            assert {rows[row][0] for row in missing} <= later

    @given(ROWS, st.lists(ROWS, min_size=2, max_size=2), st.sampled_from(["validation", "test", "both"]))
    def test_parts_of_ones_own_keep_their_groups_to_themselves(
        self, rows: list[Row], others: list[list[Row]], which: str
    ) -> None:
        validation, test = (
            part if which in {name, "both"} else []
            for part, name in zip(others, ("validation", "test"), strict=True)
        )
        try:
            drawn = split(build_corpus(rows, validation, test))
        except DataError:
            assume(False)
        parts = list_parts(drawn)
        everything = [*rows, *validation, *test]
        expect_apart(parts, everything)
        assert len(everything) == sum(map(len, parts)) + drawn.crossing
        if test:
            assert parts[2] == list(range(len(rows) + len(validation), len(everything)))

    def test_the_shares_are_of_groups_as_scikit_learns(self) -> None:
        """The groups are those of GroupShuffleSplit where they come in their order, whatever they hold."""
        groups = [f"film {number:02}" for number in range(30) for _ in range(1 + number % 4)]
        rows = [(f"text {number}", number % 2, group) for number, group in enumerate(groups)]
        drawn = split(build_corpus(rows), test_split=0.2, validation_split=0.0)
        splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=42)
        ((_, test),) = splitter.split(groups, groups=groups)
        assert sorted(drawn.test.tolist()) == sorted(test.tolist())
        assert len({groups[row] for row in drawn.test.tolist()}) == 6

    def test_a_row_without_a_group_is_one_of_its_own_with_its_copies(self) -> None:
        rows = [(f"text {number // 2}", number // 2 % 2, "") for number in range(80)]
        grouped, plain = build_corpus(rows), Corpus("made", "0" * 64, build_corpus(rows).reviews)
        drawn = split(grouped, test_split=0.0)
        assert list_parts(drawn) == list_parts(split_corpus(plain, DataConfig(test_split=0.0)))
        assert grouped.survey is not None
        assert grouped.survey.count_groups() == 40

    def test_a_group_named_as_a_text_is_not_that_text(self) -> None:
        survey = build_corpus([("a", 0, ""), ("b", 1, "a"), ("a", 1, "b")]).survey
        assert survey is not None
        assert survey.count_groups() == 3

    @pytest.mark.parametrize(
        ("groups", "settings", "message"),
        [
            (3, {"folds": 5, "fold": 1}, r"made: 3 groups are too few for 5 folds .*each part needs one"),
            (1, {}, r"made: 1 groups are too few for test_split=0\.1"),
            (2, {}, r"made: 2 groups are too few for test_split=0\.1 and validation_split=0\.2"),
        ],
    )
    def test_too_few_groups_are_told_with_what_was_asked(
        self, groups: int, settings: dict[str, object], message: str
    ) -> None:
        rows = [(f"text {number}", number % 2, f"film {number % groups}") for number in range(60)]
        with pytest.raises(DataError, match=message):
            split(build_corpus(rows), **settings)

    def test_classes_that_are_groups_leave_nothing_to_learn(self) -> None:
        rows = [(f"text {number}", number % 2, f"film {number % 2}") for number in range(60)]
        with pytest.raises(DataError, match="training reviews have one label, expected both"):
            split(build_corpus(rows), validation_split=0.0, test_split=0.3)

    def test_a_validation_part_whose_texts_are_all_tested_is_refused(self) -> None:
        """Two films of the same texts: whichever is tested, the other cannot judge."""
        same = [(f"text {number}", number % 2, film) for film in "ab" for number in range(10)]
        rows = [*same, *((f"other {number}", number % 2, "c") for number in range(10))]
        messages = set()
        for seed in range(20):
            try:
                split(build_corpus(rows), test_split=0.3, validation_split=0.3, split_seed=seed)
            except DataError as error:
                messages.add(str(error).partition(" Take")[0])
        expected = "made: every text of the 1 groups drawn for validation also stands in the test part."
        assert expected in messages


class TestFolds:
    @given(ROWS, st.integers(2, 5), st.integers(0, 2**32 - 1))
    def test_every_row_is_tested_once_and_what_is_missing_elsewhere_is_counted(
        self, rows: list[Row], folds: int, seed: int
    ) -> None:
        corpus = build_corpus(rows)
        try:
            drawn = [split(corpus, folds=folds, fold=fold + 1, split_seed=seed) for fold in range(folds)]
        except DataError:
            assume(False)
        assert Counter(row for each in drawn for row in each.test.tolist()) == Counter(range(len(rows)))
        for each in drawn:
            assert len(each.test)
            expect_apart(list_parts(each), rows)
            assert sum(map(len, list_parts(each))) + each.crossing == len(rows)

    def test_the_test_parts_are_scikit_learns(self) -> None:
        rows = [(f"text {number}", int(number % 3 == 0), f"film {number % 17:02}") for number in range(120)]
        splitter = StratifiedGroupKFold(4, shuffle=True, random_state=42)
        labels, groups = [label for _, label, _ in rows], [group for _, _, group in rows]
        for fold, (_, test) in enumerate(splitter.split(labels, labels, groups), start=1):
            drawn = split(build_corpus(rows), folds=4, fold=fold)
            assert sorted(drawn.test.tolist()) == test.tolist()


def make_rows() -> list[dict[str, object]]:
    """Return 60 reviews of 20 films, with a title that only the group's option keeps from being a text."""
    return [
        {
            "text": f"review {number}, {'well, ' * (number % 7)}so so",
            "label": number % 2,
            "film": f"Film {number % 20}",
        }
        for number in range(60)
    ]


def write(path: Path) -> Path:
    """Write the reviews in the form that the name's end says."""
    rows = make_rows()
    frame = pd.DataFrame(rows)
    match path.suffix:
        case ".csv":
            frame.to_csv(path, index=False)
        case ".tsv":
            frame.to_csv(path, index=False, header=False, sep="\t", quoting=csv.QUOTE_NONE)
        case ".xlsx":
            path.write_bytes(build_workbook([list(rows[0]), *(list(row.values()) for row in rows)]))
        case ".parquet":
            frame.to_parquet(path)
        case ".jsonl":
            lines = [{"text": row["text"], "label": row["label"], "about": {"film": row["film"]}} for row in rows]
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        case ".json":
            path.write_text(json.dumps({"reviews": rows}))
    return path


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "group", "told"),
        [
            ("a.csv", "film", "'film'"),
            ("a.csv", " FILM", "'film'"),
            ("a.tsv", "3", "column 3"),
            ("a.jsonl", "about.film", "'about.film'"),
            ("a.json", "film", "'film'"),
            ("a.xlsx", "film", "'film'"),
            ("a.parquet", "film", "'film'"),
        ],
    )
    def test_every_form_keeps_its_groups_together(self, tmp_path: Path, name: str, group: str, told: str) -> None:
        """By a name, by a number where there is no header, nested by dots."""
        config = DataConfig(dataset=str(write(tmp_path / name)), group=group)
        corpus = load_corpus(config)
        assert corpus.survey is not None
        assert corpus.survey.count_groups() == 20
        assert corpus.reading is not None
        assert corpus.reading.describe().endswith(f", groups from {told}")
        reviews, rows = list(corpus.reviews), make_rows()
        assert [review.text for review in reviews] == [row["text"] for row in rows]
        films = [{rows[row]["film"] for row in part} for part in list_parts(split_corpus(corpus, config))]
        assert [len(part) for part in films] == [14, 4, 2]
        assert len(set().union(*films)) == 20

    @pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.xlsx"])
    def test_the_reviews_and_their_fingerprint_are_those_without_it(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / name)
        group = {"a.tsv": "3", "a.jsonl": "about.film"}.get(name, "film")
        plain, grouped = DataConfig(dataset=str(path)), DataConfig(dataset=str(path), group=group)
        assert compute_fingerprint(plain) == compute_fingerprint(grouped) == load_corpus(grouped).fingerprint
        assert list(load_corpus(plain).reviews) == list(load_corpus(grouped).reviews)

    def test_the_same_film_in_another_spelling_is_the_same_film(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        films = ["Up", " up ", "UP", "7", "7.0", "", "NA", "Ｕｐ"]
        path.write_text("text,label,film\n" + "".join(f"t{n},{n % 2},{film}\n" for n, film in enumerate(films)))
        survey = load_corpus(DataConfig(dataset=str(path), group="film")).survey
        assert survey is not None
        assert survey.groups is not None
        first = survey.groups[0]
        assert (survey.groups == first).tolist() == [True, True, True, False, False, False, False, True]
        assert survey.groups[3] == survey.groups[4]
        assert survey.count_groups() == 4  # those of no film are two

    def test_a_separator_too_many_still_is_part_of_the_text(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text(
            "film,text,label\nup,good, really good,1\nup,bad,0\njaws,dull, dull, dull,0\njaws,fine,1\n"
        )
        texts = [review.text for review in load_corpus(DataConfig(dataset=str(path), group="film")).reviews]
        assert texts == ["good, really good", "bad", "dull, dull, dull", "fine"]

    def test_the_groups_column_is_not_guessed_to_be_text_or_label(self, tmp_path: Path) -> None:
        """Though it has the name of one, and another has none."""
        path = tmp_path / "a.csv"
        rows = "".join(f"saw this on day {n} and it was long,{n % 2},title {n % 5}\n" for n in range(40))
        path.write_text(f"said,so,title\n{rows}")
        plain, grouped = (load_corpus(DataConfig(dataset=str(path), group=group)) for group in (None, "title"))
        assert plain.reading is not None
        assert grouped.reading is not None
        assert (plain.reading.text, grouped.reading.text) == (("title",), ("said",))
        path.write_text(f"said,so,score\n{rows}")
        grouped = load_corpus(DataConfig(dataset=str(path), group="score"))
        assert grouped.reading is not None
        assert grouped.reading.label == "so"

    @pytest.mark.parametrize(
        ("name", "group", "message"),
        [
            ("a.csv", "fim", r"has no column 'fim' \(--group\).*film.*Found 'text', 'label', 'film'"),
            ("a.tsv", "film", r"has no header: --group takes a column's number from 1 to 3, not 'film'"),
            ("a.jsonl", "film", r"has no column 'film' \(--group\).*Found 'text', 'label', 'about\.film'"),
            ("a.csv", "label", "--group names the column of the label, 'label'"),
            ("a.csv", "text", "--group names the column of the text, 'text'"),
        ],
    )
    def test_a_column_that_cannot_be_meant_is_told_with_those_that_are(
        self, tmp_path: Path, name: str, group: str, message: str
    ) -> None:
        settings = {"label": "label"} if name == "a.csv" else {}
        config = DataConfig(dataset=str(write(tmp_path / name)), text="text" if settings else None, **settings)
        with pytest.raises(DataError, match=message):
            load_corpus(config.model_copy(update={"group": group}))

    @pytest.mark.parametrize(
        "dataset", ["imdb", str(CASES / "fasttext.txt"), str(CASES / "two-folders"), "imdb and a file"]
    )
    def test_what_has_no_columns_has_no_groups(self, tmp_path: Path, dataset: str) -> None:
        several = ("imdb", str(write(tmp_path / "a.csv"))) if dataset == "imdb and a file" else dataset
        with pytest.raises(DataError, match=r"have no column to keep rows together by. Leave out --group"):
            load_corpus(DataConfig(dataset=several, group="film"))

    def test_a_part_of_ones_own_needs_the_column_too(self, tmp_path: Path) -> None:
        test = tmp_path / "test.csv"
        test.write_text("text,label\nfine,1\nbad,0\n")
        config = DataConfig(dataset=str(write(tmp_path / "a.csv")), test=str(test), group="film")
        with pytest.raises(DataError, match=r"test\.csv has no column 'film' \(--group\)"):
            load_corpus(config)

    def test_a_group_that_is_a_list_is_refused_with_its_line(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl")
        path.write_text(f'{path.read_text()}{{"text": "x", "label": 1, "about": {{"film": [1]}}}}\n')
        with pytest.raises(DataError, match=r"line 61: expected a group, got"):
            load_corpus(DataConfig(dataset=str(path), group="about.film"))

    def test_groups_of_several_files_are_the_same_groups(self, tmp_path: Path) -> None:
        files = (str(write(tmp_path / "a.csv")), str(write(tmp_path / "a.xlsx")))
        corpus = load_corpus(DataConfig(dataset=files, group="film"))
        assert corpus.survey is not None
        assert corpus.survey.count_groups() == 20


def test_an_encoded_data_set_knows_how_many_rows_are_in_no_part(tmp_path: Path) -> None:
    """Also from the cache, where a data set with groups is another than without."""
    path = tmp_path / "a.csv"
    rows = [(f"text {number % 40}", number % 2, f"film {number // 4}") for number in range(80)]
    pd.DataFrame(rows, columns=["text", "label", "film"]).to_csv(path, index=False)
    config = DataConfig(dataset=str(path), group="film")
    drawn = split_corpus(load_corpus(config), config)
    first, again = load_dataset(config), load_dataset(config)
    assert first.repeats == again.repeats
    assert (first.repeats.duplicates, first.repeats.contradictions) == (40, 0)
    assert first.repeats.crossing == drawn.crossing > 0
    for dataset in (first, again):
        assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == list(
            map(len, list_parts(drawn))
        )
    plain = load_dataset(config.model_copy(update={"group": None}))
    assert plain.repeats.crossing == 0
    assert not np.array_equal(plain.test.digests, first.test.digests)
