"""Reviews in a folder laid out like aclImdb: one text file a review, the folder's name its label.

The layout is that of Maas et al. (2011), "Learning Word Vectors for Sentiment Analysis": `train/pos/*.txt`,
`train/neg/*.txt` and, where the data set has its own test split, `test/pos/*.txt` and `test/neg/*.txt`.
Anything else in the folder (`train/unsup`, word lists) is left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from lstm_cli.data.review import MAX_TEXT_LENGTH, Corpus, Review
from lstm_cli.data.text_file import decode_text, read_bytes
from lstm_cli.errors import DataError

_CLASSES = ("neg", "pos")  # a class' position is its label


def load_folder(path: Path) -> Corpus:
    """Return the reviews of a folder: negative before positive ones, each class by file name.

    Raises:
        DataError: a class' folder is missing or has no text files, or a file is no UTF-8 text.
    """
    content = hashlib.sha256()
    parts: dict[str, list[Review]] = {"train": [], "test": []}
    for part, label, file in _iter_files(path):
        data = read_bytes(file)
        _add_file(content, file=file, folder=path, data=data)
        text = decode_text(data, path=file)
        if len(text) > MAX_TEXT_LENGTH:
            raise DataError(f"{file}: expected at most {MAX_TEXT_LENGTH:,} characters, got {len(text):,}.")
        parts[part].append(Review(text, label))
    test_reviews = tuple(parts["test"]) if parts["test"] else None
    return Corpus(path.resolve().name, content.hexdigest(), tuple(parts["train"]), test_reviews)


def compute_folder_fingerprint(path: Path) -> str:
    """Return the fingerprint of `load_folder(path)`: SHA-256 of its files' names, sizes and contents.

    Raises:
        DataError: a class' folder is missing or has no text files, or a file cannot be read.
    """
    content = hashlib.sha256()
    for _, _, file in _iter_files(path):
        _add_file(content, file=file, folder=path, data=read_bytes(file))
    return content.hexdigest()


def _iter_files(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """Yield each review's part (`train` or `test`), label and file."""
    parts = ["train"]
    if any((folder / "test" / name).is_dir() for name in _CLASSES):
        parts.append("test")
    for part in parts:
        for label, name in enumerate(_CLASSES):
            files = sorted((folder / part / name).glob("*.txt"))
            if not files:
                raise DataError(
                    f"{folder}: expected reviews in {part}/{name}/*.txt, found none. A folder of reviews is "
                    "laid out as train/pos, train/neg and, where it has a test split, test/pos, test/neg."
                )
            for file in files:
                yield part, label, file


def _add_file(content: hashlib._Hash, *, file: Path, folder: Path, data: bytes) -> None:
    """Add a file's name, size and content, so that moving a byte from one to the next is seen."""
    content.update(f"{file.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
    content.update(data)
