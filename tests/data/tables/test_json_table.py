"""JSON in all the ways that reviews are written in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.file_reviews import load_files
from lstm_cli.data.tables import json_table
from lstm_cli.errors import DataError

ROWS = [{"text": f"a sentence of the number {n}", "label": n % 2} for n in range(12)]
LABELS = [0, 1] * 6


def load(path: Path, **options: Any) -> Corpus:
    return load_files({"train": [path]}, SourceConfig(dataset=str(path), **options), name=path.name)


def columns() -> dict[str, list[Any]]:
    return {name: [row[name] for row in ROWS] for name in ("text", "label")}


VALUES = [list(row.values()) for row in ROWS]
SPLIT = {"columns": ["text", "label"], "index": list(range(12)), "data": VALUES}
TABLE = {"schema": {"fields": [{"name": "index"}]}, "data": [{"index": n, **row} for n, row in enumerate(ROWS)]}
ANSWER = {"features": [{"name": "text"}], "rows": [{"row_idx": n, "row": row} for n, row in enumerate(ROWS)]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps(ROWS)),
        ("a.json", json.dumps(ROWS, indent=2)),
        ("a.json", "\ufeff" + json.dumps({"version": 1, "reviews": ROWS, "tags": ["x"]}, indent=2)),
        ("a.json", json.dumps({"meta": {"n": 12}, "data": {"reviews": ROWS}})),
        ("a.jsonl", json.dumps(ROWS)),
        ("a.jsonl", json.dumps({"reviews": ROWS})),
        ("a.json", "\n".join(map(json.dumps, ROWS))),
        ("a.ndjson", "\n\n".join(map(json.dumps, ROWS)) + "\n\n"),
        ("a.jsonl", "\n".join(json.dumps(row, indent=1) for row in ROWS)),
        ("a.json", ",\n".join(map(json.dumps, ROWS))),
        ("a.json", "\n".join(map(repr, ROWS))),  # as Python prints them
        # pandas' orients: columns, index, split, table, values; and a dictionary of lists.
        ("a.json", json.dumps({name: dict(enumerate(values)) for name, values in columns().items()})),
        ("a.json", json.dumps(dict(enumerate(ROWS)))),
        ("a.json", json.dumps(SPLIT)),
        ("a.json", json.dumps(TABLE)),
        ("a.json", json.dumps(VALUES)),
        ("a.json", json.dumps([["text", "label"], *VALUES])),
        ("a.json", json.dumps(columns())),
        ("a.json", json.dumps(ANSWER)),  # a server's, with the row one level down
    ],
)
def test_reviews_are_found_wherever_they_stand(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    corpus = load(path)
    assert [review.label for review in corpus.reviews] == LABELS
    assert [review.text for review in corpus.reviews] == [row["text"] for row in ROWS]


def test_nested_keys_are_found_by_their_last_word_or_named_by_dots(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"id": n, "review": {"body": row["text"], "lang": "en"}, "x": {"y": {"stars": 4 * n % 8}}}
        for n, row in enumerate(ROWS)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    corpus = load(path)
    assert corpus.reading is not None
    assert (corpus.reading.text, corpus.reading.label) == (("review.body",), "x.y.stars")
    named = load(path, text=("review.lang", "review.body"), label="x.y.stars")
    assert next(iter(named.reviews)).text == f"en {ROWS[0]['text']}"
    assert named.classes.names == ("negative", "positive")


def test_a_key_with_a_dot_in_it_is_a_key(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"reviews.text": row["text"], "reviews.rating": row["label"]} for row in ROWS]))
    assert [review.label for review in load(path).reviews] == LABELS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "expected a list of JSON objects"),
        ('"text"', "expected a list of JSON objects"),
        ("[1, 2, 3]", "expected a list of JSON objects"),
        ('[{"text": "x", "label": 1},', r"a\.json, line 1: expected JSON, got broken JSON"),
        ('{\n"reviews": [{"text": "x",\n}]}', r"a\.json, line 3: expected JSON, got broken JSON"),
        ("[" * 200_000, "JSON past all bounds"),
        ('{"a":' * 200_000, "JSON past all bounds"),
        ("[" + "1" * 5_000 + "]", "JSON past all bounds|expected a list"),
        (json.dumps([ROWS[0], "x", ROWS[1]]), r"item 2: expected a JSON object, got 'x'"),
    ],
)
def test_what_is_no_json_with_reviews_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_document_has_a_bound_that_its_error_names_and_lines_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_table, "LARGEST_DOCUMENT", 400)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ROWS, indent=1))
    with pytest.raises(DataError, match=r"expected at most 400 bytes of JSON in one document.*JSON lines"):
        load(path)
    path.write_text("\n".join(map(json.dumps, ROWS)))
    assert len(list(load(path).reviews)) == 12


def test_a_first_line_of_any_length_tells_the_keys(tmp_path: Path) -> None:
    rows = [{"text": f"{'good film ' * 20_000}{number}", "label": number % 2} for number in range(4)]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert [review.text for review in load(path).reviews] == [row["text"] for row in rows]


def test_half_a_character_is_replaced_in_keys_labels_and_what_is_kept_of_a_row(tmp_path: Path) -> None:
    """It could be written to no file; a whole pair is an emoji."""
    path = tmp_path / "a.jsonl"
    labels = [r"up\ud800", r"\ud83d\ude00"]
    path.write_text("".join(f'{{"text": "film {n}", "label": "{labels[n % 2]}"}}\n' for n in range(30)))
    assert set(load(path).classes.names) == {"up\ufffd", "\U0001f600"}
