"""A file's rows on all cores, in parts: the same file however it was cut short, and by whoever it was scored."""

from __future__ import annotations

import json
import random
from itertools import count

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lstm_cli.config import SourceConfig
from lstm_cli.data.text_rows import open_text_rows
from lstm_cli.errors import ConfigError, DataError, OutputError
from lstm_cli.inference import scoring
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.inference.scoring import Scoring, fingerprint_model, score_file
from lstm_cli.kernels.threads import keep_threads, set_threads

_WORDS = ["the", "and", "a", "of", "film", "it", "zzz"]


@pytest.fixture(autouse=True)
def parts_of_ten_rows(monkeypatch):
    """Parts of ten rows, on one thread unless a test asks for more."""
    monkeypatch.setattr(scoring, "ROWS_AT_ONCE", 10)
    with keep_threads():
        set_threads(1)
        yield


@pytest.fixture
def classifier(model_path):
    """A small one."""
    return load_classifier(model_path)


@pytest.fixture
def source(tmp_path):
    """A file of 45 rows; one has no text, one cannot be read."""
    rng = random.Random(0)  # noqa: S311 - no secret
    rows = [f"{number},{' '.join(rng.choices(_WORDS, k=6))}" for number in range(45)]
    rows[7], rows[13] = "7,", "13"
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def score(classifier, source, tmp_path):
    """A function: a target's name and what `score_file` takes → how far it came, and the target."""

    def run(name, **options):
        rows = open_text_rows(source, SourceConfig(dataset=str(source)))
        target = tmp_path / name
        return score_file(classifier, rows, target, **{"model": "m"} | options), target

    return run


@pytest.fixture
def reference(score):
    """The file that an uninterrupted scoring writes."""
    _, target = score("reference.csv")
    return target.read_bytes()


def stop_after(parts):
    """Return a wish to stop that comes after some parts."""
    asked = iter(range(1_000))
    return lambda: next(asked) >= parts


def test_every_row_is_scored_counted_and_reported(score):
    heard = []
    end, target = score("scored.csv", report=heard.append)
    assert (end.rows, end.scored, end.without_text, end.unreadable) == (45, 45, 1, 1)
    assert end.share == 1.0
    assert not end.interrupted
    assert [found.scored for found in heard] == [10, 20, 30, 40, 45]
    lines = target.read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["" if n == 13 else str(n) for n in range(45)]


def test_lines_of_text_are_scored_in_a_column_of_that_name(classifier, tmp_path):
    source, target = tmp_path / "lines.txt", tmp_path / "scored.jsonl"
    source.write_text("a film\n\nthe film\n")
    rows = open_text_rows(source, SourceConfig(dataset=str(source)))
    end = score_file(classifier, rows, target, model="m")
    assert (end.rows, end.scored, end.without_text, end.unreadable) == (3, 3, 1, 0)
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert [record["text"] for record in records] == ["a film", None, "the film"]
    assert records[1]["prediction"] is None


def test_a_part_of_long_texts_has_fewer_rows(classifier, tmp_path, monkeypatch):
    """It is full once its texts together are as long as they may be."""
    source, heard = tmp_path / "lines.txt", []
    source.write_text("a film\n" * 5)
    monkeypatch.setattr(scoring, "_LARGEST_BLOCK", 2 * len("a film"))
    rows = open_text_rows(source, SourceConfig(dataset=str(source)))
    score_file(classifier, rows, tmp_path / "scored.csv", model="m", report=heard.append)
    assert [found.scored for found in heard] == [2, 4, 5]


def test_how_far_the_scoring_has_come_is_told_after_every_part(classifier, tmp_path):
    source, heard = tmp_path / "rows.parquet", []
    pq.write_table(pa.table({"text": ["a film"] * 25}), source)
    rows = open_text_rows(source, SourceConfig(dataset=str(source)))
    score_file(classifier, rows, tmp_path / "scored.csv", model="m", report=heard.append)
    assert [found.share for found in heard] == pytest.approx([0.4, 0.8, 1.0])


def test_what_is_stopped_is_kept_and_gone_on_with(score, reference):
    end, target = score("scored.csv", stop_requested=stop_after(2))
    assert (end.interrupted, end.scored, end.rows) == (True, 20, 20)
    assert not target.exists()
    scored = []
    end, _ = score("scored.csv", resume=True, report=lambda found: scored.append(found.scored))
    assert target.read_bytes() == reference
    assert (end.rows, end.without_text, end.unreadable) == (45, 1, 1)
    assert scored == [10, 20, 30, 40, 45]
    assert not target.with_name("scored.csv.partial").exists()


def test_no_part_is_scored_twice(score, classifier, monkeypatch):
    asked = []
    predict = type(classifier).predict
    monkeypatch.setattr(
        type(classifier), "predict", lambda self, texts: asked.append(len(texts)) or predict(self, texts)
    )
    score("scored.csv", stop_requested=stop_after(3))
    assert asked == [10, 10, 10]
    score("scored.csv", resume=True)
    assert asked == [10, 10, 10, 10, 5]


def test_several_processes_write_the_same_file(score, reference):
    set_threads(2)
    heard = []
    end, target = score("scored.csv", resume=True, report=heard.append)  # where nothing was begun, it begins
    assert target.read_bytes() == reference
    assert [found.share for found in heard] == pytest.approx([found.scored / found.rows for found in heard])
    assert end.scored == 45


def test_what_was_done_before_something_goes_wrong_is_gone_on_with(score, reference, tmp_path, monkeypatch):
    name_aside, asked = scoring.PartFolder.name_aside, count()

    def name_third_nowhere(folder):
        return folder.path / "nowhere" / "part.csv" if next(asked) == 2 else name_aside(folder)

    monkeypatch.setattr(scoring.PartFolder, "name_aside", name_third_nowhere)
    with pytest.raises(OutputError, match="Cannot write"):
        score("scored.csv")
    assert (tmp_path / "scored.csv.partial" / "part-000001.csv").exists()
    _, target = score("scored.csv", resume=True)
    assert target.read_bytes() == reference


def test_where_nothing_is_done_before_something_goes_wrong_nothing_is_left(score, monkeypatch, tmp_path):
    monkeypatch.setattr(scoring.PartFolder, "name_aside", lambda own: own.path / "nowhere" / "part.csv")
    with pytest.raises(OutputError, match="Cannot write"):
        score("scored.csv")
    assert not (tmp_path / "scored.csv.partial").exists()


def test_other_rows_another_model_or_form_are_not_gone_on_with(score, source):
    score("scored.csv", stop_requested=stop_after(2))
    with pytest.raises(ConfigError, match="other rows, another model or other options"):
        score("scored.csv", resume=True, model="another")
    with source.open("a") as file:
        file.write("45,another\n")
    with pytest.raises(ConfigError, match="other rows, another model or other options"):
        score("scored.csv", resume=True)
    end, _ = score("scored.csv")  # anew
    assert end.rows == 46


def test_a_file_that_changes_meanwhile_becomes_no_output(classifier, source, tmp_path):
    rows = open_text_rows(source, SourceConfig(dataset=str(source)))
    source.write_text(source.read_text().replace("44,", "99,"))
    with pytest.raises(DataError, match="changed while it was read"):
        score_file(classifier, rows, tmp_path / "scored.csv", model="m")
    assert not (tmp_path / "scored.csv").exists()


def test_nothing_is_left_where_nothing_was_done(score, tmp_path):
    end, _ = score("scored.csv", stop_requested=lambda: True)
    assert end == Scoring(rows=0, without_text=0, unreadable=0, scored=0, share=0.0, interrupted=True)
    assert not (tmp_path / "scored.csv.partial").exists()


def test_the_fingerprint_is_of_all_that_answers_depend_on(model_path, tmp_path):
    other = tmp_path / "other.h5"
    other.write_bytes(model_path.read_bytes() + b" ")
    prints = {
        fingerprint_model([model_path], [0.5]),
        fingerprint_model([model_path], [0.6]),
        fingerprint_model([model_path], []),
        fingerprint_model([model_path], ["0.5"]),
        fingerprint_model([model_path], [0.5, 0.5]),
        fingerprint_model([other], [0.5]),
        fingerprint_model([model_path, other], [0.5]),
    }
    assert len(prints) == 7
    assert fingerprint_model([model_path], [0.5]) in prints
