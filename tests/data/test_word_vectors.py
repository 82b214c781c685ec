"""Vectors of words from files of every form that they are passed on in; another file is refused with a reason."""

from __future__ import annotations

import bz2
import gzip
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.data.word_vectors import load_word_vectors
from lstm_cli.errors import ConfigError, DataError, LstmCliError
from lstm_cli.text.vocabulary import Vocabulary

WORDS = Vocabulary(("good", "bad", "schön", "fine"))
GLOVE = "the 0 0 0\nbad -1 0.5 2e-1\n. . . 1 2 3\ngood 1 2 3\nschön 4 5 6\n".encode()


@pytest.fixture
def write(tmp_path):
    def call(content: bytes, name: str = "vectors.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return call


def load(path, *, width=3):
    return load_word_vectors(path, vocabulary=WORDS, width=width)


def check(vectors):
    """Good, bad and schön have those of `GLOVE`, fine has none."""
    assert vectors.rows.tolist() == [3, 4, 5]
    expected = np.array([[1, 2, 3], [-1, 0.5, 0.2], [4, 5, 6]], np.float32)
    np.testing.assert_array_equal(vectors.vectors, expected)
    assert vectors.vectors.dtype == np.float32
    assert (vectors.used.found, vectors.used.words) == (3, 4)


def test_gloves_form_is_read_and_its_hash_is_of_the_content(write):
    vectors = load(write(GLOVE))
    check(vectors)
    assert vectors.used.sha256 == hashlib.sha256(GLOVE).hexdigest()


def test_packed_ones_are_the_same_vectors_with_the_same_hash(write):
    plain = load(write(GLOVE)).used
    for content, name in ((gzip.compress(GLOVE), "v.txt.gz"), (bz2.compress(GLOVE), "v.vec.bz2")):
        vectors = load(write(content, name))
        check(vectors)
        assert vectors.used == plain


def test_word2vecs_and_fasttexts_first_line_is_none_of_the_words(write):
    """Their lines end with a space, and a count is no word even where one is a word."""
    content = b"5 3\n" + GLOVE.replace(b"\n", b" \r\n")
    check(load(write(content)))
    numbers = Vocabulary(("5",))
    with pytest.raises(DataError, match="none of the 1 words"):
        load_word_vectors(write(content), vocabulary=numbers, width=3)


def test_a_byte_order_mark_tabs_and_empty_lines_are_no_part_of_a_word(write):
    spread = GLOVE.replace(b" ", b"\t").replace(b"\n", b"\n\n")
    for content in (GLOVE, spread, b"5 3\n" + GLOVE, GLOVE.replace(b" ", b"  ")):
        check(load(write(b"\xef\xbb\xbf" + content)))


def test_a_word_takes_its_own_letters_first_and_else_the_first_of_others(write):
    vectors = load(write(b"Good 9 9 9\nGOOD 8 8 8\nBad 7 7 7\ngood 1 2 3\nBAD 6 6 6\n"))
    assert vectors.vectors.tolist() == [[1, 2, 3], [7, 7, 7]]


@pytest.mark.parametrize("words", [b"good at it", b"good 66", b"good 2.0 again"])
def test_a_word_with_spaces_is_not_its_first_part(write, words):
    vectors = load(write(b"the 0 0 0\n" + words + b" 9 9 9\nbad 1 2 3\n"))
    assert vectors.rows.tolist() == [4]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"good 1 2\n", ConfigError, "--set model.embedding.output_dim=2"),
        (b"7 300\ngood 1 2\n", ConfigError, "--set model.embedding.output_dim=300"),
        (b"", DataError, "none of the 4 words"),
        (b"other 1 2 3\n", DataError, "none of the 4 words"),
        (b"a film of no numbers\n", DataError, "begins with"),
        (b"\x00\x01\x02\n", DataError, "begins with"),
        (b"other 1 2 3\ngood 1 2 x\n", DataError, "line 2: expected a word and 3 numbers"),
        (b"other 1 2 3\ngood 1 2\n", DataError, "line 2: expected a word and 3 numbers"),
        (b"other 1 2 3\ngood 0.5 1 2 3\n", DataError, "line 2: expected a word and 3 numbers"),
        (b"other 1 2 3\ngood at 0.5 1 2 3\n", DataError, "line 2: expected a word and 3 numbers"),
        (b"other 1 2 3\ngood 1 nan 2\n", DataError, "line 2"),
        (b"other 1 2 3\ngood 1 inf 2\n", DataError, "line 2"),
        (b"good " + b"1" * 2**20, DataError, "a line of more than"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_was_expected(write, content, error, words):
    with pytest.raises(error, match=words):
        load(write(content))


def test_of_a_long_line_that_is_none_its_beginning_is_told(write):
    with pytest.raises(DataError, match=r"begins with b'(a film ){5}a fil'\. Expected a word and its numbers"):
        load(write(b"a film " * 1_000))


def test_vectors_of_thousands_of_numbers_are_read(write):
    line = b"good" + b" 0.1234567890" * 2_000
    assert load(write(line), width=2_000).vectors.shape == (1, 2_000)


def test_a_file_that_is_not_there_is_an_error_of_the_data(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        load(tmp_path / "nowhere.txt")


@given(
    content=st.binary(max_size=200) | st.text(alphabet="good bad 0123456789.-e\n", max_size=200).map(str.encode)
)
def test_no_content_ends_in_a_traceback(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    try:
        vectors = load(path)
    except LstmCliError:
        return
    assert vectors.vectors.shape == (len(vectors.rows), 3)
    assert np.isfinite(vectors.vectors).all()
