"""What a user waits for is timed as a user runs it."""

from __future__ import annotations

import sys

from click.testing import CliRunner

from benchmarks import prompt


def test_a_command_that_fails_is_no_time(tmp_path):
    broken = tmp_path / "model.h5"
    broken.write_bytes(b"none")
    result = CliRunner().invoke(prompt.main, [str(broken), "--runs", "1"])
    assert result.exit_code == 1
    assert "failed with exit code 4" in result.output


def test_a_command_takes_time_and_memory():
    seconds, megabytes = prompt.run([sys.executable, "-c", "bytes(50_000_000)"])
    assert seconds > 0
    assert megabytes > 50  # at most this, a child of a large process cannot tell
