"""The kernels' own times are taken on real reviews."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from benchmarks.kernels import main
from lstm_cli.kernels import threads


@pytest.fixture(autouse=True)
def _restore_threads():
    yield
    threads.set_threads(None)


@pytest.mark.rehearsal
def test_it_times_both_lengths_and_counts_fewer_words_than_tokens(
    shared_cache_home,  # noqa: ARG001 - read from the environment
):
    result = CliRunner().invoke(main, ["--batches", "2", "--threads", "1"])
    assert result.exit_code == 0, result.output
    assert threads.get_threads() == 1
    found = re.findall(
        r"^(\d+) tokens: forward ([\d.]+) ms, backward ([\d.]+) ms, (\d+) words$", result.stdout, re.M
    )
    assert [int(steps) for steps, *_ in found] == [20, 200]
    for steps, forward, backward, words in found:
        assert float(backward) > 0
        assert float(forward) > 0
        assert 64 < int(words) < 64 * int(steps)
