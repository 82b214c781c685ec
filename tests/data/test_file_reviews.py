"""A user's own file: its reviews, its classes, what is left out, refused, and what its fingerprint says."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import SourceConfig
from lstm_cli.data import labelled_rows
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.file_reviews import load_files, open_files
from lstm_cli.data.labels import is_missing
from lstm_cli.data.review import Review
from lstm_cli.errors import ConfigError, DataError

FILM = Review("A fine film", 1)
BORE = Review("A bore", 0)
GOOD_ROWS = "text,label\nA fine film,1\nA bore,0\n"
GOOD_LINE = '{"text": "A fine film", "label": 1}\n'


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def load(path: Path, *, known: Classes | None = None, usual: SourceConfig | None = None, **options: Any) -> Corpus:
    source = SourceConfig(dataset=str(path), **options)
    return open_files({"train": [path]}, source, name=path.name, usual=usual).load(known)


def fingerprint(path: Path, **options: Any) -> str:
    return open_files({"train": [path]}, SourceConfig(dataset=str(path), **options), name="").compute_fingerprint()


def read(path: Path, **options: Any) -> tuple[Review, ...]:
    return tuple(load(path, **options).reviews)


def count(corpus: Corpus) -> dict[str, int]:
    return dict(Counter(corpus.classes.names[review.label] for review in corpus.reviews))


class TestAsEver:
    """What the first release could read it reads in the same way, and knows by the same fingerprint."""

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.csv", "text,label\nA fine film,1\nA bore,0\n"),
            ("a.csv", "\ufeffReview,Sentiment\r\nA fine film,positive\r\n\r\nA bore,NEG\r\n"),
            ("a.CSV", 'id,LABEL , text\n7,pos,"A fine film"\n8,Negative,A bore'),
            ("a.csv", "\n\ntext,label\nA fine film, Pos \nA bore,0\n"),
            ("a.csv", "review,text,sentiment,label\nx,A fine film,0,1\ny,A bore,1,0\n"),
            ("a.tsv", "label\ttext\n1\tA fine film\nneg\tA bore\n"),
            ("a.jsonl", '{"text": "A fine film", "label": 1}\n\n{"label": "neg", "TEXT": "A bore", "id": 3}\n'),
            (
                "a.jsonl",
                '\ufeff{"Review": "A fine film", "Sentiment": "POSITIVE"}\r\n{"review":"A bore","sentiment":0}',
            ),
        ],
    )
    def test_every_spelling_of_a_file_gives_the_same_reviews(
        self, tmp_path: Path, name: str, content: str
    ) -> None:
        path = write(tmp_path, name, content)
        corpus = load(path)
        assert tuple(corpus.reviews) == (FILM, BORE)
        assert tuple(corpus.reviews) == (FILM, BORE), "a second walk gives the same"
        assert corpus.name == name
        assert corpus.classes.names == SENTIMENT.names
        assert corpus.test_reviews is corpus.validation_reviews is None
        assert corpus.fingerprint == fingerprint(path) == hashlib.sha256(content.encode()).hexdigest()

    @pytest.mark.parametrize(
        ("name", "content", "options"),
        [
            ("a.csv", "text;label\nx;1\ny;0\n", {}),
            ("a.csv", "text,label\nx,1\ny,2\n", {}),
            ("a.csv", "text,label\nx,1\n,0\ny,0\n", {}),
            ("a.csv", "text,label\nx é,1\ny,0\n".encode("cp1252"), {}),
            ("a.csv", "comment,label\nx,1\ny,0\n", {}),
            ("a.csv", "text,stars\nx,1\ny,0\n", {}),
            ("a.csv", "x,1\ny,0\n", {}),
            ("a.tsv", "text,label\nx,1\ny,0\n", {}),
            ("a.csv", GOOD_ROWS, {"classes": {"bad": ("0",), "good": ("1",)}}),
            ("a.csv", "review,text,label\nx,y,1\ny,z,0\n", {"text": ("review",)}),
            ("a.ndjson", GOOD_LINE + GOOD_LINE.replace("1", "0"), {}),
            ("a.tsv", 'text\tlabel\n"x\t1\ny"\t0\nz\t1\n', {}),
        ],
    )
    def test_whatever_is_read_otherwise_has_another_fingerprint(
        self, tmp_path: Path, name: str, content: str | bytes, options: dict[str, Any]
    ) -> None:
        path = write(tmp_path, name, content)
        found = fingerprint(path, **options)
        assert found == load(path, **options).fingerprint
        assert found != hashlib.sha256(path.read_bytes()).hexdigest()

    def test_a_fingerprint_tells_how_the_same_file_is_read(self, tmp_path: Path) -> None:
        """Columns, classes, encoding and separator; not whether rows are refused."""
        path = write(tmp_path, "a.csv", "text,title,label,stars\nx,t,1,5\ny,u,0,1\nz,u,0,3\n")
        ways: list[dict[str, Any]] = [
            {},
            {"text": ("title",)},
            {"text": ("title", "text")},
            {"text": ("text", "title")},
            {"label": "stars"},
            {"label": "stars", "classes": {"bad": ("1",), "good": ("5",)}},
            {"label": "stars", "classes": {"bad": ("1", "3"), "good": ("5",)}},
            {"label": "stars", "classes": {"good": ("5",), "bad": ("1", "3")}},
            {"encoding": "latin-1"},
        ]
        assert len({fingerprint(path, **way) for way in ways}) == len(ways)
        assert fingerprint(path, strict=True) == fingerprint(path)

    def test_a_packed_file_is_known_by_what_is_in_it(self, tmp_path: Path) -> None:
        import bz2
        import gzip

        for level in (1, 9):
            write(tmp_path, f"{level}.csv.gz", gzip.compress(GOOD_ROWS.encode(), level))
        write(tmp_path, "b.csv.bz2", bz2.compress(GOOD_ROWS.encode()))
        assert len({fingerprint(path) for path in tmp_path.iterdir()}) == 1


REVIEWS = st.lists(
    st.tuples(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.integers(0, 1)),
    min_size=1,
    max_size=6,
)


@given(rows=REVIEWS)
def test_what_json_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    """With and without escapes; U+2028 and U+0085 inside a text end no line. What holds no text is left out."""
    for ensure_ascii in (False, True):
        lines = [json.dumps({"text": text, "label": label}, ensure_ascii=ensure_ascii) for text, label in rows]
        path = write(tmp_path_factory.mktemp("json"), "a.jsonl", "\n".join([*lines, GOOD_LINE]))
        found = [(review.text, review.label) for review in load(path).reviews]
        assert found[:-1] == [(text, label) for text, label in rows if not is_missing(text)]


class TestClasses:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("0", "1"), ("-1", "1"), ("−1", "+1"), ("0", "4"), ("1", "2"), ("neg", "pos"), ("no", "Yes"),
            ("NEGATIVE", "Positive"), ("False", "TRUE"), ("👎", "👍"), ("👎🏽", "👍🏻"), ("0.0", "1.0"),
            (" 0 ", "1 "), ("-1.0", "1.00"),
        ],
    )  # fmt: skip
    def test_the_usual_pairs_are_negative_and_positive(self, tmp_path: Path, first: str, second: str) -> None:
        corpus = load(write(tmp_path, "a.csv", f"text,label\nx,{second}\ny,{first}\nz,{second}\n"))
        assert corpus.classes.names == ("negative", "positive")
        assert [review.label for review in corpus.reviews] == [1, 0, 1]

    @pytest.mark.parametrize(
        ("labels", "names"),
        [
            (["ja", "nein"], ("ja", "nein")),
            (["spam", "ham"], ("ham", "spam")),
            (["2", "1", "3"], ("1", "2", "3")),
            (["10", "9", "-2"], ("-2", "9", "10")),
            (["1.0", "10.0", "2.5"], ("1", "2.5", "10")),
            (["0", "1", "-1"], ("-1", "0", "1")),
            (["positive", "neutral", "negative"], ("negative", "neutral", "positive")),
            (["Pos", "Neu", "Neg"], ("Neg", "Neu", "Pos")),
            (["好评", "差评"], ("好评", "差评")),
            (["5", "1", "unknown"], ("1", "5", "unknown")),
            (["3", "5"], ("3", "5")),
        ],
    )
    def test_all_others_keep_their_names_in_order(
        self, tmp_path: Path, labels: list[str], names: tuple[str, ...]
    ) -> None:
        """Numbers by their value, else by name."""
        rows = "".join(f"text {number},{label}\n" for number, label in enumerate(labels))
        corpus = load(write(tmp_path, "a.csv", "text,label\n" + rows))
        assert corpus.classes.names == names
        assert sorted(names[review.label] for review in corpus.reviews) == sorted(names)

    def test_case_and_spaces_make_no_class_and_most_rows_name_it(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", "text,label\na,GOOD\nb,Good \nc, Good\nd,bad\ne,bad\nf,Bad\n")
        assert count(load(path)) == {"Good": 3, "bad": 3}

    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
    def test_groups_name_classes_and_drop_the_other_labels(self, tmp_path: Path, name: str) -> None:
        stars = [1, 5, 2, 4, 3, 3.0]
        lines = [json.dumps({"text": f"text {star}", "stars": star}) for star in stars]
        table = "text,stars\n" + "".join(f"text {star},{star}\n" for star in stars)
        path = write(tmp_path, name, table if name == "a.csv" else "\n".join(lines))
        corpus = load(path, classes={"good": ("4", "5"), "bad": ("1", "2.0")})
        assert count(corpus) == {"good": 2, "bad": 2}
        assert corpus.classes.names == ("good", "bad"), "in the order of the groups"
        (left_out,) = corpus.left_out
        assert (left_out.reason, left_out.count) == ("in no group", 2)
        assert left_out.places == ((6, 7) if name == "a.csv" else (5, 6))

    def test_a_group_without_reviews_is_refused_with_the_labels_found(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", "text,label\na,bad\nb,good\n")
        with pytest.raises(
            DataError, match=r"no row has a label of the class 'positive' \(great\)\. Found bad, good"
        ):
            load(path, classes={"negative": ("bad",), "positive": ("great",)})

    def test_a_label_of_two_groups_is_refused(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", GOOD_ROWS)
        with pytest.raises(ConfigError, match=r"the label '1\.0' stands in two classes"):
            load(path, classes={"bad": ("0", "1"), "good": (" 1.0",)})

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("".join(f"text {n},{n}\n" for n in range(40)), "holds 40 different values in 40 rows"),
            ("".join(f"text {n},{n % 1500}\n" for n in range(9000)), "holds 1,500 different values in 9,000 rows"),
            ("".join(f"text {n},{n}\n" for n in range(9000)), "holds more than 1,000 different values"),
        ],
    )
    def test_a_column_of_something_else_is_no_label(self, tmp_path: Path, content: str, message: str) -> None:
        with pytest.raises(DataError, match=f"the column 'score' {message}.*--label.*--classes"):
            load(write(tmp_path, "a.csv", "text,score\n" + content))


class TestKnownClasses:
    """What a model has learnt says what a label means."""

    def learn(self, folder: Path, labels: list[str]) -> Classes:
        rows = "".join(f"text {number},{label}\n" for number, label in enumerate(labels))
        return load(write(folder, "learnt.csv", "text,label\n" + rows)).classes

    @pytest.mark.parametrize(
        ("learnt", "given", "expected"),
        [
            (["1", "2"], ["2", "1", "2"], ["positive", "negative", "positive"]),
            (["0", "1"], ["neg", "Positive", "1.0"], ["negative", "positive", "positive"]),
            (["no", "yes"], ["1", "0", "true"], ["positive", "negative", "positive"]),
            (["1", "3", "5"], ["5", "1.0"], ["5", "1"]),
            (["ja", "nein"], ["NEIN", "ja"], ["nein", "ja"]),
        ],
    )
    def test_a_label_means_what_it_meant_in_training(
        self, tmp_path: Path, learnt: list[str], given: list[str], expected: list[str]
    ) -> None:
        classes = self.learn(tmp_path, learnt)
        rows = "".join(f"another {number},{label}\n" for number, label in enumerate(given))
        corpus = load(write(tmp_path, "a.csv", "text,label\n" + rows), known=classes)
        assert [classes.names[review.label] for review in corpus.reviews] == expected
        assert corpus.classes == classes
        assert corpus.left_out == ()

    def test_what_it_has_not_learnt_is_left_out_and_counted(self, tmp_path: Path) -> None:
        """Also a 1 of another scale."""
        classes = self.learn(tmp_path, ["0", "4"])
        corpus = load(write(tmp_path, "a.csv", "text,label\na,4\nb,1\nc,0\nd,maybe\n"), known=classes)
        assert count(corpus) == {"positive": 1, "negative": 1}
        (left_out,) = corpus.left_out
        assert (left_out.reason, left_out.count, left_out.places) == ("unknown label", 2, (3, 5))

    def test_where_nothing_is_known_the_classes_are_named(self, tmp_path: Path) -> None:
        classes = self.learn(tmp_path, ["ja", "nein"])
        with pytest.raises(DataError, match=r"none that can serve. The model knows ja, nein") as caught:
            load(write(tmp_path, "a.csv", GOOD_ROWS), known=classes)
        assert "2 rows left out, unknown label: lines 2, 3" in str(caught.value)

    def test_the_models_columns_are_taken_where_the_file_has_them(self, tmp_path: Path) -> None:
        usual = SourceConfig(text=("title", "text"), label="stars")
        both = write(tmp_path, "a.csv", "text,title,label,stars\nx,t,0,1\ny,u,1,0\n")
        assert [(review.text, review.label) for review in load(both, usual=usual).reviews] == [
            ("t x", 1),
            ("u y", 0),
        ]
        assert read(both, usual=usual, text=("text",)) == (Review("x", 1), Review("y", 0))
        other = write(tmp_path, "b.csv", GOOD_ROWS)
        assert read(other, usual=usual) == (FILM, BORE)


class TestLeftOut:
    @pytest.mark.parametrize("text", ["", "  ", "nan", "NaN", "N/A", "NULL", "<NA>", "None", '""'])
    def test_rows_without_text_are_counted_with_their_lines(self, tmp_path: Path, text: str) -> None:
        path = write(tmp_path, "a.csv", f"text,label\nA fine film,1\n{text},0\nA bore,0\n{text},1\n")
        corpus = load(path)
        assert tuple(corpus.reviews) == (FILM, BORE)
        (left_out,) = corpus.left_out
        assert (left_out.reason, left_out.count, left_out.places) == ("no text", 2, (3, 5))

    def test_rows_without_label_are_counted_and_only_the_first_lines_are_kept(self, tmp_path: Path) -> None:
        content = "text,label\n" + "".join(f"text {n},{'' if n % 2 else n % 4 // 2}\n" for n in range(40))
        (left_out,) = load(write(tmp_path, "a.csv", content)).left_out
        assert (left_out.reason, left_out.count, left_out.places) == ("no label", 20, (3, 5, 7, 9, 11))

    @pytest.mark.parametrize("value", ["null", '""', '"  "', "NaN"])
    def test_json_says_missing_in_its_own_words(self, tmp_path: Path, value: str) -> None:
        lines = [GOOD_LINE, f'{{"text": {value}, "label": 0}}\n', f'{{"text": "x", "label": {value}}}\n']
        lines += ['{"label": 1}\n', '{"text": "x"}\n', '{"text": "A bore", "label": 0}\n']
        corpus = load(write(tmp_path, "a.jsonl", "".join(lines)))
        assert tuple(corpus.reviews) == (FILM, BORE)
        assert {item.reason: item.places for item in corpus.left_out} == {"no text": (2, 4), "no label": (3, 5)}

    def test_strict_refuses_them_all_at_once(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", "text,label\nA fine film,1\n,0\nx,\nA bore,0\n")
        assert tuple(load(path).reviews) == (FILM, BORE)
        with pytest.raises(DataError, match=r"2 rows cannot be read.\nline 3: no text; line 4: no label"):
            load(path, strict=True)

    @pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
    def test_broken_bytes_are_told_or_refused(self, tmp_path: Path, encoding: str) -> None:
        text = "un café" if encoding == "utf-8" else "とても良い映画でした"
        rows = "".join(f"{text} {n},{n % 2}\n" for n in range(40)).encode(encoding)
        path = write(tmp_path, "a.csv", b"text,label\n" + rows + b"br\x85 ken,1\n")
        corpus = load(path)
        assert [review.text for review in corpus.reviews][-1] == "br\ufffd ken"
        assert corpus.reading is not None
        assert corpus.reading.describe().endswith(
            "labels from 'label', with \ufffd for broken bytes from line 42 on"
        )
        with pytest.raises(DataError, match=f"line 42: expected {encoding} text"):
            load(path, strict=True)

    def test_a_text_is_joined_of_what_is_there(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", "title,text,label\nT,x,1\n,y,0\nU,nan,0\n,,1\n")
        corpus = load(path, text=("title", "text"))
        assert [review.text for review in corpus.reviews] == ["T x", "y", "U"]
        assert corpus.left_out[0].count == 1

    def test_a_file_in_which_no_row_can_serve_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"found none that can serve.\n2 rows left out, no label: lines 2, 3"):
            load(write(tmp_path, "a.csv", "text,label\nx,\ny,\n"))


class TestRefused:
    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.csv", "", r"a\.csv is empty"),
            ("a.csv", "\ufeff \n\n", r"a\.csv is empty"),
            ("a.csv", "text,label\n", "has a header but no reviews"),
            ("a.jsonl", "\n \n", r"a\.jsonl is empty"),
            ("a.csv", "text\nx\n", "expected a column of labels, found 'text'.*lstm-predict -f"),
            (
                "a.csv",
                "id,label\n7,1\n8,0\n",
                "expected a column of texts, found 'id', 'label'. Name it with --text",
            ),
            ("a.csv", GOOD_ROWS + '"two\nlines",0\nx,y,z\n', "line 6: expected 2 fields, got 3"),
            ("a.csv", GOOD_ROWS + "x\n", "line 4: expected 2 fields, got 1"),
            ("a.csv", GOOD_ROWS + "x\0y,1\n", "line 4: expected text, got a NUL byte"),
            ("a.tsv", "text\tlabel\nx\t1\ny,0\nz\t0\n", "line 3: expected 2 fields, got 1"),
            (
                "a.jsonl",
                GOOD_LINE + "\n{'text: 1}\n",
                "line 3: expected .* of Python's, got neither",
            ),
            ("a.jsonl", GOOD_LINE + '{"text": \n', "line 2: expected a JSON object, got broken JSON .*, column 9"),
            ("a.jsonl", GOOD_LINE + '["x", 1]\n', r"line 2: expected a JSON object, got \['x', 1\]"),
            (
                "a.jsonl",
                GOOD_LINE + '{"text": ["x"], "label": 1}',
                r"line 2: expected the text as a string, got \['x'\]",
            ),
            ("a.jsonl", GOOD_LINE + '{"text": "x", "label": [1]}', r"line 2: expected a label, got \[1\]"),
            ("a.jsonl", GOOD_LINE + '{"text": "x", "label": {"a": 1}}', "line 2: expected a label, got {'a': 1}"),
            ("a.jsonl", GOOD_LINE + "[" * 200_000, "line 2: expected a review, got JSON past all bounds"),
            ("a.jsonl", GOOD_LINE + "1" * 5_000, "line 2: expected a review, got JSON past all bounds"),
            ("a.txt", "A fine film\nA bore\n", "expected a column of labels"),
        ],
    )
    def test_a_broken_file_is_refused_with_the_place(
        self, tmp_path: Path, name: str, content: str | bytes, message: str
    ) -> None:
        path = write(tmp_path, name, content)
        with pytest.raises(DataError, match=message) as caught:
            read(path)
        assert str(path) in str(caught.value)
        assert len(str(caught.value)) < 400 + len(str(path))

    def test_all_rows_that_are_broken_are_told_at_once(self, tmp_path: Path) -> None:
        """The first few with their lines, then how many there are."""
        content = GOOD_ROWS + "x\n" * 3 + "fine,1\n" + "y\n" * 9
        with pytest.raises(DataError) as caught:
            load(write(tmp_path, "a.csv", content))
        first, second = str(caught.value).split("\n")
        assert first.endswith("a.csv: 12 rows cannot be read.")
        assert second.startswith("line 4: expected 2 fields, got 1; line 5: ")
        assert second.endswith("line 9: expected 2 fields, got 1; and 7 more.")

    @pytest.mark.parametrize(
        "name", ["missing.csv", "missing.json", "missing.xlsx", "missing.parquet", "missing.zip"]
    )
    def test_a_missing_file_is_named(self, tmp_path: Path, name: str) -> None:
        for function in (load, fingerprint):
            with pytest.raises(DataError, match=f"There is no file .*{name}"):
                function(tmp_path / name)

    @pytest.mark.parametrize(
        ("name", "template"),
        [
            ("a.csv", "text,label\nx,0\n{},1\n"),
            ("a.jsonl", '{{"text":"x","label":0}}\n\n{{"text":"{}","label":1}}\n'),
        ],
    )
    def test_a_text_past_the_bound_is_refused_and_one_at_the_bound_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, template: str
    ) -> None:
        """The bound lies above csv's own, and that one is as before afterwards."""
        from lstm_cli.data.tables import dialect

        bound = csv.field_size_limit() + 1_000
        monkeypatch.setattr(labelled_rows, "MAX_TEXT_LENGTH", bound)
        monkeypatch.setattr(dialect, "MAX_TEXT_LENGTH", bound + 10)
        assert len(read(write(tmp_path, name, template.format("x" * bound)))[1].text) == bound
        with pytest.raises(DataError, match="line 3: expected at most"):
            read(write(tmp_path, name, template.format("x" * (bound + 1))))
        assert csv.field_size_limit() == bound - 1_000

    def test_what_else_reads_csv_meets_its_own_bound_while_files_are_read(self, tmp_path: Path) -> None:
        """However their rows take turns, and whether or not they are read to the end."""
        before = csv.field_size_limit()
        long = write(tmp_path, "a.csv", f"text,label\nx,0\n{'y' * (before + 1)},1\nz,0\n")
        first, second = (iter(load(long).reviews) for _ in range(2))
        seen = [csv.field_size_limit() for _ in zip(first, second, strict=False)]
        assert seen == [before] * 3
        left = iter(load(long).reviews)
        assert [len(next(left).text) for _ in range(2)] == [1, before + 1]
        assert csv.field_size_limit() == before

    def test_half_characters_from_json_escapes_become_replacement_characters(self, tmp_path: Path) -> None:
        r"""A lone \ud83d could be written to no file; a whole pair is an emoji."""
        path = write(tmp_path, "a.jsonl", r'{"text": "cut \ud83d, whole \ud83d\ude00", "label": 1}')
        assert read(path)[0].text == "cut \ufffd, whole \U0001f600"

    def test_a_file_that_changes_between_two_walks_is_refused(self, tmp_path: Path) -> None:
        """Or the vocabulary would be of one content and the tokens of another."""
        path = write(tmp_path, "a.csv", GOOD_ROWS)
        reviews = load(path).reviews
        assert tuple(reviews) == (FILM, BORE)
        write(tmp_path, "a.csv", GOOD_ROWS + "A bore,0\n")
        with pytest.raises(DataError, match=r"a\.csv changed while it was read"):
            tuple(reviews)


class TestParts:
    def test_the_classes_of_several_parts_are_those_of_the_training_part(self, tmp_path: Path) -> None:
        """Rows of another part with a label that cannot be learnt are left out; rows are named with their file."""
        train = write(tmp_path, "train.csv", "text,label\na,good\nb,bad\nc,\n")
        rows = '{"text": "d", "label": "mixed"}\n{"text": "", "label": "bad"}\n{"text": "e", "label": "GOOD"}\n'
        test = write(tmp_path, "test.jsonl", rows)
        source = SourceConfig(dataset=str(tmp_path))
        corpus = load_files({"train": [train], "test": [test]}, source, name="both")
        assert corpus.classes.names == ("bad", "good")
        assert [review.label for review in corpus.reviews] == [1, 0]
        assert corpus.test_reviews is not None
        assert [review.label for review in corpus.test_reviews] == [1]
        assert {item.reason: item.places for item in corpus.left_out} == {
            "no label": ("train.csv, line 4",),
            "unknown label": ("test.jsonl, line 1",),
            "no text": ("test.jsonl, line 2",),
        }
        for part, is_same in (("test", True), ("validation", False)):
            opened = open_files({"train": [train], part: [test]}, source, name="both")
            assert (opened.compute_fingerprint() == corpus.fingerprint) is is_same
