"""Rows whose texts are to be classified: one for each that came, in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from workbooks import build_workbook

from lstm_cli.config import SourceConfig
from lstm_cli.data.file_reviews import load_files
from lstm_cli.data.text_rows import open_text_rows
from lstm_cli.errors import DataError


def read(path: Path, content: str | bytes, *, usual_text: tuple[str, ...] = (), **options: Any):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_text_rows(path, SourceConfig(**options), usual_text=usual_text)


def texts(rows) -> list[str | None]:
    return [row.text for row in rows]


def test_a_txt_file_holds_a_text_a_line_blank_ones_too(tmp_path: Path) -> None:
    """U+0085, common in scraped reviews, ends no line, nor does a tab or a comma separate anything."""
    rows = read(tmp_path / "a.txt", "\ufeffA fine film\r\n\n  \nWell\x85 a bore,\treally\n")
    assert texts(rows) == texts(rows) == ["A fine film", None, None, "Well\x85 a bore,\treally"]
    assert [row.place for row in rows] == [1, 2, 3, 4]
    assert rows.columns == ()


def test_unless_it_is_fasttexts_or_the_user_says_what_separates_it(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.txt", "__label__1 A fine film\n__label__2 A bore\n")
    assert texts(rows) == ["A fine film", "A bore"]
    rows = read(tmp_path / "a.txt", "id\ttext\n1\tA fine film\n2\tA bore\n", text=("text",))
    assert texts(rows) == ["A fine film", "A bore"]
    rows = read(tmp_path / "a.txt", "A fine film\t1\nA bore of it\t0\n", delimiter="\t")
    assert texts(rows) == ["A fine film", "A bore of it"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,Review,n\n1,A fine film,x\n2,,y\n3,nan,z\n4,A bore,\n"),
        ("a.tsv", "id\tReview\tn\n1\tA fine film\tx\n2\t\ty\n3\tnan\tz\n4\tA bore\t\n"),
        ("a.jsonl", "".join(json.dumps({"id": str(n), "Review": text, "n": c}) + "\n" for n, text, c in [
            (1, "A fine film", "x"), (2, "", "y"), (3, None, "z"), (4, "A bore", "")])),
    ],
)  # fmt: skip
def test_every_row_comes_with_all_that_it_holds(tmp_path: Path, name: str, content: str) -> None:
    """Without labels, and whatever is missing."""
    rows = read(tmp_path / name, content)
    assert texts(rows) == ["A fine film", None, None, "A bore"]
    assert [row.fields["id"] for row in rows] == ["1", "2", "3", "4"]
    assert [row.fields["n"] for row in rows] == ["x", "y", "z", ""]
    assert rows.columns == ("id", "Review", "n")
    assert rows.reading.text == ("Review",)
    assert rows.reading.label is None


def test_a_spreadsheet_of_a_thousand_rows_comes_back_with_a_thousand(tmp_path: Path) -> None:
    content = [["no", "text"]] + [[n, ["A fine film", "", 7, True, "  "][n % 5]] for n in range(1_000)]
    rows = list(read(tmp_path / "a.xlsx", build_workbook(content)))
    assert len(rows) == 1_000
    assert [row.text for row in rows[:5]] == ["A fine film", None, "7", None, None]
    assert "expected the text as a string, got True" in rows[3].problem


def test_a_text_with_commas_that_nobody_quoted_is_one_text_without_labels_too(tmp_path: Path) -> None:
    """Where what stands behind it is numbers or nothing; else the commas may be anyone's."""
    for content in (
        "id,text\n1,A fine film\n2,A bore, really, of two hours\n3,Well acted\n",
        "id,text,stars,id2\n1,A fine film,1,-2.5\n2,A bore, really, of two hours,5,7\n3,Well acted,3,8\n",
    ):
        rows = list(read(tmp_path / "a.csv", content))
        assert [row.text for row in rows] == ["A fine film", "A bore, really, of two hours", "Well acted"]
        assert [row.fields["id"] for row in rows] == ["1", "2", "3"]
    assert [row.fields["stars"] for row in rows] == ["1", "5", "3"]
    for content in (
        "id,text,note\n1,A fine film,x\n2,A bore, really,y\n3,Well acted,z\n",
        "id,text,stars\n1,A fine film,1\n2,A bore, really\n3,Well acted,3\n4,Good,2, more\n",
    ):
        broken = [row for row in read(tmp_path / "a.csv", content) if row.text is None]
        assert [row.problem for row in broken] == ["expected 3 fields, got 4"]


_WRITTEN = st.tuples(
    st.lists(
        st.sampled_from(["good", "bad", "x, y", "well,", "it's", 'a "fine" one', '"quoted"', '6" long', "5/10"]),
        min_size=3,
        max_size=8,
    ).map(" ".join),
    st.sampled_from([str, lambda text: f'"{text}"', lambda text: '"{}"'.format(text.replace('"', '""'))]),
    st.sampled_from("01"),
)


@given(st.lists(_WRITTEN, min_size=10, max_size=16), st.booleans())
def test_the_texts_are_those_that_a_training_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, Callable[[str], str], str]], is_first: bool
) -> None:
    """However their commas and quotes are written, and on whichever side the labels stand."""
    path = tmp_path_factory.mktemp("read") / "a.csv"
    cells = [("text", "label"), *((write(text), label) for text, write, label in rows)]
    path.write_text("".join(f"{text},{label}\n" if is_first else f"{label},{text}\n" for text, label in cells))
    try:
        corpus = load_files({"train": [path]}, SourceConfig(dataset=str(path)), name="a")
    except DataError:
        assume(False)
    assert texts(open_text_rows(path, SourceConfig())) == [review.text for review in corpus.reviews]


def test_rows_that_cannot_be_read_are_rows_too(tmp_path: Path) -> None:
    content = "id,text\n1,A fine film\n2\n3,A bore\n"
    rows = list(read(tmp_path / "a.csv", content))
    assert [row.text for row in rows] == ["A fine film", None, "A bore"]
    assert [bool(row.problem) for row in rows] == [False, True, False]
    lines = '{"text": "x"}\n{"text": \n["y"]\n{"text": ["z"]}\n{}\n'
    assert texts(read(tmp_path / "a.jsonl", lines)) == ["x", None, None, None, None]


def test_the_models_columns_are_the_default_where_they_are_there(tmp_path: Path) -> None:
    content = "text,title\nA fine film,Yes\nA bore,No\n"
    assert texts(read(tmp_path / "a.csv", content, usual_text=("title", "text"))) == [
        "Yes A fine film",
        "No A bore",
    ]
    assert texts(read(tmp_path / "a.csv", content, usual_text=("review",))) == ["A fine film", "A bore"]
    assert texts(read(tmp_path / "a.csv", content, usual_text=("title",), text=("text",))) == [
        "A fine film",
        "A bore",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "id,n\n1,2\n3,4\n", "expected a column of texts, found 'id', 'n'"),
        ("a.csv", "comment,tweet\nx is y,y is z\n", "could stand in the column 'comment' or in 'tweet'"),
        ("a.docx", "x", r"expected a file that ends in \.csv, \.tsv, \.txt"),
        ("a.txt", b"x\ny\0\n", "line 2: expected text, got a NUL byte"),
    ],
)
def test_texts_that_cannot_be_found_are_refused(tmp_path: Path, name: str, content: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path / name, content)
