from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_cli.config import DataConfig
from lstm_cli.data import cache, file_reviews, word_file
from lstm_cli.data.dataset import Dataset, load_dataset
from lstm_cli.errors import OutputError
from lstm_cli.text.languages import Language


@pytest.fixture
def config(small_csv: Path) -> DataConfig:
    return DataConfig(dataset=str(small_csv), num_words=20, maxlen=6)


@pytest.fixture
def built(config: DataConfig) -> Dataset:
    """The data set as built from nothing; its cache file stands afterwards."""
    return load_dataset(config)


@pytest.fixture
def file(cache_home: Path, built: Dataset) -> Path:  # noqa: ARG001 - it must have been built
    """The one cache file."""
    (path,) = cache_home.rglob("*.bin")
    return path


@pytest.fixture
def no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every parsing fail, so that only the cache can answer."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the file was parsed")

    monkeypatch.setattr(file_reviews, "iter_labelled", refuse)


def expect_same(first: Dataset, second: Dataset) -> None:
    """Check that two data sets agree in every value, dtype and shape."""
    assert (first.name, first.fingerprint) == (second.name, second.fingerprint)
    assert first.encoder == second.encoder
    for part in ("train", "validation", "test"):
        for name in ("tokens", "labels", "unknown_share", "truncated", "digests"):
            one, other = getattr(getattr(first, part), name), getattr(getattr(second, part), name)
            assert one.dtype == other.dtype
            assert other.flags.writeable
            np.testing.assert_array_equal(one, other, strict=True)


def rewrite(file: Path, change: Callable[[dict[str, Any]], object], arrays: bytes | None = None) -> None:
    """Forge a cache file: its header changed, its checksum right."""
    content = file.read_bytes()[32:]
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    change(header)
    encoded = json.dumps(header).encode()
    body = len(encoded).to_bytes(8, "little") + encoded + (content[8 + size :] if arrays is None else arrays)
    file.write_bytes(hashlib.sha256(body).digest() + body)


def read_arrays(file: Path) -> bytearray:
    content = file.read_bytes()[32:]
    return bytearray(content[8 + int.from_bytes(content[:8], "little") :])


@pytest.mark.usefixtures("file", "no_sources")
def test_a_hit_gives_identical_arrays_without_parsing(config: DataConfig, built: Dataset) -> None:
    expect_same(built, load_dataset(config))


def test_an_honest_rewrite_is_still_a_hit(config: DataConfig, built: Dataset, file: Path) -> None:
    """The forger of the tests below changes nothing else."""
    rewrite(file, lambda header: None)  # noqa: ARG005 - nothing is to be changed
    cached = cache.load_cached(config, fingerprint=built.fingerprint)
    assert cached is not None
    expect_same(built, cached)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_byte_anywhere_makes_it_built_anew(
    config: DataConfig, built: Dataset, file: Path, data: st.DataObject
) -> None:
    content = file.read_bytes()
    damaged = bytearray(content)
    damaged[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(damaged)
    assert cache.load_cached(config, fingerprint=built.fingerprint) is None
    expect_same(built, load_dataset(config))
    assert file.read_bytes() == content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_truncated_file_makes_it_built_anew(
    config: DataConfig, built: Dataset, file: Path, data: st.DataObject
) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    expect_same(built, load_dataset(config))
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header["key"].update(split_seed=7),
        lambda header: header["key"].pop("format"),
        lambda header: header.pop("words"),
        lambda header: header["words"].__setitem__(0, header["words"][1]),
        lambda header: header["words"].__setitem__(0, 5),
        lambda header: header["words"].__setitem__(0, ""),
        lambda header: header["words"].clear(),
        lambda header: header["words"].append("one-too-many"),
        lambda header: header.update(words={"a": 1}),
        lambda header: header.update(name=None),
        lambda header: header.update(rows=[36, 4]),
        lambda header: header.update(rows=None),
        lambda header: header["rows"].__setitem__(0, header["rows"][0] + 1),
        lambda header: header["rows"].__setitem__(0, -1),
        lambda header: header["rows"].__setitem__(0, 1e18),
        lambda header: header["rows"].__setitem__(0, True),
        lambda header: header.update(usual_length=-1),
        lambda header: header.update(usual_length=7.0),
    ],
)
def test_a_foreign_header_with_a_right_checksum_is_not_trusted(
    config: DataConfig, built: Dataset, file: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(file, change)
    assert cache.load_cached(config, fingerprint=built.fingerprint) is None
    expect_same(built, load_dataset(config))


@pytest.mark.parametrize(
    ("array", "value"),
    [
        ("tokens", np.int32(20)),
        ("tokens", np.int32(-1)),
        ("labels", np.int32(2)),
        ("labels", np.int32(-1)),
        ("unknown_share", np.float32("nan")),
        ("unknown_share", np.float32(1.5)),
        ("unknown_share", np.float32(-0.5)),
        ("truncated", np.uint8(2)),
    ],
)
def test_an_impossible_value_with_a_right_checksum_is_not_trusted(
    config: DataConfig, built: Dataset, file: Path, array: str, value: np.generic
) -> None:
    rows = sum(len(part) for part in (built.train, built.validation, built.test))
    start = {
        "tokens": 0,
        "labels": 4 * 6 * rows,
        "unknown_share": (4 * 6 + 4 + 8) * rows,
        "truncated": (4 * 6 + 4 + 8 + 4) * rows,
    }[array]
    arrays = read_arrays(file)
    arrays[start : start + value.nbytes] = value.tobytes()
    rewrite(file, lambda header: None, bytes(arrays))  # noqa: ARG005 - the header stays
    assert cache.load_cached(config, fingerprint=built.fingerprint) is None
    expect_same(built, load_dataset(config))


@pytest.mark.parametrize("change", [lambda arrays: arrays + b"\0", lambda arrays: arrays[:-1]])
def test_bytes_too_many_or_too_few_with_a_right_checksum_are_not_trusted(
    config: DataConfig, built: Dataset, file: Path, change: Callable[[bytearray], bytearray]
) -> None:
    rewrite(file, lambda header: None, bytes(change(read_arrays(file))))  # noqa: ARG005 - the header stays
    assert cache.load_cached(config, fingerprint=built.fingerprint) is None


@pytest.mark.parametrize("body", [b"", b"\xff" * 8, b"\x02" + b"\0" * 7 + b"[]", b"\x01" + b"\0" * 7 + b"{"])
def test_a_file_that_never_was_ours_is_not_trusted(
    config: DataConfig, built: Dataset, file: Path, body: bytes
) -> None:
    file.write_bytes(hashlib.sha256(body).digest() + body)
    assert cache.load_cached(config, fingerprint=built.fingerprint) is None
    expect_same(built, load_dataset(config))


@pytest.mark.parametrize(
    "change",
    [
        {"num_words": 15},
        {"maxlen": 5},
        {"padding": "post"},
        {"truncating": "post"},
        {"test_split": 0.2},
        {"validation_split": 0.3},
        {"split_seed": 7},
        {"limit": 30},
    ],
)
def test_other_settings_have_a_file_of_their_own(
    config: DataConfig, file: Path, change: dict[str, Any], built: Dataset
) -> None:
    other = config.model_copy(update=change)
    load_dataset(other)
    assert len(list(file.parent.iterdir())) == 2
    cached = cache.load_cached(config, fingerprint=built.fingerprint)
    assert cached is not None
    expect_same(built, cached)


def test_changed_content_is_read_anew(config: DataConfig, small_csv: Path, built: Dataset) -> None:
    small_csv.write_text(small_csv.read_text().replace("film", "movie"))
    changed = load_dataset(config)
    assert changed.fingerprint != built.fingerprint
    assert "movie" in changed.encoder.vocabulary.words


@pytest.mark.usefixtures("file")
def test_another_format_version_is_built_anew(
    config: DataConfig, built: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "FORMAT_VERSION", cache.FORMAT_VERSION + 1)
    assert cache.load_cached(config, fingerprint=built.fingerprint) is None
    expect_same(built, load_dataset(config))


def test_an_unwritable_cache_folder_stops_nobody(
    config: DataConfig, cache_home: Path, monkeypatch: pytest.MonkeyPatch, built: Dataset
) -> None:
    """A file stands where the folder should be."""
    (cache_home / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_home / "file"))
    expect_same(built, load_dataset(config))
    cache.save_language(Language("ko", "Hangul"), config, fingerprint=built.fingerprint)
    assert cache.load_language(config, fingerprint=built.fingerprint) is None


def test_a_language_is_known_again_under_the_same_settings(config: DataConfig) -> None:
    cache.save_language(Language("ko", "Hangul"), config, fingerprint="0" * 64)
    assert cache.load_language(config, fingerprint="0" * 64) == Language("ko", "Hangul")
    assert cache.load_language(config, fingerprint="1" * 64) is None
    assert cache.load_language(config.model_copy(update={"limit": 30}), fingerprint="0" * 64) is None


def test_a_folder_in_the_files_place_stops_nobody(config: DataConfig, file: Path, built: Dataset) -> None:
    file.unlink()
    file.mkdir()
    expect_same(built, load_dataset(config))


def damage_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every cache file go bad as soon as it is whole."""
    load = cache.load_cached

    def damage(config: DataConfig, **identity: Any) -> Dataset | None:
        for path in cache.locate_cache().glob("*.bin"):
            path.write_bytes(path.read_bytes()[:-1] + b"x")
        return load(config, **identity)

    monkeypatch.setattr(cache, "load_cached", damage)


@pytest.mark.usefixtures("file")
def test_a_file_gone_bad_after_writing_stops_nobody(
    config: DataConfig, built: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage_what_is_written(monkeypatch)
    expect_same(built, load_dataset(config))


def test_only_the_newest_files_are_kept(
    config: DataConfig, file: Path, built: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_MAX_FILES", 2)
    for seed in (1, 2, 3):
        load_dataset(config.model_copy(update={"split_seed": seed}))
    assert len(list(file.parent.iterdir())) == 2
    assert cache.load_cached(config, fingerprint=built.fingerprint) is None


def test_its_arrays_begin_where_they_are_read_fastest(file: Path) -> None:
    """At a multiple of a processor's line of 64 bytes."""
    content = file.read_bytes()[32:]
    assert (32 + 8 + int.from_bytes(content[:8], "little")) % 64 == 0


def test_nothing_is_left_beside_the_file(file: Path) -> None:
    assert list(file.parent.iterdir()) == [file]


class TestTooLargeForTheMemory:
    """What is held in memory is bounded to next to nothing here."""

    @pytest.fixture(autouse=True)
    def no_memory(self, built: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG002 - built before
        for room in (cache, word_file):
            monkeypatch.setattr(room, "LARGEST_IN_MEMORY", 1)

    @pytest.mark.usefixtures("no_sources")
    def test_the_tokens_stay_in_the_file_and_are_the_same(self, config: DataConfig, built: Dataset) -> None:
        mapped = load_dataset(config)
        for part in ("train", "validation", "test"):
            one, other = getattr(built, part), getattr(mapped, part)
            assert isinstance(other.tokens, np.memmap)
            assert other.tokens.flags.aligned
            assert not other.tokens.flags.writeable
            for name in ("tokens", "labels", "unknown_share", "truncated", "digests"):
                np.testing.assert_array_equal(np.asarray(getattr(other, name)), getattr(one, name), strict=True)

    def test_a_damaged_byte_anywhere_makes_it_built_anew(
        self, config: DataConfig, built: Dataset, file: Path
    ) -> None:
        content = file.read_bytes()
        for place in (0, 40, len(content) // 2, len(content) - 1):
            damaged = bytearray(content)
            damaged[place] ^= 1
            file.write_bytes(damaged)
            assert cache.load_cached(config, fingerprint=built.fingerprint) is None
            assert load_dataset(config).train.tokens.tolist() == built.train.tokens.tolist()
            assert file.read_bytes() == content

    def test_an_impossible_token_is_not_trusted(self, config: DataConfig, built: Dataset, file: Path) -> None:
        arrays = read_arrays(file)
        arrays[:4] = np.int32(20).tobytes()
        rewrite(file, lambda header: None, bytes(arrays))  # noqa: ARG005 - the header stays
        assert cache.load_cached(config, fingerprint=built.fingerprint) is None

    def test_a_test_part_without_rows_is_no_matter(self, config: DataConfig) -> None:
        mapped = load_dataset(config.model_copy(update={"test_split": 0.0}))
        assert mapped.test.tokens.shape == (0, 6)

    def test_a_full_disk_is_an_explained_error(
        self, config: DataConfig, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Full while the tokens are written, and full while the words are. Nothing is left lying about."""
        resource = pytest.importorskip("resource")
        file.unlink()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            # The words go first: 40 reviews have some 1,000, of four bytes each.
            cases = {1_000: "Cannot keep the words of the reviews in", 6_000: "Cannot write .* GB"}
            for limit, message in cases.items():
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
                with pytest.raises(OutputError, match=rf"{message}.*XDG_CACHE_HOME"):
                    load_dataset(config.model_copy(update={"maxlen": 500}))
                assert not list(file.parent.iterdir())
                # What fits into memory needs no disk.
                with monkeypatch.context() as context:
                    for room in (cache, word_file):
                        context.setattr(room, "LARGEST_IN_MEMORY", 2**28)
                    assert len(load_dataset(config.model_copy(update={"maxlen": 500})).train) == 28
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def test_an_unwritable_cache_folder_is_an_explained_error(
        self, config: DataConfig, cache_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (cache_home / "file").write_text("in the way")
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache_home / "file"))
        with pytest.raises(OutputError, match=r"XDG_CACHE_HOME"):
            load_dataset(config)

    def test_a_file_gone_bad_after_writing_is_an_explained_error(
        self, config: DataConfig, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What does not fit into the memory is not built there in its place."""
        file.unlink()
        damage_what_is_written(monkeypatch)
        with pytest.raises(OutputError, match=r"is not what was just written.*the disk fails"):
            load_dataset(config)
