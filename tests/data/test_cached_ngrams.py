"""What a cached data set tells of n-grams comes back as it was, or is learnt anew."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_cli.config import DataConfig, NgramsConfig
from lstm_cli.data import cache
from lstm_cli.data.dataset import load_dataset


@pytest.fixture
def config(small_csv):
    ngrams = NgramsConfig(patterns=("x", "xx"), folds=2, grouping="none")
    return DataConfig(dataset=str(small_csv), num_words=20, maxlen=6, test_split=0.2, ngrams=ngrams)


@pytest.fixture
def built(config):
    """The data set as built from nothing; its cache file stands afterwards."""
    return load_dataset(config)


@pytest.fixture
def file(cache_home, built):  # noqa: ARG001 - it must have been built
    (path,) = cache_home.rglob("*.bin")
    return path


def load(config, built):
    return cache.load_cached(config, fingerprint=built.fingerprint)


def expect_same(first, second):
    assert first.encoder.ngrams.dump() == second.encoder.ngrams.dump()
    assert first.encoder.ngrams.describe() == second.encoder.ngrams.describe()
    for part in ("train", "validation", "test"):
        for name in ("channels", "logits", "tokens"):
            one, other = getattr(getattr(first, part), name), getattr(getattr(second, part), name)
            np.testing.assert_array_equal(one, other, strict=True)


def forge(file, *, header=lambda _: None, arrays=lambda data: data):
    """Change a file and put the right checksum before it, as anyone can."""
    content = file.read_bytes()[32:]
    size = int.from_bytes(content[:8], "little")
    changed = json.loads(content[8 : 8 + size])
    header(changed)
    encoded = json.dumps(changed).encode()
    body = len(encoded).to_bytes(8, "little") + encoded + bytes(arrays(bytearray(content[8 + size :])))
    file.write_bytes(hashlib.sha256(body).digest() + body)


@pytest.mark.parametrize("most", [cache.LARGEST_IN_MEMORY, 100], ids=["in memory", "left in the file"])
def test_it_comes_back_as_it_was(config, built, file, most, monkeypatch):  # noqa: ARG001 - the file must stand
    monkeypatch.setattr(cache, "LARGEST_IN_MEMORY", most)
    found = load(config, built)
    expect_same(found, built)
    assert isinstance(found.train.channels, np.memmap) == (most == 100)
    assert np.any(found.train.channels)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_a_damaged_byte_anywhere_makes_it_learnt_anew(config, built, file, data):
    content = file.read_bytes()
    damaged = bytearray(content)
    damaged[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(damaged)
    assert load(config, built) is None
    file.write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.update(ngrams=None),
        lambda header: header["ngrams"].pop("counts"),
        lambda header: header["ngrams"]["counts"].__setitem__(0, -1),
        lambda header: header["ngrams"]["counts"].__setitem__(0, 2**40),
        lambda header: header["ngrams"]["counts"].__setitem__(0, "many"),
        lambda header: header["ngrams"].update(intercepts=[]),
        lambda header: header["ngrams"].update(intercepts=[1e9]),
        lambda header: header["ngrams"].update(channels=["weight", "weight"]),
        lambda header: header["ngrams"].update(patterns=["x"]),
    ],
)
def test_a_foreign_description_with_a_right_checksum_is_not_trusted(config, built, file, change):
    forge(file)
    assert load(config, built) is not None  # the forger changes nothing else
    forge(file, header=change)
    assert load(config, built) is None


def test_numbers_that_no_tables_give_are_not_trusted(config, built, file):
    """At the end stand the channels, before them the logits."""
    channels = sum(part.channels.size for part in (built.train, built.validation, built.test))
    nan = np.float16("nan").tobytes()
    for change in (
        lambda data: data[:-2] + nan,
        lambda data: data[:-2] + np.float16("-inf").tobytes(),
        lambda data: data[: -2 * channels - 4] + np.float32("nan").tobytes() + data[-2 * channels :],
        lambda data: data[:-2],
        lambda data: data + bytes(2),
    ):
        whole = file.read_bytes()
        forge(file, arrays=change)
        assert load(config, built) is None
        file.write_bytes(whole)
    assert load(config, built) is not None
