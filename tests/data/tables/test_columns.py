"""Which column is the text and which the label: by name in any language, by content, or not to be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.data.tables.columns import Column, find_header, find_label, find_text, list_names
from lstm_cli.errors import DataError

PATH = Path("a.csv")
TEXTS = [f"this is the {number}th sentence of somebody" for number in range(20)]
FEW = ["0", "1"] * 10
STARS = ["1", "2", "3", "4", "5"] * 4
NUMBERS = [str(number) for number in range(20)]
NAMES = [f"user{number}" for number in range(20)]


def build(**columns: list[str]) -> list[Column]:
    return [Column(name, tuple(values)) for name, values in columns.items()]


def find(columns: list[Column], *, text: tuple[str, ...] = (), label: str | None = None, header: bool = True):
    texts = find_text(columns, named=text, has_header=header, path=PATH)
    return texts, find_label(columns, named=label, has_header=header, text=texts, path=PATH)


@pytest.mark.parametrize(
    "name",
    [
        "text", "Text", " REVIEW ", "content", "body", "Comment", "tweet", "Sentence", "phrase", "review_body",
        "reviewText", "Review Text", "reviews.text", "OriginalTweet", "Translated_Review", "full_text", "texte",
        "avis_texte", "reseña", "Kommentar", "Rezension", "текст", "Отзыв", "评论", "评论内容", "內容", "レビュー",
        "리뷰", "النص", "טקסט", "yorum", "recenzja", "ulasan",
    ],
)  # fmt: skip
def test_people_call_texts_so(name: str) -> None:
    assert find([*build(id=NUMBERS, label=FEW), Column(name, tuple(TEXTS))])[0] == (name,)


@pytest.mark.parametrize(
    "name",
    [
        "label", "LABEL", "Sentiment", "class", "rating", "Score", "stars", "polarity", "Liked", "target",
        "overall", "star_rating", "reviews.rating", "airline_sentiment", "review_score", "sentiment_label",
        "étiquette", "calificación", "Bewertung", "Оценка", "метка", "标签", "情感", "ラベル", "評価", "감정",
        "التصنيف", "etiket",
    ],
)  # fmt: skip
def test_people_call_labels_so(name: str) -> None:
    assert find([*build(id=NUMBERS, text=TEXTS, helpful=STARS), Column(name, tuple(FEW))])[1] == name


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        # A name that says more than the thing is the name of something else.
        (
            build(airline_sentiment=FEW, airline_sentiment_confidence=STARS, text=TEXTS),
            (("text",), "airline_sentiment"),
        ),
        (
            build(Id=NUMBERS, HelpfulnessNumerator=STARS, Score=STARS, Summary=TEXTS, Text=TEXTS),
            (("Text",), "Score"),
        ),
        (build(text=TEXTS, label=FEW, label_text=NAMES), (("text",), "label")),
        (build(PhraseId=NUMBERS, SentenceId=STARS, Phrase=TEXTS, Sentiment=FEW), (("Phrase",), "Sentiment")),
        (build(review_id=NUMBERS, review=TEXTS, sentiment=FEW, rating=STARS), (("review",), "sentiment")),
        (build(title=TEXTS, content=TEXTS, label=FEW), (("content",), "label")),
        (build(title=TEXTS, label=FEW), (("title",), "label")),
        # A name whose column holds something else is passed over.
        (build(review=STARS, comment=TEXTS, label=FEW), (("comment",), "label")),
        (build(text=TEXTS, score=[str(0.1 * n) for n in range(20)], stars=STARS), (("text",), "stars")),
        (build(text=TEXTS, category=["one"] * 20, liked=FEW), (("text",), "liked")),
        # By what stands in them: the longest, and what returns.
        (build(a=NUMBERS, b=TEXTS, c=FEW, d=NAMES), (("b",), "c")),
        (build(a=["4", "0"] * 10, b=["NO_QUERY"] * 20, c=NAMES, d=TEXTS), (("d",), "a")),
        (build(a=["Borderlands", "Fortnite"] * 10, b=["Positive", "Neutral"] * 10, c=TEXTS), (("c",), "b")),
        (build(a=["ham", "ham", "spam", "ham"] * 5, b=TEXTS), (("b",), "a")),
        (build(a=TEXTS, b=[text * 3 for text in TEXTS], c=FEW), (("b",), "c")),
    ],
)
def test_the_columns_that_are_meant_are_found(
    columns: list[Column], expected: tuple[tuple[str, ...], str]
) -> None:
    assert find(columns) == expected


@pytest.mark.parametrize(
    ("columns", "what", "first", "second"),
    [
        (build(comment=TEXTS, tweet=TEXTS, label=FEW), "text", "comment", "tweet"),
        (build(a=TEXTS, b=[f"{text}!" for text in TEXTS], label=FEW), "text", "b", "a"),
        (build(text=TEXTS, rating=STARS, score=FEW), "label", "rating", "score"),
        (
            build(text=TEXTS, airline_sentiment=FEW, hotel_sentiment=FEW),
            "label",
            "airline_sentiment",
            "hotel_sentiment",
        ),
        (build(text=TEXTS, a=FEW, b=STARS), "label", "a", "b"),
    ],
)
def test_where_two_could_be_meant_both_and_the_option_are_named(
    columns: list[Column], what: str, first: str, second: str
) -> None:
    with pytest.raises(DataError) as caught:
        find(columns)
    message = str(caught.value)
    assert f"the {what} could stand in the column {first!r} or in {second!r}" in message
    assert f"--{what} {first!r} or --{what} {second!r}" in message


def test_the_user_names_them_in_any_case_and_several_texts_in_order() -> None:
    columns = build(Title=TEXTS, Text=TEXTS, Stars=STARS, label=FEW)
    assert find(columns, text=("text", "Title"), label="STARS") == (("Text", "Title"), "Stars")


@pytest.mark.parametrize(
    ("options", "header", "message"),
    [
        (
            {"text": ("txt",)},
            True,
            r"has no column 'txt' \(--text\)\. Did you mean 'text'\? Found 'text', 'label'",
        ),
        ({"label": "3"}, True, r"has no column '3' \(--label\)"),
        ({"label": "3"}, False, "has no header: --label takes a column's number from 1 to 2, not '3'"),
        ({"text": ("text",)}, False, "has no header: --text takes a column's number from 1 to 2"),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_those_that_are(options, header: bool, message: str) -> None:
    columns = build(text=TEXTS, label=FEW) if header else [Column("1", tuple(TEXTS)), Column("2", tuple(FEW))]
    with pytest.raises(DataError, match=message):
        find(columns, header=header, **options)


def test_many_names_are_cut_between_names() -> None:
    columns = build(**{f"column_{number}": [] for number in range(30)}, **{"x" * 50: []})
    assert list_names(columns) == ", ".join(f"'column_{number}'" for number in range(8)) + " and 23 more"
    assert list_names(columns[-1:]) == f"'{'x' * 30}…'"
    assert list_names([]) == "none"


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([["text", "label"], ["good", "1"]], 0),
        ([["good film", "1"], ["bad film", "0"], ["a film", "1"]], None),
        ([["a", "b"], ["good film of the year", "1"], ["bad film of the year", "0"]], 0),
        ([["x", "1"], ["label", "0"], ["label", "1"]], None),
        ([["Export of May", ""], ["", ""], ["text", "label"], ["good", "1"]], None),
        ([["Export of May", ""], ["text", "label"], ["good", "1"], ["bad", "0"]], 1),
        ([["text"], ["good film"], ["bad film"]], 0),
        ([["", "0", "1"], ["0", "good film", "1"], ["1", "bad film", "0"]], 0),
        ([["text", "label"]], 0),
    ],
)
def test_the_row_of_names_is_found(rows: list[list[str]], place: int | None) -> None:
    assert find_header(rows) == place
