"""The section on few reviews and many says what the runs say: a rehearsal with few reviews and a small model."""

from __future__ import annotations

import csv
import re
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from lstm_cli.comparison.judging import Judgement
from lstm_cli.comparison.runs import load_run
from lstm_cli.comparison.table import build_tables
from reproduction import data_sets, grouped_folds
from reproduction.data_sets import Outcome, compare_with_baseline, format_section, main
from reproduction.rated_sentences import SOURCE

REHEARSAL = (
    "data.maxlen=20", "data.num_words=50", "training.epochs=1", "training.batch_size=512", "data.limit=120",
    "model.recurrent=[{cell: gru, units: 2}]",
)  # fmt: skip


@pytest.fixture(autouse=True)
def few_reviews(imdb, monkeypatch):
    reviews = [*imdb.reviews[:150], *imdb.reviews[-150:]]
    monkeypatch.setattr(grouped_folds, "load_corpus", lambda _: SimpleNamespace(reviews=tuple(reviews)))
    monkeypatch.setattr(data_sets, "_SIZES", (60,))


def test_no_film_is_in_the_training_and_in_the_test_part(tmp_path):
    list(data_sets.write_reviews(tmp_path, sizes=(60, 100)))
    with (tmp_path / "reviews.csv").open(encoding="utf-8", newline="") as file:
        films = {row["text"]: row["film"] for row in csv.DictReader(file)}

    def read(name):
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            return [row["text"] for row in csv.DictReader(file)]

    small, large, tested = (read(name) for name in ("imdb-60.csv", "imdb-100.csv", "imdb-test.csv"))
    assert (len(small), len(large)) == (60, 100)
    assert set(small) < set(large)
    assert not {films[text] for text in large} & {films[text] for text in tested}


def test_what_is_gained_is_the_mean_difference_over_the_texts_and_its_error():
    labels = np.array([0, 1, 1, 0], np.int32)

    def judge(*predicted):
        return Judgement("test", labels, np.array(predicted, np.int32))

    runs = [SimpleNamespace(judgement=judge(0, 1, 1, 1)), SimpleNamespace(judgement=judge(0, 1, 0, 1))]
    baseline = SimpleNamespace(judgement=judge(1, 1, 0, 0))
    table = SimpleNamespace(rows=[SimpleNamespace(runs=runs)], baselines={None: baseline}, reviews={"test": 4})
    outcome = compare_with_baseline(table)
    gained = np.array([1, 0, 0.5, -1])
    assert outcome.accuracies == (0.75, 0.5)
    assert outcome.rival == 0.5
    assert outcome.difference == pytest.approx(gained.mean())
    assert outcome.error == pytest.approx(gained.std(ddof=1) / 2)


def test_the_verdict_names_what_is_lost_by_more_than_chance():
    def build(difference, error):
        return Outcome((0.8, 0.9), 0.8, difference, error, {"train": 100, "test": 50}, 2)

    text = format_section({"one": build(0.02, 0.01), "two": build(-0.019, 0.01)}, command="again")
    assert "On average it gains +0.0005; by more than two standard errors on none does it lose." in text
    text = format_section({"one": build(0.02, 0.01), "two": build(-0.021, 0.01)}, command="again")
    assert "it loses on two." in text


@pytest.mark.rehearsal
def test_it_trains_compares_writes_its_section_and_keeps_what_is_finished(tmp_path, sdist):
    settings = [word for override in REHEARSAL for word in ("--set", override)]
    languages = tmp_path / "languages"
    languages.mkdir()
    with (languages / "malay.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(
            (f"filem ini {word} {number}", word) for number in range(40) for word in ("bagus", "buruk")
        )
    options = [
        "--languages",
        str(languages),
        "--seeds",
        "1",
        "--runs",
        str(tmp_path / "runs"),
        "--output",
        str(tmp_path),
        *settings,
    ]
    result = CliRunner().invoke(main, [str(sdist), *options])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert str(tmp_path) not in page
    titles = [
        "60 reviews of IMDB, other films to test", "rotten-tomatoes", "rated sentences, three classes", "malay"
    ]  # fmt: skip
    assert f"data_sets {SOURCE.replace('==', '-')} --languages FOLDER --seeds 1" in page
    for title in titles:
        assert len(re.findall(rf"^\| {title} \|", page, re.MULTILINE)) == 1
    (table,) = build_tables([load_run(tmp_path / "runs/imdb-60/ngram-lstm/seed-42")], with_baseline=True)
    outcome = compare_with_baseline(table)
    assert f"| {outcome.rival:.4f} | {outcome.accuracies[0]:.4f} | {outcome.difference:+.4f} ±" in page
    times = {file: file.stat().st_mtime_ns for file in tmp_path.glob("runs/*/ngram-lstm/**/*")}
    assert CliRunner().invoke(main, [str(sdist), *options]).exit_code == 0
    assert times == {file: file.stat().st_mtime_ns for file in tmp_path.glob("runs/*/ngram-lstm/**/*")}
