"""`keras.datasets.imdb`: the official 25,000 + 25,000 IMDB reviews, from Keras' own two files.

Keras publishes the reviews as indices, and the words beside them (https://keras.io/api/datasets/imdb). Here
the indices are turned back into words, so that these reviews go the way of all others. Their letters are
lower-case and their punctuation is gone already. Our tokenizer splits the joined words into the same ones but
for what Keras' tokenizer leaves on some 0.3 % of them: quotes at a word's edge (`'the` becomes `the`) and signs
outside ASCII such as dashes, which separate words here. The tag `<br />` is the word `br` there and stays one.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import logging
import os
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lstm_cli.data.corpus import Corpus
from lstm_cli.data.pickled_lists import read_number_lists
from lstm_cli.data.review import Review
from lstm_cli.data.text_file import read_bytes
from lstm_cli.errors import DataError, OutputError
from lstm_cli.text.vocabulary import SpecialIndices, Vocabulary, cut_words
from lstm_cli.whole_file import write_whole

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
"""Where Keras publishes its data sets."""

_TIMEOUT_SECONDS = 30  # between two answers of the server, not of the whole download
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _PublishedFile:
    """A file that Keras publishes, with the hash that Keras itself checks."""

    name: str
    algorithm: str
    digest: str


REVIEWS_FILE = _PublishedFile(
    "imdb.npz", "sha256", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
)
WORDS_FILE = _PublishedFile("imdb_word_index.json", "md5", "bfafd718b763782e994055a2d397834f")


def load_imdb_keras() -> Corpus:
    """Return the official reviews, in the order of `keras.datasets.imdb.load_data()`, its test split kept.

    Raises:
        DataError: a file is neither in Keras' cache nor to be downloaded, or what came is damaged.
    """
    reviews_data, words_data = _fetch(REVIEWS_FILE), _fetch(WORDS_FILE)
    arrays = _read_arrays(reviews_data)
    words = {index: word for word, index in json.loads(words_data).items()}
    shuffle = np.random.RandomState(113)  # load_data's generator and seed
    train = _decode_part(arrays, "train", words, shuffle)
    test = _decode_part(arrays, "test", words, shuffle)
    return Corpus("imdb-keras", hashlib.sha256(reviews_data + words_data).hexdigest(), train, test)


def compute_imdb_keras_fingerprint() -> str:
    """Return the fingerprint of `load_imdb_keras()` without decoding; the files are downloaded if missing.

    Raises:
        DataError: as `load_imdb_keras`.
    """
    return hashlib.sha256(_fetch(REVIEWS_FILE) + _fetch(WORDS_FILE)).hexdigest()


def load_keras_vocabulary(*, num_words: int) -> Vocabulary:
    """Return the numbering of `keras.datasets.imdb.load_data(num_words=…)`, for models that others trained on it.

    Keras ranks the words of all 50,000 reviews, and its most frequent word has the index 4: 3 is never used.

    Raises:
        DataError: as `load_imdb_keras`.
    """
    ranks: dict[str, int] = json.loads(_fetch(WORDS_FILE))
    ranked = sorted(ranks, key=ranks.__getitem__)
    return cut_words(ranked, num_words=num_words, special=SpecialIndices(first_word=4))


def _fetch(file: _PublishedFile) -> bytes:
    """Return a published file's content from Keras' cache, downloading it into there first where needed.

    `keras.utils.get_file` would do the same, but it prints to stdout, waits for ever on a silent network,
    leaves half a file where it is killed, and deletes what a user has placed there.
    """
    path = _locate(file)
    if os.access(path, os.R_OK):
        data = read_bytes(path)
        if _is_published(data, file):
            return data
        _log.warning("%s is not the file that Keras publishes; downloading it anew.", path)
    url = ORIGIN + file.name
    try:
        _log.info("Downloading %s to %s", url, path)
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - our own constant
            downloaded: bytes = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise _explain(file, f"the download failed ({error})") from error
    if not _is_published(downloaded, file):
        raise _explain(file, f"what came does not have the {file.algorithm} {file.digest}")
    try:
        with write_whole(path) as aside:
            aside.write_bytes(downloaded)
    except OutputError as error:  # the next run downloads it again
        _log.info("Not kept: %s", error)
    return downloaded


def _locate(file: _PublishedFile) -> Path:
    """Return where Keras keeps its data sets."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    try:
        folder = Path(home).expanduser()
    except RuntimeError:  # nobody knows the user's home: nothing can lie there
        folder = Path(os.devnull)
    return folder / "datasets" / file.name


def _is_published(data: bytes, file: _PublishedFile) -> bool:
    return hashlib.new(file.algorithm, data, usedforsecurity=False).hexdigest() == file.digest


def _explain(file: _PublishedFile, reason: str) -> DataError:
    return DataError(
        f"imdb-keras needs {ORIGIN}{file.name}, but {reason}.\n"
        f"Place that file at {_locate(file)} by hand, or use --data imdb, which needs no network."
    )


def _read_arrays(data: bytes) -> dict[str, Any]:
    """Return the arrays of an `.npz` file by name; the ragged ones as lists of lists."""
    arrays: dict[str, Any] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                content = io.BytesIO(file.read())
            np.lib.format.read_magic(content)
            _, _, dtype = np.lib.format.read_array_header_1_0(content)
            if dtype.hasobject:
                arrays[name.removesuffix(".npy")] = read_number_lists(content.read())
            else:
                content.seek(0)
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(content, allow_pickle=False)
    return arrays


def _decode_part(
    arrays: Mapping[str, Any],
    part: str,
    words: Mapping[int, str],
    shuffle: np.random.RandomState,
) -> tuple[Review, ...]:
    """Return the reviews of `part`, `train` or `test`, shuffled as Keras does it."""
    sequences, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
    order = np.arange(len(sequences))
    shuffle.shuffle(order)
    return tuple(
        Review(" ".join(words[index] for index in sequences[row].tolist()), int(labels[row])) for row in order
    )
