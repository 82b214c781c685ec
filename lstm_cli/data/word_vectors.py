"""Vectors of words, learnt elsewhere, in the text form that GloVe, word2vec and fastText write; packed or not.

A line is a word and its numbers. word2vec and fastText put a line before it that says how many words and numbers
follow. See https://nlp.stanford.edu/projects/glove and https://fasttext.cc/docs/en/english-vectors.html.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstm_cli.data.packed_file import open_content
from lstm_cli.errors import ConfigError, DataError
from lstm_cli.text.vocabulary import Vocabulary

_LONGEST_LINE = 2**20  # bytes; 2,000 numbers take 30,000
_EXPECTED = "Expected a word and its numbers a line, as GloVe, word2vec as text and fastText (.vec) have them"


@dataclass(frozen=True, slots=True)
class VectorsUsed:
    """What a training has taken of a file of vectors.

    Attributes:
        sha256: of what the file holds, unpacked; hexadecimal.
        found: words of the vocabulary that have a vector.
        words: of the vocabulary.
    """

    sha256: str
    found: int
    words: int


@dataclass(frozen=True, eq=False)
class WordVectors:
    """The vectors of a vocabulary's words.

    Attributes:
        rows: `int64[found]`, the indices of the words that have one.
        vectors: `float32[found, width]`, of each.
        used: what they are.
    """

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    used: VectorsUsed


def load_word_vectors(path: Path, *, vocabulary: Vocabulary, width: int) -> WordVectors:
    """Read the vectors of a vocabulary's words; what else the file holds is passed over.

    A word that the file has only in other letters (`The`) takes the first of those.

    Args:
        path: of the file, which may be larger than the memory.
        vocabulary: whose words are looked for.
        width: numbers of a vector that are expected: `model.embedding.output_dim`.

    Raises:
        ConfigError: the file's vectors have another number of numbers.
        DataError: it cannot be read, is in another form, or has none of the words.
    """
    indices = {word: index for index, word in enumerate(vocabulary.words, start=vocabulary.special.first_word)}
    exact: dict[int, NDArray[np.float32]] = {}
    other: dict[int, NDArray[np.float32]] = {}
    digest = hashlib.sha256()
    for number, line in enumerate(_iter_lines(path, digest), start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901 - of the file, none of the word
            of_file = _read_width(line, path)
            if of_file != width:
                raise ConfigError(
                    f"{path} has {of_file} numbers a word, and model.embedding.output_dim is {width}: "
                    f"--set model.embedding.output_dim={of_file}"
                )
            if _is_header(line):
                continue
        if not line:
            continue
        word = _decode(line.split(None, 1)[0])
        if word not in indices and word.lower() not in indices:
            continue
        head, *fields = line.rsplit(None, width)  # a word of GloVe's may hold spaces
        word = _decode(head)
        index = indices.get(word, indices.get(word.lower()))
        if index is None:
            if _ends_in_number(head):
                raise _build_error(path, number=number, width=width)
            continue
        found = exact if word in indices else other
        if index not in found:
            found[index] = _parse(fields, path=path, number=number, width=width)
    vectors = {**other, **exact}
    if not vectors:
        raise DataError(f"{path} has a vector for none of the {len(vocabulary.words):,} words that are learnt.")
    rows = sorted(vectors)
    return WordVectors(
        rows=np.array(rows, np.int64),
        vectors=np.stack([vectors[row] for row in rows]),
        used=VectorsUsed(digest.hexdigest(), found=len(rows), words=len(vocabulary.words)),
    )


def _iter_lines(path: Path, digest: hashlib._Hash) -> Iterator[bytes]:
    with open_content(path) as file:
        while line := file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise DataError(f"{path} has a line of more than {_LONGEST_LINE:,} bytes. {_EXPECTED}.")
            digest.update(line)
            yield line.rstrip()


def _is_header(line: bytes) -> bool:
    fields = line.split()
    return len(fields) == 2 and all(field.isdigit() for field in fields)


def _read_width(line: bytes, path: Path) -> int:
    """Return how many numbers a word has, by the first line.

    Raises:
        DataError: that is no line of such a file.
    """
    fields = line.split()
    if _is_header(line):
        return int(fields[1])
    try:
        numbers = [float(field) for field in fields[1:]]
    except ValueError:
        numbers = []
    if not numbers:
        raise DataError(f"{path} begins with {line[:40]!r}. {_EXPECTED}.")
    return len(numbers)


def _parse(fields: list[bytes], *, path: Path, number: int, width: int) -> NDArray[np.float32]:
    try:
        vector = np.array(fields, np.float32)
    except ValueError:
        vector = np.zeros(0, np.float32)
    if len(vector) != width or not np.isfinite(vector).all():
        raise _build_error(path, number=number, width=width)
    return vector


def _ends_in_number(words: bytes) -> bool:
    """Return whether what should be a word alone has a number behind it: the line has one too many."""
    last = words.split()[-1]
    try:
        float(last)
    except ValueError:
        return False
    return b"." in last


def _build_error(path: Path, *, number: int, width: int) -> DataError:
    return DataError(f"{path}, line {number}: expected a word and {width} numbers.")


def _decode(word: bytes) -> str:
    return word.decode("utf-8", errors="replace")
