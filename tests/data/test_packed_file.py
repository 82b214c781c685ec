"""Packed files: their content as a stream, and those made to harm or broken."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_cli.data import packed_file
from lstm_cli.data.packed_file import find_suffix, open_content
from lstm_cli.errors import DataError

CONTENT = b"".join(b"line %d of some text\n" % number for number in range(50_000))


def zip_bytes(data: bytes) -> bytes:
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.csv", data)
    return buffer.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zip": zip_bytes,
}


def read(path: Path) -> bytes:
    with open_content(path) as file:
        return file.read()


@pytest.mark.parametrize("packing", PACKERS)
def test_the_content_is_what_was_packed(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"Reviews.CSV{packing.upper()}"
    path.write_bytes(PACKERS[packing](CONTENT))
    assert read(path) == CONTENT
    assert find_suffix(path) == ".csv"


@pytest.mark.parametrize("packing", [".gz", ".bz2", ".xz"])
def test_several_streams_in_a_file_are_one(tmp_path: Path, packing: str) -> None:
    """As `cat` and parallel packers make them."""
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(PACKERS[packing](CONTENT) + PACKERS[packing](b"more\n"))
    assert read(path) == CONTENT + b"more\n"


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("damage", ["cut", "changed", "other", "empty"])
def test_a_broken_file_is_one_line(tmp_path: Path, packing: str, damage: str) -> None:
    whole = PACKERS[packing](CONTENT)
    middle = len(whole) // 2
    content = {
        "cut": whole[:middle],
        "changed": whole[:middle] + bytes(byte ^ 255 for byte in whole[middle : middle + 9]) + whole[middle + 9 :],
        "other": CONTENT,
        "empty": b"",
    }[damage]
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(content)
    if damage == "empty" and packing == ".gz":  # Python's own reader finds nothing in nothing
        assert read(path) == b""
        return
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_unfolds_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past a size that says nothing, by how many times its own it is."""
    monkeypatch.setattr(packed_file, "SMALL", 10_000)
    bomb = tmp_path / "bomb.csv.xz"
    bomb.write_bytes(lzma.compress(b"a" * 30_000_000))
    with pytest.raises(DataError, match="unfolds to more than 2,000 times its size"):
        read(bomb)
    honest = tmp_path / "honest.csv.xz"
    honest.write_bytes(lzma.compress(CONTENT))
    assert read(honest) == CONTENT


def test_a_small_file_may_unfold_to_many_times_its_size(tmp_path: Path) -> None:
    """A table of one row again and again packs to next to nothing."""
    content = b"a fine film,1\n" * 100_000
    path = tmp_path / "same.csv.bz2"
    path.write_bytes(bz2.compress(content))
    assert len(content) > packed_file.LARGEST_GROWTH * path.stat().st_size
    assert read(path) == content


def test_what_unfolds_to_just_the_bound_is_read_and_a_byte_more_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CONTENT))
    monkeypatch.setattr(packed_file, "LARGEST_GROWTH", 1)
    monkeypatch.setattr(packed_file, "SMALL", len(CONTENT))
    assert read(path) == CONTENT
    monkeypatch.setattr(packed_file, "SMALL", len(CONTENT) - 1)
    with pytest.raises(DataError, match="unfolds to more than 1 times its size"):
        read(path)


def test_an_archive_with_a_password_is_explained(tmp_path: Path) -> None:
    data = bytearray(zip_bytes(b"text,label\n"))
    place = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[place + 8] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"cannot be unpacked here .*password"):
        read(path)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], "none"),
        (["a.csv", "b.csv"], "2 files (a.csv, b.csv)"),
        (["a.csv", "b.csv", "c.csv"], "3 files (a.csv, b.csv, c.csv)"),
        (["a.csv", "b.csv", "c.csv", "d.csv"], "4 files (a.csv, b.csv, c.csv, …)"),
    ],
)
def test_an_archive_of_no_or_several_files_names_them(tmp_path: Path, names: list[str], found: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    with pytest.raises(DataError, match=re.escape(f"expected one file of reviews in it, got {found}. Unpack it")):
        find_suffix(path)
