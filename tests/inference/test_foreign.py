"""Somebody else's model reads a text as it was trained to, by whatever says how; what is doubtful is told."""

from __future__ import annotations

import csv
import hashlib
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.errors import ConfigError, DataError, ModelFileError
from lstm_cli.inference.classifier import load_classifier

pytestmark = pytest.mark.usefixtures("keras_started")

TEXTS = ["The film was good, a GOOD film!", "bad bad film", "nothing of this is known", "a", "the film"]
ROWS = 12


def build(*layers, outputs: int = 1, length: int | None = 5, rows: int = ROWS):
    """A small Keras model with large random weights, of tokens or of what `layers` make tokens of."""
    import keras

    kl = keras.layers
    first = keras.Input((1,), dtype="string") if layers else keras.Input((length,), dtype="int32")
    output = kl.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax")
    model = keras.Sequential([first, *layers, kl.Embedding(rows, 4, mask_zero=True), kl.LSTM(3), output])
    random = np.random.default_rng(1)
    for layer in model.layers:
        layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return model


def fit_tokenizer(**settings):
    from keras.src.legacy.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(["the film was good", "a bad film", "a good film", "the the"])
    return tokenizer


def read_probabilities(classifier, texts=TEXTS) -> list[float]:
    return classifier.compute_probabilities(classifier.encoder.encode(texts)).tolist()


@pytest.fixture(params=["h5", "keras"])
def path(request, tmp_path) -> Path:
    """Where a model is saved, in both of Keras' formats."""
    return tmp_path / f"model.{request.param}"


class TestTokenizerFile:
    @pytest.mark.parametrize("settings", [{}, {"oov_token": "<OOV>", "num_words": 5}, {"char_level": True}])
    @pytest.mark.parametrize("side", ["pre", "post"])
    def test_the_answers_are_those_of_keras_with_its_tokenizer(self, path, tmp_path, settings, side):
        import keras

        tokenizer = fit_tokenizer(**settings)
        model = build(rows=settings.get("num_words", len(tokenizer.word_index) + 1))
        model.save(path)
        file = tmp_path / "tokenizer.json"
        file.write_text(tokenizer.to_json())
        overrides = [f"data.padding={side}", f"data.truncating={side}"] if side == "post" else []
        classifier = load_classifier(path, overrides=overrides, tokenizer_file=file)
        rows = keras.utils.pad_sequences(
            tokenizer.texts_to_sequences(TEXTS), maxlen=5, padding=side, truncating=side
        )
        np.testing.assert_allclose(read_probabilities(classifier), np.asarray(model(rows))[:, 0], atol=1e-6)
        assert classifier.notice == ""

    def test_the_answers_are_those_of_keras_with_its_layer(self, path, tmp_path):
        """A vocabulary, one token a line; the layer pads and cuts behind the text, and so it is here."""
        import keras

        layer = keras.layers.TextVectorization(output_sequence_length=5)
        layer.adapt(["the film was good", "a bad film"])
        model = build()
        model.save(path)
        file = tmp_path / "vocabulary.txt"
        file.write_text("\n".join(layer.get_vocabulary()))
        classifier = load_classifier(path, tokenizer_file=file)
        expected = np.asarray(model(layer(np.array(TEXTS)[:, None])))[:, 0]
        np.testing.assert_allclose(read_probabilities(classifier), expected, atol=1e-6)

    def test_a_model_of_any_length_is_told_one(self, path, tmp_path):
        build(length=None).save(path)
        file = tmp_path / "vocabulary.txt"
        file.write_text("the\nfilm\ngood\nbad")
        with pytest.raises(ConfigError, match=r"say how long with --set data\.maxlen=N"):
            load_classifier(path, tokenizer_file=file)
        assert load_classifier(path, tokenizer_file=file, overrides=["data.maxlen=7"]).encoder.maxlen == 7

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (pickle.dumps({"a": 1}), r"it is a pickle, .*to_json"),
            (b'{"the": 1}', "a word_index alone"),
            (b"\xff\xfe\x00", "in UTF-8"),
            (b"a\na", "stands there twice"),
            (b" " * (64 * 2**20 + 1), "at most 67,108,864 bytes"),
        ],
        ids=["a pickle", "an index", "no UTF-8", "twice", "too large"],
    )
    def test_a_file_that_is_none_is_refused_by_its_name(self, path, tmp_path, content, message):
        build().save(path)
        file = tmp_path / "tokenizer"
        file.write_bytes(content)
        with pytest.raises(ModelFileError, match=message) as caught:
            load_classifier(path, tokenizer_file=file)
        assert str(file) in str(caught.value)

    def test_no_file_and_no_ordinary_file_are_refused(self, path, tmp_path):
        build().save(path)
        for file, what in ((tmp_path, "a folder"), (tmp_path / "x", "not there"), (Path("/dev/zero"), "ordinary")):
            with pytest.raises(ModelFileError, match=what):
                load_classifier(path, tokenizer_file=file)

    def test_what_does_not_fit_beside_it_is_refused(self, path, tmp_path):
        build().save(path)
        file = tmp_path / "vocabulary.txt"
        file.write_text("the\nfilm")
        with pytest.raises(ConfigError, match=r"data\.tokenizer"):
            load_classifier(path, tokenizer_file=file, overrides=["data.tokenizer=words"])
        with pytest.raises(ConfigError, match="built for 5, got 9"):
            load_classifier(path, tokenizer_file=file, overrides=["data.maxlen=9"])
        file.write_text(json.dumps(oov_beyond(ROWS)))
        with pytest.raises(ModelFileError, match="unknown words have the number 12, and the model 12 rows"):
            load_classifier(path, tokenizer_file=file)

    @pytest.mark.parametrize(
        ("words", "notice"),
        [(3, "probably the wrong one"), (4, ""), (10, ""), (11, "probably the wrong one. Words beyond are")],
    )
    def test_a_vocabulary_of_another_size_is_doubted(self, path, tmp_path, words, notice):
        """Two numbers are no words: less than half the rows, half, all, and more."""
        build().save(path)
        file = tmp_path / "vocabulary.txt"
        file.write_text("\n".join(f"w{number}" for number in range(words)))
        classifier = load_classifier(path, tokenizer_file=file)
        assert notice in classifier.notice
        assert bool(notice) == bool(classifier.notice)
        assert all(0 <= value <= 1 for value in read_probabilities(classifier, [f"w{words - 1} w0"]))


def oov_beyond(rows: int) -> dict:
    word_index = json.dumps({"a": 1, "oov": rows})
    return {"class_name": "Tokenizer", "config": {"oov_token": "oov", "word_index": word_index}}


class TestTextsInside:
    """A TextVectorization layer in the model itself."""

    @pytest.fixture
    def model(self):
        import keras

        layer = keras.layers.TextVectorization(standardize="lower", split="character", output_sequence_length=6)
        layer.adapt(["the film was good", "a bad film!"])
        return build(layer, rows=layer.vocabulary_size())

    def test_it_is_read_from_a_keras_file(self, model, tmp_path):
        path = tmp_path / "model.keras"
        model.save(path)
        classifier = load_classifier(path)
        expected = np.asarray(model(np.array(TEXTS, dtype=object)[:, None]))[:, 0]
        np.testing.assert_allclose(read_probabilities(classifier), expected, atol=1e-6)
        assert classifier.data is None
        with pytest.raises(ConfigError, match="--tokenizer is for files that say nothing of their words"):
            load_classifier(path, tokenizer_file=path)

    def test_an_h5_file_has_it_without_its_vocabulary_and_says_so(self, model, tmp_path):
        """Given that, the layer's own way to standardize and to split counts."""
        path = tmp_path / "model.h5"
        model.save(path)
        with pytest.raises(ModelFileError, match=r"without the vocabulary(?s:.*)get_vocabulary\(\).*--tokenizer"):
            load_classifier(path)
        file = tmp_path / "vocabulary.txt"
        file.write_text("\n".join(model.layers[0].get_vocabulary()))
        classifier = load_classifier(path, tokenizer_file=file)
        expected = np.asarray(model(np.array(TEXTS, dtype=object)[:, None]))[:, 0]
        np.testing.assert_allclose(read_probabilities(classifier), expected, atol=1e-6)


class TestNamedData:
    @pytest.fixture
    def published_words(self, cache_home, monkeypatch):
        """Keras' own list of words, of a few of them."""
        from lstm_cli.data import imdb_keras

        content = json.dumps({"the": 1, "film": 2, "a": 3, "good": 4, "bad": 5, "was": 6}).encode()
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        monkeypatch.setattr(
            imdb_keras, "WORDS_FILE", imdb_keras._PublishedFile("imdb_word_index.json", "md5", digest)
        )
        folder = cache_home / "keras" / "datasets"
        folder.mkdir(parents=True)
        (folder / "imdb_word_index.json").write_bytes(content)

    def test_the_numbering_of_keras_own_data_is_known(self, path, published_words):  # noqa: ARG002
        """And says nothing: its words begin with 4, as load_data has them."""
        import keras

        model = build(rows=10)
        model.save(path)
        classifier = load_classifier(path, overrides=["data.dataset=imdb-keras"])
        rows = keras.utils.pad_sequences([[1, 4, 5, 9, 7], [1, 8, 8, 5], [1, 2, 2, 2, 2]], maxlen=5)
        texts = ["the film was good", "bad bad film", "nothing like that here"]
        np.testing.assert_allclose(read_probabilities(classifier, texts), np.asarray(model(rows))[:, 0], atol=1e-6)
        assert classifier.notice == ""

    def test_a_vocabulary_much_smaller_than_the_embedding_is_doubted(self, path, published_words):  # noqa: ARG002
        build(rows=100).save(path)
        notice = load_classifier(path, overrides=["data.dataset=imdb-keras"]).notice
        assert notice.endswith("has 10 numbers and the model's embedding 100 rows: it is probably the wrong one.")

    def test_any_other_data_is_a_guess_and_told_so(self, path, reviews_csv):
        build(rows=300).save(path)
        notice = load_classifier(path, overrides=[f"data.dataset={reviews_csv}"]).notice
        assert "is a guess" in notice
        assert "--tokenizer FILE, or --set data.dataset=imdb-keras" in notice
        assert "probably the wrong one" not in notice

    def test_other_data_of_few_words_is_doubted_too(self, path, tmp_path):
        build(rows=300).save(path)
        file = tmp_path / "few.csv"
        with file.open("w", newline="") as opened:
            rows = [[f"good number{number}", number % 2] for number in range(40)]
            csv.writer(opened).writerows([["text", "label"], *rows])
        notice = load_classifier(path, overrides=[f"data.dataset={file}"]).notice
        assert "is a guess" in notice
        assert "probably the wrong one" in notice

    def test_without_a_word_of_it_the_surest_ways_are_named_first(self, path):
        build().save(path)
        with pytest.raises(ModelFileError) as caught:
            load_classifier(path)
        message = str(caught.value)
        assert 0 < message.index("--set data.dataset=imdb-keras") < message.index("--tokenizer FILE")
        assert len(message.splitlines()) <= 2


class TestOutputs:
    @pytest.fixture
    def vocabulary(self, tmp_path) -> Path:
        file = tmp_path / "vocabulary.txt"
        file.write_text("\n".join(["the", "film", "was", "good", "a", "bad"]))
        return file

    @pytest.mark.parametrize("outputs", [2, 5])
    def test_a_softmax_names_the_most_probable_class(self, path, vocabulary, outputs):
        """Two are negative and positive, as with a sigmoid; more are called by their numbers."""
        model = build(outputs=outputs)
        model.save(path)
        classifier = load_classifier(path, tokenizer_file=vocabulary)
        names = ("negative", "positive") if outputs == 2 else ("0", "1", "2", "3", "4")
        assert classifier.classes.names == names
        known = [text for text in TEXTS if text != "nothing of this is known"]
        expected = np.asarray(model(classifier.encoder.encode(known).tokens))
        for prediction, row in zip(classifier.predict(known), expected, strict=True):
            assert prediction.label == names[int(row.argmax())]
            assert prediction.probability == pytest.approx(row.max(), abs=1e-6)
            assert list(prediction.probabilities.values()) == pytest.approx(row.tolist(), abs=1e-6)
        assert classifier.predict(["nothing of this is known"])[0].label is None


def test_data_that_cannot_be_read_is_a_data_error(path):
    build().save(path)
    with pytest.raises(DataError, match=r"missing\.csv"):
        load_classifier(path, overrides=["data.dataset=missing.csv"])
