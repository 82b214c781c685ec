"""What a data set holds and what is odd about it, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstm_cli.config import DataConfig
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.inspection import Inspection, describe_oddities, inspect_corpus, suggest_settings
from lstm_cli.data.review import Corpus, Review
from lstm_cli.data.sources import load_corpus

CASES = Path(__file__).parent / "cases"


def inspect(name: str) -> Inspection:
    return inspect_corpus(load_corpus(str(CASES / name)), DataConfig())


def test_copies_and_contradictions_are_counted_with_their_lines() -> None:
    """Rows whose text stood before, and texts with more than one label: after what is left out."""
    found = inspect("holes.csv")
    assert found.reviews == 43
    assert found.classes == {"negative": 22, "positive": 21}
    assert (found.duplicates.count, found.duplicates.places) == (3, (46, 47, 48))
    assert (found.contradictions.count, found.contradictions.places) == (1, (46,))


def test_a_text_with_many_copies_is_one_contradiction() -> None:
    reviews = tuple(Review(text, label, place) for place, (text, label) in enumerate(
        [("a", 0), ("b", 1), ("a", 0), ("a", 1), ("a", 1), ("b", 1), ("c", 0), ("c", 1)], start=1
    ))  # fmt: skip
    found = inspect_corpus(Corpus("made", "0" * 64, reviews), DataConfig())
    assert (found.duplicates.count, found.duplicates.places) == (5, (3, 4, 5, 6, 8))
    assert (found.contradictions.count, found.contradictions.places) == (2, (4, 8))


def test_parts_lengths_and_scripts() -> None:
    reviews = (Review("one two three", 0), Review("Отличный фильм", 1), Review("这家店很好", 1), Review("!?", 0))
    found = inspect_corpus(Corpus("made", "0" * 64, reviews, (Review("ein Satz", 1),)), DataConfig())
    assert found.parts == {"train": 4, "test": 1}
    assert found.lengths.tolist()[:2] == [3, 2]
    assert found.scripts == {"Latin": 2, "Cyrillic": 1, "Han": 1, "": 1}
    assert inspect("good-bad.csv").parts == {"all": 40}


@pytest.mark.parametrize(
    ("lengths", "labels", "expected"),
    [
        ([90] * 10, [0, 1] * 5, []),
        ([110] * 4 + [90] * 6, [0, 1] * 5, []),
        ([212] * 20, [0, 1] * 10, ["data.maxlen=220"]),
        ([5_000] * 20, [0, 1] * 10, ["data.maxlen=1000"]),
        ([9] * 20, [0] * 18 + [1] * 2, ["training.class_weight=balanced"]),
    ],
)
def test_what_suits_better_is_suggested(lengths: list[int], labels: list[int], expected: list[str]) -> None:
    pairs = zip(lengths, labels, strict=True)
    reviews = tuple(
        Review(f"{number} " + "word " * (length - 1), label) for number, (length, label) in enumerate(pairs)
    )
    found = inspect_corpus(Corpus("made", "0" * 64, reviews), DataConfig())
    assert [item.setting for item in suggest_settings(found, DataConfig())] == expected


def test_an_encoded_data_set_tells_the_same(tmp_path: Path) -> None:
    """Without another walk: copies, contradictions, uneven classes, reviews that are cut."""
    path = tmp_path / "a.csv"
    rows = [f"text number {number} {'with more ' * 60},{int(number % 10 == 0)}\n" for number in range(60)]
    path.write_text("text,label\n" + "".join(rows) + rows[0] + rows[1].replace(",0", ",1"))
    dataset = load_dataset(DataConfig(dataset=str(path)))
    assert describe_oddities(dataset) == [
        "2 reviews repeat the text of another; copies stay in one part",
        "1 text has more than one label",
        "87% of the reviews are negative; --set training.class_weight=balanced evens that out",
        "100% of the reviews are longer than data.maxlen; lstm-data says how long they are",
    ]
    assert np.concatenate([dataset.train.labels, dataset.validation.labels, dataset.test.labels]).size == 62


def test_nothing_odd_is_said_of_what_is_even() -> None:
    assert describe_oddities(load_dataset(DataConfig(dataset=str(CASES / "reviews.csv.gz")))) == []
