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
from lstm_cli.data.tables.json_table import JsonDocument, JsonLines, open_json
from lstm_cli.data.tables.table import MOST_SAMPLED, BrokenRow
from lstm_cli.data.text_file import open_text
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
        (",\n,", "expected a list of JSON objects"),
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


def open_written(path: Path, content: str) -> JsonLines | JsonDocument:
    path.write_text(content, encoding="utf-8")
    return open_json(open_text(path), suffix=path.suffix)


def list_records(table: JsonLines | JsonDocument) -> list[tuple[object, object]]:
    """Return the rows with their places; of what is none, why."""
    return [
        (place, record.reason if isinstance(record, BrokenRow) else record)
        for place, record in table.iter_records()
    ]


def test_lines_that_are_no_reviews_are_told_by_their_numbers_and_the_others_read(tmp_path: Path) -> None:
    """In whatever way they are walked over; empty ones are counted."""
    content = '\n{"text": "a", "label": 1}\n[1]\n\n{"text" 5}\n{"text": {"a": 1}}\n"x"\n{"a": %s}\n' % (
        "9" * 5_000
    )
    table = open_written(tmp_path / "a.jsonl", content)
    told = [
        (3, "expected a JSON object, got [1]"),
        (5, "expected a JSON object, got broken JSON (Expecting ':' delimiter, column 9)"),
        (7, "expected a JSON object, got 'x'"),
        (8, "expected a review, got JSON past all bounds"),
    ]
    first, nested = {"text": "a", "label": 1}, {"text": {"a": 1}}
    assert sorted(list_records(table)) == sorted([(2, first), *told, (6, nested)])
    rows = [
        (place, row.reason if isinstance(row, BrokenRow) else row)
        for place, row in table.iter_rows(["label", "text"])
    ]
    assert [row for row in rows if row[0] not in (2, 6)] == told
    assert dict(rows)[2] == [1, "a"]
    assert dict(rows)[6] == [None, {"a": 1}]


def test_items_that_are_no_reviews_are_told_by_their_numbers_and_the_others_read(tmp_path: Path) -> None:
    table = open_written(tmp_path / "a.json", '[{"text": "a"}, 1, [], {"text": "b", "x": 2}]')
    told = [("item 2", "expected a JSON object, got 1"), ("item 3", "expected a JSON object, got []")]
    assert list_records(table) == [("item 1", {"text": "a"}), *told, ("item 4", {"text": "b", "x": 2})]
    rows = [
        (place, row.reason if isinstance(row, BrokenRow) else row) for place, row in table.iter_rows(["x", "text"])
    ]
    assert rows == [("item 1", [None, "a"]), *told, ("item 4", [2, "b"])]


@pytest.mark.parametrize(
    ("name", "content", "is_plain"),
    [
        ("a.jsonl", '{"text": "a", "label": 1}\n', True),
        ("a.ndjson", '{"text": "a", "label": 1}\n', False),
        ("a.json", '{"text": "a", "label": 1}\n', False),
        ("a.jsonl", '[{"text": "a", "label": 1}]', False),
    ],
)
def test_the_first_release_read_lines_of_one_suffix(
    tmp_path: Path, name: str, content: str, is_plain: bool
) -> None:
    table = open_written(tmp_path / name, content)
    assert table.is_plain == is_plain
    assert table.form == ("JSON" if content.startswith("[") else "JSON lines")
    assert table.has_header
    table = open_written(tmp_path / "b.jsonl", content)
    (tmp_path / "c.jsonl").write_bytes(content.encode("utf-16"))
    assert not open_json(open_text(tmp_path / "c.jsonl"), suffix=".jsonl").is_plain


def test_a_walk_over_a_document_is_measured_by_its_items_and_over_lines_by_their_bytes(tmp_path: Path) -> None:
    document = open_written(tmp_path / "a.json", json.dumps(ROWS))
    assert [document.measure_walk(rows) for rows in (0, 3, 12)] == [0, 0.25, 1]
    assert open_written(tmp_path / "b.json", json.dumps(ROWS[:1]) + " ").measure_walk(1) == 1
    assert open_written(tmp_path / "b.json", '[["text", "label"]]').measure_walk(0) == 0
    lines = open_written(tmp_path / "a.jsonl", "\n".join(map(json.dumps, ROWS)))
    list(lines.iter_records())
    assert lines.measure_walk(12) == 1


@pytest.mark.parametrize("content", ["", " \n\n\t"])
def test_a_file_of_nothing_is_empty(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError, match=r"a\.json is empty\. Expected reviews"):
        open_written(tmp_path / "a.json", content)


def test_where_no_line_is_a_review_the_first_says_why(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"a\.jsonl, line 2: expected a JSON object, got broken JSON \(.*column 1\)\."
    ):
        open_written(tmp_path / "a.jsonl", "\nno JSON\n[1]\n")
    table = open_written(tmp_path / "a.jsonl", '{"text": \n{"text": "a", "label": 1}\n')
    assert [column.name for column in table.columns] == ["text", "label"]
    assert [place for place, _ in table.iter_records()] == [1, 2]
    # Lines of objects without a key have no column, and are no broken rows.
    for content in ("{}", "{}\n{}\n"):
        assert open_written(tmp_path / "a.jsonl", content).columns == ()
        assert isinstance(open_written(tmp_path / "a.jsonl", content), JsonLines)


def test_what_begins_as_a_document_is_one_whatever_its_suffix(tmp_path: Path) -> None:
    for name, content in (("a.jsonl", '[{"text": "a"},\n x]'), ("a.json", '{"text": "a",\n x}')):
        with pytest.raises(DataError, match=r"line 2: expected JSON, got broken JSON"):
            open_written(tmp_path / name, content)
    for opening in ("[", "{", "[{", " [ "):
        with pytest.raises(DataError, match=r"expected JSON, got broken JSON"):
            open_written(tmp_path / "a.jsonl", f'{opening}\n"text"')


def test_columns_are_those_of_items_from_all_over_a_document(tmp_path: Path) -> None:
    items = [{"text": f"{n}"} | ({"late": n} if n > 4_000 else {}) for n in range(5_000)]
    table = open_written(tmp_path / "a.json", json.dumps(items))
    assert [column.name for column in table.columns] == ["text", "late"]
    assert 1_000 < len(table.columns[0].values) <= MOST_SAMPLED
    assert len(list(table.iter_records())) == 5_000


PAIRS = [{"a": 1, "b": 2}, {"a": 3, "b": 4}, {"a": 5, "b": 6}]


@pytest.mark.parametrize(
    ("document", "records"),
    [
        # Rows by their names, more of them than of columns; or columns, of as many rows or more.
        ({"x": {"a": 1, "b": 2}, "y": {"a": 3, "b": 4}, "z": {"a": 5, "b": 6}}, PAIRS),
        ({"a": {"r1": 1, "r2": 2}, "b": {"r1": 3, "r2": 4}}, [{"a": 1, "b": 3}, {"a": 2, "b": 4}]),
        # Or numbered ones, however many.
        ({"0": {"a": 1, "b": 2}, "1": {"a": 3, "b": 4}}, [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        ({"a": {"0": 1}, "b": {"0": 3}}, [{"a": 1, "b": 3}]),
        # What has other keys in each is none of both.
        ({"x": {"a": 1}, "y": {"b": [{"c": 1}]}}, [{"c": 1}]),
        ({"x": {"a": 1}, "y": {"b": 2}}, [{"x": {"a": 1}, "y": {"b": 2}}]),
        # The longest list of objects, at the top or one below.
        ({"x": [{"a": 1}], "y": {"z": [{"b": 1}, {"b": 2}], "w": [1, 2, 3]}}, [{"b": 1}, {"b": 2}]),
        ({"x": [], "y": [{"a": 1}]}, [{"a": 1}]),
        # Lists of one length are columns, unless objects stand in them.
        ({"a": [1, 2], "b": [3, 4]}, [{"a": 1, "b": 3}, {"a": 2, "b": 4}]),
        ({"a": [1, 2], "b": [{"c": 3}, {"c": 4}]}, [{"c": 3}, {"c": 4}]),
        ({"a": [1, 2], "b": [3]}, [{"a": [1, 2], "b": [3]}]),
        ({"columns": ["a", 5], "data": [[1, 2], [3, 4]]}, [{"a": 1, "5": 2}, {"a": 3, "5": 4}]),
    ],
)  # fmt: skip
def test_reviews_are_found_in_an_object(tmp_path: Path, document: dict[str, Any], records: list[object]) -> None:
    table = open_written(tmp_path / "a.json", json.dumps(document, indent=1))
    assert [record for _, record in table.iter_records()] == records


def test_lists_of_values_are_named_by_the_first_or_numbered(tmp_path: Path) -> None:
    named = open_written(
        tmp_path / "a.json", json.dumps([["text", "label"], ["a film", 1], ["a bore", 0, None], []])
    )
    assert named.has_header
    assert [record for _, record in named.iter_records()] == [
        {"text": "a film", "label": 1}, {"text": "a bore", "label": 0}, {},
    ]  # fmt: skip
    numbered = open_written(tmp_path / "a.json", json.dumps([["a film", 1], ["a bore", 0], [], ["a film", 1]]))
    assert not numbered.has_header
    assert [record for _, record in numbered.iter_records()][:3] == [
        {"1": "a film", "2": 1},
        {"1": "a bore", "2": 0},
        {},
    ]


@pytest.mark.parametrize("surplus", [1, 2])
def test_a_list_with_values_too_many_is_told_and_renames_no_other(tmp_path: Path, surplus: int) -> None:
    rows: list[list[object]] = [["text", "label"], *[["a film", number % 2] for number in range(12)]]
    rows[5] += ["more"] * surplus
    table = open_written(tmp_path / "a.json", json.dumps(rows))
    records = [record for _, record in table.iter_records()]
    assert records.pop(4) == BrokenRow(f"expected 2 values, got {2 + surplus}")
    assert [(record["text"], record["label"]) for record in records] == [
        ("a film", number % 2) for number in range(12) if number != 4
    ]


def test_the_names_of_rows_have_a_column_without_a_name(tmp_path: Path) -> None:
    """As R writes them."""
    rows = [["text", "label"], *[[str(number), "a film", number % 2] for number in range(4)]]
    table = open_written(tmp_path / "a.json", json.dumps(rows))
    assert [record["text"] for _, record in table.iter_records()] == ["a film"] * 4


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "b", "label": ', "broken JSON (Expecting value, column 23)"),
        ('{"text": "b" "label": 1}', "broken JSON (Expecting ',' delimiter, column 14)"),
        ("{'text': 'b', 'label': ", "a JSON object or a dictionary of Python's, got neither"),
        ("{'text': 'it's', 'label': 1}", "a JSON object or a dictionary of Python's, got neither"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_its_place(tmp_path: Path, line: str, reason: str) -> None:
    content = '{"text": "a film", "label": 1}\n' + line + '\n{"text": "a bore", "label": 0}\n'
    table = open_written(tmp_path / "a.jsonl", content)
    (_, first), (place, broken), (_, last) = table.iter_records()
    assert (place, first["label"], last["label"]) == (2, 1, 0)
    assert reason in broken.reason


@pytest.mark.parametrize(("bound", "is_read"), [(18, False), (19, True)])
def test_a_document_as_large_as_its_bound_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, is_read: bool
) -> None:
    monkeypatch.setattr(json_table, "LARGEST_DOCUMENT", bound)
    content = '[{"text": "good"}]\n'
    assert len(content) == 19
    if is_read:
        assert len(list(open_written(tmp_path / "a.json", content).iter_records())) == 1
    else:
        with pytest.raises(DataError, match="expected at most 18 bytes"):
            open_written(tmp_path / "a.json", content)


def test_a_pair_of_halves_is_a_character_and_a_lone_half_is_replaced_in_documents_and_lines(
    tmp_path: Path,
) -> None:
    for content in (
        r'[{"t\ud800": ["\udfff", {"a": "\ud83d\ude00"}, 5]}]',
        r'{"t\ud800": ["\udfff", {"a": "\ud83d\ude00"}, 5]}',
    ):
        table = open_written(tmp_path / "a.json", content)
        [(_, record)] = table.iter_records()
        assert record == {"t\ufffd": ["\ufffd", {"a": "\U0001f600"}, 5]}
