"""Where compiled kernels are kept: the first folder of numba's that can be written; of which sources they are."""

from __future__ import annotations

import pytest

from lstm_cli.kernels import kernel_folder
from lstm_cli.kernels.kernel_folder import find_kernel_folder, take_fingerprint
from lstm_cli.user_folders import find_cache_folder


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A folder of two sources, in the place of ours."""
    folder = tmp_path / "kernels"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.py").write_text(name)
    monkeypatch.setattr(kernel_folder, "_SOURCES", folder)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    take_fingerprint.cache_clear()
    yield folder
    take_fingerprint.cache_clear()


def test_the_folder_that_the_user_names_comes_first(sources, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert find_kernel_folder() == tmp_path / "mine"
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert find_kernel_folder() == sources / "__pycache__"


def test_else_it_is_beside_the_sources_then_in_the_users_cache_then_nowhere(sources, cache_home):
    assert find_kernel_folder() == sources / "__pycache__"
    (sources / "__pycache__").rmdir()
    (sources / "__pycache__").touch()
    assert find_kernel_folder() == find_cache_folder() == cache_home / "lstm-cli"
    (cache_home / "lstm-cli").rmdir()
    (cache_home / "lstm-cli").touch()
    assert find_kernel_folder() is None


def take_anew() -> str:
    take_fingerprint.cache_clear()
    return take_fingerprint()


def test_a_change_of_any_source_is_seen_and_of_nothing_else(sources):
    before = take_anew()
    (sources / "a.nbi").write_text("compiled")
    assert take_anew() == before
    for name in ("a", "b", "c"):
        (sources / f"{name}.py").write_text("changed")
        assert take_anew() != before
        before = take_anew()


def test_a_process_reads_the_sources_once(sources):
    """What it compiles is of the sources it has imported, whatever becomes of the files."""
    before = take_fingerprint()
    (sources / "a.py").write_text("changed")
    assert take_fingerprint() == before
