from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstm_cli.config import DataConfig, NgramsConfig
from lstm_cli.data import cache, file_reviews, word_file
from lstm_cli.data.dataset import Dataset, load_dataset, load_splits
from lstm_cli.errors import DataError
from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.text.languages import Language
from lstm_cli.text.tokenizers import describe_tokenizer
from lstm_cli.text.tokenizers.words import split_words

PARTS = ("train", "validation", "test")


def expect_rows_of(dataset: Dataset, config: DataConfig) -> None:
    """Check that row i of every split is the encoding of the text that load_splits gives there."""
    splits = load_splits(config)
    for part in PARTS:
        reviews, encoded = getattr(splits, part), getattr(dataset, part)
        expected = dataset.encoder.encode(
            [review.text for review in reviews], labels=[review.label for review in reviews]
        )
        for array in ("tokens", "labels", "unknown_share", "truncated", "digests"):
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
    assert set(dataset.encoder.vocabulary.words) == {
        word for review in splits.train for word in review.text.split()
    }
    assert dataset.train.unknown_share.tolist() == [0.0] * len(splits.train)
    for part in (dataset.validation, dataset.test):
        assert part.unknown_share.tolist() == [0.5] * len(part)
        assert (part.tokens[:, -1] == 2).all()


def test_real_reviews_have_the_promised_shapes_and_frequent_words() -> None:
    dataset = load_dataset(DataConfig(num_words=500, maxlen=100, limit=4000))
    assert [len(getattr(dataset, part)) for part in PARTS] == pytest.approx([2880, 720, 400], abs=3)
    assert len(dataset.encoder.vocabulary) == 500
    assert dataset.encoder.vocabulary.words[:3] == ("the", "and", "a")
    for part in PARTS:
        split: EncodedTexts = getattr(dataset, part)
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
        assert "".join(dataset.encoder.vocabulary.decode(row)) == review.text.replace(" ", "")


@given(
    rows=st.lists(
        st.tuples(st.lists(st.sampled_from(["a", "b", "Cé", "d!", "映画", "e"]), max_size=7), st.integers(0, 1)),
        min_size=12,
        max_size=60,
    ),
    suffix=st.sampled_from([".csv", ".tsv", ".jsonl"]),
    settings=st.fixed_dictionaries(
        {
            "test_split": st.sampled_from([0.0, 0.2]),
            "limit": st.none() | st.integers(8, 50),
            "maxlen": st.integers(1, 9),
        }
    ),
)
def test_on_disk_and_in_memory_a_data_set_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[list[str], int]],
    suffix: str,
    settings: dict[str, Any],
) -> None:
    """And what the texts give when they are held, counted and encoded all at once."""
    folder = tmp_path_factory.mktemp("streamed")
    path = folder / f"reviews{suffix}"
    with path.open("w", encoding="utf-8", newline="") as file:
        if suffix == ".jsonl":
            file.writelines(json.dumps({"text": " ".join(words), "label": label}) + "\n" for words, label in rows)
        else:
            writer = csv.writer(file, delimiter="," if suffix == ".csv" else "\t", quoting=csv.QUOTE_ALL)
            writer.writerows([["text", "label"], *([" ".join(words), label] for words, label in rows)])
    config = DataConfig(dataset=str(path), num_words=7, **settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "in memory"))
        try:
            held = load_dataset(config)
        except DataError:
            assume(False)
        expect_rows_of(held, config)
        counts = Counter(word for review in load_splits(config).train for word in split_words(review.text))
        assert held.encoder.vocabulary.words == tuple(sorted(counts, key=lambda word: (-counts[word], word))[:4])
        patch.setenv("XDG_CACHE_HOME", str(folder / "on disk"))
        for room in (cache, word_file):
            patch.setattr(room, "LARGEST_IN_MEMORY", 1)
        mapped = load_dataset(config)
    assert isinstance(mapped.train.tokens, np.memmap)
    assert (mapped.encoder, mapped.fingerprint) == (held.encoder, held.fingerprint)
    for part in PARTS:
        for array in ("tokens", "labels", "unknown_share", "truncated", "digests"):
            one, other = (np.asarray(getattr(getattr(dataset, part), array)) for dataset in (held, mapped))
            np.testing.assert_array_equal(one, other, strict=True)


def test_the_language_is_found_where_it_is_asked_for_and_known_the_second_time(
    small_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what it settles: nothing is read again."""
    config = DataConfig(dataset=str(small_csv), num_words=20, maxlen=6)
    assert load_dataset(config).language is None
    auto = config.model_copy(update={"tokenizer": "auto"})
    first = load_dataset(auto)
    assert first.language == Language("und", "Latin")
    assert describe_tokenizer(first.encoder.tokenizer)["name"] == "words-and-signs"
    monkeypatch.delattr(file_reviews, "iter_labelled")
    again = load_dataset(auto)
    assert (again.language, again.encoder) == (first.language, first.encoder)
    np.testing.assert_array_equal(again.train.tokens, first.train.tokens)


def test_what_n_grams_say_is_learnt_once_and_told_of_other_reviews_by_a_models_own_encoder(tmp_path: Path) -> None:
    """What is alike is counted where it was drawn at random."""
    rows = [
        (f"{' '.join(f'only{thing}x{number}' for number in range(12))} film {word}", word == "b")
        for thing in range(12)
        for word in "abc"
    ]
    path = tmp_path / "things.jsonl"
    path.write_text("".join(json.dumps({"text": text, "label": int(label)}) + "\n" for text, label in rows))
    ngrams = NgramsConfig(patterns=("x",), folds=2, grouping="none")
    config = DataConfig(dataset=str(path), num_words=50, maxlen=6, test_split=0, ngrams=ngrams)
    told: list[object] = []
    dataset = load_dataset(config, listener=told.append)
    count = len(told)
    assert load_dataset(config, listener=told.append).repeats == dataset.repeats
    assert dataset.repeats.alike > 0 < count == len(told)
    other = load_dataset(config.model_copy(update={"split_seed": 7}), encoder=dataset.encoder)
    texts = [review.text for review in load_splits(config.model_copy(update={"split_seed": 7})).train]
    expected = dataset.encoder.encode(texts, labels=other.train.labels.tolist())
    for array in ("tokens", "channels", "logits"):
        np.testing.assert_array_equal(getattr(other.train, array), getattr(expected, array))


_MEASURE = """
import resource, sys
from sklearn.model_selection import train_test_split  # its own memory is no matter
from lstm_cli.config import DataConfig
from lstm_cli.data import cache, file_reviews, word_file
from lstm_cli.data.dataset import load_dataset

cache.LARGEST_IN_MEMORY = word_file.LARGEST_IN_MEMORY = 1
peaks = []
for path in sys.argv[1:]:
    load_dataset(DataConfig(dataset=path, maxlen=100))
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(*peaks)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is counted in kibibytes on Linux alone")
def test_memory_hardly_grows_with_the_reviews(tmp_path: Path) -> None:
    """90,000 reviews more, of 250 bytes of text and 400 of tokens, cost under 200 bytes of memory each."""
    paths = [tmp_path / "few.csv", tmp_path / "many.csv"]
    for path, count in zip(paths, (10_000, 100_000), strict=True):
        with path.open("w") as file:
            file.write("text,label\n")
            for number in range(count):
                file.write(f"{' '.join(f'{number:06}')} {'wonderfully ' * 20},{number % 2}\n")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *map(str, paths)], capture_output=True, text=True, check=True
    )
    few, many = map(int, done.stdout.split())
    assert (many - few) * 1024 < 90_000 * 200
