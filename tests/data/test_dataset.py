from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from lstm_cli.config import DataConfig
from lstm_cli.data.dataset import Dataset, load_dataset, load_splits
from lstm_cli.data.encoding import EncodedReviews, encode_reviews
from lstm_cli.errors import DataError

PARTS = ("train", "validation", "test")


def expect_rows_of(dataset: Dataset, config: DataConfig) -> None:
    """Check that row i of every split is the encoding of the text that load_splits gives there."""
    splits = load_splits(config)
    for part in PARTS:
        reviews, encoded = getattr(splits, part), getattr(dataset, part)
        expected = encode_reviews(
            reviews,
            vocabulary=dataset.vocabulary,
            maxlen=config.maxlen,
            padding=config.padding,
            truncating=config.truncating,
        )
        for array in ("tokens", "labels", "unknown_share", "truncated"):
            np.testing.assert_array_equal(getattr(encoded, array), getattr(expected, array), strict=True)


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
def test_encoded_rows_agree_with_the_texts(
    small_csv: Path, padding: Literal["pre", "post"], truncating: Literal["pre", "post"]
) -> None:
    """Built from nothing and from the cache alike."""
    config = DataConfig(
        dataset=str(small_csv), num_words=15, maxlen=8, padding=padding, truncating=truncating, limit=35
    )
    expect_rows_of(load_dataset(config), config)
    expect_rows_of(load_dataset(config), config)


def test_the_vocabulary_is_learnt_from_the_training_split_alone(tmp_path: Path) -> None:
    """Each text has a word of its own; those of the other splits are unknown."""
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *([f"film own{n}", n % 2] for n in range(50))])
    config = DataConfig(dataset=str(path), num_words=1000, maxlen=5)
    dataset, splits = load_dataset(config), load_splits(config)
    assert set(dataset.vocabulary.words) == {word for review in splits.train for word in review.text.split()}
    assert dataset.train.unknown_share.tolist() == [0.0] * len(splits.train)
    for part in (dataset.validation, dataset.test):
        assert part.unknown_share.tolist() == [0.5] * len(part)
        assert (part.tokens[:, -1] == 2).all()


def test_real_reviews_have_the_promised_shapes_and_frequent_words() -> None:
    dataset = load_dataset(DataConfig(num_words=500, maxlen=100, limit=4000))
    assert [len(getattr(dataset, part)) for part in PARTS] == pytest.approx([2880, 720, 400], abs=3)
    assert len(dataset.vocabulary) == 500
    assert dataset.vocabulary.words[:3] == ("the", "and", "a")
    for part in PARTS:
        split: EncodedReviews = getattr(dataset, part)
        assert split.tokens.shape == (len(split), 100)
        assert split.tokens.min() >= 0
        assert split.tokens.max() == 499
        assert 0.2 < split.unknown_share.mean() < 0.4
        assert split.truncated.mean() > 0.5
        assert 0.4 < split.labels.mean() < 0.6


def test_a_test_split_of_nothing_gives_arrays_without_rows(small_csv: Path) -> None:
    dataset = load_dataset(DataConfig(dataset=str(small_csv), num_words=20, maxlen=6, test_split=0.0))
    assert dataset.test.tokens.shape == (0, 6)
    assert len(dataset.train) + len(dataset.validation) == 40


def test_reviews_without_words_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"{'!' * (n + 1)},{n % 2}\n" for n in range(40)))
    with pytest.raises(DataError, match="not a single word"):
        load_dataset(DataConfig(dataset=str(path)))


def test_a_warm_load_imports_neither_scikit_learn_nor_tensorflow(small_csv: Path) -> None:
    probe = (
        "import sys; from lstm_cli.config import DataConfig; from lstm_cli.data.dataset import load_dataset; "
        f"load_dataset(DataConfig(dataset={str(small_csv)!r})); "
        "print([name for name in ('sklearn', 'tensorflow', 'keras', 'pandas') if name in sys.modules])"
    )
    cold, warm = (
        subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert "sklearn" in cold
    assert warm == "[]\n"


@pytest.mark.parametrize("texts", [("film", "кино"), ("电影", "映画"), ("فيلم", "סרט")])
def test_reviews_of_any_script_go_the_whole_way(tmp_path: Path, texts: tuple[str, str]) -> None:
    """Nothing is unknown in the training split, and its tokens decode into its words."""
    path = tmp_path / "a.tsv"
    path.write_text(
        "text\tlabel\n" + "".join(f"{texts[n % 2]} {n}\t{n % 2}\n" for n in range(30)), encoding="utf-8"
    )
    config = DataConfig(dataset=str(path), num_words=100, maxlen=8)
    dataset, splits = load_dataset(config), load_splits(config)
    assert not dataset.train.unknown_share.any()
    for row, review in zip(dataset.train.tokens, splits.train, strict=True):
        assert "".join(dataset.vocabulary.decode(row)) == review.text.replace(" ", "")
