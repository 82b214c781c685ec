"""A model is judged on reviews that it has not learnt from, and the user hears which these are."""

from __future__ import annotations

import csv
import shutil

import numpy as np
import pytest

from lstm_cli.classes import SENTIMENT
from lstm_cli.config import DataConfig, NgramsConfig, SourceConfig
from lstm_cli.data.dataset import load_dataset, load_splits
from lstm_cli.data.encoding import build_encoder
from lstm_cli.data.selection import select_other_data, select_own_part, select_reviews
from lstm_cli.errors import DataError
from lstm_cli.text.encoder import TextEncoder
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.vocabulary import Vocabulary

OTHER_WORDS = Vocabulary(("film", "good", "bad"))


@pytest.fixture
def config(small_csv) -> DataConfig:
    return DataConfig(dataset=str(small_csv), num_words=20, maxlen=6)


def test_a_model_that_does_not_say_what_it_learnt_from_needs_other_reviews(config, small_csv):
    encoder = load_dataset(config).encoder
    given = {"split": None, "config": None, "encoder": encoder, "classes": SENTIMENT, "fingerprint": None}
    assert select_reviews(SourceConfig(dataset=str(small_csv)), **given).dataset == "small.csv"
    with pytest.raises(DataError, match="does not say what it was trained on"):
        select_reviews(None, **given)


@pytest.fixture
def folder(tmp_path):
    """Reviews laid out like aclImdb, with a test split of their own."""
    for part, count in (("train", 6), ("test", 3)):
        for label in ("neg", "pos"):
            place = tmp_path / "reviews" / part / label
            place.mkdir(parents=True)
            for number in range(count):
                (place / f"{number}.txt").write_text(f"{part} film {number} is {label}")
    return tmp_path / "reviews"


def expect_encoded(selection, *, encoder: TextEncoder) -> None:
    """Check that the arrays are those of the texts that the selection reads, row by row."""
    reviews = selection.load_reviews()
    expected = encoder.encode([review.text for review in reviews], labels=[review.label for review in reviews])
    for array in ("tokens", "labels", "unknown_share", "truncated", "digests"):
        np.testing.assert_array_equal(getattr(selection.encoded, array), getattr(expected, array), strict=True)


class TestOwnPart:
    @pytest.mark.parametrize(
        ("split", "expected"),
        [(None, "test"), ("test", "test"), ("validation", "validation"), ("train", "train")],
    )
    def test_it_is_the_part_that_was_asked_for_and_the_test_part_else(self, config, split, expected):
        dataset = load_dataset(config)
        selection = select_own_part(config, split=split, encoder=dataset.encoder, fingerprint=dataset.fingerprint)
        assert (selection.dataset, selection.split, selection.notice) == ("small.csv", expected, "")
        assert selection.load_reviews() == getattr(load_splits(config), expected)
        expect_encoded(selection, encoder=dataset.encoder)

    def test_without_a_test_part_it_is_the_validation_part_and_says_so(self, config):
        config = config.model_copy(update={"test_split": 0.0})
        dataset = load_dataset(config)
        selection = select_own_part(config, split=None, encoder=dataset.encoder, fingerprint=None)
        assert selection.split == "validation"
        assert "no test part" in selection.notice
        assert selection.load_reviews() == load_splits(config).validation
        with pytest.raises(DataError, match=r"no test part .*Try --split validation"):
            select_own_part(config, split="test", encoder=dataset.encoder, fingerprint=None)

    def test_a_part_without_a_review_is_refused(self, config):
        config = config.model_copy(update={"validation_split": 0.0})
        encoder = load_dataset(config).encoder
        assert select_own_part(config, split=None, encoder=encoder, fingerprint=None).split == "test"
        with pytest.raises(DataError, match="There is no validation part"):
            select_own_part(config, split="validation", encoder=encoder, fingerprint=None)
        everything_learnt = config.model_copy(update={"test_split": 0.0})
        for split, part in ((None, "validation"), ("test", "test")):
            with pytest.raises(DataError, match=f"There is no {part} part"):
                select_own_part(everything_learnt, split=split, encoder=encoder, fingerprint=None)

    def test_data_that_has_changed_is_refused(self, config, small_csv):
        """The splits would be others: what the model learnt from might be among the new test part."""
        before = load_dataset(config)
        with small_csv.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([[f"One more film, number {number}", number % 2] for number in range(9)])
        with pytest.raises(DataError, match=r"has changed since the model was trained .*--data"):
            select_own_part(config, split=None, encoder=before.encoder, fingerprint=before.fingerprint)
        # Where nobody knows what it was, the data is taken as it is.
        selection = select_own_part(config, split="train", encoder=before.encoder, fingerprint=None)
        assert len(selection.encoded) > len(before.train)

    def test_a_model_with_words_of_its_own_reads_with_these(self, config):
        """As one of plain Keras has; the reviews stay those of the part."""
        selection = select_own_part(
            config, split="validation", encoder=build_encoder(config, Words(), OTHER_WORDS), fingerprint=None
        )
        assert selection.load_reviews() == load_splits(config).validation
        expect_encoded(selection, encoder=build_encoder(config, Words(), OTHER_WORDS))

    @pytest.mark.parametrize("split", ["test", "validation", "train"])
    def test_the_validation_part_comes_along_read_as_the_model_reads(self, config, split):
        """With the n-grams of its training part, where it has some; not where its words are of other data."""
        with_ngrams = config.model_copy(update={"ngrams": NgramsConfig(folds=2)})
        texts = [review.text for review in load_splits(config).validation]
        for settings in (config, with_ngrams):
            encoder = load_dataset(settings).encoder
            selection = select_own_part(config, split=split, encoder=encoder, fingerprint=None)
            expected = encoder.encode(texts)
            np.testing.assert_array_equal(selection.validation.tokens, expected.tokens)
            np.testing.assert_array_equal(selection.validation.logits, expected.logits)
        others = build_encoder(config, Words(), OTHER_WORDS)
        assert select_own_part(config, split=split, encoder=others, fingerprint=None).validation is None

    def test_a_data_sets_own_test_split_is_the_test_part(self, folder):
        config = DataConfig(dataset=str(folder), num_words=20, maxlen=6)
        dataset = load_dataset(config)
        selection = select_own_part(config, split=None, encoder=dataset.encoder, fingerprint=dataset.fingerprint)
        assert selection.split == "test"
        assert all(review.text.startswith("test") for review in selection.load_reviews())
        assert len(selection.encoded) == 6


class TestWhereTheDataLieNow:
    """The model's own data are known by what they hold."""

    @pytest.fixture
    def select(self, config):
        """A function: a source, where files lie now → the selection, by the model as it was trained before."""
        dataset = load_dataset(config)
        given = {"config": config, "encoder": dataset.encoder, "classes": SENTIMENT}

        def call(source=None, *, split=None, fingerprint=dataset.fingerprint, **places):
            return select_reviews(source, split=split, fingerprint=fingerprint, **given, **places)

        return call

    def test_without_a_word_they_lie_where_they_lay(self, config, select):
        assert (select().split, select().notice) == ("test", "")
        assert select().load_reviews() == load_splits(config).test

    @pytest.mark.parametrize("split", [None, "train"])
    def test_named_by_the_user_they_are_the_models_parts(self, config, small_csv, select, split):
        """Whatever their name now, and whatever lies at their place."""
        splits = load_splits(config)
        copy = shutil.copy(small_csv, small_csv.with_name("copy.csv"))
        small_csv.write_text("text,label\nother,1\nothers,0\n")
        selection = select(SourceConfig(dataset=str(copy)), split=split)
        assert selection.split == (split or "test")
        assert selection.load_reviews() == getattr(splits, split or "test")

    def test_other_reviews_are_read_whole(self, select, tmp_path):
        other = tmp_path / "other.csv"
        other.write_text("text,label\none film,1\nno film,0\n")
        selection = select(SourceConfig(dataset=str(other)))
        assert (selection.dataset, selection.split, selection.validation) == ("other.csv", "all", None)
        assert [review.text for review in selection.load_reviews()] == ["one film", "no film"]

    def test_other_reviews_stand_in_the_models_columns(self, config, select, tmp_path):
        other = tmp_path / "other.csv"
        other.write_text("text,comment,label\none film,so good,1\nno film,so bad,0\n")
        given = {
            "encoder": build_encoder(config, Words(), OTHER_WORDS),
            "classes": SENTIMENT,
            "fingerprint": "0" * 64,
        }
        named = config.model_copy(update={"text": ("comment",)})
        selection = select_reviews(SourceConfig(dataset=str(other)), split=None, config=named, **given)
        assert [review.text for review in selection.load_reviews()] == ["so good", "so bad"]
        first, _ = select(SourceConfig(dataset=str(other))).load_reviews()
        assert first.text == "one film"

    def test_moved_files_are_found_where_they_are_said_to_lie(self, config, small_csv, select):
        test, moved = load_splits(config).test, str(small_csv.with_name("moved.csv"))
        shutil.move(small_csv, moved)
        assert select(moved=[moved]).load_reviews() == test

    def test_of_the_places_that_are_said_each_must_be_needed(self, small_csv, select):
        other = small_csv.with_name("other.csv")
        other.write_text("text,label\nother,1\nothers,0\n")
        for places in ([str(other)], [str(small_csv), str(other)]):
            with pytest.raises(
                DataError, match=r"are not whole with .*other\.csv\. Name where all of them lie now"
            ):
                select(moved=places)
        # Where nobody knows what they held, they are what lies at their place.
        assert select(moved=[str(other)], fingerprint=None).dataset == "small.csv"

    def test_what_a_run_has_kept_lies_in_its_folder(self, config, tmp_path):
        then, run = tmp_path / "then" / "data.jsonl", tmp_path / "run"
        for folder in (then.parent, run):
            folder.mkdir()
        then.write_text("".join(f'{{"text": "film {number}", "label": {number % 2}}}\n' for number in range(40)))
        config = config.model_copy(update={"dataset": str(then)})
        dataset, test = load_dataset(config), load_splits(config).test
        shutil.move(then, run)
        given = {"split": None, "encoder": dataset.encoder, "fingerprint": dataset.fingerprint}
        selection = select_reviews(None, config=config, classes=SENTIMENT, folder=run, **given)
        assert selection.load_reviews() == test
        for folder in (None, tmp_path / "nowhere"):
            with pytest.raises(DataError, match=r"trained on these reviews: --data says where they lie now"):
                select_reviews(None, config=config, classes=SENTIMENT, folder=folder, **given)


class TestOtherData:
    def test_it_is_all_of_a_file_that_has_no_parts(self, config, small_csv):
        selection = select_other_data(
            str(small_csv), split=None, encoder=build_encoder(config, Words(), OTHER_WORDS)
        )
        assert (selection.dataset, selection.split) == ("small.csv", "all")
        assert (
            selection.notice == "small.csv: read as utf-8, separated by ',', text from 'text', labels from 'label'"
        )
        assert len(selection.encoded) == 40
        expect_encoded(selection, encoder=build_encoder(config, Words(), OTHER_WORDS))

    @pytest.mark.parametrize("split", ["test", "validation", "train"])
    def test_a_part_of_a_file_that_has_none_is_refused(self, config, small_csv, split):
        with pytest.raises(DataError, match="has no parts of its own: leave out --split"):
            select_other_data(str(small_csv), split=split, encoder=build_encoder(config, Words(), OTHER_WORDS))

    @pytest.mark.parametrize(
        ("split", "expected", "count"), [(None, "test", 6), ("test", "test", 6), ("train", "train", 12)]
    )
    def test_a_data_sets_own_parts_are_used(self, config, folder, split, expected, count):
        selection = select_other_data(
            str(folder), split=split, encoder=build_encoder(config, Words(), OTHER_WORDS)
        )
        assert selection.split == expected
        assert len(selection.encoded) == count
        assert all(review.text.startswith(expected) for review in selection.load_reviews())
        expect_encoded(selection, encoder=build_encoder(config, Words(), OTHER_WORDS))

    def test_a_validation_part_that_nobody_drew_is_refused(self, config, folder):
        with pytest.raises(DataError, match="no validation part"):
            select_other_data(str(folder), split="validation", encoder=build_encoder(config, Words(), OTHER_WORDS))

    def test_it_is_read_as_the_model_reads(self, folder):
        """Cut and padded by the model's settings, whatever data set these name."""
        config = DataConfig(dataset="imdb", maxlen=3, padding="post", truncating="post")
        selection = select_other_data(str(folder), split=None, encoder=build_encoder(config, Words(), OTHER_WORDS))
        expect_encoded(selection, encoder=build_encoder(config, Words(), OTHER_WORDS))
        assert selection.encoded.tokens.shape == (6, 3)

    @pytest.mark.parametrize("dataset", ["imdbb", "missing.csv", "nowhere/"])
    def test_what_is_no_data_set_is_refused(self, config, dataset):
        with pytest.raises(DataError):
            select_other_data(dataset, split=None, encoder=build_encoder(config, Words(), OTHER_WORDS))

    def test_a_validation_part_alone_is_judged_on(self, config, folder):
        shutil.move(folder / "test", folder / "dev")
        encoder = build_encoder(config, Words(), OTHER_WORDS)
        selection = select_other_data(str(folder), split=None, encoder=encoder)
        assert (selection.split, len(selection.encoded)) == ("validation", 6)
        with pytest.raises(DataError, match="reviews has the parts train and validation, but no test part"):
            select_other_data(str(folder), split="test", encoder=encoder)

    def test_what_is_left_out_is_told_below_how_it_is_read(self, config, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("text,label\ngood,1\n,0\nbad,0\nodd,maybe\n")
        encoder = build_encoder(config, Words(), OTHER_WORDS)
        selection = select_other_data(str(path), split=None, encoder=encoder, classes=SENTIMENT)
        assert selection.notice.splitlines() == [
            "a.csv: read as utf-8, separated by ',', text from 'text', labels from 'label'",
            "a.csv: 1 row left out, no text: line 3",
            "a.csv: 1 row left out, unknown label: line 5",
        ]

    def test_reviews_of_one_class_are_refused(self, config, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("text,label\ngood,1\nfine,1\n")
        with pytest.raises(DataError, match=r"a\.csv holds positive reviews only\. Expected both classes"):
            select_other_data(str(path), split=None, encoder=build_encoder(config, Words(), OTHER_WORDS))
