"""Every source of reviews, by name or path. A new source is registered here and nowhere else."""

from __future__ import annotations

import hashlib
import os
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lstm_cli.classes import Classes
from lstm_cli.config import Config, SourceConfig
from lstm_cli.data.file_reviews import compute_files_fingerprint, load_files, open_files
from lstm_cli.data.findings import describe_left_out
from lstm_cli.data.folder import compute_folder_fingerprint, load_folder, open_folder
from lstm_cli.data.held_rows import hold_reviews
from lstm_cli.data.imdb_keras import compute_imdb_keras_fingerprint, load_imdb_keras
from lstm_cli.data.labelled_corpus import PARTS, LabelledRows, Part, load_labelled
from lstm_cli.data.movie_reviews import compute_movie_reviews_fingerprint, load_movie_reviews
from lstm_cli.data.packed_file import PACKINGS, SUFFIXES
from lstm_cli.data.review import Corpus
from lstm_cli.errors import ConfigError, DataError, suggest_nearest


@dataclass(frozen=True)
class _NamedSource:
    """How a data set that has a name is read.

    Attributes:
        load: reads and parses it.
        compute_fingerprint: reads it, and returns the fingerprint that `load` would give.
    """

    load: Callable[[], Corpus]
    compute_fingerprint: Callable[[], str]


_NAMED = {
    **{
        name: _NamedSource(partial(load_movie_reviews, name), partial(compute_movie_reviews_fingerprint, name))
        for name in ("imdb", "rotten-tomatoes")
    },
    "imdb-keras": _NamedSource(load_imdb_keras, compute_imdb_keras_fingerprint),
}

DATASET_NAMES = tuple(_NAMED)
"""The names that `load_corpus` knows beside paths."""


def load_corpus(
    source: str | SourceConfig, *, known: Classes | None = None, usual: SourceConfig | None = None
) -> Corpus:
    """Return the labelled reviews of a data set, of several one after the other, with parts of one's own.

    Args:
        source: the data set's name or path, and how it is read as far as the user says; or its name or path alone.
            A name, one of `DATASET_NAMES`, wins over a file of that name; `./imdb` is the file. A part that it
            names takes the place of the data set's own.
        known: the classes of a model that is to judge the reviews: what the labels of a file or folder mean, and
            rows with others are left out. By default they are its own.
        usual: how that model's own data were read: its columns of text and label are taken where a file has them.

    Raises:
        ConfigError: classes are made of a data set that has its own.
        DataError: there is no such data set, or it cannot be read.
    """
    source = _complete(source)
    if _is_joined(source):
        return _load_joined(source, known=known, usual=usual)
    (dataset,) = source.datasets
    if dataset in _NAMED:
        if source.classes is not None:
            raise ConfigError(f"{dataset} has classes of its own: leave out --classes (data.classes).")
        return _NAMED[dataset].load()
    path = _find_path(dataset)
    if path.is_dir():
        return load_folder(path, source, known=known)
    return load_files({"train": [path]}, source, name=path.name, known=known, usual=usual)


def compute_fingerprint(source: str | SourceConfig) -> str:
    """Return the fingerprint of `load_corpus(source)`, without parsing all of it.

    Raises:
        DataError: there is no such data set, or it cannot be read.
    """
    source = _complete(source)
    if _is_joined(source):
        return _join_fingerprints(
            (role, _compute_fingerprint(place, source)) for role, place in _list_roles(source)
        )
    return _compute_fingerprint(source.datasets[0], source)


def _compute_fingerprint(dataset: str, source: SourceConfig) -> str:
    if dataset in _NAMED:
        return _NAMED[dataset].compute_fingerprint()
    path = _find_path(dataset)
    if path.is_dir():
        return compute_folder_fingerprint(path, source)
    return compute_files_fingerprint({"train": [path]}, source)


def _is_joined(source: SourceConfig) -> bool:
    """Return whether reviews of more than one place are read."""
    return len(_list_roles(source)) > 1


def _list_roles(source: SourceConfig) -> list[tuple[Part, str]]:
    """Return what is read for which part; that of `train` may have other parts of its own."""
    roles: list[tuple[Part, str]] = [("train", dataset) for dataset in source.datasets]
    roles += [("validation", source.validation)] if source.validation else []
    return [*roles, ("test", source.test)] if source.test else roles


def _load_joined(source: SourceConfig, *, known: Classes | None, usual: SourceConfig | None) -> Corpus:
    parts: dict[Part, tuple[LabelledRows, ...]] = {}
    fingerprints: list[tuple[Part, str]] = []
    for role, dataset in _list_roles(source):
        opened, fingerprint = _open(dataset, source, usual=usual)
        fingerprints.append((role, fingerprint))
        if role == "train":
            for part, rows in opened.items():
                parts[part] = (*parts.get(part, ()), *rows)
        else:
            parts[role] = _choose_part(opened, role, dataset=dataset)
    corpus = load_labelled(
        parts,
        source,
        name=_name_datasets(source.datasets),
        fingerprint=_join_fingerprints(fingerprints),
        known=known,
    )
    for place, reviews in ((source.validation, corpus.validation_reviews), (source.test, corpus.test_reviews)):
        if place and reviews is None:
            reasons = "; ".join(describe_left_out(corpus.left_out)) or "it is empty"
            raise DataError(
                f"{place}: expected reviews of {', '.join(corpus.classes.names)}, found none that can serve.\n"
                f"{reasons}."
            )
    return corpus


def _open(
    dataset: str, source: SourceConfig, *, usual: SourceConfig | None
) -> tuple[dict[Part, tuple[LabelledRows, ...]], str]:
    """Return the rows of each part of a data set, and its fingerprint."""
    if dataset in _NAMED:
        corpus = _NAMED[dataset].load()
        reviews = {"train": corpus.reviews, "validation": corpus.validation_reviews, "test": corpus.test_reviews}
        held = {
            part: (hold_reviews(corpus.name, reviews[part] or (), classes=corpus.classes),)
            for part in PARTS
            if reviews[part] is not None
        }
        return dict(held), corpus.fingerprint
    path = _find_path(dataset)
    if path.is_dir():
        return open_folder(path, source)
    return open_files({"train": [path]}, source, usual=usual)


def _choose_part(
    opened: Mapping[Part, tuple[LabelledRows, ...]], part: Part, *, dataset: str
) -> tuple[LabelledRows, ...]:
    """Return what is meant by a data set that is given as a part: that part of it, or all where it has none."""
    if part in opened:
        return opened[part]
    if len(opened) > 1:
        raise DataError(
            f"{dataset} has the parts {' and '.join(opened)}, but no {part} part. Name one file of it."
        )
    return opened["train"]


def _join_fingerprints(fingerprints: Iterable[tuple[Part, str]]) -> str:
    lines = (f"{role} {fingerprint}" for role, fingerprint in fingerprints)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _name_datasets(datasets: Sequence[str]) -> str:
    first, *others = (name if name in _NAMED else resolve_path(name).resolve().name for name in datasets)
    if len(others) > 1:
        return f"{first} and {len(others)} more"
    return " and ".join([first, *others])


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
    data = config.data
    places = tuple(map(locate_path, data.datasets))
    located: dict[str, object] = {"dataset": places[0] if len(places) == 1 else places}
    for part in ("validation", "test"):
        if getattr(data, part):
            located[part] = locate_path(getattr(data, part))
    return config.model_copy(update={"data": data.model_copy(update=located)})


def locate_path(dataset: str) -> str:
    """Return the absolute path of a data set that lies somewhere; a name stays as it is.

    Raises:
        DataError: no file can be of the path.
    """
    if dataset in DATASET_NAMES:
        return dataset
    place = resolve_path(dataset).absolute()
    return str(place) if place.exists() else dataset


def _complete(source: str | SourceConfig) -> SourceConfig:
    return SourceConfig(dataset=source) if isinstance(source, str) else source


def _find_path(dataset: str) -> Path:
    """Return the path of a data set that is no name.

    Raises:
        DataError: there is nothing to read.
    """
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
        raise DataError(f"There is no data set at {path}. Check the path.")
    raise DataError(f"There is no data set {dataset!r}.{suggest_nearest(dataset, DATASET_NAMES)} {known}")
