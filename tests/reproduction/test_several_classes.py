"""The section on several classes says what the runs say: a rehearsal with sentences of our own."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from lstm_cli.comparison.runs import load_run
from lstm_cli.comparison.table import build_tables
from reproduction.several_classes import CONTENDERS, main

REHEARSAL = (
    "data.num_words=50",
    "training.epochs=2",
    "training.batch_size=512",
    "model.recurrent=[{cell: gru, units: 2}]",
)


@pytest.mark.rehearsal
def test_it_trains_judges_writes_its_section_and_keeps_what_is_finished(sdist, tmp_path):
    (tmp_path / "results.md").write_text("# Ours\n\nBy hand.\n")
    settings = [word for override in REHEARSAL for word in ("--set", override)]
    options = ["--task", "five", "--seeds", "1", "--runs", str(tmp_path / "runs"), "--output", str(tmp_path)]
    result = CliRunner().invoke(main, [str(sdist), *options, *settings])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert page.startswith("# Ours\n\nBy hand.\n\n<!-- several-classes:start -->\n## Several classes\n")
    assert str(tmp_path) not in page
    paths = [tmp_path / "runs" / "five" / contender.model / "seed-42" for contender in CONTENDERS]
    for path in paths:
        assert json.loads((path / "run.json").read_text())["finished"]
    [table] = build_tables([load_run(path) for path in paths], with_baseline=True)
    for row in table.rows:
        judgement = row.chosen.judgement
        cells = [f"{figure:.4f}" for figure in (judgement.accuracy, judgement.macro_f1)]
        assert f"| {row.label} | 1 | {row.parameters:,} | {' | '.join(cells)} | " in page
    distance = abs(table.baseline.judgement.labels - table.baseline.judgement.predicted)
    assert f"| {distance.mean():.4f} | {(distance <= 1).mean():.4f} |\n" in page
    assert f"The largest class has {table.largest_class_share:.1%} of the test part." in page
    assert len(re.findall(r"^\| (?:gru|two-way-lstm) \|", page, re.MULTILINE)) >= 2
    times = {file: file.stat().st_mtime_ns for path in paths for file in path.rglob("*")}
    assert CliRunner().invoke(main, [str(sdist), *options, *settings]).exit_code == 0
    assert times == {file: file.stat().st_mtime_ns for path in paths for file in path.rglob("*")}
    assert (tmp_path / "results.md").read_text(encoding="utf-8") == page
