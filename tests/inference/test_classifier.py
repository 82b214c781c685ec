"""A text goes the way that the reviews of the training went, and gives the same number alone or among others."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import build, read_config, save

from lstm_cli.config import load_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.errors import ConfigError, DataError, ModelFileError
from lstm_cli.inference.classifier import load_classifier
from lstm_cli.modelfile.stored_model import Provenance

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
    save(path, config, vocabulary=dataset.encoder.vocabulary, provenance=provenance)
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
        known = classifier.encoder.vocabulary.words
        tokens = [1, *(known.index(word) + 3 if word in known else 2 for word in words)]
        unknown = tokens.count(2)
        assert 0 < unknown < len(words)
        cut = tokens[-12:]  # maxlen, cut and padded before the text
        by_hand = float(build(config)(np.array([cut], dtype=np.int32))[0, 0])
        (prediction,) = classifier.predict([text])
        assert prediction.probabilities["positive"] == pytest.approx(by_hand, abs=1e-6)
        assert prediction.label == ("positive" if by_hand > 0.5 else "negative")
        assert prediction.probability == prediction.probabilities[prediction.label]
        assert prediction.unknown_share == pytest.approx(unknown / len(words))
        assert prediction.truncated
        assert prediction.text == text

    def test_one_text_and_many_give_the_same_numbers(self, ours):
        classifier = load_classifier(ours)
        together = classifier.predict(TEXTS)
        alone = [classifier.predict([text])[0] for text in TEXTS]
        assert [one.text for one in together] == TEXTS
        for one, other in zip(together, alone, strict=True):
            if one.label is not None:
                assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)
            assert (one.label, one.unknown_share, one.truncated) == (
                other.label, other.unknown_share, other.truncated
            )  # fmt: skip

    def test_a_text_tells_what_was_unknown_and_cut(self, ours):
        empty, long, foreign = load_classifier(ours).predict(["", "the " * 500, "映画"])
        assert (empty.unknown_share, empty.truncated) == (0.0, False)
        assert (long.unknown_share, long.truncated) == (0.0, True)
        assert foreign.unknown_share == 1.0

    def test_no_texts_give_no_predictions(self, ours):
        assert load_classifier(ours).predict([]) == []

    def test_of_no_texts_there_are_no_probabilities_of_each_class(self, ours):
        assert load_classifier(ours).predict_proba([]).shape == (0, 2)

    def test_each_class_has_its_probability(self, ours):
        classifier = load_classifier(ours)
        given = classifier.predict_proba(TEXTS)
        assert (given.shape, given.dtype) == ((len(TEXTS), 2), np.float32)
        np.testing.assert_allclose(given.sum(axis=1), 1, rtol=1e-6)
        second = classifier.compute_probabilities(classifier.encoder.encode(TEXTS))
        np.testing.assert_array_equal(given[:, 1], second)

    def test_it_shows_itself_in_a_line(self, ours):
        classifier = load_classifier(ours)
        words = len(classifier.encoder.vocabulary.words)
        shown = f"classes=('negative', 'positive'), words={words})"
        assert repr(classifier) == f"Classifier({str(ours)!r}, {shown}"
        assert repr(replace(classifier, file=None)) == f"Classifier({shown}"

    @given(texts=st.lists(st.text(max_size=60), max_size=5))
    @settings(max_examples=20)
    def test_any_text_gets_a_probability_or_nothing(self, shared_classifier, texts):
        for prediction, text in zip(shared_classifier.predict(texts), texts, strict=True):
            assert prediction.text == text
            assert 0 <= prediction.unknown_share <= 1
            if prediction.label is None:
                assert (prediction.probability, prediction.probabilities) == (None, None)
            else:
                assert 0.5 <= prediction.probability <= 1
                assert sum(prediction.probabilities.values()) == pytest.approx(1)

    @pytest.fixture(scope="class")
    @classmethod
    def shared_classifier(cls, tmp_path_factory, keras_started):  # noqa: ARG003 - it must have been
        path = tmp_path_factory.mktemp("shared") / "model.h5"
        save(path)
        return load_classifier(path)


class TestNothingKnown:
    """A sure answer to a text that the model cannot read would be a lie."""

    @pytest.mark.parametrize("text", ["", "  ", ":)", "映画", "xyzzy " * 30, "the" + " xyzzy" * 30])
    def test_a_text_without_a_word_left_that_is_known_gets_no_label(self, ours, text):
        (prediction,) = load_classifier(ours).predict([text])
        assert (prediction.label, prediction.probability, prediction.probabilities) == (None, None, None)

    def test_one_known_word_is_enough(self, ours):
        (prediction,) = load_classifier(ours).predict(["xyzzy the"])
        assert prediction.label in {"negative", "positive"}


class TestNoNumbers:
    """A model whose weights are damaged gives an error, not `negative nan`."""

    @pytest.fixture
    def overflowing(self, tmp_path):
        config = read_config(recurrent=[{"cell": "simple_rnn", "units": 2, "activation": "linear"}])
        model = build(config)
        model.set_weights(
            [np.full_like(weight, 1e38) * (-1) ** np.arange(weight.shape[-1]) for weight in model.get_weights()]
        )
        save(tmp_path / "model.h5", config, model=model)
        return load_classifier(tmp_path / "model.h5")

    def test_a_readable_text_without_a_number_is_an_error(self, overflowing):
        with np.errstate(all="ignore"), pytest.raises(ModelFileError, match="no numbers for 1 of 1"):
            overflowing.predict(["the größe映画"])

    def test_a_text_that_cannot_be_read_anyway_is_none(self, overflowing):
        with np.errstate(all="ignore"):
            assert [one.label for one in overflowing.predict(["", "xyzzy"])] == [None, None]


class TestOurFiles:
    def test_the_file_is_all_that_is_needed(self, config, ours, monkeypatch, tmp_path):
        """The data set is gone, the folder another, and the numbers are the trained model's."""
        dataset = load_dataset(config.data)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        monkeypatch.setattr("lstm_cli.inference.foreign.load_dataset", None)
        moved = ours.rename(elsewhere / "renamed.h5")
        classifier = load_classifier(moved)
        assert classifier.encoder.vocabulary == dataset.encoder.vocabulary
        assert classifier.data == config.data
        assert classifier.loss == config.training.loss
        assert classifier.provenance.fingerprint == dataset.fingerprint
        expected = np.asarray(build(config)(dataset.test.tokens))[:, 0]
        np.testing.assert_allclose(classifier.network.predict(dataset.test.tokens)[:, 0], expected, atol=1e-5)

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
        assert classifier.encoder.vocabulary == dataset.encoder.vocabulary
        expected = np.asarray(build(config)(dataset.validation.tokens))[:, 0]
        found = classifier.network.predict(dataset.validation.tokens)[:, 0]
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
            classifier.network.predict(tokens)[:, 0], np.asarray(model(tokens))[:, 0], atol=1e-5
        )

    @pytest.mark.parametrize(
        ("overrides", "kind", "message"),
        [
            ([], ModelFileError, r"does not say how its words were numbered\..*data\.dataset=imdb-keras"),
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
        assert classifier.encoder.vocabulary.words[:2] == ("zoo", "zebra")


def test_the_named_gru_reads_real_reviews_from_its_file(shared_cache_home, tmp_path, imdb):
    """The main job's own settings, at full size, from the first review to a probability; untrained."""
    from lstm_cli.config import find_named_config

    config = load_config(find_named_config("gru"))
    dataset = load_dataset(config.data)
    path = tmp_path / "best-gru-model.h5"
    provenance = Provenance(dataset.name, dataset.fingerprint, 1, "1")
    save(path, config, vocabulary=dataset.encoder.vocabulary, provenance=provenance)
    classifier = load_classifier(path)
    texts = [review.text for review in imdb.reviews[:50]]
    predictions = classifier.predict(texts)
    assert [one.text for one in predictions] == texts
    assert all(0.5 <= one.probability < 1 for one in predictions)
    assert 0 < np.mean([one.unknown_share for one in predictions]) < 0.5
    assert shared_cache_home.is_dir()


def test_an_unrolled_model_gives_the_same_numbers_rolled(tiny_config, reviews_csv, tmp_path):
    """A file may ask for 100,000 copies of a layer; reading it needs one."""
    config = tiny_config(reviews_csv, "model.recurrent=[{cell: gru, units: 2, unroll: true}]")
    dataset = load_dataset(config.data)
    model = build(config)
    provenance = Provenance(dataset.name, dataset.fingerprint, 1, "1")
    path = tmp_path / "model.h5"
    save(path, config, vocabulary=dataset.encoder.vocabulary, provenance=provenance, model=model)
    classifier = load_classifier(path)
    tokens = dataset.train.tokens[:9]
    np.testing.assert_allclose(
        classifier.network.predict(tokens)[:, 0], np.asarray(model(tokens))[:, 0], atol=1e-6
    )


WITHOUT_FRAMEWORKS = """
import sys
class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "sklearn", "matplotlib", "numba"}:
            raise ImportError(f"{name} is forbidden here")
sys.meta_path.insert(0, Forbidden())
from pathlib import Path
from lstm_cli.inference.classifier import load_classifier
print(load_classifier(Path(sys.argv[1])).predict(["映画 the größe"])[0].label)
"""


def test_a_sentence_is_read_without_a_framework(model_path):
    """In a process that cannot import TensorFlow, Keras, scikit-learn, matplotlib or even numba."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FRAMEWORKS, model_path], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout.strip() in {"negative", "positive"}) == ("", True)
