"""A row of a table serves where it has a text and a label; what is no text, no label or no group is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from lstm_cli.data.findings import Findings
from lstm_cli.data.labelled_rows import LabelledRow, iter_labelled, join_text, spell_label
from lstm_cli.data.review import MAX_TEXT_LENGTH
from lstm_cli.data.tables.json_table import open_json
from lstm_cli.data.text_file import open_text
from lstm_cli.errors import DataError


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["a film"], "a film"),
        ([" a film "], " a film "),
        (["a", "film", "of old"], "a film of old"),
        ([None, "a film", " ", "NaN", math.nan, ""], "a film"),
        ([10, "of 10", 0.5], "10 of 10 0.5"),
        ([0], "0"),
        (["none"], "none"),
        (["half \ud83d of one"], "half \ufffd of one"),
        (["café \U0001f600"], "café \U0001f600"),
        (["n" * 12 + "/a"], "n" * 12 + "/a"),
    ],
)
def test_a_text_is_joined_of_what_stands_in_its_columns(values: list[object], text: str) -> None:
    assert join_text(values) == text


@pytest.mark.parametrize("values", [[], [None], ["", " \n"], ["nan", math.nan, "N/A"], [" " * 13], ["\t" * 9_000]])
def test_nothing_in_all_of_them_is_no_text(values: list[object]) -> None:
    assert join_text(values) is None


@pytest.mark.parametrize(("value", "shown"), [(True, "True"), (["a"], r"\['a'\]"), ({"a": 1}, r"\{'a': 1\}")])
def test_what_nobody_writes_is_no_text(value: object, shown: str) -> None:
    with pytest.raises(ValueError, match=f"^expected the text as a string, got {shown}$"):
        join_text(["a film", value])


def test_a_text_may_be_as_long_as_its_bound_with_all_its_columns() -> None:
    assert join_text(["x" * MAX_TEXT_LENGTH]) == "x" * MAX_TEXT_LENGTH
    half = "x" * (MAX_TEXT_LENGTH // 2)
    with pytest.raises(ValueError, match=r"^expected at most 10,000,000 characters, got 10,000,001$"):
        join_text([half, half])


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("Pos ", "Pos "), (1, "1"), (1.0, "1.0"), (0, "0"), (False, "False"), (("a", "b"), ("a", "b")), ((), ()),
        (None, None), (" ", None), ("nan", None), (math.nan, None),
    ],
)  # fmt: skip
def test_a_label_is_spelled_as_it_stands_there(value: object, label: object) -> None:
    assert spell_label(value) == label


@pytest.mark.parametrize("value", [["a"], {"a": 1}])
def test_what_holds_others_is_no_label(value: object) -> None:
    with pytest.raises(ValueError, match=r"^expected a label, got [\[{]"):
        spell_label(value)


def test_rows_that_serve_are_yielded_and_each_other_is_noted_with_its_reason(tmp_path: Path) -> None:
    rows = [
        {"title": "A", "text": "film", "label": "Pos", "group": " UP "},
        {"title": "A", "label": 1, "group": "up"},
        {"text": "b", "label": "", "group": 7.0},
        {"text": " ", "label": None},
        {"text": "c", "label": 0},
        {"text": ["c"], "label": 0},
        {"text": "c", "label": [0]},
        {"text": "c", "label": 0, "group": ["up"]},
        {"text": "c", "label": 0, "group": {"up": 1}},
        [],
        {"text": "d", "label": 0, "group": 7.0},
        {"text": "d", "label": 0, "group": math.nan},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    table, findings = open_json(open_text(path), suffix=".jsonl"), Findings("a.jsonl")
    found = list(iter_labelled(table, findings, text=["title", "text"], label="label", group="group"))
    assert found == [
        LabelledRow(1, "A film", "Pos", "up"),
        LabelledRow(2, "A", "1", "up"),
        LabelledRow(5, "c", "0", ""),
        LabelledRow(11, "d", "0", "7"),
        LabelledRow(12, "d", "0", ""),
    ]
    assert [(item.reason, item.places) for item in findings.left_out] == [("no label", (3,)), ("no text", (4,))]
    with pytest.raises(DataError) as caught:
        findings.check()
    assert str(caught.value).splitlines()[1].split("; ") == [
        "line 6: expected the text as a string, got ['c']",
        "line 7: expected a label, got [0]",
        "line 8: expected a group, got ['up']",
        "line 9: expected a group, got {'up': 1}",
        "line 10: expected a JSON object, got [].",
    ]
    ungrouped = list(iter_labelled(table, Findings("a.jsonl"), text=["text"], label="label"))
    assert [row.place for row in ungrouped] == [1, 5, 8, 9, 11, 12]
    assert {row.group for row in ungrouped} == {""}
