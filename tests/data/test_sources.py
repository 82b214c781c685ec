"""Every data set by its name or path: all the small files of the forms that people have, among others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lstm_cli.config import STANDARD_INPUT, Config, SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.sources import (
    DATASET_NAMES,
    compute_fingerprint,
    is_there,
    load_corpus,
    locate_dataset,
    locate_path,
)
from lstm_cli.errors import ConfigError, DataError

CASES = Path(__file__).parent / "cases"
ROWS = "text,label\nA fine film,1\nA bore,0\n"
BOTH = {"negative": 20, "positive": 20}
GROUPS = {"negative": ("1", "2"), "positive": ("4", "5")}


def count(corpus: Corpus) -> dict[str, int]:
    """Return how many reviews there are of each class, in their order."""
    counts = Counter(review.label for review in corpus.reviews)
    return {name: counts[label] for label, name in enumerate(corpus.classes.names)}


@pytest.mark.parametrize(
    ("name", "options", "classes"),
    [
        ("no-header-six-columns.csv", {}, BOTH),
        ("tweets-three-classes.csv", {}, {"negative": 18, "neutral": 12, "positive": 14}),
        ("stars.jsonl", {}, {"1": 11, "2": 9, "3": 12, "4": 9, "5": 11}),
        ("stars.jsonl", {"classes": GROUPS}, BOTH),
        ("fasttext.txt", {}, BOTH),
        ("fasttext-two.txt.bz2", {}, BOTH),
        ("phrases.tsv", {}, {"0": 10, "1": 10, "2": 10, "3": 10, "4": 10}),
        ("liked.tsv", {}, BOTH),
        ("stray-quotes.tsv", {}, BOTH),
        ("semicolons-bom.csv", {"text": ("bewertung",), "label": "gut"}, {"ja": 20, "nein": 20}),
        ("utf16.csv", {}, BOTH),
        ("cp1252.csv", {}, BOTH),
        ("reviews.csv.gz", {}, BOTH),
        ("reviews.zip", {}, BOTH),
        ("array.json", {}, BOTH),
        ("reviews.ndjson", {}, BOTH),
        ("reviews.xlsx", {}, BOTH),
        ("reviews.parquet", {}, BOTH),
        ("two-folders", {}, BOTH),
        ("class-folders", {}, {"anger": 12, "boredom": 12, "joy": 12}),
        ("true-false.csv", {}, BOTH),
        ("plus-minus-one.csv", {}, BOTH),
        ("good-bad.csv", {}, {"好评": 20, "差评": 20}),
        ("holes.csv", {}, {"negative": 22, "positive": 21}),
        ("amazon-reviews.csv", {}, {"1": 11, "2": 9, "4": 9, "5": 11}),
        ("amazon-reviews.csv", {"text": ("Summary", "Text"), "classes": GROUPS}, BOTH),
        ("quotes-merge.tsv", {}, {"negative": 41, "positive": 41}),
        ("quotes-escaped.tsv", {}, {"negative": 1, "positive": 1}),
        ("quotes-unbalanced.tsv", {}, {"negative": 1, "positive": 1}),
    ],
)
def test_every_form_that_people_have_is_read(name: str, options: dict[str, Any], classes: dict[str, int]) -> None:
    """With its classes in their order, on every walk, and with one fingerprint."""
    source = SourceConfig(dataset=str(CASES / name), **options)
    corpus = load_corpus(source)
    assert count(corpus) == count(corpus) == classes
    assert list(count(corpus)) == list(classes)
    assert corpus.fingerprint == compute_fingerprint(source)
    assert corpus.reading is not None
    assert corpus.reading.describe().startswith("read as ")


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        (
            "semicolons-bom.csv",
            {},
            "read as utf-8, separated by ';', text from 'bewertung', labels from 'gut'",
        ),
        (
            "no-header-six-columns.csv",
            {},
            "read as cp1252, separated by ',', without a header, text from column 6, labels from column 1",
        ),
        (
            "amazon-reviews.csv",
            {"text": ("Summary", "Text")},
            "read as utf-8, separated by ',', text from 'Summary' and 'Text', labels from 'Score'",
        ),
        ("phrases.tsv", {}, "read as utf-8, separated by a tab, text from 'Phrase', labels from 'Sentiment'"),
        ("stars.jsonl", {}, "read as utf-8, JSON lines, text from 'text', labels from 'stars'"),
        ("reviews.parquet", {}, "read as Parquet, text from 'text', labels from 'label'"),
        ("two-folders", {}, "read as a folder for each class"),
    ],
)
def test_how_it_was_read_is_said_in_a_line(name: str, options: dict[str, Any], expected: str) -> None:
    corpus = load_corpus(SourceConfig(dataset=str(CASES / name), **options))
    assert corpus.reading is not None
    assert corpus.reading.describe() == expected


def test_the_names_are_those_of_the_contract() -> None:
    assert DATASET_NAMES == ("imdb", "rotten-tomatoes", "imdb-keras")


def test_the_fingerprint_is_the_same_with_and_without_parsing(tmp_path: Path, imdb: Corpus) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ROWS)
    assert compute_fingerprint(str(path)) == load_corpus(str(path)).fingerprint
    assert compute_fingerprint("imdb") == imdb.fingerprint


def test_a_name_wins_over_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imdb: Corpus
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "imdb").mkdir()
    assert compute_fingerprint("imdb") == imdb.fingerprint
    with pytest.raises(DataError, match="train/pos"):
        load_corpus("./imdb")


def test_the_classes_of_a_named_data_set_are_its_own() -> None:
    with pytest.raises(ConfigError, match="imdb has classes of its own"):
        load_corpus(SourceConfig(dataset="imdb", classes={"bad": ("0",), "good": ("1",)}))


def test_a_relative_path_and_one_in_the_home_folder_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    here, home = load_corpus("a.csv"), load_corpus("~/a.csv")
    assert here.fingerprint == home.fingerprint
    assert list(here.reviews) == list(home.reviews)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("imbd", r"no data set 'imbd'\. Did you mean 'imdb'\? Known are imdb, rotten-tomatoes, imdb-keras"),
        ("zzzzzz", r"no data set 'zzzzzz'\. Known are imdb"),
        ("missing.csv", r"There is no file missing\.csv"),
        ("missing.parquet.gz", r"There is no file missing\.parquet\.gz"),
        ("missing.zip", r"There is no file missing\.zip"),
        ("some/where", "There is no data set at some/where"),
    ],
)
def test_an_unknown_data_set_is_refused_with_what_there_is(dataset: str, message: str) -> None:
    for function in (load_corpus, compute_fingerprint):
        with pytest.raises(DataError, match=message):
            function(dataset)


@pytest.mark.parametrize("name", ["reviews.docx", "reviews", "reviews.csv.rar"])
def test_a_file_of_another_kind_is_refused_with_the_kinds(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("x")
    with pytest.raises(DataError, match=r"it ends in .*Known are .*\.csv, \.tsv, \.txt.* files, packed or not"):
        load_corpus(str(path))


def build_config(data: dict[str, object], *, vectors: str | None = None) -> Config:
    model = {"recurrent": [{"cell": "lstm", "units": 4}], "embedding": {"vectors": vectors}}
    return Config.model_validate({"data": data, "model": model})


def test_what_lies_somewhere_is_named_by_its_whole_path_and_the_rest_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a run can be repeated from anywhere."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "imdb", "vectors.txt"):
        (tmp_path / name).write_text(ROWS)
    here = str(tmp_path.resolve() / "a.csv")
    for place, located in (
        ("a.csv", here),
        (here, here),
        ("imdb", "imdb"),
        (STANDARD_INPUT, STANDARD_INPUT),
        ("gone.csv", "gone.csv"),
    ):
        assert locate_path(place) == located
        assert locate_dataset(build_config({"dataset": place})).data.dataset == located
    several = build_config({"dataset": ["a.csv", "imdb"], "test": "b.csv"}, vectors="vectors.txt")
    found = locate_dataset(several)
    assert found.data.dataset == (here, "imdb")
    assert (found.data.validation, found.data.test) == (None, str(tmp_path.resolve() / "b.csv"))
    assert found.model.embedding.vectors == str(tmp_path.resolve() / "vectors.txt")


def test_ours_are_always_there_and_files_where_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", STANDARD_INPUT):
        (tmp_path / name).write_text(ROWS)
    places = ("imdb", "a.csv", ".", "b.csv", STANDARD_INPUT)
    assert [is_there(place) for place in places] == [True, True, True, False, False]


@pytest.mark.parametrize("dataset", ["a\0.csv", "x" * 5_000 + ".csv", "~nobody-of-this-name/a.csv", "\ud800.csv"])
def test_a_path_that_no_file_can_have_is_refused(dataset: str) -> None:
    for function in (load_corpus, is_there, locate_path):
        with pytest.raises(DataError, match=r"There can be no data set .*: "):
            function(dataset)


def test_standard_input_has_no_place() -> None:
    with pytest.raises(DataError, match="- is standard input, which has no place"):
        load_corpus(STANDARD_INPUT)


def test_several_files_are_named_without_their_folders(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS)
    places = (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    assert load_corpus(SourceConfig(dataset=places)).name == "a.csv and b.csv"
