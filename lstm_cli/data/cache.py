"""Encoded data sets on disk, so that the second run starts at once, and those too large for the memory at all.

A file is the SHA-256 of all that follows, the length of a JSON header (8 bytes), the header, and one array after
the other, little-endian: the tokens of each split, the labels, and so on, and what n-grams say of each. No file is
taken at its word: the checksum, the key, every size and every value are checked, and one that fails is as good as
none. What fits into memory is read into it, and then nothing stops a run: without a cache it only takes longer.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from lstm_cli.classes import Classes
from lstm_cli.config import DataConfig
from lstm_cli.data.cached_ngrams import open_told_writer, read_told
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.encoding import Dataset, Repeats, build_encoder
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import LeftOut
from lstm_cli.errors import ModelFileError, OutputError
from lstm_cli.text.encoder import EncodedTexts, TextEncoder
from lstm_cli.text.languages import Language
from lstm_cli.text.ngrams.tables import NgramTables
from lstm_cli.text.tokenizers import describe_tokenizer, load_tokenizer
from lstm_cli.text.vocabulary import Vocabulary
from lstm_cli.user_folders import find_cache_folder
from lstm_cli.whole_file import write_whole

FORMAT_VERSION = 10
"""Raise it whenever the tokenizer, the splits or the layout change: older files are then passed over."""

LARGEST_IN_MEMORY = 2**28
"""Bytes of a data set's arrays that are held in memory; of larger ones the tokens stay in the file."""

_MAX_FILES = 20  # one of 25,000 reviews of 100 tokens takes 10 MB
_MAX_LANGUAGES = 200
_DIGEST_SIZE = hashlib.sha256().digest_size
_SPLITS = ("train", "validation", "test")
# The tokens come first, for they need not wait for the others.
_DTYPES = {"tokens": "<i4", "labels": "<i4", "digests": "<u8", "unknown_share": "<f4", "truncated": "|u1"}
_ALIGNMENT = 64  # bytes; arrays that begin at a multiple of it are read fastest
_READ_AT_ONCE = 2**20
_CLASSES = TypeAdapter(Classes)
_LEFT_OUT = TypeAdapter(tuple[LeftOut, ...])
_READING = TypeAdapter(Reading | None)
_REPEATS = TypeAdapter(Repeats)
_LINES = TypeAdapter(tuple[str, ...])
_LANGUAGE = TypeAdapter(Language)
_log = logging.getLogger(__name__)


class _DamagedError(Exception):
    """A cache file that is not what `save_encoded` wrote."""


def load_cached(config: DataConfig, *, fingerprint: str, known: TextEncoder | None = None) -> Dataset | None:
    """Return the data set as it was encoded under these settings before, or None.

    Args:
        config: every setting of it counts.
        fingerprint: SHA-256 of the content that the data set's source holds now.
        known: the encoder of a model that was trained on other reviews; None where it is learnt from these.
    """
    key = _build_key(config, fingerprint, known)
    path = _locate(key)
    try:
        with path.open("rb") as file:
            return _read(file, key=key, config=config, known=known)
    except FileNotFoundError:
        return None
    except (OSError, _DamagedError) as error:
        _log.info("Passing over the cache file %s: %s", path, error)
        return None


def save_encoded(
    iter_blocks: Callable[[], Iterator[EncodedTexts]],
    *,
    corpus: Corpus,
    encoder: TextEncoder,
    rows: tuple[int, ...],
    usual_length: int,
    repeats: Repeats,
    config: DataConfig,
    known: TextEncoder | None = None,
) -> Dataset:
    """Keep an encoded data set for the next run, and return it.

    Its tokens are memory-mapped where all its arrays together are larger than `LARGEST_IN_MEMORY`.

    Args:
        iter_blocks: yields the reviews of the three splits one after the other, in blocks of any size.
        corpus: whose reviews they are.
        encoder: what has made them.
        rows: reviews of the training, the validation and the test split.
        usual_length: words that 95 of 100 of them have at most.
        repeats: the texts that stand there more than once.
        config: every setting of it counts.
        known: as for `load_cached`.

    Raises:
        OutputError: they are, and the cache folder cannot be written or the disk is full.
    """
    key = _build_key(config, corpus.fingerprint, known)
    header = {
        "key": key,
        "name": corpus.name,
        "tokenizer": describe_tokenizer(encoder.tokenizer),
        "words": encoder.vocabulary.words,
        "rows": rows,
        "usual_length": usual_length,
        "classes": asdict(corpus.classes),
        "left_out": list(map(asdict, corpus.left_out)),
        "reading": corpus.reading and asdict(corpus.reading),
        "further_readings": corpus.further_readings,
        "repeats": asdict(repeats),
        "ngrams": encoder.ngrams and encoder.ngrams.describe(),
    }
    path = _locate(key)
    size = sum(rows) * _count_bytes(config)
    try:
        with write_whole(path) as aside, aside.open("w+b") as file:
            _write(file, iter_blocks, header=header, ngrams=encoder.ngrams)
    except OutputError as error:
        if size > LARGEST_IN_MEMORY:
            raise OutputError(
                f"{error} The encoded reviews take {size / 1e9:,.1f} GB, too much for the memory; "
                "XDG_CACHE_HOME names another place."
            ) from error
        _log.info("Going on without a cache: %s", error)
    else:
        _drop_oldest(path.parent)
        dataset = load_cached(config, fingerprint=corpus.fingerprint, known=known)
        if dataset is not None:
            return dataset
        if size > LARGEST_IN_MEMORY:
            raise OutputError(f"{path} is not what was just written: it was removed, or the disk fails.")
    buffer = io.BytesIO()
    _write(buffer, iter_blocks, header=header, ngrams=encoder.ngrams)
    return _read(buffer, key=key, config=config, known=known)


def load_language(config: DataConfig, *, fingerprint: str) -> Language | None:
    """Return what was found of the language of a data set's training part under these settings before, or None."""
    try:
        return _LANGUAGE.validate_json(_locate(_build_key(config, fingerprint), suffix="json").read_bytes())
    except (OSError, ValidationError):
        return None


def save_language(language: Language, config: DataConfig, *, fingerprint: str) -> None:
    """Keep what was found for the next run, which then knows what to look for in the cache."""
    try:
        with write_whole(_locate(_build_key(config, fingerprint), suffix="json")) as aside:
            aside.write_bytes(_LANGUAGE.dump_json(language))
    except OutputError as error:
        _log.info("Going on without a cache: %s", error)


def locate_cache() -> Path:
    """Return the folder of the encoded data sets."""
    return find_cache_folder() / "datasets"


def _build_key(config: DataConfig, fingerprint: str, known: TextEncoder | None = None) -> dict[str, Any]:
    """Return all that the encoded arrays depend on, and the names that are kept with them."""
    # Not where the reviews lie: the fingerprint says what they are.
    names: dict[str, object] = {
        "dataset": list(map(_name_place, config.datasets)),
        "validation": config.validation and _name_place(config.validation),
        "test": config.test and _name_place(config.test),
    }
    settings = config.model_dump(mode="json") | ({"encoder": known.digest} if known else {})
    return {"format": FORMAT_VERSION, "fingerprint": fingerprint, **settings, **names}


def _name_place(place: str) -> str:
    return Path(os.path.realpath(place)).name


def _locate(key: dict[str, Any], *, suffix: str = "bin") -> Path:
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return locate_cache() / f"{name}.{suffix}"


def _count_bytes(config: DataConfig) -> int:
    """Return how much a review takes."""
    return sum(
        np.dtype(dtype).itemsize * (config.maxlen if name == "tokens" else 1) for name, dtype in _DTYPES.items()
    )


def _write(
    file: BinaryIO,
    iter_blocks: Callable[[], Iterator[EncodedTexts]],
    *,
    header: Mapping[str, Any],
    ngrams: NgramTables | None,
) -> None:
    """Write a file, its tokens block by block."""
    digest = hashlib.sha256()

    def write(data: bytes) -> None:
        digest.update(data)
        file.write(data)

    encoded_header = json.dumps(header).encode()
    encoded_header += b" " * (-(_DIGEST_SIZE + 8 + len(encoded_header)) % _ALIGNMENT)
    file.seek(_DIGEST_SIZE)
    write(len(encoded_header).to_bytes(8, "little"))
    write(encoded_header)
    others: dict[str, list[NDArray[Any]]] = {name: [] for name in _DTYPES if name != "tokens"}
    with ExitStack() as stack:
        told = stack.enter_context(open_told_writer(ngrams, folder=locate_cache())) if ngrams else None
        for block in iter_blocks():
            write(block.tokens.astype(_DTYPES["tokens"]).tobytes())
            for name, arrays in others.items():
                arrays.append(getattr(block, name).astype(_DTYPES[name]))
            if told:
                told.add(block)
        for arrays in others.values():
            for array in arrays:
                write(array.tobytes())
        if told:
            told.write(write)
    file.seek(0)
    file.write(digest.digest())


def _read(file: BinaryIO, *, key: dict[str, Any], config: DataConfig, known: TextEncoder | None) -> Dataset:
    """Return the data set in a cache file.

    Raises:
        _DamagedError: the content is damaged, foreign, or that of other settings.
    """
    header, size = _read_header(file)
    try:
        stored_key, name, words, rows = (header[field] for field in ("key", "name", "words", "rows"))
        usual_length, ngrams = header["usual_length"], header["ngrams"]
        classes = _CLASSES.validate_python(header["classes"])
        left_out = _LEFT_OUT.validate_python(header["left_out"])
        reading = _READING.validate_python(header["reading"])
        further_readings = _LINES.validate_python(header["further_readings"])
        repeats = _REPEATS.validate_python(header["repeats"])
        tokenizer = load_tokenizer(header["tokenizer"])
    except (KeyError, TypeError, ValidationError, ModelFileError) as error:
        raise _DamagedError("its header cannot be read") from error
    if stored_key != key:
        raise _DamagedError("it belongs to other settings")
    if len(classes) < 2 or len(set(classes.names)) < len(classes):
        raise _DamagedError("its classes are impossible")
    if not isinstance(name, str) or not _are_words(words, at_most=config.num_words):
        raise _DamagedError("its vocabulary is impossible")
    if not isinstance(rows, list) or len(rows) != len(_SPLITS):
        raise _DamagedError("its splits are not three")
    if not all(type(count) is int and count >= 0 for count in rows):
        raise _DamagedError("its numbers of rows are impossible")
    if type(usual_length) is not int or usual_length < 0:
        raise _DamagedError("its reviews' length is impossible")
    expected = sum(rows) * _count_bytes(config)
    if (size < expected) if config.ngrams else (size != expected):
        raise _DamagedError("its size is wrong")
    vocabulary = Vocabulary(tuple(words))
    if len(vocabulary) > config.num_words:
        raise _DamagedError("its vocabulary is impossible")
    highest = {
        "tokens": len(vocabulary) - 1,
        "labels": len(classes) - 1,
        "unknown_share": 1,
        "truncated": 1,
        "digests": 2**64 - 1,
    }
    arrays: dict[str, list[NDArray[Any]]] = {}
    for field, dtype in _DTYPES.items():
        width = config.maxlen if field == "tokens" else 1
        is_mapped = field == "tokens" and size > LARGEST_IN_MEMORY
        arrays[field] = [
            _read_array(file, dtype, count=count * width, highest=highest[field], is_mapped=is_mapped)
            for count in rows
        ]
    arrays["tokens"] = [tokens.reshape(-1, config.maxlen) for tokens in arrays["tokens"]]
    told = None
    if config.ngrams:
        try:
            told = read_told(file, ngrams, tokens=arrays["tokens"], is_mapped=size > LARGEST_IN_MEMORY)
        except (ModelFileError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise _DamagedError(f"what it tells of n-grams is impossible: {error}") from error
    splits = (
        EncodedTexts(
            tokens=tokens,
            unknown_share=unknown_share,
            truncated=truncated.astype(np.bool_),
            labels=labels,
            digests=digests,
            channels=told.channels[number] if told else None,
            logits=told.logits[number] if told else None,
        )
        for number, (tokens, labels, digests, unknown_share, truncated) in enumerate(
            zip(*arrays.values(), strict=True)
        )
    )
    train, validation, test = splits
    return Dataset(
        name=name,
        fingerprint=key["fingerprint"],
        encoder=known or build_encoder(config, tokenizer, vocabulary, ngrams=told.tables if told else None),
        train=train,
        validation=validation,
        test=test,
        usual_length=usual_length,
        classes=classes,
        left_out=left_out,
        reading=reading,
        further_readings=further_readings,
        repeats=repeats,
    )


def _read_header(file: BinaryIO) -> tuple[Any, int]:
    """Return the header of a file whose checksum is right, and how many bytes are left to read.

    Raises:
        _DamagedError: it is not, or there is no header.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    expected = file.read(_DIGEST_SIZE)
    digest = hashlib.sha256()
    while block := file.read(_READ_AT_ONCE):
        digest.update(block)
    if digest.digest() != expected:
        raise _DamagedError("its checksum is wrong")
    file.seek(_DIGEST_SIZE)
    header_size = int.from_bytes(file.read(8), "little")
    try:
        header = json.loads(file.read(min(header_size, size)))
    except (ValueError, RecursionError) as error:
        raise _DamagedError("its header cannot be read") from error
    return header, size - file.tell()


def _are_words(words: object, *, at_most: int) -> bool:
    return (
        isinstance(words, list)
        and 0 < len(words) <= at_most
        and all(isinstance(word, str) and word for word in words)
        and len(set(words)) == len(words)
    )


def _read_array(file: BinaryIO, dtype: str, *, count: int, highest: int, is_mapped: bool) -> NDArray[Any]:
    """Return the file's next array, if every value of it is possible.

    Args:
        file: stands at the array's beginning, and afterwards at its end.
        dtype: of the values.
        count: of the values.
        highest: the largest possible value; the smallest is 0.
        is_mapped: leave it in the file.

    Raises:
        _DamagedError: a value is impossible.
    """
    start = file.tell()
    array = np.empty(0 if is_mapped else count, np.dtype(dtype).newbyteorder("="))
    for first in range(0, count, _READ_AT_ONCE):
        size = min(_READ_AT_ONCE, count - first) * np.dtype(dtype).itemsize
        block = np.frombuffer(file.read(size), dtype)
        # A NaN among the shares is outside the bounds too: min and max give it back, and no comparison holds.
        if not (block.min() >= 0 and block.max() <= highest):
            raise _DamagedError("a value is impossible")
        if not is_mapped:
            array[first : first + len(block)] = block
    if is_mapped and count:
        end = file.tell()
        array = np.memmap(file, dtype, "r", offset=start, shape=(count,))
        file.seek(end)  # mapping has moved it
    return array


def _drop_oldest(folder: Path) -> None:
    """Keep the folder's newest files only, for nobody looks after a cache."""
    with suppress(OSError):  # another process tidies up too
        for pattern, most in (("*.bin", _MAX_FILES), ("*.json", _MAX_LANGUAGES)):
            files = sorted(folder.glob(pattern), key=lambda file: file.stat().st_mtime, reverse=True)
            for file in files[most:]:
                file.unlink()
