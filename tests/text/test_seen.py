"""A model file knows the texts that it was trained on, and shows them to nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.errors import ModelFileError
from lstm_cli.text import seen
from lstm_cli.text.encoder import digest_text
from lstm_cli.text.seen import build_seen_texts, parse_seen_texts


def digest(texts: list[str]) -> np.ndarray:
    return np.array([digest_text(text) for text in texts], np.uint64)


@given(st.lists(st.text(max_size=4)), st.lists(st.text(max_size=4)))
def test_exactly_the_training_texts_are_found(trained: list[str], asked: list[str]) -> None:
    """Also once they have been in a file."""
    built = build_seen_texts(digest(trained), salt=b"model")
    found = parse_seen_texts(built.dump())
    known = {digest_text(text) for text in trained}
    expected = [digest_text(text) in known for text in asked]
    assert found.find(digest(asked)).tolist() == expected
    assert found.count(digest(asked)) == sum(expected)


def test_two_models_share_no_fingerprint() -> None:
    digests = digest([f"text {number}" for number in range(100)])
    one, other = (build_seen_texts(digests, salt=salt) for salt in (b"one", b"other"))
    assert not set(one.hashes.tolist()) & set(other.hashes.tolist())
    assert not set(one.hashes.tolist()) & set(digests.tolist())


def test_of_very_many_texts_a_share_is_kept_and_the_count_is_an_estimate(monkeypatch) -> None:
    monkeypatch.setattr(seen, "MOST_HASHES", 1000)
    digests = digest([f"text {number}" for number in range(5000)])
    built = build_seen_texts(digests, salt=b"model")
    assert built.zero_bits == 3
    assert 400 < len(built.hashes) < 850
    assert built.count(digests[:2000]) == pytest.approx(2000, rel=0.3)
    assert built.count(digest([f"other {number}" for number in range(2000)])) == 0


@pytest.mark.parametrize(("count", "zero_bits"), [(0, 0), (10, 0), (11, 1), (20, 1), (21, 2), (40, 2), (41, 3)])
def test_no_more_is_kept_than_the_bound_on_average(monkeypatch, count: int, zero_bits: int) -> None:
    monkeypatch.setattr(seen, "MOST_HASHES", 10)
    assert build_seen_texts(np.arange(count, dtype=np.uint64), salt=b"").zero_bits == zero_bits


def test_in_a_file_stand_sixteen_bytes_of_salt_the_bits_and_eight_bytes_a_text() -> None:
    """As in every model file that there is."""
    salt = bytes(range(16))
    parsed = parse_seen_texts(salt + b"\x02" + b"\x07" + bytes(8) + b"\x01" + bytes(6))
    assert (parsed.salt, parsed.zero_bits, parsed.hashes.tolist()) == (salt, 2, [7, 2**8])
    assert len(build_seen_texts(digest(["a", "b"]), salt=b"model").dump()) == 16 + 1 + 2 * 8


@pytest.mark.parametrize("data", [b"", bytes(16), bytes(20), bytes(16) + b"\x40" + bytes(8)])
def test_what_is_no_list_of_fingerprints_is_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError, match="fingerprints"):
        parse_seen_texts(data)
