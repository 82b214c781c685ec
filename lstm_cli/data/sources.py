"""Every source of reviews, by name or path. A new source is registered here and nowhere else."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lstm_cli.config import STANDARD_INPUT, Config, SourceConfig
from lstm_cli.data.corpus import Corpus, OpenedSource
from lstm_cli.data.file_reviews import open_files
from lstm_cli.data.folder import open_folder
from lstm_cli.data.held_rows import hold_corpus
from lstm_cli.data.imdb_keras import compute_imdb_keras_fingerprint, load_imdb_keras
from lstm_cli.data.joining import Member, join_sources
from lstm_cli.data.movie_reviews import compute_movie_reviews_fingerprint, load_movie_reviews
from lstm_cli.data.packed_file import PACKINGS, SUFFIXES
from lstm_cli.data.review import Part
from lstm_cli.data.tables.columns import explain_no_groups
from lstm_cli.errors import ConfigError, DataError, explain_failure, suggest_nearest, suggest_sibling


def _name_source(load: Callable[[], Corpus], compute_fingerprint: Callable[[], str]) -> OpenedSource:
    """Return a data set whose classes are every model's that reads it: negative and positive."""
    return OpenedSource(
        compute_fingerprint,
        load=lambda known: load(),  # noqa: ARG005 - see above
        open_parts=lambda: hold_corpus(load()),
    )


_NAMED = {
    **{
        name: _name_source(partial(load_movie_reviews, name), partial(compute_movie_reviews_fingerprint, name))
        for name in ("imdb", "rotten-tomatoes")
    },
    "imdb-keras": _name_source(load_imdb_keras, compute_imdb_keras_fingerprint),
}

DATASET_NAMES = tuple(_NAMED)
"""The names that `load_corpus` knows beside paths."""


def open_source(source: str | SourceConfig, *, usual: SourceConfig | None = None) -> OpenedSource:
    """Open a data set, or several as one, and find out how they are read.

    Args:
        source: the data set's name or path, and how it is read as far as the user says; or its name or path alone.
            A name, one of `DATASET_NAMES`, wins over a file of that name; `./imdb` is the file. A part that it
            names takes the place of the data set's own.
        usual: how a model's own data were read: its columns of text and label are taken where a file has them.

    Raises:
        ConfigError: classes are made of a data set that has its own.
        DataError: there is no such data set, it cannot be read, or it has no column that is named.
    """
    source = SourceConfig(dataset=source) if isinstance(source, str) else source
    members = [
        Member(role, place, _name_dataset(place), open_place(place, source, usual=usual))
        for role, place in list_places(source)
    ]
    if len(members) > 1:
        return join_sources(members, source)
    (dataset,) = source.datasets
    if dataset in _NAMED and source.classes is not None:
        raise ConfigError(f"{dataset} has classes of its own: leave out --classes (data.classes).")
    return members[0].opened


def list_places(source: SourceConfig) -> list[tuple[Part, str]]:
    """Return the data sets that are read, by name or path, each with the part that it is, in a settled order."""
    parts: list[tuple[Part, str | None]] = [("validation", source.validation), ("test", source.test)]
    return [
        *(("train", dataset) for dataset in source.datasets),
        *((part, place) for part, place in parts if place is not None),
    ]


def _name_dataset(dataset: str) -> str:
    return dataset if dataset in _NAMED else resolve_path(dataset).resolve().name


def open_place(dataset: str, source: SourceConfig, *, usual: SourceConfig | None = None) -> OpenedSource:
    """Open one of the data sets that a source names, alone.

    Args:
        dataset: its name or path.
        source: how it is read, as far as the user says.
        usual: as for `open_source`.

    Raises:
        DataError: there is no such data set, or it cannot be read.
    """
    if dataset in _NAMED:
        if source.group is not None:
            raise explain_no_groups(dataset, "its reviews")
        return _NAMED[dataset]
    path = _find_path(dataset)
    if path.is_dir():
        return open_folder(path, source, usual=usual)
    return open_files({"train": [path]}, source, name=path.name, usual=usual)


def load_corpus(source: str | SourceConfig) -> Corpus:
    """Return the labelled reviews of a data set, with its own classes.

    Args:
        source: as for `open_source`.

    Raises:
        ConfigError: as `open_source`.
        DataError: there is no such data set, or it cannot be read.
    """
    return open_source(source).load(None)


def compute_fingerprint(source: str | SourceConfig) -> str:
    """Return the fingerprint of `load_corpus(source)`, without parsing all of it.

    Raises:
        ConfigError: as `open_source`.
        DataError: there is no such data set, or it cannot be read.
    """
    return open_source(source).compute_fingerprint()


def resolve_path(dataset: str) -> Path:
    """Return the path of a data set that is no name, whether it exists or not.

    Raises:
        DataError: no file can be of that path.
    """
    try:
        path = Path(dataset).expanduser()
        path.exists()
        path.resolve()  # which some Pythons refuse where they say of `exists` only that it is not
    # RuntimeError: a user without a home. ValueError: a NUL or half a character.
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(f"There can be no data set {reprlib.repr(dataset)}: {explain_failure(error)}.") from error
    return path


def locate_dataset(config: Config) -> Config:
    """Return the configuration with absolute paths to its data and its vectors, to be repeated from anywhere.

    Raises:
        DataError: no file can be of the path.
    """
    data = config.data
    places = tuple(map(locate_path, data.datasets))
    located: dict[str, object] = {"dataset": places[0] if len(places) == 1 else places}
    for part in ("validation", "test"):
        if getattr(data, part):
            located[part] = locate_path(getattr(data, part))
    embedding = config.model.embedding
    if embedding.vectors is not None:
        embedding = embedding.model_copy(update={"vectors": locate_path(embedding.vectors)})
    model = config.model.model_copy(update={"embedding": embedding})
    return config.model_copy(update={"data": data.model_copy(update=located), "model": model})


def is_there(dataset: str) -> bool:
    """Return whether a data set is one of ours, or something lies at its path.

    Raises:
        DataError: no file can be of that path.
    """
    return dataset in _NAMED or (dataset != STANDARD_INPUT and resolve_path(dataset).exists())


def locate_path(dataset: str) -> str:
    """Return the absolute path of a data set that lies somewhere; a name stays as it is.

    Raises:
        DataError: no file can be of the path.
    """
    if dataset in DATASET_NAMES or dataset == STANDARD_INPUT:
        return dataset
    place = resolve_path(dataset).absolute()
    return str(place) if place.exists() else dataset


def _find_path(dataset: str) -> Path:
    """Return the path of a data set that is no name.

    Raises:
        DataError: there is nothing to read.
    """
    if dataset == STANDARD_INPUT:
        raise DataError("- is standard input, which has no place. Write it to a file, and name that.")
    path = resolve_path(dataset)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if path.is_dir() or (suffixes and suffixes[-1] in (*SUFFIXES, *PACKINGS)):
        return path
    known = (
        f"Known are {', '.join(DATASET_NAMES)}, paths of {', '.join(SUFFIXES)} files, packed or not, and folders."
    )
    if path.exists():
        raise DataError(f"{path} is no data set: it ends in {path.suffix.lower() or 'no suffix'}. {known}")
    if os.sep in dataset or "/" in dataset:
        raise DataError(f"There is no data set at {path}.{suggest_sibling(path) or ' Check the path.'}")
    hint = suggest_sibling(path) or suggest_nearest(dataset, DATASET_NAMES)
    raise DataError(f"There is no data set {dataset!r}.{hint} {known}")
