from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lstm_cli.data.delimited import compute_delimited_fingerprint, load_delimited, load_texts

from lstm_cli.data import delimited
from lstm_cli.data.review import Review
from lstm_cli.errors import DataError

FILM = Review("A fine film", 1)
BORE = Review("A bore", 0)

# Texts that a CSV file can hold: no NUL and no half characters.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
REVIEWS = st.lists(st.builds(Review, TEXTS, st.integers(0, 1)), min_size=1, max_size=6)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path) -> tuple[Review, ...]:
    return tuple(load_delimited(path).reviews)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,label\nA fine film,1\nA bore,0\n"),
        ("a.csv", "\ufeffReview,Sentiment\r\nA fine film,positive\r\n\r\nA bore,NEG\r\n"),
        ("a.CSV", 'id,LABEL , text\n7,pos,"A fine film"\n8,Negative,A bore'),
        ("a.csv", "\n\ntext,label\nA fine film, Pos \nA bore,0\n"),
        ("a.tsv", "label\ttext\n1\tA fine film\nneg\tA bore\n"),
        ("a.jsonl", '{"text": "A fine film", "label": 1}\n\n{"label": "neg", "TEXT": "A bore", "id": 3}\n'),
        (
            "a.jsonl",
            '\ufeff{"Review": "A fine film", "Sentiment": "POSITIVE"}\r\n{"review":"A bore","sentiment":0}',
        ),
    ],
)
def test_every_spelling_of_a_file_gives_the_same_reviews(tmp_path: Path, name: str, content: str) -> None:
    path = write(tmp_path, name, content)
    corpus = load_delimited(path)
    assert tuple(corpus.reviews) == (FILM, BORE)
    assert tuple(corpus.reviews) == (FILM, BORE), "a second walk gives the same"
    assert corpus.name == name
    assert corpus.test_reviews is None
    assert corpus.fingerprint == compute_delimited_fingerprint(path)
    assert load_texts(path) == (FILM.text, BORE.text)


@pytest.mark.parametrize("delimiter", [",", "\t"])
@given(reviews=REVIEWS)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, delimiter: str, reviews: list[Review]
) -> None:
    """Separators, quotes and line ends inside a text survive."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["text", "label"])
    writer.writerows([review.text, review.label] for review in reviews)
    name = "a.csv" if delimiter == "," else "a.tsv"
    path = write(tmp_path_factory.mktemp("csv"), name, buffer.getvalue())
    assert read(path) == tuple(reviews)


@given(reviews=REVIEWS)
def test_what_json_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, reviews: list[Review]) -> None:
    """With and without escapes; U+2028 and U+0085 inside a text end no line."""
    for ensure_ascii in (False, True):
        lines = [
            json.dumps({"text": review.text, "label": review.label}, ensure_ascii=ensure_ascii)
            for review in reviews
        ]
        path = write(tmp_path_factory.mktemp("json"), "a.jsonl", "\n".join(lines))
        assert read(path) == tuple(reviews)


GOOD_ROWS = "text,label\nA fine film,1\n"
GOOD_LINE = '{"text": "A fine film", "label": 1}\n'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", r"a\.csv is empty"),
        ("a.csv", "\ufeff \n\n", r"a\.csv is empty"),
        ("a.csv", "text,label\n", "has a header but no reviews"),
        ("a.csv", "comment,label\nx,1\n", "line 1: expected a column text or review, found comment, label"),
        ("a.csv", "\ntext;label\nx;1\n", "line 2: expected a column text or review, found text;label"),
        ("a.csv", "text\nx\n", "line 1: expected a column label or sentiment, found text.*lstm-predict -f"),
        ("a.csv", GOOD_ROWS + '"two\nlines",0\nx,1,2\n', "line 5: expected 2 fields as in the header, got 3"),
        ("a.csv", GOOD_ROWS + "x\n", "line 3: expected 2 fields as in the header, got 1"),
        ("a.csv", GOOD_ROWS + '\n"never closed,0\nx,1\ny,0\n', "line 4: the row that begins here is broken"),
        ("a.csv", GOOD_ROWS + '"closed" early,0\n', "line 3: the row that begins here is broken"),
        (
            "a.csv",
            GOOD_ROWS + "x,2\n",
            "line 3: expected the label 0, neg, negative, 1, pos, positive, got '2'",
        ),
        ("a.csv", GOOD_ROWS + "x,\n", "line 3: the label is missing"),
        ("a.csv", GOOD_ROWS.encode() + b"caf\xe9,1\n", "line 3: expected UTF-8 text, got the byte 0xe9"),
        ("a.csv", GOOD_ROWS.encode("utf-16"), "line 1: expected UTF-8 text, got the byte 0xff"),
        ("a.csv", GOOD_ROWS + "x\0y,1\n", "line 3: expected text, got a NUL byte"),
        ("a.tsv", "text\tlabel\nx\t1\ny,1\n", "line 3: expected 2 fields as in the header, got 1"),
        (
            "a.jsonl",
            GOOD_LINE + "\n{'text': 1}\n",
            "line 3: expected a JSON object, got broken JSON .* at column 2",
        ),
        ("a.jsonl", GOOD_LINE + '["x", 1]\n', r"line 2: expected a JSON object, got \['x', 1\]"),
        ("a.jsonl", GOOD_LINE + '{"text": 5, "label": 1}', "line 2: expected the text as a string, got 5"),
        (
            "a.jsonl",
            GOOD_LINE + '{"text": null, "label": 1}',
            "line 2: expected the text as a string, got None",
        ),
        ("a.jsonl", GOOD_LINE + '{"label": 1}', "line 2: expected a column text or review, found label"),
        ("a.jsonl", GOOD_LINE + "{}", "line 2: expected a column text or review, found none"),
        ("a.jsonl", GOOD_LINE + '{"text": "x"}', "line 2: expected a column label or sentiment, found text"),
        ("a.jsonl", GOOD_LINE + '{"text": "x", "label": null}', "line 2: the label is missing"),
        ("a.jsonl", GOOD_LINE + '{"text": "x", "label": true}', "line 2: expected the label .*got True"),
        ("a.jsonl", GOOD_LINE + '{"text": "x", "label": 1.0}', r"line 2: expected the label .*got 1\.0"),
        ("a.jsonl", GOOD_LINE + '{"text": "x", "label": [1]}', r"line 2: expected the label .*got \[1\]"),
        ("a.jsonl", GOOD_LINE + "[" * 200_000, "line 2: expected a review, got JSON past all bounds"),
        ("a.jsonl", GOOD_LINE + "1" * 5_000, "line 2: expected a review, got JSON past all bounds"),
        ("a.txt", "A fine film\n", r"expected a file that ends in \.csv, \.tsv, \.jsonl"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(path))


@pytest.mark.parametrize("load", [load_delimited, load_texts, compute_delimited_fingerprint])
def test_a_missing_file_is_named(tmp_path: Path, load: object) -> None:
    with pytest.raises(DataError, match=r"There is no file .*missing\.csv"):
        load(tmp_path / "missing.csv")


def test_a_folder_in_a_files_place_is_an_explained_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match=r"Cannot read .*a\.csv"):
        load_texts(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("a.csv", "text,label\nx,0\n{},1\n"),
        ("a.jsonl", '{{"text":"x","label":0}}\n\n{{"text":"{}","label":1}}\n'),
    ],
)
def test_a_text_past_the_bound_is_refused_and_one_at_the_bound_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, template: str
) -> None:
    """The bound lies above csv's own, and that one is as before afterwards."""
    bound = csv.field_size_limit() + 1_000
    monkeypatch.setattr(delimited, "MAX_TEXT_LENGTH", bound)
    assert len(read(write(tmp_path, name, template.format("x" * bound)))[1].text) == bound
    with pytest.raises(DataError, match="line 3: "):
        read(write(tmp_path, name, template.format("x" * (bound + 1))))
    assert csv.field_size_limit() == bound - 1_000


def test_half_characters_from_json_escapes_become_replacement_characters(tmp_path: Path) -> None:
    r"""A lone \ud83d could be written to no file; a whole pair is an emoji."""
    path = write(tmp_path, "a.jsonl", r'{"text": "cut \ud83d, whole \ud83d\ude00", "label": 1}')
    assert read(path)[0].text == "cut \ufffd, whole \U0001f600"


def test_texts_need_no_labels(tmp_path: Path) -> None:
    assert load_texts(write(tmp_path, "a.csv", "id,Review\n1,A fine film\n2,A bore\n")) == (
        "A fine film",
        "A bore",
    )
    assert load_texts(write(tmp_path, "a.jsonl", '{"text": "A bore"}')) == ("A bore",)
    assert load_texts(write(tmp_path, "b.csv", "text,label\nA bore,whatever\n")) == ("A bore",)


def test_a_txt_file_holds_one_review_a_line(tmp_path: Path) -> None:
    """Blank lines are none, and U+0085, common in scraped reviews, ends no line."""
    path = write(tmp_path, "a.txt", "\ufeffA fine film\r\n\n  \nWell\x85 a bore, really\n")
    assert load_texts(path) == ("A fine film", "Well\x85 a bore, really")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "\n \n", "is empty"),
        ("a.txt", b"x\ny\xff\n", "line 2: expected UTF-8"),
        ("a.csv", "label\n1\n", "line 1: expected a column text or review"),
        ("a.docx", "x", r"expected a file that ends in \.txt, \.csv, \.tsv, \.jsonl"),
    ],
)
def test_texts_that_cannot_be_read_are_refused(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        load_texts(write(tmp_path, name, content))


def test_a_file_that_changes_between_two_walks_is_refused(tmp_path: Path) -> None:
    """Or the vocabulary would be of one content and the tokens of another."""
    path = write(tmp_path, "a.csv", GOOD_ROWS)
    reviews = load_delimited(path).reviews
    assert tuple(reviews) == (FILM,)
    write(tmp_path, "a.csv", GOOD_ROWS + "A bore,0\n")
    with pytest.raises(DataError, match=r"a\.csv changed while it was read"):
        tuple(reviews)
