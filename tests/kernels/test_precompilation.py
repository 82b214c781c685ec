"""Kernels compiled ahead, by a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lstm_cli.kernels import precompilation
from lstm_cli.kernels.precompilation import finish_precompilation, start_precompilation


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch, tmp_path):
    monkeypatch.setattr(precompilation, "count_cores", lambda: 2)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("NUMBA_OPT", "0")  # how well the code is made does not matter here, and takes the most time


def test_who_comes_after_it_compiles_nothing(tmp_path):
    """And it is not done twice."""
    start_precompilation(["simple_rnn"])
    finish_precompilation()
    count = (
        "import numba.core.event as event\n"
        "from lstm_cli.kernels import recurrence\n"
        "with event.install_recorder('numba:compile') as recorder:\n"
        "    recurrence.load_kernels(recurrence.CELLS['simple_rnn'])\n"
        "print(len(recorder.buffer))\n"
    )
    command = [sys.executable, "-c", count]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert answer.stdout == "0\n"
    assert list(tmp_path.glob("kernels-*-simple_rnn"))
    start_precompilation(["simple_rnn"])
    assert precompilation._Compiler.process is None


def test_a_compiler_that_fails_leaves_no_mark_and_no_trace(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(precompilation, "_PROGRAM", "raise SystemExit('{cells}')")
    start_precompilation(["gru"])
    finish_precompilation()
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_without_a_process_to_be_had_nothing_is_begun(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    start_precompilation(["gru"])
    finish_precompilation()


def test_on_one_core_it_would_gain_nothing(monkeypatch):
    monkeypatch.setattr(precompilation, "count_cores", lambda: 1)
    start_precompilation(["gru"])
    assert precompilation._Compiler.process is None
