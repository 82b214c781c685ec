"""What a user waits for is timed as a user runs it."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from benchmarks import prompt

MODEL = Path(__file__).parents[1] / "modelfile" / "format-1" / "gru.h5"


def test_a_command_that_fails_is_no_time(tmp_path):
    broken = tmp_path / "model.h5"
    broken.write_bytes(b"none")
    result = CliRunner().invoke(prompt.main, [str(broken), "--runs", "1"])
    assert result.exit_code == 1
    assert "failed with exit code 4" in result.output


def test_one_sentence_is_timed_with_its_memory():
    """On a model whose reviews are not there, so that its judgement fails after the first line."""
    result = CliRunner().invoke(prompt.main, [str(MODEL), "--runs", "1"])
    assert re.match(r"lstm-predict: \d+\.\d\d s, \d+ MB\n", result.output)
