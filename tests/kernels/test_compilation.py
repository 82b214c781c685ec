"""Compiled functions: parts stay Python's too, kernels leave the interpreter's lock, and what is kept is ours."""

from __future__ import annotations

import shutil
from types import FunctionType

import numba
import numpy as np
import pytest

from lstm_cli.kernels import compilation
from lstm_cli.kernels.compilation import compile_kernel, compile_part


def double(number: int) -> int:
    return 2 * number


def count_twice(array: np.ndarray) -> int:
    return double(len(array))


def add_one(number: int) -> int:
    return number + 1


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where numba keeps what it compiles."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def compile_and_call() -> numba.core.dispatcher.Dispatcher:
    kernel = compile_kernel(add_one)
    assert kernel(1) == 2
    return kernel


def count_loaded() -> int:
    return sum(compile_and_call().stats.cache_hits.values())


@pytest.mark.usefixtures("folder")
def test_a_part_stays_pythons_function_and_is_compiled_into_kernels():
    assert compile_part(double) is double
    assert compile_kernel(count_twice)(np.zeros(3)) == 6


@pytest.mark.usefixtures("folder")
def test_a_kernel_leaves_the_interpreters_lock():
    assert compile_kernel(add_one).targetoptions["nogil"]


@pytest.mark.usefixtures("folder")
def test_what_was_compiled_once_is_loaded_until_a_source_changes(monkeypatch):
    assert [count_loaded(), count_loaded()] == [0, 1]
    monkeypatch.setattr(compilation, "take_fingerprint", lambda: "of other sources")
    assert [count_loaded(), count_loaded()] == [0, 1]


@pytest.mark.parametrize("becomes", ["empty", "a folder"])
def test_what_cannot_be_read_or_kept_is_compiled_anew(folder, becomes):
    """A file that was cut short; and what neither opens nor lets itself be replaced."""
    compile_and_call()
    (index,) = folder.rglob("*add_one*.nbi")
    index.write_bytes(b"")
    if becomes == "a folder":
        index.unlink()
        index.mkdir()
    assert [count_loaded(), count_loaded()] == [0, 0]


def test_a_full_or_missing_disk_is_no_hindrance(folder):
    kernel = compile_kernel(add_one)
    shutil.rmtree(folder)
    folder.touch()
    assert kernel(1) == 2


def test_where_no_folder_can_be_had_nothing_is_kept(folder, monkeypatch):
    monkeypatch.setattr(compilation, "find_kernel_folder", lambda: None)
    assert [count_loaded(), count_loaded()] == [0, 0]
    assert not list(folder.rglob("*.nbi"))


@pytest.mark.usefixtures("folder")
def test_what_numba_finds_no_folder_for_is_compiled_all_the_same():
    """A function that no file holds."""
    homeless = FunctionType(add_one.__code__.replace(co_filename="<nowhere>"), {"__name__": __name__})
    assert compile_kernel(homeless)(1) == 2
