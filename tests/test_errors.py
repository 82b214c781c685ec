"""Every kind of failure leaves with the exit code that the contract promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli import errors


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        (errors.LstmCliError, 1),
        (errors.TrainingError, 1),
        (errors.DivergedError, 1),
        (errors.OutputError, 1),
        (errors.ScoringError, 1),
        (errors.ConfigError, 2),
        (errors.ArgumentError, 2),
        (errors.DataError, 3),
        (errors.ModelFileError, 4),
        (errors.HistoryError, 4),
    ],
)
def test_a_kind_has_its_exit_code(kind, exit_code):
    error = kind("what came")
    assert isinstance(error, errors.LstmCliError)
    assert error.exit_code == exit_code
    assert str(error) == "what came"


@pytest.mark.parametrize("exit_code", [130, 143])
def test_an_interruption_leaves_with_its_signals_code(exit_code):
    error = errors.Interrupted("go on with --resume", exit_code=exit_code)
    assert isinstance(error, errors.LstmCliError)
    assert (str(error), error.exit_code) == ("go on with --resume", exit_code)


def test_every_kind_is_listed_above():
    kinds = {
        kind.__name__
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.LstmCliError)
    }
    assert kinds == {
        "LstmCliError", "TrainingError", "DivergedError", "OutputError", "ConfigError", "DataError",
        "ModelFileError", "HistoryError", "Interrupted", "ArgumentError", "ScoringError",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [("gruu", " Did you mean 'gru'?"), ("ltsm", " Did you mean 'lstm'?"), ("xyz", ""), ("", "")],
)
def test_the_nearest_name_is_suggested(name, expected):
    assert errors.suggest_nearest(name, ["gru", "lstm", "stacked-lstm"]) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reviws.csv", "Reviews.csv"), ("Reviews.tsv", "Reviews.csv"), ("runz", "runs"), ("reasons.csv", None),
        ("gone/reviews.csv", None), ("a\0b.csv", None), ("nots.csv", "notes.csv"), ("nots.json", "notes.json"),
    ],
)  # fmt: skip
def test_of_a_mistyped_path_what_lies_beside_it_is_suggested(name, expected, tmp_path):
    for file in ("Reviews.csv", "notes.json", "notes.csv", "notes.txt"):
        (tmp_path / file).touch()
    (tmp_path / "runs").mkdir()
    found = f" Did you mean {str(tmp_path / expected)!r}?" if expected else ""
    assert errors.suggest_sibling(tmp_path / name) == found


def test_without_names_nothing_is_suggested():
    assert errors.suggest_nearest("gru", iter(())) == ""


@given(st.text(), st.lists(st.text()))
def test_a_suggestion_is_one_of_the_names(name, valid):
    hint = errors.suggest_nearest(name, valid)
    assert hint == "" or hint in {f" Did you mean {one!r}?" for one in valid}


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("gone"), "gone"),
        (ValueError("embedded null byte"), "embedded null byte"),
        (ValueError("I/O operation on closed file."), "I/O operation on closed file"),
    ],
)
def test_a_failure_is_told_without_a_number_and_with_one_full_stop(failure, said):
    assert errors.explain_failure(failure) == said
