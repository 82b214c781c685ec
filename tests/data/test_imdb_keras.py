"""`imdb-keras` against a stand-in on this machine: no test here needs the network."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.data import imdb_keras
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.imdb_keras import (
    compute_imdb_keras_fingerprint,
    load_imdb_keras,
    load_keras_vocabulary,
)
from lstm_cli.errors import DataError
from lstm_cli.text.tokenizers.words import split_words

WORDS = ["the", "film", "don't", "'quoted", "br", "bore", "fine"]
CLOSED_PORT = "http://127.0.0.1:9/"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A file server that logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
        """Log nothing."""


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files like Keras', whose hashes pass for the published ones; nothing serves them yet."""
    folder = tmp_path / "published"
    folder.mkdir()
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 12), ("test", 8)):
        sequences = np.empty(count, dtype=object)
        sequences[:] = [random.integers(1, len(WORDS) + 1, size).tolist() for size in range(2, count + 2)]
        arrays |= {f"x_{part}": sequences, f"y_{part}": np.arange(count) % 2}
    np.savez(folder / "imdb.npz", **arrays)
    (folder / "imdb_word_index.json").write_text(json.dumps({word: i for i, word in enumerate(WORDS, start=1)}))
    for constant, name, algorithm in (
        ("REVIEWS_FILE", "imdb.npz", "sha256"),
        ("WORDS_FILE", "imdb_word_index.json", "md5"),
    ):
        digest = hashlib.new(algorithm, (folder / name).read_bytes()).hexdigest()
        monkeypatch.setattr(imdb_keras, constant, imdb_keras._PublishedFile(name, algorithm, digest))
    monkeypatch.setattr(imdb_keras, "ORIGIN", CLOSED_PORT)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return folder


@pytest.fixture
def server(published: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[http.server.ThreadingHTTPServer]:
    """The published files behind a URL of this machine."""
    handler = functools.partial(QuietHandler, directory=published)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(imdb_keras, "ORIGIN", f"http://127.0.0.1:{running.server_port}/")
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def keras_cache(cache_home: Path) -> Path:
    return cache_home / "keras" / "datasets"


def place(published: Path, keras_cache: Path) -> None:
    keras_cache.mkdir(parents=True)
    for file in published.iterdir():
        (keras_cache / file.name).write_bytes(file.read_bytes())


def expect_decoded(corpus: Corpus) -> None:
    """Check that a corpus is the published one."""
    assert len(corpus.reviews) == 12
    assert corpus.test_reviews is not None
    assert len(corpus.test_reviews) == 8
    assert {word for review in corpus.reviews for word in review.text.split()} == set(WORDS)


@pytest.mark.usefixtures("server")
def test_the_files_are_downloaded_once(keras_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They land in Keras' cache, and the second time nothing is asked for."""
    first = load_imdb_keras()
    expect_decoded(first)
    assert sorted(file.name for file in keras_cache.iterdir()) == ["imdb.npz", "imdb_word_index.json"]
    monkeypatch.setattr(imdb_keras, "ORIGIN", CLOSED_PORT)
    assert load_imdb_keras() == first
    assert compute_imdb_keras_fingerprint() == first.fingerprint


@pytest.mark.usefixtures("server")
def test_where_nothing_can_be_kept_they_are_read_all_the_same(keras_cache: Path) -> None:
    keras_cache.parent.touch()  # a file where the folder would be
    expect_decoded(load_imdb_keras())
    assert keras_cache.parent.read_bytes() == b""


def test_rows_are_those_of_keras_own_loader(
    published: Path, keras_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order, labels and words equal keras.datasets.imdb.load_data, in both splits."""
    place(published, keras_cache)
    from keras.src.datasets import imdb

    monkeypatch.setattr(imdb, "get_file", lambda fname, **_: str(published / fname))
    (x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=100)  # more than there are
    corpus = load_imdb_keras()
    for reviews, sequences, labels in (
        (corpus.reviews, x_train, y_train),
        (corpus.test_reviews, x_test, y_test),
    ):
        assert [review.text.split(" ") for review in reviews] == [
            [WORDS[index - 4] for index in sequence[1:]] for sequence in sequences
        ]
        assert [review.label for review in reviews] == labels.tolist()


def test_reading_starts_no_framework(published: Path, keras_cache: Path) -> None:
    """Several workers can be set up only before TensorFlow starts, and the data are read before that."""
    place(published, keras_cache)
    files = (imdb_keras.REVIEWS_FILE, imdb_keras.WORDS_FILE)
    program = (
        "import sys\n"
        "from lstm_cli.data import imdb_keras\n"
        f"imdb_keras.REVIEWS_FILE, imdb_keras.WORDS_FILE = (imdb_keras._PublishedFile(*file) for file in"
        f" {[(file.name, file.algorithm, file.digest) for file in files]})\n"
        "print(len(imdb_keras.load_imdb_keras().reviews), sorted({'tensorflow', 'keras'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "12 []\n"


@pytest.mark.parametrize("num_words", [5, 8, 100])
def test_the_vocabulary_of_keras_numbers_the_words_as_its_own_loader_does(
    num_words: int, published: Path, keras_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model trained on load_data(num_words=...) reads the same indices here."""
    place(published, keras_cache)
    from keras.src.datasets import imdb

    monkeypatch.setattr(imdb, "get_file", lambda fname, **_: str(published / fname))
    (sequences, _), _ = imdb.load_data(num_words=num_words)
    vocabulary = load_keras_vocabulary(num_words=num_words)
    assert len(vocabulary) <= num_words
    for review, sequence in zip(load_imdb_keras().reviews, sequences, strict=True):
        assert [1, *vocabulary.index(review.text.split(" "))] == sequence


def test_files_placed_by_hand_need_no_network(published: Path, keras_cache: Path) -> None:
    place(published, keras_cache)
    expect_decoded(load_imdb_keras())


def test_our_tokenizer_keeps_keras_words_but_for_quotes_at_their_edges(published: Path, keras_cache: Path) -> None:
    place(published, keras_cache)
    for review in load_imdb_keras().reviews:
        assert split_words(review.text) == [word.strip("'") for word in review.text.split(" ")]


@pytest.mark.usefixtures("published")
def test_without_a_network_the_error_says_what_to_do(keras_cache: Path) -> None:
    """It names the URL, the full path to place the file at, and the data set that needs no network."""
    for function in (load_imdb_keras, compute_imdb_keras_fingerprint):
        with pytest.raises(DataError, match="the download failed") as caught:
            function()
        message = str(caught.value)
        assert f"{CLOSED_PORT}imdb.npz" in message
        assert f"Place that file at {keras_cache / 'imdb.npz'} by hand" in message
        assert "--data imdb" in message
    assert not keras_cache.exists()


@pytest.mark.usefixtures("server")
def test_a_file_missing_at_its_url_is_an_explained_error(published: Path) -> None:
    (published / "imdb_word_index.json").unlink()
    with pytest.raises(DataError, match=r"imdb_word_index\.json, but the download failed .*404"):
        load_imdb_keras()


@pytest.mark.usefixtures("server")
def test_a_damaged_file_is_downloaded_anew(published: Path, keras_cache: Path) -> None:
    place(published, keras_cache)
    (keras_cache / "imdb.npz").write_bytes(b"half a file")
    expect_decoded(load_imdb_keras())
    assert (keras_cache / "imdb.npz").read_bytes() == (published / "imdb.npz").read_bytes()


def test_a_damaged_file_without_a_network_is_refused_and_left_where_it_is(
    published: Path, keras_cache: Path
) -> None:
    place(published, keras_cache)
    (keras_cache / "imdb.npz").write_bytes(b"placed by hand")
    with pytest.raises(DataError, match=r"imdb\.npz, but the download failed"):
        load_imdb_keras()
    assert (keras_cache / "imdb.npz").read_bytes() == b"placed by hand"


@pytest.mark.usefixtures("server")
def test_a_download_of_something_else_is_refused_and_not_kept(published: Path, keras_cache: Path) -> None:
    (published / "imdb.npz").write_bytes(b"<html>Please log in to this network</html>")
    with pytest.raises(DataError, match="what came does not have the sha256") as caught:
        load_imdb_keras()
    assert str(keras_cache / "imdb.npz") in str(caught.value)
    assert not (keras_cache / "imdb.npz").exists()


@pytest.mark.usefixtures("server")
def test_nothing_is_printed_while_downloading(capsys: pytest.CaptureFixture[str]) -> None:
    compute_imdb_keras_fingerprint()
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_origin_and_hashes_are_those_that_keras_uses() -> None:
    """Read from the source of the installed Keras, so that an update there is seen here."""
    import inspect

    from keras.src.datasets import imdb

    source = inspect.getsource(imdb)
    for fact in (imdb_keras.ORIGIN, imdb_keras.REVIEWS_FILE.digest, imdb_keras.WORDS_FILE.digest):
        assert fact in source
