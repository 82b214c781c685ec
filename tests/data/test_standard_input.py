"""What comes without a path is kept as JSON lines, row by row as it came, and read as it would have been."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lstm_cli.config import DataConfig, SourceConfig
from lstm_cli.data.sources import compute_fingerprint, is_there, load_corpus, locate_path
from lstm_cli.data.standard_input import KEPT_NAME, keep_standard_input, move_kept, replace_dataset, write_rows
from lstm_cli.errors import ConfigError, DataError

ROWS = [
    {"text": f"film {number} is {'good' if number % 2 else 'bad'}", "label": number % 2} for number in range(8)
]
CSV = "text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in ROWS)
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def keep(content: str | bytes, folder: Path, **options):
    data = content.encode() if isinstance(content, str) else content
    return keep_standard_input(io.BytesIO(data), SourceConfig(dataset="-", **options), folder=folder)


def list_reviews(source):
    corpus = load_corpus(source)
    return [(review.text, corpus.classes.names[review.label]) for review in corpus.reviews]


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        CSV.replace(",", "\t"),
        CSV.replace(",", ";").encode("utf-16"),
        "\ufeff\n" + CSV,
        LINES,
        "\ufeff \n" + LINES,
        LINES.encode("utf-16"),
        json.dumps(ROWS),
        json.dumps(ROWS, indent=1),
        json.dumps({"reviews": ROWS, "more": {}}),
        "".join(json.dumps(row, indent=2) for row in ROWS),
        "".join(f"__label__{row['label']} {row['text']}\n" for row in ROWS),
    ],
    ids=["csv", "tabs", "utf-16", "mark", "lines", "marked lines", "wide lines", "array", "indented", "object",
         "several", "fastText"],
)  # fmt: skip
def test_its_form_is_found_from_its_beginning(content, tmp_path):
    source, _ = keep(content, tmp_path)
    assert source.dataset == str(tmp_path / KEPT_NAME)
    assert list_reviews(source) == [(row["text"], "positive" if row["label"] else "negative") for row in ROWS]
    assert [path.name for path in tmp_path.iterdir()] == [KEPT_NAME]


MESSY = (
    'id;title;text;label\n1;a;"she said ";no" twice;gut\n2;b;one; two; three;schlecht\n3;c;"two\nlines";gut\n'
    '4;d;5" long;schlecht\n5;e;" never closed;gut\n6;f;fine, really;schlecht\n'
)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (MESSY, {"text": ["text"]}),
        ("id,text,label\n1,so good, so long,1\n2,really bad,0\n3,fine one,1\n", {}),
        ("film,1,so good that I saw it\nbook,0,so bad that I left\nplay,1,really nice one\n", {}),
        ("good one;x;1\nbad one;y;0\n", {"header": False, "text": ["1"], "label": "3", "delimiter": ";"}),
        ("text,label\ncaf\xe9 good,1\nna\xefve bad,0\n".encode("cp1252"), {"encoding": "cp1252"}),
        ("text,text,label\na good one,b,1\na bad one,c,0\n", {"text": ["text"]}),
        ("stars,text\n5,so good\n1,so bad\n3,\n,none\n", {"classes": {"low": ("1",), "high": ("5",)}}),
    ],
    ids=[
        "stray quotes",
        "a separator too many",
        "no header",
        "numbers",
        "cp1252",
        "one name twice",
        "classes and holes",
    ],
)
def test_it_is_read_as_the_same_in_a_file(content, options, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    source, reading = keep(content, tmp_path, **options)
    expected = SourceConfig(dataset=str(path), **options)
    assert list_reviews(source) == list_reviews(expected)
    corpora = [load_corpus(each) for each in (source, expected)]
    left_out = [[(item.reason, item.count) for item in corpus.left_out] for corpus in corpora]
    assert left_out[0] == left_out[1]
    assert reading == corpora[1].reading
    assert (source.encoding, source.delimiter, source.header) == (None, None, None)
    assert (source.text, source.label, source.classes) == (expected.text, expected.label, expected.classes)


def test_all_columns_stay_under_their_own_names(tmp_path):
    keep('id,text,label,"a, b"\n7,good,1,x\n8,bad,0,\n', tmp_path)
    rows = [json.loads(line) for line in (tmp_path / KEPT_NAME).read_text().splitlines()]
    assert rows[0] == {"id": "7", "text": "good", "label": "1", "a, b": "x"}
    keep('[{"a": {"text": "good"}, "label": 1, "x": [1, null]}, {"a": {"text": "bad"}, "label": 0}]', tmp_path)
    rows = [json.loads(line) for line in (tmp_path / KEPT_NAME).read_text().splitlines()]
    assert rows[0] == {"a": {"text": "good"}, "label": 1, "x": [1, None]}


def test_what_is_kept_is_kept_again_byte_for_byte(tmp_path):
    """So that a model's own `data.jsonl` is known when it comes through a pipe."""
    keep(CSV, tmp_path)
    first = (tmp_path / KEPT_NAME).read_bytes()
    keep(first, tmp_path)
    assert (tmp_path / KEPT_NAME).read_bytes() == first


@given(
    rows=st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.booleans()), min_size=1)
)
def test_whatever_rows_hold_comes_back(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / KEPT_NAME
    write_rows(path, rows)
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]] == rows


def test_half_a_character_and_values_of_other_kinds_are_written_all_the_same(tmp_path):
    path = tmp_path / KEPT_NAME
    write_rows(path, [{"text": "half \ud83d", "place": Path("a")}])
    assert json.loads(path.read_text(encoding="utf-8")) == {"text": "half \ud83d", "place": "a"}
    write_rows(path, [{"text": "schön 好"}])
    assert path.read_text(encoding="utf-8") == '{"text": "schön 好"}\n'  # as people read it, and in fewer bytes
    row: dict[str, object] = {}
    row["row"] = row
    with pytest.raises(DataError, match=r"data\.jsonl, line 2: expected a row of columns"):
        write_rows(path, [{}, row])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"^standard input is empty"),
        (" \n\n", r"^standard input is empty"),
        ("[]", r"^standard input: expected a list of JSON objects"),
        ("text,label\n", r"^standard input has a header but no reviews"),
        (b"\x00\x01\x02", r"^standard input.*binary"),
        (b"\x1f\x8b\x08\x00", r"^standard input: expected text, got a file packed by gzip"),
        ("a,b\n1,2\n3,4\n", r"^standard input: expected a column of texts"),
        ('{"text": "a", "label": 1}\n{"text": [1], "label": 1}\n{broken\n{"text": "b", "label": {}}\n',
         r"^standard input: 3 rows cannot be read\.\nline 2: .*; line 3: .*broken JSON.*; line 4: "),
    ],
)  # fmt: skip
def test_what_is_no_reviews_is_told_in_one_message(content, message, tmp_path):
    with pytest.raises(DataError, match=message) as caught:
        keep(content, tmp_path)
    assert str(tmp_path) not in str(caught.value)
    assert not (tmp_path / KEPT_NAME).exists() or "rows cannot" in str(caught.value)


def test_a_stream_that_cannot_be_read_is_an_error(tmp_path):
    stream = io.BytesIO(b"text,label\n")
    stream.close()
    with pytest.raises(DataError, match=r"^Cannot read standard input: I/O operation on closed file\.$"):
        keep_standard_input(stream, SourceConfig(dataset="-"), folder=tmp_path)
    with (
        (tmp_path / "written").open("wb", buffering=0) as written,
        pytest.raises(DataError, match=r"^Cannot read standard input: [^\[]+\.$"),
    ):
        keep_standard_input(written, SourceConfig(dataset="-"), folder=tmp_path)


def test_a_folder_as_standard_input_is_told_without_the_systems_number(tmp_path):
    class Folder(io.RawIOBase):
        """What a shell gives for `< folder`."""

        def read(self, _size: int = -1) -> bytes:
            return tmp_path.read_bytes()

    with pytest.raises(DataError, match=r"^Cannot read standard input: Is a directory\.$"):
        keep_standard_input(Folder(), SourceConfig(dataset="-"), folder=tmp_path)


def test_memory_does_not_grow_with_what_comes(tmp_path):
    class Endless(io.RawIOBase):
        """So many rows, made as they are read."""

        def __init__(self, count: int) -> None:
            self._blocks = self._iter_blocks(count)

        @staticmethod
        def _iter_blocks(count: int) -> Iterator[bytes]:
            yield b"text,label\n"
            for number in range(count):
                yield f"{'a long review of it all ' * 40}{number},{number % 2}\n".encode()

        def read(self, _size: int = -1) -> bytes:
            return next(self._blocks, b"")

    peaks = []
    for count in (4_000, 16_000):
        tracemalloc.start()
        keep_standard_input(Endless(count), SourceConfig(dataset="-"), folder=tmp_path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (tmp_path / KEPT_NAME).stat().st_size > 12_000_000
    assert peaks[1] < 1.3 * peaks[0]


def test_it_is_one_of_several_with_the_others_as_they_are(tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("text;label\nso good;1\nso bad;0\n")
    source = SourceConfig(dataset=[str(other), "-"], delimiter=";")
    kept, _ = keep_standard_input(io.BytesIO(CSV.replace(",", ";").encode()), source, folder=tmp_path)
    assert kept.dataset == (str(other), str(tmp_path / KEPT_NAME))
    assert kept.delimiter == ";"  # the other file's too
    assert len(list_reviews(kept)) == 10
    encoded = source.model_copy(update={"encoding": "cp1252"})
    with pytest.raises(ConfigError, match=r"standard input is kept as UTF-8, so that --encoding"):
        keep_standard_input(io.BytesIO(b""), encoded, folder=tmp_path)


def test_its_name_is_no_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_text(CSV)
    assert locate_path("-") == "-"
    assert not is_there("-")
    with pytest.raises(DataError, match="- is standard input, which has no place"):
        compute_fingerprint("-")


@pytest.mark.parametrize("settings", [{"validation": "-"}, {"test": "-"}, {"dataset": ["-", "a.csv", "-"]}])
def test_it_is_no_part_and_comes_once(settings):
    with pytest.raises(ValidationError, match="standard input"):
        DataConfig(**settings)


def test_it_is_moved_where_nothing_else_is_kept(tmp_path):
    kept, folder = tmp_path / KEPT_NAME, tmp_path / "runs"
    kept.write_text(LINES)
    place = move_kept(kept, folder, force=False)
    assert (place, place.read_text(), kept.exists()) == (folder.absolute() / KEPT_NAME, LINES, False)
    kept.write_text(LINES)
    assert move_kept(kept, folder, force=False) == place  # the same once more
    kept.write_text(LINES.replace("good", "fine"))  # as long, and as old
    os.utime(kept, ns=(place.stat().st_atime_ns, place.stat().st_mtime_ns))
    with pytest.raises(ConfigError, match=r"data\.jsonl holds other reviews"):
        move_kept(kept, folder, force=False)
    kept.write_text(CSV)
    with pytest.raises(ConfigError, match=r"data\.jsonl holds other reviews.*--force"):
        move_kept(kept, folder, force=False)
    move_kept(kept, folder, force=True)
    assert place.read_text() == CSV
    assert replace_dataset(SourceConfig(dataset=["a", "-"]), "-", place).datasets == ("a", str(place))
