"""Lines of files of any size, and the place of what is wrong in them."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_cli.data import text_file
from lstm_cli.data.text_file import compute_sha256, iter_lines, read_bytes
from lstm_cli.errors import DataError

UNIQUE_LINES = [f"line {number} é 🎬\n" for number in range(3_000)]  # far more than is read at once


@pytest.mark.parametrize("newline", ["", None])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("aé\U0001f600\n\r\x85\u2028\ufeff"), max_size=30), mark=st.booleans())
def test_lines_are_those_of_the_whole_text(tmp_path: Path, newline: str | None, text: str, mark: bool) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("utf-8-sig" if mark or text.startswith("\ufeff") else "utf-8"))
    content = hashlib.sha256()
    assert list(iter_lines(path, newline=newline, content=content)) == list(io.StringIO(text, newline=newline))
    assert content.hexdigest() == compute_sha256(path) == hashlib.sha256(read_bytes(path)).hexdigest()


@pytest.mark.parametrize("line", [1, 2, 1_500, 3_000])
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\0"])
def test_what_is_no_text_is_found_in_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: int, bad: bytes
) -> None:
    """Also where a letter's bytes are read in two pieces, of which every offset is tried."""
    monkeypatch.setattr(text_file, "_READ_AT_ONCE", 16_384)
    data = "".join(UNIQUE_LINES[: line - 1]).encode() + b"so far " + bad
    (tmp_path / "a.txt").write_bytes(data + "\n".join(UNIQUE_LINES).encode())
    with pytest.raises(DataError, match=rf"a\.txt, line {line}: expected .*(UTF-8|NUL)"):
        list(iter_lines(tmp_path / "a.txt", newline="", content=hashlib.sha256()))


def test_a_letter_cut_off_by_the_end_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\nb\xf0\x9f")
    with pytest.raises(DataError, match="line 2: expected UTF-8 text, got the byte 0xf0"):
        list(iter_lines(tmp_path / "a.txt", newline=None, content=hashlib.sha256()))


def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "LONGEST_LINE", 100)
    path = tmp_path / "a.txt"
    path.write_text("x" * 99 + "\n" + "y" * 101)
    with pytest.raises(DataError, match=r"line 2: expected at most 100 characters"):
        list(iter_lines(path, newline="", content=hashlib.sha256()))


def test_a_file_that_must_be_held_whole_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "LARGEST_FILE", 3)
    (tmp_path / "a.txt").write_text("abcd")
    with pytest.raises(DataError, match=r"expected at most 3 bytes, got 4\. Split the file"):
        read_bytes(tmp_path / "a.txt")
    assert list(iter_lines(tmp_path / "a.txt", newline="", content=hashlib.sha256())) == ["abcd"]
