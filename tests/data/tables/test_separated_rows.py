"""Lines → rows: what csv reads is taken where it can be a row, and what it cannot read as it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lstm_cli.data.tables import separated_rows
from lstm_cli.data.tables.dialect import Dialect
from lstm_cli.data.tables.separated_rows import Fields, Shape, iter_separated
from lstm_cli.data.tables.table import BrokenRow

TAB, COMMA = Dialect("\t"), Dialect(",")
TOLD = "a field that begins with a quote does not end with one"


def has_label(fields: Sequence[str]) -> bool:
    """Tell rows whose label stands last."""
    return fields[-1] in {"0", "1"}


def read(
    content: str,
    dialect: Dialect = COMMA,
    *,
    width: int = 2,
    surplus: int | None = None,
    is_likely: Callable[[Sequence[str]], bool] | None = None,
) -> list[tuple[int, Fields | str]]:
    """Return the rows with their lines; of what is none, why."""
    rows = iter_separated(content.splitlines(keepends=True), dialect, Shape(width, surplus, is_likely))
    return [(line, fields.reason if isinstance(fields, BrokenRow) else fields) for line, fields in rows]


def test_lines_are_counted_from_the_one_that_is_said() -> None:
    rows = iter_separated(["a,b\n", "c,d\n"], COMMA, Shape(2, None, None), first_line=7)
    assert list(rows) == [(7, ["a", "b"]), (8, ["c", "d"])]


def test_empty_rows_are_passed_over_and_counted() -> None:
    """Those of blanks alone too, unless they are as wide as a row."""
    assert read("\na,b\n \n,,\n,\n\nc,d") == [(2, ["a", "b"]), (5, ["", ""]), (7, ["c", "d"])]


def test_a_quoted_field_of_several_lines_is_one_row_and_counts_as_many() -> None:
    assert read('a,"two\n\nlines"\nb,c\n') == [(1, ["a", "two\n\nlines"]), (4, ["b", "c"])]


@pytest.mark.parametrize("is_likely", [None, has_label])
def test_a_broken_line_takes_no_whole_row_with_it(
    is_likely: Callable[[Sequence[str]], bool] | None,
) -> None:
    """Nothing but quotes lets a field go on in the next line."""
    assert read('good film,1\n"a "b"\nc,1\nbad film,0\n', is_likely=is_likely) == [
        (1, ["good film", "1"]), (2, TOLD), (3, ["c", "1"]), (4, ["bad film", "0"]),
    ]  # fmt: skip
    quoted = 'good film,1\n"a "b"\nand more",1\nbad film,0\n'
    assert read(quoted, is_likely=is_likely)[1] == (2, ['a "b"\nand more', "1"])


class TestRowsOfAnotherWidth:
    def test_what_is_empty_behind_a_row_is_cut_off(self) -> None:
        assert read("a,b,, ,\nc,d,e\n") == [(1, ["a", "b"]), (2, "expected 2 fields, got 3")]

    def test_one_that_is_too_short_is_none(self) -> None:
        assert read("a\n,b\nc,d,e\n", width=3, surplus=0) == [
            (1, "expected 3 fields, got 1"),
            (2, "expected 3 fields, got 2"),
            (3, ["c", "d", "e"]),
        ]

    @pytest.mark.parametrize(
        ("surplus", "row"),
        [(0, ["1,2,3", "-4", "5.5"]), (1, ["1", "2,3,-4", "5.5"]), (2, ["1", "2", "3,-4,5.5"])],
    )
    def test_separators_too_many_are_part_of_the_text(self, surplus: int, row: list[str]) -> None:
        """Where nothing tells a row, what stands behind it must be numbers."""
        assert read("1,2,3,-4,5.5\n", width=3, surplus=surplus) == [(1, row)]
        words = read("a,b,c,d,e\n", width=3, surplus=surplus)
        assert words == [(1, ["a", "b", "c,d,e"] if surplus == 2 else "expected 3 fields, got 5")]

    def test_unless_no_label_stands_where_one_should(self) -> None:
        rows = read("a,b,1\na,b,c\n", surplus=0, is_likely=has_label)
        assert rows == [(1, ["a,b", "1"]), (2, "expected 2 fields, got 3")]


class TestQuotesThatQuoteNothing:
    def test_rows_that_they_run_together_are_taken_apart(self) -> None:
        """By their labels; or, where nothing tells, by a separator that texts do not hold."""
        lines = [(1, ['"a', "1"]), (2, ["b", "0"]), (3, ['c"', "1"]), (4, ["d", "0"])]
        assert read('"a,1\nb,0\nc",1\nd,0\n', is_likely=has_label) == lines
        assert read('"a\t1\nb\t0\nc"\t1\nd\t0\n', TAB) == lines

    def test_lines_of_a_text_are_no_rows(self) -> None:
        """Commas stand in any text; and lines without a label, or too short ones, are those of a text."""
        text = [(1, ["a,1\nb,0\nc", "1"])]
        assert read('"a,1\nb,0\nc",1\n') == text
        assert read('"a,x\nb,y\nc",1\n', is_likely=has_label) == [(1, ["a,x\nb,y\nc", "1"])]
        assert read('"a\t1\nb\nc"\t1\n', TAB) == [(1, ["a\t1\nb\nc", "1"])]

    def test_one_line_is_likely_and_another_is_not(self) -> None:
        """The first and the last tell."""
        assert read('"a,x\nb,0\nc",1\n', is_likely=has_label) == [(1, ["a,x\nb,0\nc", "1"])]
        assert read('"a,1\nc",x\n', is_likely=has_label) == [(1, ["a,1\nc", "x"])]
        assert read('"a,1\nb,0\nc",x\n', is_likely=has_label) == [(1, ["a,1\nb,0\nc", "x"])]
        between = read('"a,1\nb,x\nc",1\n', is_likely=has_label)
        assert between == [(1, ['"a', "1"]), (2, ["b", "x"]), (3, ['c"', "1"])]

    def test_lines_of_one_column_are_those_of_its_text(self) -> None:
        """However likely each of them is."""
        assert read('"a\nb"\nc\n', TAB, width=1) == [(1, ["a\nb"]), (3, ["c"])]
        assert read('"a\nb"\nc\n', width=1, is_likely=bool) == [(1, ["a\nb"]), (3, ["c"])]

    def test_a_quote_at_the_end_of_the_file_is_part_of_its_row(self) -> None:
        assert read('a,1\n"b,0\nc,1', is_likely=has_label) == [(1, ["a", "1"]), (2, ['"b', "0"]), (3, ["c", "1"])]
        assert read('a,1\n"b,0', is_likely=has_label) == [(1, ["a", "1"]), (2, ['"b', "0"])]

    def test_what_is_quoted_as_a_whole_beside_them_is_read_without_quotes(self) -> None:
        assert read('"a" b\t"x ""y"""\n', TAB) == [(1, ['"a" b', 'x "y"'])]

    @pytest.mark.parametrize(
        ("row", "fields"),
        [
            ('"He said "wow", and left",1', ['He said "wow", and left', "1"]),
            ('"a "b""c" d",1', ['a "b"c" d', "1"]),
            ('1,"a "b", c"', ["1", 'a "b", c']),
            ('"a "b",""', ['a "b', ""]),
            ('"a "b","', ['a "b', '"']),
        ],
    )
    def test_one_quote_before_a_separator_ends_a_field_and_its_number_says_which(
        self, row: str, fields: list[str]
    ) -> None:
        assert read(f"{row}\nx,0\n") == [(1, fields), (2, ["x", "0"])]

    def test_an_empty_field_may_come_before_them(self) -> None:
        assert read(',"a "b",1\n', width=3) == [(1, ["", 'a "b', "1"])]

    def test_separators_too_many_beside_them_are_part_of_the_text(self) -> None:
        assert read('"a" b, c,1\n"d" e, f,x\n', surplus=0, is_likely=has_label) == [
            (1, ['"a" b, c', "1"]),
            (2, TOLD),
        ]

    def test_a_row_that_can_be_none_is_told_and_the_next_is_read(self) -> None:
        rows = read('"a "b",x\nc,1\n"d "e"\n', is_likely=has_label)
        assert rows == [(1, TOLD), (2, ["c", "1"]), (3, TOLD)]

    def test_lines_that_make_no_row_together_are_told_one_by_one(self) -> None:
        rows = read('"a\nb",c,d\ne,1\n')
        assert rows == [(1, "expected 2 fields, got 3"), (2, "expected 2 fields, got 3"), (3, ["e", "1"])]

    @pytest.mark.parametrize("lines", [39, 40, 41])
    def test_one_of_at_most_forty_lines_is_mended(self, lines: int) -> None:
        text = 'a "b" c\n' * (lines - 1) + "end"
        rows = read(f'"{text}",1\nx,0\n', is_likely=has_label)
        assert (rows[0] == (1, [text, "1"])) == (lines <= separated_rows._MOST_LINES)
        assert rows[-1] == (lines + 1, ["x", "0"])

    @pytest.mark.parametrize("width", [200, 201])
    def test_of_very_many_columns_each_field_is_read_by_itself(self, width: int) -> None:
        """Of more than 200 no way is sought to end them."""
        end, others = ",x" * (width - 2), ["x"] * (width - 2)
        assert read(f'"a "b","c ""d"""{end}\n', width=width) == [(1, ['a "b', 'c "d"', *others])]
        ended = ['a "b, c', "d", *others] if width == 200 else TOLD
        assert read(f'"a "b, c",d{end}\n', width=width) == [(1, ended)]

    def test_a_field_of_very_many_quotes_ends_at_one_of_the_first_hundred(self) -> None:
        for quotes in (100, 101):
            text = 'x "y' + '",' * (quotes - 1) + "z"
            rows = read(f'"{text}",1\n')
            assert (rows == [(1, [text, "1"])]) == (quotes == 100)


def test_without_a_quote_of_its_own_a_file_is_read_as_it_stands() -> None:
    assert read('"a\t1\nb"\t0\n', Dialect("\t", None)) == [(1, ['"a', "1"]), (2, ['b"', "0"])]
