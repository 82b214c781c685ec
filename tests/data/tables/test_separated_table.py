"""Rows of fields in any dialect, encoding and packing; quotes that quote nothing must not run rows together."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.file_reviews import load_files
from lstm_cli.data.tables.forms import iter_records, open_table
from lstm_cli.data.tables.separated_table import name_columns
from lstm_cli.data.tables.table import BrokenRow
from lstm_cli.data.text_file import BEGINNING_SIZE
from lstm_cli.errors import DataError

WORDS = [
    "good", "bad", "film", "the", "soup", "was", "cold", "and", "never", "again", "it's", 'a "fine" one', "x, y",
    "a; b", "café", "naïve", "grün", "two\nlines", "end.", "5/10",
]  # fmt: skip
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=4, max_size=12).map(" ".join)
ROWS = st.lists(st.tuples(SENTENCES, st.integers(0, 1)), min_size=12, max_size=20)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def load(path: Path, **options: Any) -> Corpus:
    return load_files({"train": [path]}, SourceConfig(dataset=str(path), **options), name=path.name)


def read(path: Path, **options: Any) -> list[tuple[str, int]]:
    return [(review.text, review.label) for review in load(path, **options).reviews]


DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "quoting": st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
    }
)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]


@given(
    rows=ROWS,
    dialect=DIALECTS,
    has_header=st.booleans(),
    way=st.tuples(st.sampled_from(ENCODINGS), st.sampled_from(list(PACKERS))),
)
def test_what_csv_writes_in_any_dialect_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, int]],
    dialect: dict[str, Any],
    has_header: bool,
    way: tuple[str, str],
) -> None:
    """Whatever stands between fields, around them and behind them, however it is encoded and packed."""
    encoding, packing = way
    rows = [("the first café is bad, never again", 0), ("the second is good and not cold", 1), *rows]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, **dialect).writerows([("review", "label"), *rows] if has_header else rows)
    path = tmp_path_factory.mktemp("csv") / f"a.csv{packing}"
    path.write_bytes(PACKERS[packing](buffer.getvalue().encode(encoding)))
    assert read(path) == rows


@given(rows=ROWS, quotechar=st.sampled_from("\"'"), delimiter=st.sampled_from(",;\t"))
def test_what_is_escaped_and_what_is_quoted_otherwise_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]], quotechar: str, delimiter: str
) -> None:
    rows = [('it\'s a "fine" one', 1), ('it\'s not, a "bad" one', 0), *rows]
    buffer = io.StringIO(newline="")
    escaped = {"escapechar": "\\", "doublequote": False} if quotechar == '"' else {}
    writer = csv.writer(buffer, delimiter=delimiter, quotechar=quotechar, quoting=csv.QUOTE_ALL, **escaped)
    writer.writerows([("text", "label"), *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    assert read(path) == rows


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("text|label\nA fine film|1\nA bore|0\n", {}),
        ("sep=;\r\ntext;label\r\nA fine film;1\r\nA bore;0\r\n", {}),
        ("text\tlabel\nA fine film\t1\nA bore\t0\n", {}),
        ("1\tA fine film, really\n0\tA bore of two hours and never again\n", {}),
        ("A fine film, really 1\nA bore of two hours 0\n".replace(" 1", "@1").replace(" 0", "@0"), {}),
        ("a:b text:c label\nid:A fine film:1\nid:A bore:0\n", {"delimiter": ":"}),
        ("My reviews of 2020\n\ntext,label\nA fine film,1\nA bore,0\n", {}),
        (",text,label\n0,A fine film,1\n1,A bore,0\n", {}),
        ("text\tlabel\n1\tA fine film\t1\n2\tA bore\t0\n", {}),
        ("text,label,,\nA fine film,1,,\nA bore,0,,\n", {}),
        ("text,label\nA fine film,1\nA bore,0,,,\n", {}),
        ("text,label,note\nA fine film,1\nA bore,0\n", {"text": ("text",)}),
        ("0,1\nA fine film,1\nA bore,0\n", {}),
        ("text,label\rA fine film,1\rA bore,0\r", {}),
    ],
)
def test_rows_are_found_however_a_program_writes_them(
    tmp_path: Path, content: str, options: dict[str, Any]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, newline="")
    if "note" in content:  # a row that ends too early is none
        with pytest.raises(DataError, match=r"2 rows cannot be read.\nline 2: expected 3 fields, got 2"):
            read(path, **options)
        return
    assert [label for _, label in read(path, **options)] == [1, 0]


class TestQuotes:
    """As they stand in files that nobody wrote with a writer of CSV."""

    def expect(self, path: Path, content: str, rows: list[tuple[str, int]]) -> None:
        path.write_text(content, encoding="utf-8", newline="")
        assert read(path) == rows

    @pytest.mark.parametrize("name", ["a.tsv", "a.csv"])
    @pytest.mark.parametrize("count", [1, 2, 3, 8])
    def test_a_quote_that_is_never_closed_is_part_of_its_text(self, tmp_path: Path, name: str, count: int) -> None:
        """Wherever it stands, also where two of them look like a pair, and past the beginning that is judged."""
        separator = "\t" if name == "a.tsv" else ","
        rows = [(f"film number {number} was seen", number % 2) for number in range(5_000)]
        places = [7, 9, 40, 41, 900, 3_000, 4_998, 4_999][:count] if count < 8 else range(0, 5_000, 7)
        for place in places:
            rows[place] = (f'"film number {place} was seen', rows[place][1])
        content = "".join(f"{text}{separator}{label}\n" for text, label in [("text", "label"), *rows])
        assert len(content) > BEGINNING_SIZE
        self.expect(tmp_path / name, content, rows)

    def test_quotes_at_either_end_and_within_run_no_rows_together(self, tmp_path: Path) -> None:
        texts = [
            '"a" film',
            'a "film"',
            '"a film',
            'a film"',
            'a 12" film',
            '""',
            '"',
            '"a "film"',
            'the "',
            'x""y',
        ]
        rows = [(f"{text} {number} " if number % 3 else text, number % 2) for number, text in enumerate(texts * 5)]
        content = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows)
        path = tmp_path / "a.tsv"
        path.write_text(content)
        found = read(path)
        kept = [(text, label) for text, label in rows if text != '""']
        assert [label for _, label in found] == [label for _, label in kept]
        assert [text.replace('"', "") for text, _ in found] == [text.replace('"', "") for text, _ in kept]

    def test_beside_an_open_quote_what_is_quoted_as_a_whole_is_read_without(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tsv"
        rows = [(f"a fine one, {number}", number % 2) for number in range(6)]
        path.write_text("who\ttext\tlabel\n" + "".join(f'"one\t"{text}"\t{label}\n' for text, label in rows))
        assert read(path) == rows

    @pytest.mark.parametrize("place", [0, 3])
    @pytest.mark.parametrize("header", ["", "text,label\n"])
    def test_a_row_that_csv_cannot_read_hides_none_below(self, tmp_path: Path, header: str, place: int) -> None:
        """And such a file is none that the first release read as it is read now."""
        rows = [(f"film number {number} was seen", number % 2) for number in range(12)]
        lines = [f"{text},{label}\n" for text, label in rows]
        lines[place] = f'"so "fine", {place}",{place % 2}\n'
        rows[place] = (f'so "fine", {place}', place % 2)
        self.expect(tmp_path / "a.csv", header + "".join(lines), rows)
        assert not open_table(tmp_path / "a.csv", SourceConfig()).is_plain

    def test_quotes_inside_a_quoted_field_need_not_be_doubled(self, tmp_path: Path) -> None:
        content = (
            'text,label\n"He said "wow", and left",1\n"A "bore", really",0\nplain,1\n"doubled ""yes"", ok",0\n'
        )
        rows = [('He said "wow", and left', 1), ('A "bore", really', 0), ("plain", 1), ('doubled "yes", ok', 0)]
        self.expect(tmp_path / "a.csv", content, rows)

    def test_a_text_of_several_lines_with_quotes_that_are_not_doubled_stays_one(self, tmp_path: Path) -> None:
        content = 'text,label\n"He said "wow"\nand left",1\n"A bore,\nreally",0\n'
        self.expect(tmp_path / "a.csv", content, [('He said "wow"\nand left', 1), ("A bore,\nreally", 0)])

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_quoted_lines_that_look_like_rows_stay_in_their_text(self, tmp_path: Path, end: str) -> None:
        """Commas in each line are no sign of a row: the label is."""
        texts = [f"I came, I saw{end}I went home, too", f"one, two{end}{end}three, four", "plain, though"]
        rows = [(text, number % 2) for number, text in enumerate(texts * 4)]
        content = f"text,label{end}" + "".join(f'"{text}",{label}{end}' for text, label in rows)
        self.expect(tmp_path / "a.csv", content, rows)

    def test_a_separator_too_many_is_part_of_the_text(self, tmp_path: Path) -> None:
        """Where the text is one column, and the label is one that the file has."""
        rows = [("good, really good", 1), ("bad", 0), ("dull, dull, dull", 0), ("fine", 1)]
        self.expect(
            tmp_path / "a.csv", "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), rows
        )
        self.expect(
            tmp_path / "b.csv", "label,text\n" + "".join(f"{label},{text}\n" for text, label in rows), rows
        )

    def test_a_carriage_return_inside_a_text_ends_no_row(self, tmp_path: Path) -> None:
        rows = [("one\rtwo", 1), ("three", 0), ("four\r five", 0)]
        self.expect(
            tmp_path / "a.tsv", "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows), rows
        )

    def test_the_lines_of_errors_are_right_behind_mended_rows(self, tmp_path: Path) -> None:
        content = 'text\tlabel\n"never closed\t1\n"two\nlines"\t0\n"another\t1\nbroken\nfine\t0\n'
        path = tmp_path / "a.tsv"
        path.write_text(content)
        with pytest.raises(DataError, match=r"a.tsv, line 6: expected 2 fields, got 1"):
            read(path)
        path.write_text(content.replace("broken\n", "\t1\n"))
        assert load(path).left_out[0].places == (6,)

    def test_a_quote_without_end_does_not_swallow_a_large_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        rows = "".join(f"a film of some length number {number},{number % 2}\n" for number in range(100_000))
        path.write_text(f'text,label\n"an open quote,1\n{rows}')
        assert sum(1 for _ in load(path).reviews) == 100_001


@pytest.mark.parametrize(
    ("name", "content", "encoding", "is_plain"),
    [
        ("a.csv", "text,label\nA café,1\nA bore,0\n", "utf-8", True),
        ("a.tsv", "text\tlabel\nA café\t1\nA bore\t0\n", "utf-8", True),
        ("a.csv", "text,label\nA café,1\nA bore,0\n", "cp1252", False),
        ("a.csv", "text;label\nA café;1\nA bore;0\n", "utf-8", False),
        ("a.txt", "text,label\nA café,1\nA bore,0\n", "utf-8", False),
        ("a.csv", "A café,1\nA bore,0\n", "utf-8", False),
        ("a.csv", "sep=,\ntext,label\nA café,1\nA bore,0\n", "utf-8", False),
        ("a.csv", 'text,label\n"A "café", really",1\nA bore,0\n', "utf-8", False),
    ],
)
def test_the_first_release_read_utf_8_with_a_header_and_the_separator_of_its_suffix(
    tmp_path: Path, name: str, content: str, encoding: str, is_plain: bool
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding=encoding)
    assert open_table(path, SourceConfig()).is_plain == is_plain


class TestHeader:
    def test_one_that_returns_is_no_review(self, tmp_path: Path) -> None:
        """As where files were put one behind the other."""
        file = "text,label\ngood film,1\nbad film,0\n"
        path = tmp_path / "a.csv"
        path.write_text(file * 30)
        corpus = load(path)
        assert len(list(corpus.reviews)) == 60
        assert corpus.classes.names == ("negative", "positive")
        assert corpus.left_out == ()

    def count(self, path: Path, content: str, **options: Any) -> int:
        path.write_text(content, encoding="utf-8")
        return len(read(path, **options))

    @pytest.mark.parametrize(
        "content",
        [
            "v1,v2\nham,how are you my dear\nspam,win a prize today\nham,see you at seven\nspam,free entry now\n",
            "x,y\nhow are you my dear,0\nwin a prize today,1\nsee you at seven,0\nfree entry for all,1\n",
            "Meinung der Kundin,Wert\nhow are you my dear,0\nwin a prize today,1\nsee you,0\nyes please,1\n",
        ],
    )
    def test_names_that_nobody_knows_are_told_from_rows(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "a.csv"
        assert self.count(path, content) == 4
        assert self.count(path, content.partition("\n")[2]) == 4
        corpus = load(path)
        assert corpus.reading is not None
        assert corpus.reading.header is False

    def test_the_user_knows_better(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        content = "good film,1\nbad film,0\nlong film,1\nshort film,0\n"
        assert self.count(path, content) == 4
        assert self.count(path, content, header=True, text=("good film",), label="1") == 3
        named = "text,label\ngood film,1\nbad film,0\n"
        assert self.count(path, named, header=False, text=("1",), label="2") == 3


@pytest.mark.parametrize(
    ("header", "width", "names"),
    [
        (["text", "label"], 2, ["text", "label"]),
        (["text", "label"], 3, ["1", "text", "label"]),
        (["text", "label"], 4, ["text", "label"]),
        (["a", "", "a", " b "], 4, ["a", "2", "3", "b"]),
        ([], 1, ["1"]),
        ([], 2, ["1", "2"]),
    ],
)
def test_a_column_has_the_headers_name_or_its_number(header: list[str], width: int, names: list[str]) -> None:
    """R leaves out the name of the first."""
    assert name_columns(header, width=width) == names


def test_a_header_alone_has_no_reviews_and_a_row_alone_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, header in (("text,label\n", None), ("good film,1\n", True), ("My reviews\n\ntext,label\n", None)):
        path.write_text(content)
        with pytest.raises(DataError, match="has a header but no reviews"):
            read(path, header=header)
    path.write_text("good film,1\n")
    assert read(path, header=False) == [("good film", 1)]


@pytest.mark.parametrize(("header", "line"), [("text;label\n", 4), ("", 3)])
def test_a_line_of_excels_own_is_no_row_and_counts_as_a_line(tmp_path: Path, header: str, line: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"sep=;\n{header}a good film;1\n;0\na bad film;0\n")
    corpus = load(path)
    assert [review.text for review in corpus.reviews] == ["a good film", "a bad film"]
    assert [(item.count, item.places) for item in corpus.left_out] == [(1, (line,))]


def test_labels_sorted_and_apart_are_found_from_all_over_the_file(tmp_path: Path) -> None:
    """Sentiment140's form: the first half of the rows shows one label only, and another column never changes."""
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        for label in (0, 4):
            writer.writerows(
                (label, n, "NO_QUERY", f"user{n}", f"a text of the {n}th person, long") for n in range(4_000)
            )
    corpus = load(path)
    assert corpus.reading is not None
    assert (corpus.reading.text, corpus.reading.label) == (("5",), "1")
    assert sum(review.label for review in corpus.reviews) == 4_000


def test_a_zip_of_one_file_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "any.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._a.csv", b"\0")
        archive.writestr("folder/.DS_Store", b"\0")
        archive.writestr("folder/README.md", b"Hello")
        archive.writestr("folder/a.tsv", "text\tlabel\nx\t1\ny\t0\n")
    assert read(path) == [("x", 1), ("y", 0)]


@pytest.mark.parametrize(
    ("header", "row", "is_read"),
    [
        ("id,text", "7,a bore, really", True),
        ("text,stars", "a bore, really,5", True),
        ("text,stars", "a bore,really,bad", False),
        ("text,note", "a bore, really,5", False),
        ("text,note,stars", "a bore, really,x,5", False),
        ("text,stars,id", "a bore, really,5,-7.5", True),
    ],
)
def test_a_texts_own_separators_are_clear_where_numbers_or_nothing_stand_behind_it(
    tmp_path: Path, header: str, row: str, is_read: bool
) -> None:
    """Where no label tells."""
    path = tmp_path / "a.csv"
    cells = {"id": "1", "text": "a film", "stars": "3", "note": "seen"}
    usual = ",".join(cells[name] for name in header.split(","))
    path.write_text("\n".join([header, *[usual] * 12, row, ""]), encoding="utf-8")
    table = open_table(path, SourceConfig(dataset=str(path)))
    *_, (_, record) = iter_records(table, text=["text"])
    if is_read:
        assert isinstance(record, dict)
        assert record["text"] == "a bore, really"
    else:
        assert isinstance(record, BrokenRow)
