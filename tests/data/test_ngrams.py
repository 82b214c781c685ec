"""What n-grams say is learnt from the training part alone, and of each of its texts by folds it is not in."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from lstm_cli.config import DataConfig, NgramsConfig
from lstm_cli.data import dataset as datasets
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.ngrams import NgramProgress
from lstm_cli.errors import ConfigError
from lstm_cli.text.ngrams import cost
from lstm_cli.text.ngrams.fitting import fit_ngrams
from lstm_cli.text.ngrams.tokens import build_token_texts

NGRAMS = NgramsConfig(patterns=("x", "xx"), folds=3, grouping="none")


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("text", "label"), *rows])
    return str(path)


def make_rows(count, *, seed):
    """Texts of six words, of which those that count from `good` or `bad` on tell the label."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, count).tolist()
    return [
        (" ".join([*generator.choice(list("abcdefgh"), 5), f"{('bad', 'good')[label]}{number % 7}"]), label)
        for number, label in enumerate(labels)
    ]


@pytest.fixture
def files(tmp_path):
    return SimpleNamespace(
        train=write(tmp_path / "train.csv", make_rows(60, seed=0)),
        validation=write(tmp_path / "validation.csv", make_rows(20, seed=1)),
        test=write(tmp_path / "test.csv", make_rows(20, seed=2)),
        folder=tmp_path,
    )


def read(files, **changes):
    settings = {"dataset": files.train, "validation": files.validation, "test": files.test, "ngrams": NGRAMS}
    return DataConfig(**(settings | {"num_words": 60, "maxlen": 8} | changes))


def read_texts(path):
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [text for text, _ in list(csv.reader(file))[1:]]


def take_words(encoded, row):
    """Return what is told of the words of a row, without the index that starts it."""
    ends = np.cumsum(np.count_nonzero(encoded.tokens, axis=1))
    return encoded.channels[(ends[row - 1] if row else 0) + 1 : ends[row]]


def test_training_texts_are_told_of_by_other_folds_and_all_others_by_the_mean_of_all(files):
    data = load_dataset(read(files))
    tokens = build_token_texts([text.split() for text in read_texts(files.train)])
    fitted = fit_ngrams(tokens, data.train.labels, classes=2, settings=NGRAMS.build_settings())
    starts = np.arange(61) * 6
    for row in range(60):
        np.testing.assert_array_equal(
            take_words(data.train, row), fitted.inputs.channels[starts[row] : starts[row + 1]]
        )
    np.testing.assert_array_equal(data.train.logits, fitted.inputs.logits)
    assert data.encoder.ngrams.dump() == fitted.tables.dump()
    for part, path in ((data.validation, files.validation), (data.test, files.test)):
        expected = data.encoder.encode(read_texts(path))
        np.testing.assert_array_equal(part.channels, expected.channels)
        np.testing.assert_array_equal(part.logits, expected.logits)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_no_text_and_no_label_of_another_part_changes_what_is_learnt(files, part):
    before = load_dataset(read(files))
    others = [(text.upper() + " never seen", 1 - label) for text, label in make_rows(20, seed=5)]
    after = load_dataset(read(files, **{part: write(files.folder / "other.csv", others)}))
    assert after.encoder.ngrams.dump() == before.encoder.ngrams.dump()
    np.testing.assert_array_equal(after.train.channels, before.train.channels)
    np.testing.assert_array_equal(after.train.logits, before.train.logits)


@pytest.mark.parametrize("patterns", [("x", "xx"), ("x", "ccc")])
def test_a_models_own_encoder_tells_of_all_other_texts_as_new_ones(files, patterns):
    ngrams = NgramsConfig(patterns=patterns, folds=3, grouping="none")
    encoder = load_dataset(read(files, ngrams=ngrams)).encoder
    other = {"dataset": files.validation, "validation": files.train, "ngrams": ngrams}
    told = load_dataset(read(files, **other), encoder=encoder)
    for part, path in ((told.train, files.validation), (told.validation, files.train), (told.test, files.test)):
        expected = encoder.encode(read_texts(path))
        np.testing.assert_array_equal(part.channels, expected.channels)
        np.testing.assert_array_equal(part.logits, expected.logits)


def test_texts_that_a_sample_leaves_out_are_told_of_as_new_ones(files, monkeypatch):
    monkeypatch.setattr(cost, "MOST_TEXTS", 40)
    told = []
    data = load_dataset(read(files), listener=told.append)
    assert (told[0].texts, told[0].of) == (told[-1].texts, told[-1].of)
    assert told[0].texts <= 40 < told[0].of == 60
    as_new = data.encoder.encode(read_texts(files.train))
    are_new = (data.train.logits == as_new.logits).all(axis=1)
    assert 20 <= are_new.sum() < 40  # a text that was learnt from may be told of alike by chance
    for row in np.flatnonzero(are_new):
        np.testing.assert_array_equal(take_words(data.train, row), take_words(as_new, row))


def test_how_far_it_is_goes_from_0_to_1_and_what_it_takes_is_said_first(files):
    told: list[NgramProgress] = []
    load_dataset(read(files), listener=told.append)
    shares = [progress.share for progress in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert {(progress.texts, progress.of) for progress in told} == {(60, 60)}
    assert told[0].seconds > 0
    assert told[0].bytes > 10_000_000
    again: list[NgramProgress] = []
    load_dataset(read(files), listener=again.append)
    assert not again  # from the cache


def test_what_cannot_fit_into_the_memory_is_refused_before_it_begins(files, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=50_000_000))
    with pytest.raises(ConfigError, match=r"about 0\.2 GB of memory, and 0\.1 GB are free"):
        load_dataset(read(files))


def test_validation_texts_of_the_same_things_as_training_texts_are_counted_where_parts_are_drawn(files):
    """Forty things, three texts of each, which share words that nobody else has."""
    rows = []
    for thing in range(40):
        rare = [f"only{thing}x{number}" for number in range(12)]
        rows += [(" ".join([*rare, "film", word]), label) for word, label in (("a", 0), ("b", 1), ("c", 0))]
    path = write(files.folder / "things.csv", rows)
    settings = {"dataset": path, "validation": None, "test": None, "test_split": 0, "validation_split": 0.2}
    data = load_dataset(read(files, **settings))
    assert 12 < data.repeats.alike <= len(data.validation)
    assert load_dataset(read(files, **settings)).repeats.alike == data.repeats.alike  # from the cache
    assert load_dataset(read(files)).repeats.alike == 0  # nobody drew these


def test_whether_the_language_is_said_or_found_it_is_learnt_once(files):
    """As where `lstm-compare` asks with what a run has settled."""
    told = []
    open_ = {"tokenizer": "auto", "ngrams": NgramsConfig(patterns="auto", C="auto", folds=3, grouping="none")}
    found = load_dataset(read(files, **open_), listener=told.append)
    assert found.language is not None
    learnt = len(told)
    again = load_dataset(read(files, **open_, language=found.language.code), listener=told.append)
    assert len(told) == learnt > 0
    assert again.encoder.ngrams.dump() == found.encoder.ngrams.dump()


def test_without_a_place_for_the_cache_the_same_is_learnt(files, monkeypatch):
    expected = load_dataset(read(files))
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    found = load_dataset(read(files))
    np.testing.assert_array_equal(found.train.channels, expected.train.channels)
    assert found.encoder.ngrams.dump() == expected.encoder.ngrams.dump()


def test_who_waits_for_another_that_learns_the_same_takes_what_that_has_learnt(files, monkeypatch):
    """As the workers of one training do: the second looks into the cache once the first is done."""
    config = read(files)
    entered = []

    class Lock:
        def __init__(self, path):
            assert path.parent.is_dir()

        def __enter__(self):
            if not entered:  # what another process does meanwhile
                entered.append(True)
                load_dataset(config)

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(datasets.filelock, "FileLock", Lock)
    told: list[NgramProgress] = []
    load_dataset(config, listener=told.append)
    assert not told


@pytest.mark.parametrize("error", [OSError("no locks available"), NotImplementedError("no flock here")])
def test_where_nothing_can_be_locked_it_is_learnt_all_the_same(files, monkeypatch, error):
    class Lock:
        def __init__(self, path):
            pass

        def __enter__(self):
            raise error

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(datasets.filelock, "FileLock", Lock)
    assert load_dataset(read(files)).encoder.ngrams is not None
