"""How a file was read is told in a line, and is part of its fingerprint unless it goes without saying."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lstm_cli.config import SourceConfig
from lstm_cli.data.reading import Reading, build_reading
from lstm_cli.data.tables.forms import open_table

SHA256 = "0" * 64


@pytest.mark.parametrize(
    ("reading", "line"),
    [
        (Reading("workbook"), "read as workbook"),
        (
            Reading("rows", ("bewertung",), "gut", encoding="cp1252", delimiter=";", header=True),
            "read as cp1252, separated by ';', text from 'bewertung', labels from 'gut'",
        ),
        (
            Reading("rows", ("1", "3"), "2", "4", "utf-8", "\t", header=False),
            "read as utf-8, separated by a tab, without a header, text from column 1 and column 3, "
            "labels from column 2, groups from column 4",
        ),
        (
            Reading("JSON lines", ("a", "b"), "c", "d", "utf-8", broken_line=7),
            "read as utf-8, JSON lines, text from 'a' and 'b', labels from 'c', groups from 'd', "
            "with \ufffd for broken bytes from line 7 on",
        ),
        (
            Reading("rows", ("a",), encoding="utf-8", delimiter=" "),
            "read as utf-8, separated by a space, text from 'a'",
        ),
        (Reading("Parquet", ("a",), "b", header=True), "read as Parquet, text from 'a', labels from 'b'"),
    ],
)
def test_a_reading_is_one_line(reading: Reading, line: str) -> None:
    assert reading.describe() == line


def test_a_fingerprint_tells_everything_that_makes_other_reviews() -> None:
    """The columns' group makes none."""
    plain = Reading("rows", ("text",), "label", encoding="utf-8", delimiter=",", quoting='"', header=True)
    others = [
        replace(plain, **change)
        for change in (
            {"form": "JSON"}, {"text": ("text", "title")}, {"label": "stars"}, {"encoding": "cp1252"},
            {"delimiter": ";"}, {"quoting": "'"}, {"header": False}, {"classes": {"a": ("1",), "b": ("2",)}},
            {"broken_line": 3}, {"text": ("\ud800",)},
        )
    ]  # fmt: skip
    fingerprints = [reading.build_fingerprint(SHA256) for reading in (plain, *others)]
    assert len({SHA256, *fingerprints, plain.build_fingerprint("1" * 64)}) == 13
    assert all(len(fingerprint) == 64 for fingerprint in fingerprints)
    assert replace(plain, group="film").build_fingerprint(SHA256) == fingerprints[0]


def test_a_run_on_damaged_reviews_of_another_encoding_knows_them_since_their_damage_is_told() -> None:
    japanese = Reading("rows", ("text",), "label", encoding="cp932")
    assert replace(japanese, broken_line=3).build_fingerprint(SHA256) == japanese.build_fingerprint(SHA256)


def test_what_goes_without_saying_has_the_fingerprint_of_the_content() -> None:
    assert Reading("rows", ("text",), "label", is_plain=True).build_fingerprint(SHA256) == SHA256


def test_a_reading_says_of_a_table_what_is_found_in_it(tmp_path: Path) -> None:
    source = SourceConfig(classes={"bad": ("1",), "good": ("2",)})
    path = tmp_path / "a.csv"
    path.write_bytes("text;label\nÀ film;1\n".encode() * 40 + b"\xff;2\n")
    table = open_table(path, source)
    found = build_reading(table, source, text=("text",), label="label", group="film", is_plain=True)
    assert found == Reading(
        "rows", ("text",), "label", "film", "utf-8", ";", '"', header=True, classes=source.classes, broken_line=81,
        is_plain=True,
    )  # fmt: skip
    assert build_reading(table, source) == Reading(
        "rows", encoding="utf-8", delimiter=";", quoting='"', classes=source.classes, broken_line=81
    )


def test_what_quotes_and_what_escapes_is_said_as_far_as_it_is_there(tmp_path: Path) -> None:
    contents = {
        '"': "text,label\na film,1\n",
        "": "".join(f'a {n}" film|1\na "bore"|0\n' for n in range(4)),
        '"\\': "".join(f'"so \\"fine\\", {n}","1"\n"a bore","0"\n' for n in range(4)),
    }
    for quoting, content in contents.items():
        path = tmp_path / "a.csv"
        path.write_text(content)
        assert build_reading(open_table(path, SourceConfig()), SourceConfig()).quoting == quoting
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a film", "label": 1}\n')
    found = build_reading(open_table(path, SourceConfig()), SourceConfig(), text=("text",), label="label")
    assert found == Reading("JSON lines", ("text",), "label", encoding="utf-8", header=True)
