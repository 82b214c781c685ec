"""How a file separates its fields and quotes them is found, or believed where its suffix says it."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator

import pytest

from lstm_cli.data.review import MAX_TEXT_LENGTH
from lstm_cli.data.tables.dialect import Dialect, find_dialect


def find(beginning: str, suffix: str = ".csv", delimiter: str | None = None) -> Dialect:
    return find_dialect(beginning, suffix=suffix, delimiter=delimiter)


@pytest.mark.parametrize(
    ("suffix", "delimiter"), [(".csv", ","), (".tsv", "\t"), (".tab", "\t"), (".txt", ","), (".tsv", ",")]
)
def test_a_file_that_reads_as_its_suffix_says_is_read_so(suffix: str, delimiter: str) -> None:
    """However well another separator would fit: semicolons stand in every row here, too."""
    rows = [("text", "a;b", "label"), ("a film", "c;d", "1"), ("a bore", "e;f", "0")]
    assert find("".join(delimiter.join(row) + "\n" for row in rows), suffix) == Dialect(delimiter, newline="\n")


def test_empty_lines_are_no_rows() -> None:
    """Semicolons would fit as well."""
    content = "\n\ntext,label\n\nA film; really,1;0\n\nA bore; no,1;0\n"
    assert find(content) == Dialect(",", newline="\n")
    assert find(content, ".tsv") == Dialect(";", newline="\n")


def test_a_single_column_that_is_named_needs_no_separator() -> None:
    assert find("text\nA fine film; really\nA bore; never again\n") == Dialect(",", newline="\n")


@pytest.mark.parametrize("content", ["", "\n\n", "words\n", "many words\nand more of them\n"])
def test_where_nothing_is_found_it_is_what_the_suffix_says(content: str) -> None:
    newline = "\n" if content else ""
    assert find(content) == Dialect(",", newline=newline)
    assert find(content, ".tsv") == Dialect("\t", newline=newline)


def test_where_the_header_alone_has_the_suffixs_separator_another_is_sought() -> None:
    content = "text, of a review;label\n" + "A fine film;1\nA bore of two hours;0\n" * 3
    assert find(content) == Dialect(";", newline="\n")


@pytest.mark.parametrize("delimiter", [";", "|", "\t", "¦", "\x1f"])
def test_what_stands_between_fields_is_found(delimiter: str) -> None:
    rows = [("text", "label"), ("A fine film, really", "1"), ("A bore of two hours", "0")] * 3
    assert find("".join(delimiter.join(row) + "\n" for row in rows)) == Dialect(delimiter, newline="\n")


def test_what_the_user_says_stands_between_fields_is_believed() -> None:
    content = "text;label\nA fine, film;1\nA bore, too;0\n"
    assert find(content, delimiter=";") == Dialect(";", newline="\n")
    assert find("a, text:label\nA fine, film:1\nA bore, too:0\n" * 3, delimiter=":").delimiter == ":"
    assert find("good; a film, so; it is\nbad; a bore, so; it is\n" * 3, ".txt", ",").delimiter == ","
    assert find("good; a film; it is\nbad; a bore; it is\n" * 3, ".txt", ",").delimiter == ","


@pytest.mark.parametrize(
    ("content", "newline"),
    [("text,label\na,1\r\n", "\n"), ("text,label\ra,1\r", ""), ("text,label\na\rb,1\n", "\n")],
)
def test_a_lone_carriage_return_ends_lines_only_where_nothing_else_does(content: str, newline: str) -> None:
    assert find(content).newline == newline


def test_what_quotes_fields_is_found() -> None:
    rows = [("it is a fine film, really", "1"), ("a bore, it is", "0")] * 4
    assert find("".join(f"'{text}';'{label}'\n" for text, label in rows)) == Dialect(";", "'", newline="\n")
    escaped = "".join(f'"so \\"{text}\\"","{label}"\n' for text, label in rows)
    assert find(escaped) == Dialect(",", '"', "\\", newline="\n")


def test_a_tsv_whose_lines_are_even_is_believed_and_a_sniffer_asked_for_other_suffixes() -> None:
    """Who writes quotes there that quote nothing may write others that do."""
    content = 'good\ta "fine" film\nbad\ta "bore", too\n' * 3
    assert find(content, ".tsv") == Dialect("\t", newline="\n")
    assert find(content, ".csv") == find(content, ".tab") == Dialect("\t", None, newline="\n")
    assert find(f"{content}uneven\n", ".tsv").delimiter == "\t"


def test_without_quoted_fields_a_quote_is_a_letter() -> None:
    rows = [('a 12" film', "1"), ('a "bore" of it', "0"), ("plain, it is", "1")] * 3
    assert find("".join(f"{text}|{label}\n" for text, label in rows)) == Dialect("|", None, newline="\n")


@pytest.fixture
def own_limit() -> Iterator[int]:
    """A limit that the process' other readers have set."""
    before = csv.field_size_limit(1_000)
    yield 1_000
    csv.field_size_limit(before)


@pytest.mark.parametrize("length", [131_073, MAX_TEXT_LENGTH])
def test_fields_are_read_as_long_as_a_review_may_be(length: int, own_limit: int) -> None:
    """And the limit of the process' other readers stays their own, between two rows and behind an error."""
    rows = Dialect(",").read(["x" * length + ",1\n", "a,0\n", "y" * (MAX_TEXT_LENGTH + 1)])
    assert [len(field) for field in next(rows)] == [length, 1]
    assert csv.field_size_limit() == own_limit
    assert next(iter(rows)) == ["a", "0"]
    with pytest.raises(csv.Error, match="field larger than field limit"):
        next(rows)
    assert csv.field_size_limit() == own_limit


def test_the_limit_holds_as_long_as_one_of_several_threads_needs_it(own_limit: int) -> None:
    is_inside, is_over = threading.Event(), threading.Event()
    long = "x" * 200_000 + "\n"

    def iter_lines() -> Iterator[str]:
        yield '"\n'
        is_inside.set()
        is_over.wait(30)
        yield f'{long}"\n'

    found: list[list[str]] = []
    thread = threading.Thread(target=lambda: found.extend(Dialect(",").read(iter_lines())))
    thread.start()
    assert is_inside.wait(30)
    assert next(Dialect(",").read([long])) == [long.rstrip()]
    is_over.set()
    thread.join()
    assert [len(row[0]) for row in found] == [200_002]
    assert csv.field_size_limit() == own_limit


def test_quotes_that_are_broken_are_an_error() -> None:
    for line in ('"a" b,1\n', '"a\n'):
        with pytest.raises(csv.Error, match=r"expected after|unexpected end"):
            next(Dialect(",").read([line]))
    assert next(Dialect(",", None).read(['"a" b,1\n'])) == ['"a" b', "1"]
