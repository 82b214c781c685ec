"""Text files of any size and encoding, and the place of what is wrong in them."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_cli.data import text_file
from lstm_cli.data.text_file import BEGINNING_SIZE, compute_sha256, decode_text, open_text, read_bytes
from lstm_cli.errors import DataError

UNIQUE_LINES = [f"line {number} é 🎬\n" for number in range(3_000)]  # far more than is read at once


@pytest.fixture
def small_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small file be read in many pieces."""
    monkeypatch.setattr(text_file, "_READ_AT_ONCE", 16_384)


@pytest.mark.parametrize("newline", ["", "\n", None])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.sampled_from("aé\U0001f600\n\r\x85\u2028\ufeff"), max_size=30),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_lines_are_those_of_the_whole_text(tmp_path: Path, newline: str | None, text: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("utf-8-sig" if text.startswith("\ufeff") else encoding))
    file = open_text(path)
    assert list(file.iter_lines(newline=newline)) == list(io.StringIO(text, newline=newline))
    assert file.sha256 == compute_sha256(path) == hashlib.sha256(read_bytes(path)).hexdigest()
    assert decode_text(read_bytes(path), path=path) == text


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("line", [1, 2, 1_500, 3_000])
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3"])
def test_what_is_not_in_the_encoding_named_is_found_in_its_line(tmp_path: Path, line: int, bad: bytes) -> None:
    """Also where a letter's bytes are read in two pieces, of which every offset is tried."""
    data = "".join(UNIQUE_LINES[: line - 1]).encode() + b"so far " + bad
    (tmp_path / "a.txt").write_bytes(data + "\n".join(UNIQUE_LINES).encode())
    with pytest.raises(DataError, match=rf"a\.txt, line {line}: expected utf-8 text, got the byte 0x"):
        open_text(tmp_path / "a.txt", encoding="utf-8")
    with pytest.raises(DataError, match=rf"line {line}: "):
        decode_text((tmp_path / "a.txt").read_bytes(), path=tmp_path, encoding="utf-8")


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("line", [1, 2, 3_000])
def test_a_nul_is_found_in_its_line(tmp_path: Path, line: int) -> None:
    (tmp_path / "a.txt").write_bytes(("".join(UNIQUE_LINES[: line - 1]) + "so far \0\n").encode())
    with pytest.raises(DataError, match=rf"a\.txt, line {line}: expected text, got a NUL byte"):
        open_text(tmp_path / "a.txt")


@pytest.mark.usefixtures("small_reads")
def test_utf_8_with_a_broken_byte_stays_utf_8_and_says_where(tmp_path: Path) -> None:
    """A character stands in its place, and everything else is read as it is."""
    lines = UNIQUE_LINES.copy()
    path = tmp_path / "a.txt"
    path.write_bytes("".join(lines[:2_000]).encode() + b"br\xffken\n" + "".join(lines[2_000:]).encode())
    file = open_text(path)
    assert (file.encoding, file.broken_line) == ("utf-8", 2_001)
    assert list(file.iter_lines(newline=None)) == [*lines[:2_000], "br\ufffdken\n", *lines[2_000:]]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF16_LE])
@pytest.mark.parametrize("is_damaged", [False, True])
@pytest.mark.usefixtures("small_reads")
def test_any_encoding_that_was_found_stays_with_a_broken_byte_and_says_where(
    tmp_path: Path, mark: bytes, is_damaged: bool
) -> None:
    encoding = "utf-16-le" if mark else "cp932"
    lines = [f"{number},とても良い映画でした。料理は冷たい。\n" for number in range(300)]
    wrong = b"\x00\xdc\n\x00" if mark else b"\x85\n"  # half a character
    path = tmp_path / "a.txt"
    before, after = ("".join(part).encode(encoding) for part in (lines[:200], lines[200:]))
    path.write_bytes(mark + before + wrong * is_damaged + after)
    file = open_text(path)
    assert (file.encoding, file.broken_line) == ("utf-16" if mark else "cp932", 201 if is_damaged else None)
    assert list(file.iter_lines(newline=None)) == [*lines[:200], *["\ufffd\n"] * is_damaged, *lines[200:]]


@pytest.mark.usefixtures("small_reads")
def test_an_encoding_shows_late_in_a_file_and_is_found_all_the_same(tmp_path: Path) -> None:
    """The first letter outside ASCII stands behind a megabyte of others."""
    lines = ["a line of plain letters\n"] * 50_000 + ["très bon café à Orléans\n", "déjà vu, gâché\n"]
    path = tmp_path / "a.txt"
    path.write_bytes("".join(lines).encode("cp1252"))
    file = open_text(path)
    assert file.encoding == "cp1252"
    assert list(file.iter_lines(newline=None)) == lines


def test_bytes_that_cp1252_does_not_have_make_it_latin_1(tmp_path: Path) -> None:
    """Wherever they stand."""
    path = tmp_path / "a.txt"
    path.write_bytes("déjà vu à l'été\n".encode("cp1252") * 9_000 + b"a \x81 b\n")
    assert open_text(path).encoding == "latin-1"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04rest", "a workbook or another zip archive"),
        (b"\x1f\x8b\x08rest", "packed by gzip"),
        (b"PAR1rest", "a Parquet file"),
        (b"\xd0\xcf\x11\xe0rest", "before Excel 2007"),
        (b"%PDF-1.7 rest", "a PDF"),
        (bytes(range(1, 32)) * 40, "holds no words"),
        (b"some words\n\0" * 40, "a NUL byte"),
    ],
)
def test_what_is_no_text_is_refused_with_what_it_is(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=f"expected text, got .*{what}"):
        open_text(tmp_path / "a.csv")


def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "LONGEST_LINE", 100)
    path = tmp_path / "a.txt"
    path.write_text("x" * 99 + "\n" + "y" * 101)
    with pytest.raises(DataError, match=r"line 2: expected at most 100 characters"):
        list(open_text(path).iter_lines(newline=""))


def test_a_file_that_must_be_held_whole_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "LARGEST_FILE", 3)
    (tmp_path / "a.txt").write_text("abcd")
    with pytest.raises(DataError, match=r"expected at most 3 bytes, got more\. Split the file"):
        read_bytes(tmp_path / "a.txt")
    assert list(open_text(tmp_path / "a.txt").iter_lines(newline="")) == ["abcd"]


def test_a_file_that_changes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("abcd\n")
    file = open_text(path)
    path.write_text("abce\n")
    with pytest.raises(DataError, match="changed while it was read"):
        list(file.iter_lines(newline=""))


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_what_is_shown_of_a_file_is_whole_lines_of_it(tmp_path: Path, encoding: str) -> None:
    """The beginning, and pieces from all over."""
    lines = [f"第{number} 行 我的 不是 了\n" for number in range(60_000)]
    path = tmp_path / "a.txt"
    path.write_bytes("".join(lines).encode(encoding))
    file = open_text(path)
    assert not file.is_whole
    shown = file.beginning.splitlines(keepends=True)
    assert shown == lines[: len(shown)]
    assert len(file.pieces) >= 8
    known = set(lines)
    pieces = [line for piece in file.pieces for line in piece.splitlines(keepends=True)]
    assert len(pieces) > 100
    assert set(pieces) <= known
    assert int(pieces[-1][1 : pieces[-1].index(" ")]) > 40_000


@pytest.mark.parametrize(
    ("name", "content", "is_plain"),
    [
        ("a.csv", "café\n".encode(), True),
        ("a.csv", "\ufeffcafé\n".encode(), True),
        ("a.csv", "café\n".encode("utf-16"), False),
        ("a.csv", "café, déjà vu, été, à Orléans\n".encode("cp1252"), False),
        ("a.csv", "café\n".encode() * 40 + b"caf\xe9\n", False),
        ("a.csv.gz", gzip.compress("café\n".encode(), mtime=0), False),
    ],
)
def test_a_plain_file_is_utf_8_without_a_fault_and_not_packed(
    tmp_path: Path, name: str, content: bytes, is_plain: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    assert open_text(tmp_path / name).is_plain == is_plain


@pytest.mark.parametrize("named", [None, "utf-8"])
def test_broken_bytes_are_replaced_unless_the_user_names_the_encoding(tmp_path: Path, named: str | None) -> None:
    path = tmp_path / "a.txt"
    path.write_text("café\n", encoding="utf-8")
    file = open_text(path, encoding=named)
    assert file.errors == ("strict" if named else "replace")
    assert (file.encoding, file.broken_line, file.size) == ("utf-8", None, 6)


@pytest.mark.parametrize(("broken", "is_utf8"), [(9, True), (10, True), (60, True), (70, False)])
def test_utf_8_is_what_holds_as_many_sound_characters_as_broken_ones(
    tmp_path: Path, broken: int, is_utf8: bool
) -> None:
    """Outside ASCII, of which a sound line has four here and a broken one two."""
    path = tmp_path / "a.txt"
    lines = ["déjà vu, été\n".encode()] * (100 - broken) + ["très bon café\n".encode("cp1252")] * broken
    path.write_bytes(b"plain letters\n" * 300 + b"".join(lines))
    file = open_text(path)
    assert (file.encoding == "utf-8") == is_utf8
    assert file.broken_line == (401 - broken if is_utf8 else None)


def test_a_file_of_few_lines_stays_utf_8_where_one_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Un film raté, où rien n'est réussi\ndéjà vu\n".encode() + b"\xc3\n")
    assert (open_text(path).encoding, open_text(path).broken_line) == ("utf-8", 3)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "iso2022_jp"])
def test_what_letters_of_several_bytes_look_like_is_found_without_a_mark(tmp_path: Path, encoding: str) -> None:
    text = "".join(f"film number {number}, とても良い\n" for number in range(40))
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    file = open_text(tmp_path / "a.txt")
    assert file.encoding == encoding
    assert "".join(file.iter_lines(newline="")) == text == decode_text(text.encode(encoding), path=tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_few_letters_of_ascii_are_enough_for_that(tmp_path: Path, encoding: str) -> None:
    text = "".join("とても良い映画でした"[: 5 + number % 6] + "。\n" for number in range(60))
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert open_text(tmp_path / "a.txt").encoding == encoding


def test_zeros_all_over_a_file_are_no_letters(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes((b"a\0b\0c\0d\0" + b"\0\0\0\0") * 40)
    with pytest.raises(DataError, match="a NUL byte"):
        open_text(tmp_path / "a.txt")


def test_japanese_of_the_oldest_standard_is_found(tmp_path: Path) -> None:
    """In ISO-2022, where it begins with another sign."""
    text = "film, とても良い\n" * 9
    (tmp_path / "a.txt").write_bytes(text.encode("iso2022_jp").replace(b"\x1b$B", b"\x1b$@"))
    assert "".join(open_text(tmp_path / "a.txt").iter_lines(newline="")) == text


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"BZh", "packed by bzip2"),
        (b"\xfd7zXZ", "packed by xz"),
        (b"\x28\xb5\x2f\xfd", "packed by zstd, which must be unpacked"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"\x89HDF", "an HDF5 file"),
        (b"SQLite format 3", "an SQLite database"),
    ],
)
def test_more_of_what_is_no_text_is_told(tmp_path: Path, start: bytes, what: str) -> None:
    (tmp_path / "a.csv").write_bytes(start + b" and words")
    with pytest.raises(DataError, match=rf"expected text, got .*{what}\. Give it the suffix of what it is"):
        open_text(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_bytes(b"words and " + start.strip(b"\x89\xff\xd8\xfd\x28\xb5\x2f"))
    assert open_text(tmp_path / "a.csv").encoding == "utf-8"


@pytest.mark.parametrize("controls", [10, 11])
def test_a_text_may_hold_some_signs_that_are_no_letters(tmp_path: Path, controls: int) -> None:
    """Eight, and one in fifty."""
    (tmp_path / "a.txt").write_bytes(b"\x01" * controls + b"a" * (100 - controls))
    if controls == 10:
        assert open_text(tmp_path / "a.txt").size == 100
    else:
        with pytest.raises(DataError, match="holds no words"):
            open_text(tmp_path / "a.txt")


def test_a_file_as_large_as_its_bound_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "LARGEST_FILE", 4)
    monkeypatch.setattr(text_file, "LONGEST_LINE", 4)
    (tmp_path / "a.txt").write_text("abcd")
    assert read_bytes(tmp_path / "a.txt") == b"abcd"
    assert list(open_text(tmp_path / "a.txt").iter_lines(newline="")) == ["abcd"]


@pytest.mark.parametrize(
    ("content", "beginning", "is_whole"),
    [
        ("a" * (BEGINNING_SIZE - 1) + "\n", BEGINNING_SIZE, True),
        ("a\n" + "b" * BEGINNING_SIZE + "\n", 2, False),
        ("a" * (BEGINNING_SIZE + 1), BEGINNING_SIZE, False),
        ("a" * (BEGINNING_SIZE - 1) + "\nb", BEGINNING_SIZE, False),
        ("a", 1, True),
    ],
)
def test_a_beginning_is_whole_lines_as_far_as_there_are_some(
    tmp_path: Path, content: str, beginning: int, is_whole: bool
) -> None:
    (tmp_path / "a.txt").write_text(content)
    file = open_text(tmp_path / "a.txt")
    assert file.beginning == content[:beginning]
    assert file.is_whole == is_whole


def test_a_mark_is_no_part_of_what_is_shown_of_a_file(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        (tmp_path / "a.txt").write_bytes("text,label\n".encode(encoding))
        assert open_text(tmp_path / "a.txt").beginning == "text,label\n"


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("blocks", [1, 16, 17, 18, 100])
def test_of_a_file_of_any_size_a_few_pieces_are_kept(tmp_path: Path, blocks: int) -> None:
    (tmp_path / "a.txt").write_text("a line of some words\n" * (blocks * 16_384 // 21))
    assert min(blocks, 9) - 1 <= len(open_text(tmp_path / "a.txt").pieces) <= 15


@pytest.mark.usefixtures("small_reads")
def test_the_pieces_of_a_file_are_spread_evenly(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"{number:07d}\n" for number in range(200_000)))
    places = [int(piece[:7]) for piece in open_text(tmp_path / "a.txt").pieces]
    gaps = [later - earlier for earlier, later in pairwise(places)]
    assert max(gaps) - min(gaps) <= 1
    assert places[-1] + 2 * max(gaps) > 200_000


def test_a_walk_says_how_far_it_has_come(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(UNIQUE_LINES), encoding="utf-8")
    file = open_text(path)
    assert (file.walk.read, file.size) == (0, path.stat().st_size)
    for _ in range(2):
        assert len(list(file.iter_lines(newline=None))) == len(UNIQUE_LINES)
        assert file.walk.read == file.size
