"""An earlier revision is measured beside this tree, in turn."""

from __future__ import annotations

import subprocess

import click
import pytest

from benchmarks.before import extract_revision, measure_case
from benchmarks.measurement import ROOT


@pytest.mark.rehearsal
@pytest.mark.usefixtures("forked_processes", "shared_cache_home")
def test_both_trees_run_every_round_on_a_workload_of_their_own(tmp_path):
    seconds = measure_case("gru", tmp_path, (ROOT, ROOT), rounds=2, batches=2)
    assert len(list(tmp_path.glob("workload-*"))) == 2
    assert [len(of_tree) for of_tree in seconds] == [2, 2]
    assert min(map(min, seconds)) > 0


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not in a clone")
def test_a_revision_is_taken_out_whole_and_nothing_else(tmp_path):
    folder = extract_revision("HEAD", tmp_path / "before")
    command = ["git", "ls-tree", "-r", "--name-only", "HEAD"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == set(listed.stdout.decode().splitlines())


def test_a_revision_that_is_not_there_is_told(tmp_path):
    with pytest.raises(click.ClickException, match="nowhere"):
        extract_revision("nowhere", tmp_path / "before")
