"""A table as people leave it becomes a history: every number under its name and of its epoch, or a reason."""

from __future__ import annotations

import math

import pytest

from lstm_cli.errors import HistoryError
from lstm_cli.history import History
from lstm_cli.history.columns import (
    MAX_FIGURES,
    Table,
    build_history,
    build_own_history,
    check_size,
    name_kind,
    quote,
    read_number,
)

NAN = math.nan


@pytest.fixture
def build():
    """A function: columns, and what else a table has → the history, and what is told of it."""

    def build_it(columns, **others):
        told: list[str] = []
        return build_history(Table(columns, **others), path="h.json", report=told.append), told

    return build_it


def refuse(columns, **others):
    """Return why a table is no history."""
    with pytest.raises(HistoryError) as caught:
        build_history(Table(columns, **others), path="h.json", report=pytest.fail)
    return str(caught.value)


def test_columns_are_named_as_keras_names_them(build):
    history, told = build({"acc": [0.5, 1.0], "Validation Loss": [0.5, 0.6], "lr": [1e-3, 1e-4]})
    assert history == History({"accuracy": (0.5, 1.0), "val_loss": (0.5, 0.6), "learning_rate": (1e-3, 1e-4)})
    assert told == []


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (0.5, 0.5),
        (" 1e-4 ", 1e-4),
        ("7", 7.0),
        (None, NAN),
        ("", NAN),
        (" ", NAN),
        ("NaN", NAN),
        ("<NA>", NAN),
        ("N/A", NAN),
        ("null", NAN),
        ("None", NAN),
        ("low", None),
        ("00:05", None),
        (True, None),
        ([0.5], None),
        ({}, None),
    ],
)
def test_a_cell_is_a_number_or_a_gap_or_neither(cell, number):
    read = read_number(cell)
    assert (read is None) == (number is None)
    assert read == number or (math.isnan(read) and math.isnan(number))


def test_numbers_may_be_texts(build):
    history, told = build({"loss": [0.7, "0.6"], "lr": ["0.001", "1e-4"], "val_loss": ["", "NaN"]})
    assert history.metrics == {"loss": (0.7, 0.6), "learning_rate": (0.001, 0.0001)}
    assert told == []


def test_a_shorter_list_gets_gaps_at_its_end(build):
    history, _ = build({"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.0], "auc": []})
    assert history.metrics == {"loss": (3.0, 2.0, 1.0), "val_loss": (3.0, 2.0, NAN), "auc": (NAN, NAN, NAN)}


def test_the_validation_columns_of_a_run_without_validation_are_left_out(build):
    columns = {"loss": [0.7, 0.6], "val_loss": ["NA", "NA"], "valid_acc": [None, None], "auc": [None, None]}
    history, told = build(columns)
    assert history.metrics == {"loss": (0.7, 0.6), "auc": (NAN, NAN)}
    assert told == []


def test_two_columns_of_one_name_keep_their_own_where_both_have_values(build):
    for names in (["train_loss", "loss", "acc", "accuracy"], ["loss", "train_loss", "accuracy", "acc"]):
        history, _ = build({name: [float(place)] for place, name in enumerate(names, start=1)})
        assert history.metrics == {name: (float(place),) for place, name in enumerate(names, start=1)}


def test_of_three_columns_of_one_name_the_first_has_it_and_the_others_their_own(build):
    history, _ = build({"acc": [1.0], "train_acc": [2.0], "training accuracy": [3.0]})
    assert history.metrics == {"accuracy": (1.0,), "train_acc": (2.0,), "training accuracy": (3.0,)}


def test_two_columns_of_one_name_are_one_where_no_row_has_both(build):
    history, _ = build({"acc": [0.5, 0.6, None], "accuracy": [None, None, 0.7]})
    assert history.metrics == {"accuracy": (0.5, 0.6, 0.7)}


class TestEpochs:
    def test_they_are_a_columns_before_they_are_the_rows_own_names(self, build):
        columns = {"loss": [0.5, 0.4], "index": [8.0, 9.0]}
        assert build(columns)[0].numbers == (9, 10)
        assert build(columns, index=[6.0, 7.0])[0].numbers == (7, 8)
        assert build({**columns, "Epoch": [4.0, 5.0]}, index=[6.0, 7.0])[0] == History(
            {"loss": (0.5, 0.4)}, (5, 6)
        )

    def test_without_any_the_rows_are_counted(self, build):
        assert build({"loss": [0.5, 0.4]})[0].numbers == (1, 2)
        assert build({"loss": [0.5, 0.4], "epoch": 2.0})[0].numbers == (1, 2)

    def test_what_is_no_number_is_none_of_an_epoch(self, build):
        history, told = build({"loss": [0.5, 0.4], "epoch": ["first", "second"]})
        assert history.numbers == (1, 2)
        assert told == ["h.json: its epochs are no whole numbers; its rows are counted instead."]

    def test_rows_in_any_order_are_sorted(self, build):
        history, _ = build({"epoch": [3.0, 1.0, 2.0], "loss": [0.3, 0.1, 0.2]})
        assert history == History({"loss": (0.1, 0.2, 0.3)})

    @pytest.mark.parametrize("columns", [{}, {"epoch": [1.0, 2.0]}, {"loss": []}, {"val_loss": [None]}])
    def test_without_a_figure_there_are_none(self, build, columns):
        assert build(columns) == (History(), [])


class TestWhatHoldsNoNumbers:
    def test_it_is_left_out_and_told_beside_what_does(self, build):
        others = {"model": "lstm", "time": ["00:05", "00:04"], "f1": [[0.1], [0.2]], "best": 2.0}
        history, told = build({"loss": [0.5, 0.4], **others})
        assert history.metrics == {"loss": (0.5, 0.4)}
        assert told == ["h.json: left out for want of numbers: 'model', 'time', 'f1', 'best'."]

    @pytest.mark.parametrize(("count", "rest"), [(8, "."), (9, " and 1 more."), (11, " and 3 more.")])
    def test_of_many_eight_are_named(self, build, count, rest):
        _, told = build({"loss": [0.5]} | {f"name {number}": "text" for number in range(1, count + 1)})
        named = ", ".join(f"'name {number}'" for number in range(1, 9))
        assert told == [f"h.json: left out for want of numbers: {named}{rest}"]

    def test_alone_it_is_refused(self):
        assert refuse({"loss": 0.5}) == "h.json: expected a list of numbers under 'loss', got a number."
        assert refuse({"loss": ["low"]}).endswith("epoch 1: expected a number under 'loss', got the text 'low'.")
        assert "under 'loss'" in refuse({"loss": ["low"], "auc": [None]})  # gaps are no numbers

    def test_between_numbers_it_is_refused_with_its_epoch_or_its_line(self):
        columns = {"auc": [0.5, 0.6, 0.7], "loss": [0.5, "low", "lower"]}
        assert refuse(columns) == "h.json, epoch 2: expected a number under 'loss', got the text 'low'."
        assert refuse(columns, lines=[2, 4, 5]).startswith("h.json, line 4: expected a number")


class TestTablesOfOurs:
    def test_every_name_and_row_stays_as_it_is(self):
        columns = {"acc": [0.5, 0.6], "val_loss": [None, None], "epoch": [4.0], "accuracy": [0.7, None]}
        assert build_own_history(Table(columns, index=[4.0, 5.0]), path="h.json") == History(
            {"acc": (0.5, 0.6), "val_loss": (NAN, NAN), "epoch": (4.0, NAN), "accuracy": (0.7, NAN)}
        )

    @pytest.mark.parametrize("cells", ["lstm", [0.5, "low"], [[0.5]]])
    def test_anything_else_than_numbers_is_refused(self, cells):
        with pytest.raises(HistoryError, match="under 'best'"):
            build_own_history(Table({"loss": [0.5, 0.4], "best": cells}), path="h.json")


def test_a_table_has_no_more_cells_than_a_history_can():
    check_size(rows=MAX_FIGURES // 4, columns=4, path="h.json")
    with pytest.raises(HistoryError, match=r"got 1,048,577 rows of 4 columns: more than 4,194,304 figures"):
        check_size(rows=MAX_FIGURES // 4 + 1, columns=4, path="h.json")


def test_gaps_count_as_cells():
    assert "more than 4,194,304 figures" in refuse(
        {"loss": [0.5] * 4097} | {f"m{number}": [0.5] for number in range(1024)}
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("low", "the text 'low'"),
        ({}, "an object"),
        ([], "a list"),
        (True, "true or false"),
        (None, "null"),
        (0.5, "a number"),
    ],
)
def test_a_value_is_called_what_json_calls_it(value, name):
    assert name_kind(value) == name


def test_a_quoted_text_is_one_short_line():
    assert quote("a\nb") == r"'a\nb'"
    assert quote("x" * 40) == f"'{'x' * 40}'"
    assert quote("x" * 41) == f"'{'x' * 39}…'"
