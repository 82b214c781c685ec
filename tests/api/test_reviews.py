"""Reviews of any source as a frame: what a training would read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import lstm_cli
from lstm_cli.errors import ArgumentError, ConfigError, DataError


def test_a_file_becomes_a_frame_and_what_is_left_out_is_told(tmp_path, capsys):
    (tmp_path / "r.csv").write_text("id,stars,text\n1,5,lovely\n2,1,dull\n3,,nothing said\n4,4,fine\n5,2,bad\n")
    settings = {"data.label": "stars", "data.classes": "bad=1,2 good=4,5"}
    frame = lstm_cli.read_reviews(tmp_path / "r.csv", settings=settings)
    assert frame.to_dict("list") == {
        "text": ["lovely", "dull", "fine", "bad"],
        "label": ["good", "bad", "good", "bad"],
    }
    told = capsys.readouterr().err
    assert "r.csv: read as utf-8, separated by ',', text from 'text', labels from 'stars'" in told
    assert "r.csv: 1 row left out, no label: line 4" in told
    lstm_cli.read_reviews(tmp_path / "r.csv", settings=settings, verbose=0)
    assert capsys.readouterr() == ("", "")


def test_parts_that_a_source_has_are_a_column(tmp_path):
    for part, text in (("train", "lovely"), ("test", "dull")):
        (tmp_path / part).mkdir()
        (tmp_path / part / "r.csv").write_text(f"text,label\n{text} one,pos\n{text} two,neg\n")
    frame = lstm_cli.read_reviews(tmp_path, verbose=0)
    assert frame["part"].tolist() == ["train", "train", "test", "test"]
    assert frame["label"].tolist() == ["positive", "negative"] * 2


@pytest.mark.parametrize("kind", [list, tuple])
def test_several_files_are_read_one_behind_the_other_and_each_is_told_of(tmp_path, capsys, kind):
    (tmp_path / "a.csv").write_text("text,label\nlovely one,pos\ndull one,neg\n")
    (tmp_path / "b.jsonl").write_text('{"text": "lovely two", "label": "pos"}\n')
    frame = lstm_cli.read_reviews(kind([tmp_path / "a.csv", str(tmp_path / "b.jsonl")]))
    assert frame["text"].tolist() == ["lovely one", "dull one", "lovely two"]
    told = capsys.readouterr().err
    assert "a.csv" in told
    assert "b.jsonl: read as utf-8, JSON lines" in told


@pytest.mark.parametrize("build", [pd.DataFrame, lambda columns: pa.table({**columns})])
def test_a_frame_of_any_library_goes_there_and_back(build):
    columns = {"text": ["lovely", "dull", None, "fine"], "label": [1, 0, 1, 1]}
    frame = lstm_cli.read_reviews(build(columns), verbose=0)
    assert frame["text"].tolist() == ["lovely", "dull", "fine"]
    assert frame["label"].tolist() == ["positive", "negative", "positive"]


def test_numpys_values_are_what_they_mean():
    pairs = zip(np.array(["a b", "c d", "e f"]), np.array([3, 1, 2]), strict=True)
    assert lstm_cli.read_reviews(pairs, verbose=0)["label"].tolist() == ["3", "1", "2"]
    frame = pd.DataFrame({"text": ["a b", "c d"], "label": pd.Categorical(["x", "y"]), "when": pd.Timestamp(0)})
    assert lstm_cli.read_reviews(frame, verbose=0)["label"].tolist() == ["x", "y"]


def test_a_wrong_argument_is_told_in_a_line(tmp_path):
    with pytest.raises(ArgumentError, match=r"data: expected a path, a data frame, or pairs .*, got None"):
        lstm_cli.read_reviews(None)
    with pytest.raises(DataError, match=r"There is no file .*nope\.csv"):
        lstm_cli.read_reviews(tmp_path / "nope.csv")
    with pytest.raises(ConfigError, match="takes settings of the data here"):
        lstm_cli.read_reviews([("a", "b")], settings={"training.epochs": 3})
    with pytest.raises(DataError, match=r"^data"):
        lstm_cli.read_reviews([("a", "b")], settings={"data.label": "stars"})
