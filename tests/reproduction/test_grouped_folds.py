"""The section on folds of whole films says what the runs say: a rehearsal with few reviews and small models."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from statistics import fmean
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from reproduction import grouped_folds
from reproduction.grouped_folds import Contender, main

REHEARSAL = (
    "data.maxlen=20", "data.num_words=50", "training.epochs=1", "training.batch_size=512",
    "data.validation_split=0", "model.recurrent=[{cell: gru, units: 2}]",
)  # fmt: skip


@pytest.fixture(autouse=True)
def few_reviews(imdb, monkeypatch):
    """The first reviews alone, each twice as though somebody had copied it with a word more."""
    reviews = [*imdb.reviews[:60], *imdb.reviews[-60:]]
    copies = [replace(review, text=f"{review.text} Indeed.") for review in reviews]
    monkeypatch.setattr(grouped_folds, "load_corpus", lambda _: SimpleNamespace(reviews=(*reviews, *copies)))
    monkeypatch.setattr(grouped_folds, "CONTENDERS", (Contender("gru"),))
    ablations = (Contender("ngram-lstm", ("data.ngrams.folds=3",), "three folds"),)
    monkeypatch.setattr(grouped_folds, "ABLATIONS", ablations)
    monkeypatch.setattr(
        grouped_folds, "ENSEMBLE", Contender("ngram-lstm", ("training.ensemble=2",), "two of them")
    )


def test_reviews_that_share_rare_words_have_one_group(tmp_path):
    count = grouped_folds.write_grouped(tmp_path / "reviews.csv")
    with (tmp_path / "reviews.csv").open(encoding="utf-8", newline="") as file:
        groups = [row["film"] for row in csv.DictReader(file)]
    assert len(set(groups)) == count
    assert sum(one == other for one, other in zip(groups[:120], groups[120:], strict=True)) > 100
    assert count > 40


@pytest.mark.rehearsal
def test_it_trains_judges_writes_its_section_and_keeps_what_is_finished(tmp_path):
    (tmp_path / "results.md").write_text("# Ours\n\nBy hand.\n")
    settings = [word for override in REHEARSAL for word in ("--set", override)]
    options = [
        "--folds",
        "2",
        "--ablations",
        "--ensemble",
        "--runs",
        str(tmp_path / "runs"),
        "--output",
        str(tmp_path),
        *settings,
    ]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert page.startswith("# Ours\n\nBy hand.\n\n<!-- grouped-folds:start -->\n## Films apart\n")
    assert str(tmp_path) not in page
    for model, folder, title in (
        ("gru", "", "`gru`"),
        ("ngram-lstm", "three-folds", "`ngram-lstm`, three folds"),
        ("ngram-lstm", "two-of-them", "`ngram-lstm`, two of them"),
    ):
        paths = [tmp_path / "runs" / folder / f"fold-{fold}" / model / "seed-42" for fold in (1, 2)]
        judged = [json.loads((path / "judged-test" / "metrics.json").read_text()) for path in paths]
        assert {json.loads((path / "run.json").read_text())["fold"] for path in paths} == {1, 2}
        pattern = rf"^\| {title} \| \d+ \| (\S+) \| (\S+) \| (\S+)"
        first, second, mean = re.search(pattern, page, re.MULTILINE).groups()
        figures = [document["accuracy"] for document in judged]
        assert [float(first), float(second)] == pytest.approx(figures, abs=5e-5)
        assert float(mean) == pytest.approx(fmean(figures), abs=5e-5)
    times = {file: file.stat().st_mtime_ns for file in tmp_path.glob("runs/**/fold-*/**/*")}
    assert CliRunner().invoke(main, options).exit_code == 0
    assert times == {file: file.stat().st_mtime_ns for file in tmp_path.glob("runs/**/fold-*/**/*")}
