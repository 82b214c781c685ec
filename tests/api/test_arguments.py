"""What a program hands over is taken for what it is, and a wrong argument is named in a line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lstm_cli.api.arguments import (
    GivenData,
    build_output,
    check_threads,
    give_place,
    list_settings,
    read_path,
)
from lstm_cli.cli.command import Output
from lstm_cli.errors import ArgumentError, DataError

_NO_FILE = "data: expected a path, a data frame, or pairs of text and label, got "


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """An empty folder in the place of the system's for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("data", "datasets"),
    [
        (None, ()),
        ("imdb", ("imdb",)),
        (Path("a.csv"), ("a.csv",)),
        (["a.csv", Path("b.csv")], ("a.csv", "b.csv")),
        (("a.csv",), ("a.csv",)),
    ],
)
def test_names_and_paths_have_a_place_already(data, datasets, temporary):
    with give_place(data) as given:
        assert given == GivenData(datasets, None)
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [
        [("lovely", "pos"), ("dull", "neg")],
        iter([("lovely", "pos"), ("dull", "neg")]),
        pd.DataFrame({"text": ["lovely", "dull"], "label": ["pos", "neg"]}),
    ],
    ids=["pairs", "iterator", "frame"],
)
def test_reviews_in_memory_have_a_file_for_as_long_as_they_are_worked_on(data, temporary):
    with give_place(data) as given:
        assert given.kept is not None
        assert given.datasets == (str(given.kept),)
        assert given.kept.name == "data.jsonl"
        assert given.kept.is_relative_to(temporary)
        rows = [json.loads(line) for line in given.kept.read_text().splitlines()]
    assert rows == [{"text": "lovely", "label": "pos"}, {"text": "dull", "label": "neg"}]
    assert list(temporary.iterdir()) == []


def test_the_file_may_be_moved_away(temporary):
    with give_place([("lovely", "pos")]) as given:
        given.kept.rename(temporary / "kept.jsonl")
    assert [path.name for path in temporary.iterdir()] == ["kept.jsonl"]


@pytest.mark.parametrize(("data", "got"), [(5, "5"), ([], "none"), ((), "none"), (b"a.csv", "b'a.csv'")])
def test_what_is_no_reviews_is_refused(data, got):
    with pytest.raises(ArgumentError) as caught, give_place(data):
        pytest.fail("there are none")
    assert str(caught.value) == f"{_NO_FILE}{got}."


def test_an_error_in_the_reviews_names_the_argument_and_other_errors_stay_what_they_are():
    with pytest.raises(DataError) as caught, give_place([("lovely", "pos")]) as given:
        raise DataError(f"{given.kept}, line 1: no other label.")
    assert str(caught.value) == "data, line 1: no other label."
    with pytest.raises(DataError) as caught, give_place("a.csv"):
        raise DataError("a.csv is none.")
    assert str(caught.value) == "a.csv is none."


def test_it_is_silent_where_that_is_wanted_and_never_prints_results_as_json():
    assert build_output(0) == Output(quiet=True, verbose=False, json=False)
    assert build_output(1) == build_output(2) == Output(quiet=False, verbose=False, json=False)


class TestSettings:
    def test_they_are_what_set_takes(self):
        settings = {
            "training.epochs": 2,
            "data.dataset": Path("a: b.csv"),
            "data.ngrams": {"folds": 3},
            "training.early_stopping": None,
            "data.split_seed": np.int64(7),
        }
        assert list_settings(settings) == [
            "training.epochs=2",
            'data.dataset="a: b.csv"',
            'data.ngrams={"folds": 3}',
            "training.early_stopping=null",
            "data.split_seed=7",
        ]
        assert list_settings(None) == list_settings({}) == []

    @pytest.mark.parametrize("settings", [[2], "training.epochs=2", {5: 2}, {"training.epochs": 2, 5: 2}])
    def test_they_are_values_by_their_paths(self, settings):
        with pytest.raises(ArgumentError, match=r"^settings: expected values by their paths, such as .*, got"):
            list_settings(settings)

    @pytest.mark.parametrize("value", [{2}, object(), b"a"], ids=["set", "object", "bytes"])
    def test_a_value_that_yaml_has_not_is_named_by_its_path(self, value):
        with pytest.raises(ArgumentError, match=r"^settings: training\.epochs: expected what YAML can hold, got"):
            list_settings({"data.maxlen": 3, "training.epochs": value})

    def test_a_value_that_holds_itself_is_refused(self):
        value = []
        value.append(value)
        with pytest.raises(ArgumentError, match="expected what YAML can hold"):
            list_settings({"training.epochs": value})


def test_a_path_is_a_text_or_a_path():
    assert read_path("runs/a", name="output") == read_path(Path("runs/a"), name="output") == Path("runs/a")


@pytest.mark.parametrize("value", [5, None, "", ["a"]])
def test_what_is_no_path_is_refused_by_the_arguments_name(value):
    with pytest.raises(ArgumentError) as caught:
        read_path(value, name="output")
    assert str(caught.value) == f"output: expected a path, got {value!r}."


def test_threads_are_a_number_or_all():
    for threads in (None, 1, 64):
        check_threads(threads)
    for threads in (0, -1, 2.0, "2"):
        with pytest.raises(ArgumentError, match="threads: expected 1 or more, or None for all cores, got"):
            check_threads(threads)
