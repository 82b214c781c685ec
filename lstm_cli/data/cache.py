"""Encoded data sets on disk, so that the second run starts at once.

A file is the SHA-256 of all that follows, the length of a JSON header (8 bytes), the header, and the arrays
of each split one after the other, little-endian. No file is taken at its word: the checksum, the key, every
size and every value are checked, and one that fails is as good as none. Nothing here stops a run: without a
cache it only takes longer.
"""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from lstm_cli.config import DataConfig
from lstm_cli.data.encoding import Dataset, EncodedReviews
from lstm_cli.data.vocabulary import FIRST_WORD_INDEX, Vocabulary
from lstm_cli.errors import OutputError
from lstm_cli.whole_file import write_whole

FORMAT_VERSION = 1
"""Raise it whenever the tokenizer, the splits or the layout change: older files are then passed over."""

_MAX_FILES = 20  # one of 25,000 reviews of 100 tokens takes 10 MB
_DIGEST_SIZE = hashlib.sha256().digest_size
_SPLITS = ("train", "validation", "test")
_DTYPES = {"tokens": "<i4", "labels": "<i4", "unknown_share": "<f4", "truncated": "|u1"}
_log = logging.getLogger(__name__)


class _DamagedError(Exception):
    """A cache file that is not what `save_cached` wrote."""


def load_cached(config: DataConfig, *, fingerprint: str) -> Dataset | None:
    """Return the data set as it was encoded under these settings before, or None.

    Args:
        config: every setting of it counts.
        fingerprint: SHA-256 of the content that the data set's source holds now.
    """
    key = _build_key(config, fingerprint)
    path = _locate(key)
    try:
        return _parse(path.read_bytes(), key=key, config=config)
    except FileNotFoundError:
        return None
    except (OSError, _DamagedError) as error:
        _log.info("Passing over the cache file %s: %s", path, error)
        return None


def save_cached(dataset: Dataset, config: DataConfig) -> None:
    """Keep an encoded data set for the next run, if the disk allows it."""
    key = _build_key(config, dataset.fingerprint)
    splits = [getattr(dataset, name) for name in _SPLITS]
    rows = [len(split) for split in splits]
    header = {"key": key, "name": dataset.name, "words": dataset.vocabulary.words, "rows": rows}
    encoded_header = json.dumps(header).encode()
    parts = [len(encoded_header).to_bytes(8, "little"), encoded_header]
    parts += [getattr(split, name).astype(dtype).tobytes() for split in splits for name, dtype in _DTYPES.items()]
    content = b"".join(parts)
    path = _locate(key)
    try:
        with write_whole(path) as aside:
            aside.write_bytes(hashlib.sha256(content).digest() + content)
    except OutputError as error:
        _log.info("Going on without a cache: %s", error)
    else:
        _drop_oldest(path.parent)


def _build_key(config: DataConfig, fingerprint: str) -> dict[str, Any]:
    """Return all that the encoded arrays depend on."""
    return {"format": FORMAT_VERSION, "fingerprint": fingerprint, **config.model_dump(mode="json")}


def _locate(key: dict[str, Any]) -> Path:
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return Path(platformdirs.user_cache_dir("lstm-cli"), "datasets", f"{name}.bin")


def _parse(data: bytes, *, key: dict[str, Any], config: DataConfig) -> Dataset:
    """Return the data set in a cache file's content.

    Raises:
        _DamagedError: the content is damaged, foreign, or that of other settings.
    """
    content = memoryview(data)[_DIGEST_SIZE:]
    if hashlib.sha256(content).digest() != data[:_DIGEST_SIZE]:
        raise _DamagedError("its checksum is wrong")
    header_end = 8 + int.from_bytes(content[:8], "little")
    try:
        header = json.loads(bytes(content[8:header_end]))
        stored_key, name, words, rows = (header[field] for field in ("key", "name", "words", "rows"))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _DamagedError("its header cannot be read") from error
    if stored_key != key:
        raise _DamagedError("it belongs to other settings")
    if not isinstance(name, str) or not _are_words(words, at_most=config.num_words - FIRST_WORD_INDEX):
        raise _DamagedError("its vocabulary is impossible")
    vocabulary = Vocabulary(tuple(words))
    splits = _parse_splits(content[header_end:], rows=rows, maxlen=config.maxlen, indices=len(vocabulary))
    return Dataset(name, key["fingerprint"], vocabulary, *splits)


def _are_words(words: object, *, at_most: int) -> bool:
    return (
        isinstance(words, list)
        and 0 < len(words) <= at_most
        and all(isinstance(word, str) and word for word in words)
        and len(set(words)) == len(words)
    )


def _parse_splits(content: memoryview, *, rows: object, maxlen: int, indices: int) -> list[EncodedReviews]:
    """Return the splits whose arrays are all that `content` holds."""
    if not isinstance(rows, list) or len(rows) != len(_SPLITS):
        raise _DamagedError("its splits are not three")
    if not all(type(count) is int and count >= 0 for count in rows):
        raise _DamagedError("its numbers of rows are impossible")
    row_size = 4 * maxlen + 4 + 4 + 1
    if sum(rows) * row_size != len(content):
        raise _DamagedError("its size is wrong")
    splits = []
    start = 0
    for count in rows:
        arrays: dict[str, NDArray[Any]] = {}
        for name, dtype in _DTYPES.items():
            size = count * (maxlen if name == "tokens" else 1)
            # A copy, because an array over the file's bytes could not be written to and may not be aligned.
            arrays[name] = np.frombuffer(content, dtype, count=size, offset=start).astype(
                np.dtype(dtype).newbyteorder("=")
            )
            start += arrays[name].nbytes
        splits.append(_build_reviews(arrays, maxlen=maxlen, indices=indices))
    return splits


def _build_reviews(arrays: dict[str, NDArray[Any]], *, maxlen: int, indices: int) -> EncodedReviews:
    """Return one split from its flat arrays, if every value is possible."""
    # A NaN among the shares is outside the bounds too: min and max give it back, and no comparison holds.
    for name, highest in {"tokens": indices - 1, "labels": 1, "unknown_share": 1, "truncated": 1}.items():
        array = arrays[name]
        if array.size and not (array.min() >= 0 and array.max() <= highest):
            raise _DamagedError(f"a value of its {name} is impossible")
    return EncodedReviews(
        tokens=arrays["tokens"].reshape(-1, maxlen),
        unknown_share=arrays["unknown_share"],
        truncated=arrays["truncated"].astype(np.bool_),
        labels=arrays["labels"],
    )


def _drop_oldest(folder: Path) -> None:
    """Keep the folder's newest files only, for nobody looks after a cache."""
    with suppress(OSError):  # another process tidies up too
        files = sorted(folder.glob("*.bin"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[_MAX_FILES:]:
            file.unlink()
