"""A seal shows every damage to what stands before it, and a file without one is known as such."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile import seal
from lstm_cli.modelfile.seal import build_seal, read_sealed_index

INDEX = {"version": 2, "arrays": [["größe", "<f4", [2, 3], 8]]}


def read(content: bytes) -> bytes | None:
    return read_sealed_index(io.BytesIO(content), size=len(content))


@given(st.binary(max_size=200))
def test_what_was_sealed_is_read_back(content):
    assert json.loads(read(content + build_seal(content, INDEX))) == INDEX


def test_a_file_longer_than_is_read_at_once_is_sealed_whole(monkeypatch):
    monkeypatch.setattr(seal, "_CHUNK_SIZE", 7)
    content = bytes(range(100))
    assert json.loads(read(content + build_seal(content, INDEX))) == INDEX
    with pytest.raises(ModelFileError, match="does not match its checksum"):
        read(content[:-1] + b"x" + build_seal(content, INDEX))


@given(st.data())
def test_no_change_of_a_byte_goes_unnoticed(data):
    """Of the content, the index or the digest; where the mark itself is hit, there is no seal any more."""
    content = b"some content" + build_seal(b"some content", INDEX)
    place = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    damaged[place] ^= data.draw(st.integers(1, 255))
    mark = content.index(seal._MARK)
    if mark <= place < mark + len(seal._MARK):
        assert read(bytes(damaged)) is None
    else:
        with pytest.raises(ModelFileError, match="does not match its checksum"):
            read(bytes(damaged))


@pytest.mark.parametrize("content", [b"", b"x", b"\x89HDF\r\n\x1a\n" * 50], ids=["empty", "short", "plain"])
def test_a_file_without_a_seal_has_no_index(content):
    assert read(content) is None
    assert read(content + b"\0" * 100) is None


def test_an_index_longer_than_the_file_is_refused():
    """As someone makes it who knows how to seal."""
    sealed = build_seal(b"", {})
    content = (len(sealed)).to_bytes(8, "little")
    forged = io.BytesIO()
    forged.write(content)
    forged.write(seal._MARK + __import__("hashlib").sha256(content).digest())
    with pytest.raises(ModelFileError, match="longer than the file"):
        read(forged.getvalue())
