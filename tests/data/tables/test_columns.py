"""Which column is the text and which the label: by name in any language, by content, or not to be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.data.tables.columns import (
    Column,
    explain_no_groups,
    find_group,
    find_header,
    find_label,
    find_text,
    list_names,
    list_present,
)
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


class TestWhatAColumnHolds:
    """A sample of its values tells what it may be."""

    def test_what_returns_all_over_the_table_is_a_label_and_what_stands_there_once_is_not(self) -> None:
        """A file may be sorted by its labels; a piece of a text stands nowhere else."""
        column = Column("a", ("Good", " good "), ("bad", None, "a piece", "BAD", "nan", None))
        assert column.labels == {"good", "bad"}

    @pytest.mark.parametrize(
        ("values", "is_numeric"),
        [
            (["1", "-2", "a"], True), (["1", "a"], False), (["1", "a", ""], False), ([], False),
            (["1.5", "1,000.5", "30%", "−3", "+4"], True), (["1e5", "1 a", "a1", "1"], False),
        ],
    )  # fmt: skip
    def test_it_is_of_numbers_where_most_are(self, values: list[str], is_numeric: bool) -> None:
        assert Column("a", tuple(values)).is_numeric == is_numeric

    def test_its_length_is_that_of_what_is_there_on_average(self) -> None:
        assert Column("a", ("abc", " a ", "", None)).length == 2
        assert Column("a", ("", None)).length == 0

    @pytest.mark.parametrize(
        ("values", "may_be"),
        [
            (["", ""], False),
            (["1", "2", "a"], False),
            (["a b", "c"], True),
            (["yes", "no"] * 3, False),
            (["yes", "no"] * 2, True),  # too few to say that they return
            (["a", "b", "c"] * 2, True),  # too many of them
            (["so very good", "so very bad"] * 3, True),
            (["so good", "so bad"] * 3, False),
            (["x" * 41, "y" * 41] * 3, True),
            (["x" * 40, "y" * 40] * 3, False),
        ],
    )
    def test_few_words_again_and_again_are_no_texts(self, values: list[str], may_be: bool) -> None:
        assert Column("a", tuple(values)).may_be_text == may_be

    @pytest.mark.parametrize(
        ("values", "may_be"),
        [
            ([], False),
            (["", None], False),
            (["a", "b"], True),  # two may always be
            (["a", "b", "c"], False),
            (["a", "b", "c"] * 2, True),
            (["a", "b", "c", "a", "b"], False),
            ([f"a{n}" for n in range(50)] * 2, True),
            ([f"a{n}" for n in range(51)] * 3, False),
            (["x" * 40, "y"], True),
            (["x" * 41, "y"], False),
        ],
    )
    def test_a_few_short_values_that_return_are_labels(self, values: list[str], may_be: bool) -> None:
        assert Column("a", tuple(values)).may_be_label == may_be

    @pytest.mark.parametrize(
        ("values", "are_usual"),
        [(["Good", "bad"], True), (["good", "cats"], False), (["good", "bad", "cats"], True), ([], False)],
    )
    def test_labels_are_usual_where_most_of_them_are(self, values: list[str], are_usual: bool) -> None:
        assert Column("a", tuple(values)).holds_usual_labels == are_usual


def test_a_text_is_told_from_a_title_by_twice_its_length() -> None:
    columns = [
        Column(name, tuple(f"{number:0{size}d} words" for number in range(20)))
        for name, size in (("a", 14), ("b", 34))
    ]
    assert [column.length for column in columns] == [20, 40]
    assert find_text(columns, named=(), has_header=True, path=PATH) == ("b",)
    longer = Column("a", ("x" * 30, *columns[0].values))
    with pytest.raises(DataError, match="in the column 'b' or in 'a'"):
        find_text([longer, columns[1]], named=(), has_header=True, path=PATH)


@pytest.mark.parametrize(
    ("columns", "named", "message"),
    [
        (
            build(label=FEW, id=NUMBERS),
            (),
            r"^a\.csv: expected a column of texts, found 'label', 'id'\. .*--text COLUMN",
        ),
        (
            build(a=TEXTS, b=NAMES),
            ("a",),
            r"^a\.csv: expected a column of labels, found 'a', 'b'\. .*--label COLUMN; .*-f\.",
        ),
    ],
)
def test_without_a_column_that_may_be_it_those_that_are_there_are_named(
    columns: list[Column], named: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        find(columns, text=named)


def test_a_column_that_says_just_this_is_believed_whatever_it_holds() -> None:
    """The first of those whose names say it best, and none that says something more."""
    columns = build(my_text=NUMBERS, comment=NUMBERS, tweet=NUMBERS, my_label=TEXTS, rating=TEXTS, stars=TEXTS)
    assert find(columns, text=("tweet",))[1] == "rating"
    assert find_text(columns[:3], named=(), has_header=True, path=PATH) == ("comment",)
    with pytest.raises(DataError, match="expected a column of texts"):
        find_text(columns[:1], named=(), has_header=True, path=PATH)


def test_what_never_changes_is_the_label_only_where_nothing_else_could_be() -> None:
    same = ["pos"] * 20
    assert find(build(text=TEXTS, sentiment=same, other=FEW))[1] == "sentiment"
    assert find(build(text=TEXTS, label=same, stars=STARS))[1] == "stars"
    assert find(build(text=TEXTS, x=same))[1] == "x"
    assert find(build(text=TEXTS, x=same, y=FEW))[1] == "y"


def test_the_group_is_guessed_to_be_neither_text_nor_label() -> None:
    columns = build(review=TEXTS, comment=TEXTS, sentiment=FEW, rating=STARS)
    texts = find_text(columns, named=(), has_header=True, group="review", path=PATH)
    assert texts == ("comment",)
    for text, group, label in (
        (texts, "sentiment", "rating"),
        (("sentiment",), None, "rating"),
        (texts, "review", "sentiment"),
    ):
        assert find_label(columns, named=None, has_header=True, text=text, group=group, path=PATH) == label


def test_a_group_is_the_column_of_its_name() -> None:
    columns = build(Text=TEXTS, Film=NAMES)
    assert find_group(columns, named=" film", has_header=True, path=PATH) == "Film"
    with pytest.raises(DataError, match=r"has no column 'movie' \(--group\)\. Found 'Text', 'Film'\."):
        find_group(columns, named="movie", has_header=True, path=PATH)
    assert str(explain_no_groups("a.ft", "lines")).startswith(
        "a.ft: lines have no column to keep rows together by"
    )


def test_a_name_as_it_is_spelled_comes_before_others_and_else_the_first() -> None:
    columns = build(TEXT=TEXTS, Text=TEXTS, text=TEXTS, label=FEW)
    for name, found in (("text", "text"), ("Text", "Text"), ("tExt", "TEXT")):
        assert find(columns, text=(name,))[0] == (found,)


def test_names_are_present_where_all_are() -> None:
    columns = build(a=[], b=[], c=[])
    assert list_present(columns, ["c", "a"]) == ("c", "a")
    assert list_present(columns, ["c", "d"]) == ()
    assert list_present(columns, []) == ()


def test_names_are_cut_only_past_what_is_shown() -> None:
    columns = build(**{f"c{number}": [] for number in range(9)})
    assert list_names(columns[:8]).endswith("'c7'")
    assert list_names(columns).endswith("'c7' and 1 more")
    assert list_names(build(**{"x" * 30: []})) == f"'{'x' * 30}'"


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        # Up to five titles.
        ([["Export", " "]] * 5 + [["text", "label"], ["good", "1"]], 5),
        ([["Export", " "]] * 6 + [["text", "label"], ["good", "1"]], None),
        ([["Export", ""], ["one", "two"], ["text", "label"]], None),
        # In a table of one column nothing is a title.
        ([["Export"], ["text"], ["a film of the year"]], None),
        # Where files were put one behind the other, it returns.
        ([["text", "label"], ["good", "1"], ["text", "label"], ["bad", "0"]], 0),
        # A name among the values is a value.
        ([["label", "x y z"], ["label", "a b c"], ["other", "d e f"]], None),
        # Short rows tell as far as they go.
        ([["text", "label"], ["good"], ["bad", "0"]], 0),
        # Numbers under a word, and under a number.
        ([["value", "a b"], ["1", "c d"], ["2", "e f"]], 0),
        ([["7", "a b"], ["1", "c d"], ["2", "e f"]], None),
        # Labels under what is none of them, and under one of them.
        ([["v1"], *[["ham"], ["spam"]] * 2], 0),
        ([["HAM "], *[["ham"], ["spam"]] * 2], None),
        ([["v1"], ["ham"], ["spam"], ["ham"]], None),
        # A short one above long texts, and one of a third of their length.
        ([["abc"], ["a long one"], ["a long two"]], 0),
        ([["abcd"], ["a long words"], ["a long sword"]], None),
        # Cells of nothing tell nothing.
        ([["", "abc"], ["1", "a long one"]], 0),
        ([["abc", "7"], ["", "1"], ["", "2"]], None),
        # pandas' numbers, from 0 and all of them.
        ([["0", "1"], ["1", "5"], ["2", "5"]], 0),
        ([["1", "2"], ["1", "5"], ["2", "5"]], None),
        ([["0"], ["1"], ["0"]], None),
    ],
)
def test_a_header_is_what_looks_like_none_of_the_rows_below(rows: list[list[str]], place: int | None) -> None:
    assert find_header(rows) == place
