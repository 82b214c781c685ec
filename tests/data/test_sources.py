from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.data.review import Corpus
from lstm_cli.data.sources import DATASET_NAMES, compute_fingerprint, load_corpus
from lstm_cli.errors import DataError

ROWS = "text,label\nA fine film,1\nA bore,0\n"


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
        ("some/where", "There is no data set at some/where"),
    ],
)
def test_an_unknown_data_set_is_refused_with_what_there_is(dataset: str, message: str) -> None:
    for function in (load_corpus, compute_fingerprint):
        with pytest.raises(DataError, match=message):
            function(dataset)


def test_a_file_of_another_kind_is_refused_with_the_kinds(tmp_path: Path) -> None:
    path = tmp_path / "reviews.xlsx"
    path.write_text("x")
    with pytest.raises(
        DataError, match=r"it ends in \.xlsx\. Known are .*\.csv, \.tsv, \.jsonl files and folders"
    ):
        load_corpus(str(path))
