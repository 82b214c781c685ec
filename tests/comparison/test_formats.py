"""One comparison, four formats: the same figures in each."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pandas as pd
import pytest

from lstm_cli.comparison.formats import (
    build_document,
    format_csv,
    format_heading,
    format_markdown,
    format_rows,
    format_tests,
    list_titles,
)
from lstm_cli.comparison.table import FIGURE_NAMES, build_tables


@pytest.fixture
def tables(run):
    """A table of two models, one of them of two seeds, with a baseline; and one without a test part."""
    settings = [(), ("training.seed=8",), ("model.recurrent[0].units=3",), ("data.test_split=0.0",)]
    return build_tables([run(*each) for each in settings], with_baseline=True)


def test_the_cells_show_mean_deviation_and_number(tables):
    row = tables[0].rows[0]
    cells = dict(zip(list_titles(tables[0]), format_rows(tables[0])[0], strict=True))
    accuracy = row.summaries["test_accuracy"]
    assert cells["n"] == "2"
    assert cells["test accuracy"] == f"{accuracy.mean:.4f} ± {accuracy.sd:.4f}"
    assert cells["parameters"] == f"{row.parameters:,}"
    single = dict(zip(list_titles(tables[0]), format_rows(tables[0])[1], strict=True))
    assert (single["n"], single["epochs"]) == ("1", "2")
    assert "±" not in "".join(single.values())


def test_the_baseline_has_accuracies_and_no_epochs(tables):
    cells = dict(zip(list_titles(tables[0]), format_rows(tables[0])[-1], strict=True))
    assert cells["test accuracy"] == f"{tables[0].baseline.judgement.accuracy:.4f}"
    assert (cells["epochs"], cells["train loss"], cells["n"]) == ("-", "-", "-")


def test_without_a_test_part_the_test_accuracy_is_none(tables):
    assert format_heading(tables[1]) == "reviews.csv: judged on the validation part, 60 reviews (240 to train)"
    assert [row[list_titles(tables[1]).index("test accuracy")] for row in format_rows(tables[1])] == [
        "none",
        "none",
    ]


def test_of_two_even_classes_nobody_needs_the_macro_f1_and_of_uneven_ones_all_do(tables):
    even, _ = tables
    assert even.is_of_even_pair
    assert "test macro F1" not in list_titles(even)
    assert "largest class" not in format_heading(even)
    uneven = replace(even, is_of_even_pair=False, largest_class_share=0.953)
    assert format_heading(uneven).startswith(
        "reviews.csv: judged on the test part, 30 reviews, 95.3% of them of the largest class ("
    )
    shown = [dict(zip(list_titles(uneven), row, strict=True))["test macro F1"] for row in format_rows(uneven)]
    macro_f1 = even.rows[0].summaries["test_macro_f1"]
    assert shown[0] == f"{macro_f1.mean:.4f} ± {macro_f1.sd:.4f}"
    assert shown[-1] == f"{even.baseline.judgement.macro_f1:.4f}"


@pytest.mark.parametrize(
    ("p_value", "shown"),
    [(1.0, "1.0000"), (0.04996, "0.0500"), (0.0001, "0.0001"), (0.00009999, "<0.0001"), (0.0, "<0.0001")],
)
def test_what_would_be_shown_as_nought_is_said_to_be_less_than_it_can_show(tables, p_value, shown):
    test = tables[0].tests[0]
    told = replace(test, result=replace(test.result, p_value=p_value), p_holm=0.5)
    assert format_tests(replace(tables[0], tests=(told,)))[0][-2:] == (shown, "0.5000")
    told = replace(test, result=replace(test.result, p_value=0.5), p_holm=p_value)
    assert format_tests(replace(tables[0], tests=(told,)))[0][-2:] == ("0.5000", shown)


def test_markdown_holds_every_cell_and_the_command(tables):
    page = format_markdown(tables, command="lstm-compare runs -o compared")
    assert page.startswith("# Comparison\n\n`lstm-compare runs -o compared`\n")
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("|")]
    cells = [tuple(cell.strip() for cell in row) for row in rows]
    for table in tables:
        for row in (*format_rows(table), *format_tests(table)):
            assert row in cells
        assert all(f"- {note}" in page for note in table.notes)
    assert "Table 2 is of other reviews than table 1 (data.test_split 0.1 and 0.0)" in page


def test_csv_holds_models_runs_and_baselines(tables):
    frame = pd.read_csv(io.StringIO(format_csv(tables)))
    assert frame["kind"].tolist() == [
        "model",
        "run",
        "run",
        "model",
        "run",
        "baseline",
        "model",
        "run",
        "baseline",
    ]
    assert frame["table"].tolist() == [1] * 6 + [2] * 3
    row = tables[0].rows[0]
    for name in FIGURE_NAMES:
        assert frame[name][0] == pytest.approx(row.summaries[name].mean)
        assert frame[f"{name}_sd"][0] == pytest.approx(row.summaries[name].sd)
        assert frame[name][1] == pytest.approx(getattr(row.runs[0].figures, name))
    assert frame["run"][1] == str(row.runs[0].run.path)
    assert frame["seed"][0] == "7 8"
    assert frame["test_accuracy"].isna().tolist() == [False] * 6 + [True] * 3


def test_the_document_is_json_that_holds_single_runs_and_tests(tables):
    document = json.loads(json.dumps(build_document(tables), allow_nan=False))
    first, second = document["tables"]
    model = first["models"][0]
    assert (model["n"], [item["seed"] for item in model["runs"]]) == (2, [7, 8])
    mean = model["figures"]["val_loss"]["mean"]
    assert mean == pytest.approx(sum(item["val_loss"] for item in model["runs"]) / 2)
    assert second["models"][0]["figures"]["test_accuracy"] == {"mean": None, "sd": None}
    assert [test["second"]["model"] for test in first["tests"]] == [
        first["models"][1]["model"],
        first["baseline"]["model"],
    ]
    assert first["drawing"]["split_seed"] == 42
    assert len(document["differences"]) == 1
