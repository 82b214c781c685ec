"""Reviews in a folder: a folder for each class with a text a file, or files and folders named `train` and `test`.

The first layout of all is aclImdb's, that of Maas et al. (2011), "Learning Word Vectors for Sentiment Analysis":
`train/pos/*.txt`, `train/neg/*.txt`, `test/pos/*.txt` and `test/neg/*.txt`. `train/unsup`, which has no labels,
and what else lies in the folder (word lists) are left alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lstm_cli.classes import Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data.charset import SAMPLE_SIZE, find_charset, find_marked, is_damaged_utf8, is_sound
from lstm_cli.data.corpus import Corpus, OpenedSource
from lstm_cli.data.file_reviews import open_files
from lstm_cli.data.findings import NO_GROUP, NO_TEXT, UNKNOWN_LABEL, Findings
from lstm_cli.data.held_rows import HeldRows
from lstm_cli.data.labelled_rows import LabelledRows, join_text
from lstm_cli.data.labels import find_class, find_classes, group_classes
from lstm_cli.data.packed_file import PACKINGS, SUFFIXES
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import PARTS, Part, Place, Review
from lstm_cli.data.tables.columns import explain_no_groups
from lstm_cli.data.text_file import decode_text, explain_no_encoding, read_bytes
from lstm_cli.errors import DataError

_PART_NAMES: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
}
_FORM = "a folder for each class"
_UNLABELLED = {"unsup", "unsupervised", "unlabeled", "unlabelled", "__macosx"}
_SHARD = re.compile(r"-\d+-of-\d+$")  # what the Hugging Face hub adds to a part's name
_LAYOUT = (
    "A folder of reviews has a folder for each class with a text file a review, or is laid out as train/pos, "
    "train/neg and, where it has a test split, test/pos, test/neg, or holds files such as train.csv and test.csv."
)


@dataclass(frozen=True)
class _Item:
    """A file with one review.

    Attributes:
        part: which it belongs to.
        label: the name of its folder.
        path: where it lies.
        name: the same inside the folder of reviews.
    """

    part: Part
    label: str
    path: Path
    name: str


@dataclass(frozen=True)
class _Texts:
    """What stands in the files with one review.

    Attributes:
        texts: of each file.
        encoding: what they are in, where anyone would ask: the one asked for, or those that were found.
        broken_file: the first with bytes that are none of its encoding.
    """

    texts: list[str]
    encoding: str | None
    broken_file: str | None


def open_folder(path: Path, source: SourceConfig, *, usual: SourceConfig | None = None) -> OpenedSource:
    """Open a folder of reviews.

    Args:
        path: the folder.
        source: how it is read, as far as the user says.
        usual: as for `file_reviews.open_labelled`.

    Raises:
        DataError: a file in it cannot be read, its columns are not clear, or it has none to group by. Loading it
            raises another where there are no reviews in it, a class' folder is empty, or a file is no text.
    """
    files = _list_part_files(path)
    if files:
        return open_files(files, source, name=path.resolve().name, usual=usual)
    if source.group is not None:
        raise explain_no_groups(str(path), "texts in folders")
    return OpenedSource(
        compute_fingerprint=lambda: _compute_fingerprint(path, source),
        load=lambda known: _load_texts(path, source, known=known),
        open_parts=lambda: _hold_texts(path, source),
    )


def _load_texts(path: Path, source: SourceConfig, *, known: Classes | None) -> Corpus:
    """Return the reviews of a folder with a file a review: by part, by class, by the file's name."""
    content = hashlib.sha256()
    items = list(_iter_items(path))
    read = _read_texts(items, content, encoding=source.encoding)
    counts: dict[str, int] = {}
    for item in items:
        counts[item.label] = counts.get(item.label, 0) + 1
    given = group_classes(source.classes) if known is None and source.classes is not None else known
    classes = given or find_classes(counts)
    findings = Findings(str(path), strict=source.strict)
    parts: dict[Part, list[Review]] = {part: [] for part in PARTS}
    for item, text in zip(items, read.texts, strict=True):
        label = find_class(item.label, classes)
        try:
            joined = join_text([text])
        except ValueError as error:
            raise DataError(f"{item.path}: {error}.") from error
        if joined is None:
            findings.leave_out(item.name, NO_TEXT)
        elif label is None:
            findings.leave_out(item.name, NO_GROUP if known is None else UNKNOWN_LABEL)
        else:
            parts[item.part].append(Review(text, label, item.name))
    findings.check()
    return Corpus(
        path.resolve().name,
        _build_fingerprint(content, source),
        tuple(parts["train"]),
        tuple(parts["test"]) or None,
        tuple(parts["validation"]) or None,
        classes=classes,
        left_out=findings.left_out,
        reading=_tell(read, source),
    )


def _hold_texts(path: Path, source: SourceConfig) -> dict[Part, tuple[LabelledRows, ...]]:
    """Return the texts of each part with the names of their folders."""
    items = list(_iter_items(path))
    read = _read_texts(items, hashlib.sha256(), encoding=source.encoding)
    parts: dict[Part, list[tuple[Place, str, str]]] = {}
    for item, text in zip(items, read.texts, strict=True):
        parts.setdefault(item.part, []).append((item.name, text, item.label))
    reading = _tell(read, source)
    return {part: (HeldRows(path.resolve(), tuple(rows), reading),) for part, rows in parts.items()}


def _compute_fingerprint(path: Path, source: SourceConfig) -> str:
    """Return the SHA-256 of the names, sizes and contents of the files."""
    content = hashlib.sha256()
    for item in _iter_items(path):
        _add_file(content, name=item.name, data=read_bytes(item.path))
    return _build_fingerprint(content, source)


def _build_fingerprint(content: hashlib._Hash, source: SourceConfig) -> str:
    if source.classes is None and source.encoding is None:
        return content.hexdigest()
    content.update(repr((source.classes, source.encoding)).encode())
    return content.hexdigest()


def _list_part_files(folder: Path) -> dict[Part, list[Path]]:
    """Return the files of each part, or the one file of reviews; nothing where the reviews are a file each."""
    inside = _list_inside(folder)
    tables = [path for path in inside if path.is_file() and _is_table(path)]
    parts: dict[Part, list[Path]] = {}
    for path in tables:
        part = _PART_NAMES.get(_SHARD.sub("", path.name.partition(".")[0].lower()))
        if part:
            parts.setdefault(part, []).append(path)
    if "train" in parts:
        return parts
    if any(map(Path.is_dir, inside)):
        for path, part in _list_parts(folder).items():
            files = [file for file in _list_inside(path) if file.is_file() and _is_table(file)]
            if files and not _list_classes(path):
                parts.setdefault(part, []).extend(file for file in files if file.suffix != ".txt")
        return {part: files for part, files in parts.items() if files} if parts.get("train") else {}
    return {"train": tables} if len(tables) == 1 else {}


def _list_parts(folder: Path) -> dict[Path, Part]:
    """Return the folders that hold a part."""
    inside = [path for path in _list_inside(folder) if path.is_dir()]
    return {path: _PART_NAMES[path.name.lower()] for path in inside if path.name.lower() in _PART_NAMES}


def _is_table(path: Path) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return bool(suffixes) and (suffixes[-1] in SUFFIXES or suffixes[-1] in PACKINGS)


def _iter_items(folder: Path) -> Iterator[_Item]:
    """Yield the files of a folder, part by part and class by class."""
    labelled = {path: part for path, part in _list_parts(folder).items() if _list_classes(path)}
    if "train" not in labelled.values():
        classes = _list_classes(folder)
        # What was unpacked often lies a folder deeper.
        labelled = {classes[0] if len(classes) == 1 and _list_classes(classes[0]) else folder: "train"}
    found = False
    for part in PARTS:
        for place in (path for path, its_part in labelled.items() if its_part == part):
            for label in _list_classes(place):
                files = _list_texts(label)
                if not files:
                    where = label.relative_to(folder).as_posix()
                    raise DataError(f"{folder}: expected reviews in {where}/*.txt, found none. {_LAYOUT}")
                for path in files:
                    found = True
                    yield _Item(part, label.name, path, path.relative_to(folder).as_posix())
    if not found:
        raise DataError(f"{folder}: expected reviews, found none. {_LAYOUT}")


def _list_classes(folder: Path) -> list[Path]:
    """Return the folders in a folder that may be classes."""
    others = _UNLABELLED | _PART_NAMES.keys()
    return [path for path in _list_inside(folder) if path.is_dir() and path.name.lower() not in others]


def _list_texts(folder: Path) -> list[Path]:
    """Return the text files in a folder; where none says that it is one, all files."""
    files = [path for path in _list_inside(folder) if path.is_file()]
    return [path for path in files if path.suffix == ".txt"] or files


def _list_inside(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"Cannot read {folder}: {error.strerror or error}.") from error


def _read_texts(items: list[_Item], content: hashlib._Hash, *, encoding: str | None) -> _Texts:
    """Read the text of each file; those whose bytes tell no encoding, and are no UTF-8, have one in common."""
    texts: list[str] = []
    encodings: list[str] = []  # nothing for ASCII
    faulty: dict[int, bytes] = {}  # with no mark, and no sound UTF-8
    broken: set[int] = set()
    for place, item in enumerate(items):
        data = read_bytes(item.path)
        _add_file(content, name=item.name, data=data)
        marked = encoding or find_marked(data)
        if marked or is_sound(data):
            texts.append(decode_text(data, path=item.path, encoding=encoding or (None if marked else "utf-8")))
            encodings.append(marked or ("" if data.isascii() else "utf-8"))
            if marked and not is_sound(data, marked):
                broken.add(place)
        else:
            decode_text(data, path=item.path, encoding="latin-1")  # raises an error where it is no text at all
            texts.append(data.decode(errors="replace"))
            encodings.append("utf-8")
            faulty[place] = data
    others = _choose_others(faulty, sound=encodings.count("utf-8") - len(faulty))
    if others:
        joined = b"\n".join(others.values())
        charset = find_charset(joined[:SAMPLE_SIZE], present=frozenset(joined))
        if charset is None:
            raise explain_no_encoding(items[min(others)].path)
        for place, data in others.items():
            texts[place], encodings[place] = data.decode(charset, errors="replace"), charset
    broken |= {place for place, data in faulty.items() if not is_sound(data, encodings[place])}
    found = [one for one in dict.fromkeys(encodings) if one]
    told = " and ".join(found) if set(found) - {"utf-8"} else encoding
    return _Texts(texts, told, items[min(broken)].name if broken else None)


def _choose_others(faulty: dict[int, bytes], *, sound: int) -> dict[int, bytes]:
    """Return those of the texts with faults, by their places, that are not damaged UTF-8 but of another encoding.

    Args:
        faulty: no sound UTF-8.
        sound: how many texts outside ASCII are. Where fewer are than surely of another encoding, all others are of
            that, too.
    """
    others = {place: data for place, data in faulty.items() if not is_damaged_utf8(data)}
    return faulty if len(others) > sound else others


def _tell(read: _Texts, source: SourceConfig) -> Reading:
    return Reading(_FORM, encoding=read.encoding, classes=source.classes, broken_file=read.broken_file)


def _add_file(content: hashlib._Hash, *, name: str, data: bytes) -> None:
    """Add a file's name, size and content, so that moving a byte from one to the next is seen."""
    content.update(f"{name}\0{len(data)}\0".encode())
    content.update(data)
