"""A text goes the way that the reviews of the training went, and gives the same number alone or among others."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lstm_cli.prediction import load_classifier, predict_probabilities, predict_texts
from model_files import build, save

from lstm_cli.config import load_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.errors import ConfigError, DataError, ModelFileError
from lstm_cli.modelfile.stored_model import Provenance, save_model_file

pytestmark = pytest.mark.usefixtures("keras_started")

TEXTS = [
    "A wonderful film, one of the best I have ever seen!",
    "",
    "Terrible.<br /><br />The plot is bad, the acting is worse and the end is the worst of it all by far.",
    "Фильм был очень хорош",
    "最高の映画だった",
    "فيلم رائع",
    "the " * 500,
]


@pytest.fixture
def config(tiny_config, reviews_csv):
    return tiny_config(reviews_csv, "model.recurrent=[{cell: lstm, units: 3}, {cell: gru, units: 2}]")


@pytest.fixture
def ours(config, tmp_path: Path) -> Path:
    """A model file with the words of 300 real reviews."""
    dataset = load_dataset(config.data)
    path = tmp_path / "ours.h5"
    provenance = Provenance(dataset.name, dataset.fingerprint, 1, "1")
    save_model_file(path, build(config), config=config, vocabulary=dataset.vocabulary, provenance=provenance)
    return path


@pytest.fixture
def foreign(config, tmp_path: Path) -> Path:
    """The same model as plain Keras saves it."""
    path = tmp_path / "foreign.h5"
    build(config).save(path)
    return path


class TestTexts:
    def test_the_numbers_are_those_of_encoding_by_hand(self, config, ours):
        """Word by word, from the vocabulary's list to the Keras layers, nothing of ours between."""
        text = "This film is NOT the best, but the story was good and I like it."
        words = text.lower().replace(",", "").replace(".", "").split()
        classifier = load_classifier(ours)
        known = classifier.vocabulary.words
        tokens = [1, *(known.index(word) + 3 if word in known else 2 for word in words)]
        unknown = tokens.count(2)
        assert 0 < unknown < len(words)
        cut = tokens[-12:]  # maxlen, cut and padded before the text
        by_hand = float(build(config)(np.array([cut], dtype=np.int32))[0, 0])
        (prediction,) = predict_texts(classifier, [text])
        assert prediction.probability == pytest.approx(by_hand, abs=1e-6)
        assert prediction.label == int(by_hand > 0.5)
        assert prediction.unknown_share == pytest.approx(unknown / len(words))
        assert prediction.truncated
        assert prediction.text == text

    def test_one_text_and_many_give_the_same_numbers(self, ours):
        classifier = load_classifier(ours)
        together = predict_texts(classifier, TEXTS)
        alone = [predict_texts(classifier, [text])[0] for text in TEXTS]
        assert [one.text for one in together] == TEXTS
        for one, other in zip(together, alone, strict=True):
            assert one.probability == pytest.approx(other.probability, abs=1e-6)
            assert (one.label, one.unknown_share, one.truncated) == (
                other.label, other.unknown_share, other.truncated
            )  # fmt: skip

    def test_a_text_tells_what_was_unknown_and_cut(self, ours):
        empty, long, foreign = predict_texts(load_classifier(ours), ["", "the " * 500, "映画"])
        assert (empty.unknown_share, empty.truncated) == (0.0, False)
        assert (long.unknown_share, long.truncated) == (0.0, True)
        assert foreign.unknown_share == 1.0

    def test_no_texts_give_no_predictions(self, ours):
        assert predict_texts(load_classifier(ours), []) == []

    @given(texts=st.lists(st.text(max_size=60), max_size=5))
    @settings(max_examples=20)
    def test_any_text_gets_a_probability(self, shared_classifier, texts):
        for prediction, text in zip(predict_texts(shared_classifier, texts), texts, strict=True):
            assert prediction.text == text
            assert 0 <= prediction.probability <= 1
            assert prediction.label == int(prediction.probability > 0.5)
            assert 0 <= prediction.unknown_share <= 1

    @pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 1100])
    def test_rows_keep_their_order_across_batches(self, shared_classifier, count):
        tokens = np.random.default_rng(0).integers(0, 10, (count, 6), dtype=np.int32)
        found = predict_probabilities(shared_classifier.model, tokens)
        assert found.dtype == np.float32
        assert found.shape == (count,)
        if count:
            expected = np.asarray(shared_classifier.model(tokens, training=False))[:, 0]
            np.testing.assert_allclose(found, expected, atol=1e-6)

    @pytest.fixture(scope="class")
    @classmethod
    def shared_classifier(cls, tmp_path_factory, keras_started):  # noqa: ARG003 - it must have been
        path = tmp_path_factory.mktemp("shared") / "model.h5"
        save(path)
        return load_classifier(path)


class TestOurFiles:
    def test_the_file_is_all_that_is_needed(self, config, ours, monkeypatch, tmp_path):
        """The data set is gone, the folder another, and the numbers are the trained model's."""
        dataset = load_dataset(config.data)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        monkeypatch.setattr("lstm_cli.prediction.load_dataset", None)
        moved = ours.rename(elsewhere / "renamed.h5")
        classifier = load_classifier(moved)
        assert classifier.vocabulary == dataset.vocabulary
        assert classifier.data == config.data
        assert classifier.loss == config.training.loss
        assert classifier.provenance.fingerprint == dataset.fingerprint
        expected = np.asarray(build(config)(dataset.test.tokens))[:, 0]
        np.testing.assert_allclose(
            predict_probabilities(classifier.model, dataset.test.tokens), expected, atol=1e-5
        )

    @pytest.mark.parametrize("kernel", ["auto", "keras", "fast"])
    def test_a_file_is_read_whatever_kernel_it_was_trained_on(self, config, tmp_path, kernel, monkeypatch):
        """The fast one too where a GPU makes it impossible: the weights are the same."""
        from lstm_cli.models import kernels

        monkeypatch.setattr(kernels, "has_gpu", lambda: True)
        training = config.training.model_copy(update={"kernel": kernel})
        config = config.model_copy(update={"training": training})
        path = tmp_path / "model.h5"
        dataset = load_dataset(config.data)
        save_model_file(
            path,
            build(config),
            config=config,
            vocabulary=dataset.vocabulary,
            provenance=Provenance("x", "y", 1, "1"),
        )
        found = predict_probabilities(load_classifier(path).model, dataset.test.tokens)
        np.testing.assert_allclose(found, np.asarray(build(config)(dataset.test.tokens))[:, 0], atol=1e-5)

    def test_settings_are_refused_because_the_file_has_its_own(self, ours):
        with pytest.raises(ConfigError, match="--set is for files of plain Keras"):
            load_classifier(ours, overrides=["data.maxlen=5"])

    def test_a_file_that_is_none_is_a_model_file_error(self, tmp_path):
        with pytest.raises(ModelFileError, match="not there"):
            load_classifier(tmp_path / "missing.h5")


class TestForeignFiles:
    def test_it_predicts_as_keras_does_once_the_data_is_named(self, config, foreign, reviews_csv):
        classifier = load_classifier(foreign, overrides=[f"data.dataset={reviews_csv}"])
        dataset = load_dataset(config.data)
        assert classifier.provenance is None
        assert (classifier.data.num_words, classifier.data.maxlen) == (60, 12)
        assert classifier.vocabulary == dataset.vocabulary
        expected = np.asarray(build(config)(dataset.validation.tokens))[:, 0]
        found = predict_probabilities(classifier.model, dataset.validation.tokens)
        np.testing.assert_allclose(found, expected, atol=1e-5)

    def test_padding_and_cutting_follow_the_settings(self, foreign, reviews_csv):
        overrides = [f"data.dataset={reviews_csv}", "data.padding=post", "data.truncating=post", "data.maxlen=12"]
        classifier = load_classifier(foreign, overrides=overrides)
        assert (classifier.data.padding, classifier.data.truncating) == ("post", "post")

    def test_a_model_of_any_length_needs_to_be_told_one(self, reviews_csv, tmp_path):
        import keras

        kl = keras.layers
        model = keras.Sequential([keras.Input((None,)), kl.Embedding(60, 3), kl.GRU(2), kl.Dense(1, "sigmoid")])
        path = tmp_path / "any.h5"
        model.save(path)
        data = f"data.dataset={reviews_csv}"
        with pytest.raises(ConfigError, match=r"takes reviews of any length: .*--set data\.maxlen=N"):
            load_classifier(path, overrides=[data])
        classifier = load_classifier(path, overrides=[data, "data.maxlen=20"])
        tokens = np.random.default_rng(0).integers(0, 60, (5, 20), dtype=np.int32)
        np.testing.assert_allclose(
            predict_probabilities(classifier.model, tokens), np.asarray(model(tokens))[:, 0], atol=1e-5
        )

    @pytest.mark.parametrize(
        ("overrides", "kind", "message"),
        [
            ([], ModelFileError, r"does not say how its words were numbered\. Name the data .*data\.dataset=imdb"),
            (["data.maxlen=12"], ModelFileError, "does not say how its words were numbered"),
            (["data=null"], ConfigError, "takes data settings only|does not say"),
            (["data=3"], ConfigError, "takes data settings only"),
            (["training.epochs=3"], ConfigError, "takes data settings only, such as data.maxlen=100"),
            (["data.dataset=imdb", "model.pooling=max"], ConfigError, "takes data settings only"),
            (["data.dataset=imdb", "data.maxlen=13"], ConfigError, r"data\.maxlen: .* built for 12, got 13"),
            (["data.dataset=imdb", "data.num_words=61"], ConfigError, r"data\.num_words: .* built for 60, got 61"),
            (["data.dataset=imdb", "data.paddin=pre"], ConfigError, "paddin: unknown key. Did you mean 'padding'"),
            (["data.dataset"], ConfigError, "--set expects key.path=value"),
            (["data.dataset=missing.csv"], DataError, "missing.csv"),
        ],
    )
    def test_settings_that_do_not_do_are_refused(self, foreign, overrides, kind, message):
        with pytest.raises((ConfigError, ModelFileError, DataError), match=message) as caught:
            load_classifier(foreign, overrides=overrides)
        assert isinstance(caught.value, kind) or overrides == ["data=null"]

    def test_the_numbering_is_that_of_the_named_data(self, foreign, tmp_path):
        """Other reviews, other words behind the same numbers."""
        path = tmp_path / "others.csv"
        with path.open("w", newline="") as file:
            rows = [[f"zebra {'zoo ' * 3} number{number}", number % 2] for number in range(40)]
            csv.writer(file).writerows([["text", "label"], *rows])
        classifier = load_classifier(foreign, overrides=[f"data.dataset={path}"])
        assert classifier.vocabulary.words[:2] == ("zoo", "zebra")


def test_the_named_gru_reads_real_reviews_from_its_file(shared_cache_home, tmp_path, imdb):
    """The main job's own settings, at full size, from the first review to a probability; untrained."""
    from lstm_cli.config import find_named_config

    config = load_config(find_named_config("gru"))
    dataset = load_dataset(config.data)
    path = tmp_path / "best-gru-model.h5"
    provenance = Provenance(dataset.name, dataset.fingerprint, 1, "1")
    save_model_file(path, build(config), config=config, vocabulary=dataset.vocabulary, provenance=provenance)
    classifier = load_classifier(path)
    texts = [review.text for review in imdb.reviews[:50]]
    predictions = predict_texts(classifier, texts)
    assert [one.text for one in predictions] == texts
    assert all(0 < one.probability < 1 for one in predictions)
    assert 0 < np.mean([one.unknown_share for one in predictions]) < 0.5
    assert shared_cache_home.is_dir()


def test_an_unrolled_model_gives_the_same_numbers_rolled(tiny_config, reviews_csv, tmp_path):
    """A file may ask for 100,000 copies of a layer; reading it needs one."""
    config = tiny_config(reviews_csv, "model.recurrent=[{cell: gru, units: 2, unroll: true}]")
    dataset = load_dataset(config.data)
    model = build(config)
    provenance = Provenance(dataset.name, dataset.fingerprint, 1, "1")
    path = tmp_path / "model.h5"
    save_model_file(path, model, config=config, vocabulary=dataset.vocabulary, provenance=provenance)
    classifier = load_classifier(path)
    assert not any(getattr(layer, "unroll", False) for layer in classifier.model.layers)
    tokens = dataset.train.tokens[:9]
    np.testing.assert_allclose(
        predict_probabilities(classifier.model, tokens), np.asarray(model(tokens))[:, 0], atol=1e-6
    )
