"""The command, on real reviews."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.table import END, START


@pytest.mark.rehearsal
@pytest.mark.usefixtures("forked_processes")
def test_it_writes_the_page_around_what_stood_there_the_figures_and_no_picture_of_one_engine(
    tmp_path,
    shared_cache_home,  # noqa: ARG001 - the worker reads it from the environment
):
    page = tmp_path / "performance.md"
    page.write_text(f"# Ours\n\n{START}\nold\n{END}\n\nBy hand.\n", encoding="utf-8")
    arguments = ["--cases", "lstm", "--engines", "lstm-cli", "--batches", "2", "--rounds", "1"]
    result = CliRunner().invoke(main, [*arguments, "--output", str(tmp_path)])
    assert result.exit_code == 0, result.output
    (case,) = json.loads((tmp_path / "performance.json").read_text(encoding="utf-8"))["cases"]
    assert case["reviews"] == 128
    assert len(case["measurements"]["lstm-cli"]["seconds"]) == 1
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n")
    assert text.endswith("By hand.\n")
    assert "| lstm | 128, extrapolated |" in text
    assert "| lstm | 128, extrapolated |" in result.stdout
    assert not (tmp_path / "performance.png").exists()


@pytest.mark.parametrize(
    ("option", "value", "hint"), [("--cases", "lsmt", "lstm"), ("--engines", "torch", "pytorch")]
)
def test_an_unknown_name_is_refused_with_the_nearest(option, value, hint):
    result = CliRunner().invoke(main, [option, f"{hint},{value}"])
    assert result.exit_code == 2
    assert f"Did you mean '{hint}'?" in " ".join(result.output.split())
