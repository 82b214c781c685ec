"""Every source of reviews, by name or path. A new source is registered here and nowhere else."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lstm_cli.config import Config
from lstm_cli.data.delimited import SUFFIXES, compute_delimited_fingerprint, load_delimited
from lstm_cli.data.folder import compute_folder_fingerprint, load_folder
from lstm_cli.data.imdb_keras import compute_imdb_keras_fingerprint, load_imdb_keras
from lstm_cli.data.movie_reviews import compute_movie_reviews_fingerprint, load_movie_reviews
from lstm_cli.data.review import Corpus
from lstm_cli.errors import DataError, suggest_nearest


@dataclass(frozen=True)
class Source:
    """How a data set is read.

    Attributes:
        load: reads and parses it.
        compute_fingerprint: reads it, and returns the fingerprint that `load` would give.
    """

    load: Callable[[], Corpus]
    compute_fingerprint: Callable[[], str]


_NAMED = {
    **{
        name: Source(partial(load_movie_reviews, name), partial(compute_movie_reviews_fingerprint, name))
        for name in ("imdb", "rotten-tomatoes")
    },
    "imdb-keras": Source(load_imdb_keras, compute_imdb_keras_fingerprint),
}

DATASET_NAMES = tuple(_NAMED)
"""The names that `load_corpus` knows beside paths."""


def load_corpus(dataset: str) -> Corpus:
    """Return the labelled reviews of a data set.

    Args:
        dataset: one of `DATASET_NAMES`, or the path of a `.csv`, `.tsv` or `.jsonl` file or of a folder laid
            out like aclImdb. A name wins over a file of that name; `./imdb` is the file.

    Raises:
        DataError: there is no such data set, or it cannot be read.
    """
    return _find_source(dataset).load()


def compute_fingerprint(dataset: str) -> str:
    """Return the fingerprint of `load_corpus(dataset)`, without parsing anything.

    Raises:
        DataError: there is no such data set, or it cannot be read.
    """
    return _find_source(dataset).compute_fingerprint()


def resolve_path(dataset: str) -> Path:
    """Return the path of a data set that is no name, whether it exists or not.

    Raises:
        DataError: no file can be of that path.
    """
    try:
        path = Path(dataset).expanduser()
        path.exists()
    # RuntimeError: a user without a home. ValueError: a NUL or half a character.
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"There can be no data set {reprlib.repr(dataset)}: {getattr(error, 'strerror', None) or error}."
        ) from error
    return path


def locate_dataset(config: Config) -> Config:
    """Return the configuration with an absolute path to its data, so that a run may be repeated from anywhere.

    Raises:
        DataError: no file can be of the path.
    """
    if config.data.dataset in DATASET_NAMES:
        return config
    place = resolve_path(config.data.dataset).absolute()
    data = config.data.model_copy(update={"dataset": str(place) if place.exists() else config.data.dataset})
    return config.model_copy(update={"data": data})


def _find_source(dataset: str) -> Source:
    if dataset in _NAMED:
        return _NAMED[dataset]
    path = resolve_path(dataset)
    if path.is_dir():
        return Source(partial(load_folder, path), partial(compute_folder_fingerprint, path))
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return Source(partial(load_delimited, path), partial(compute_delimited_fingerprint, path))
    known = f"Known are {', '.join(DATASET_NAMES)} and paths of {', '.join(SUFFIXES)} files and folders."
    if path.exists():
        raise DataError(f"{path} is no data set: it ends in {suffix or 'no suffix'}. {known}")
    if os.sep in dataset or "/" in dataset:
        raise DataError(f"There is no data set at {path}. Check the path.")
    raise DataError(f"There is no data set {dataset!r}.{suggest_nearest(dataset, DATASET_NAMES)} {known}")
