"""Parquet: columns of any type, streamed, and files that are none."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lstm_cli.config import SourceConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.file_reviews import load_files
from lstm_cli.errors import DataError

TEXTS = [f"the sentence of number {n}, long enough" for n in range(40)]
LABELS = [n % 2 for n in range(40)]


def load(path: Path, **options: Any) -> Corpus:
    return load_files({"train": [path]}, SourceConfig(dataset=str(path), **options), name=path.name)


def save(folder: Path, table: pa.Table, **options: Any) -> Path:
    path = folder / "a.parquet"
    pq.write_table(table, path, **options)
    return path


@pytest.mark.parametrize(
    "columns",
    [
        {"text": TEXTS, "label": LABELS},
        {"text": pa.array(TEXTS, pa.large_string()), "label": pa.array(LABELS, pa.int8())},
        {"sentence": TEXTS, "label": [bool(label) for label in LABELS]},
        {"text": TEXTS, "stars": [5.0 if label else 1.0 for label in LABELS], "id": list(range(40))},
        {"content": TEXTS, "label": pa.array(["pos" if label else "neg" for label in LABELS]).dictionary_encode()},
        {"review": pa.array([{"text": text, "id": 1} for text in TEXTS]), "label": LABELS},
    ],
)
@pytest.mark.parametrize("options", [{}, {"row_group_size": 7}, {"compression": "zstd"}])
def test_columns_of_any_type_are_read(tmp_path: Path, columns: dict[str, Any], options: dict[str, Any]) -> None:
    corpus = load(save(tmp_path, pa.table(columns), **options))
    assert [(review.text, review.label) for review in corpus.reviews] == list(zip(TEXTS, LABELS, strict=True))
    assert [review.place for review in corpus.reviews] == list(range(1, 41))


def test_what_the_last_rows_alone_show_is_seen(tmp_path: Path) -> None:
    """In sixteen groups of rows the labels differ in the last one only, and what differs before is none."""
    count = 8_000
    texts = [f"the sentence of number {n}, long enough" for n in range(count)]
    labels = [int(n >= count - count // 16) for n in range(count)]
    table = pa.table({"text": texts, "q7": labels, "who": [f"user {n}" for n in range(count)]})
    corpus = load(save(tmp_path, table, row_group_size=count // 16))
    assert corpus.reading is not None
    assert corpus.reading.label == "q7"
    assert sum(review.label for review in corpus.reviews) == count // 16


def test_missing_values_are_left_out(tmp_path: Path) -> None:
    texts = [None, *TEXTS[1:]]
    labels = [None if n == 5 else label for n, label in enumerate(LABELS)]
    corpus = load(save(tmp_path, pa.table({"text": texts, "label": labels})))
    assert {item.reason: item.places for item in corpus.left_out} == {"no text": (1,), "no label": (6,)}


def test_a_packed_one_is_read_too(tmp_path: Path) -> None:
    path = save(tmp_path, pa.table({"text": TEXTS, "label": LABELS}))
    packed = tmp_path / "b.parquet.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert load(packed).fingerprint == load(path).fingerprint
    # The first release could not read it: how it is read is part of what it is known by.
    assert load(path).fingerprint != hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(list(load(packed).reviews)) == 40


def test_damaged_bytes_end_in_reviews_or_in_a_line(tmp_path: Path) -> None:
    path = save(tmp_path, pa.table({"text": TEXTS, "label": LABELS}))
    whole = path.read_bytes()
    for content in (b"", b"PAR1", b"text,label\n", whole[:-9], whole[:200]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is no Parquet file that can be read"):
            load(path)
    for place in range(4, len(whole), 29):
        spoilt = bytearray(whole)
        spoilt[place] ^= 255
        path.write_bytes(spoilt)
        try:
            list(load(path).reviews)
        except DataError as error:
            assert str(error).count("\n") <= 1  # noqa: PT017 - either end is right


def test_a_file_that_changes_between_two_walks_is_refused(tmp_path: Path) -> None:
    corpus = load(save(tmp_path, pa.table({"text": TEXTS, "label": LABELS})))
    save(tmp_path, pa.table({"text": TEXTS[::-1], "label": LABELS}))
    with pytest.raises(DataError, match="changed while it was read"):
        list(corpus.reviews)
