"""A training begins with a model of ours that reads as it does, has its layers and knows its classes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from model_files import PROVENANCE, SEEN, WORDS, build_tokenizer, learn, read_config

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import Config, SourceConfig, complete_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.encoding import build_encoder
from lstm_cli.errors import ConfigError, DataError, ModelFileError
from lstm_cli.modelfile.stored_model import StoredModel
from lstm_cli.sessions.initial_model import InitialModel, load_initial_model

_RATINGS = Classes(("bad", "so so", "good"), {"1": 0, "2": 0, "so so": 1, "5": 2})


def store(config: Config, classes: Classes = SENTIMENT) -> StoredModel:
    encoder = build_encoder(config.data, build_tokenizer(config.data), WORDS, ngrams=learn(config))
    return StoredModel(config, encoder, classes, 0.5, PROVENANCE, SEEN, ())


@pytest.fixture
def make(tmp_path):
    """A function: settings as after `--set`, and classes → a model to begin with."""

    def make_it(*settings, classes=SENTIMENT):
        plain = {"model": {"recurrent": [{"cell": "gru", "units": 2}]}}
        config = complete_config(plain, name="tiny", overrides=settings, source="test")
        return InitialModel(tmp_path / "model.h5", "ab" * 32, store(config, classes))

    return make_it


class TestSettings:
    _OWN = (
        "data.dataset=own.csv", "data.text=body", "data.strict=true", "data.folds=3", "data.fold=2",
        "data.limit=50", "data.maxlen=9", "data.split_seed=3", "model.embedding.vectors=glove.txt",
        "training.epochs=7",
    )  # fmt: skip

    def test_they_are_the_models_own_and_name_it(self, make, tmp_path):
        model = make(*self._OWN)
        settings = model.derive_settings(has_data=False)
        expected = model.stored.config.model_dump(mode="json")
        expected["model"]["embedding"]["vectors"] = None
        expected["training"]["initial_model"] = str(tmp_path / "model.h5")
        assert settings == expected
        assert Config.model_validate(settings).data.fold == 2

    def test_where_other_reviews_are_named_nothing_of_the_own_is_left(self, make):
        data = make(*self._OWN).derive_settings(has_data=True)["data"]
        assert not {*SourceConfig.model_fields, "limit", "folds", "fold"} & set(data)
        assert (data["maxlen"], data["split_seed"]) == (9, 3)

    def test_the_model_is_named_by_where_it_lies(self, make, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        model = InitialModel(Path("model.h5"), "ab" * 32, make().stored)
        training = model.derive_settings(has_data=True)["training"]
        assert training["initial_model"] == str(tmp_path / "model.h5")


class TestClasses:
    def test_other_reviews_are_read_by_the_labels_that_the_model_knows(self, make):
        assert make(classes=_RATINGS).name_classes(["other.csv"]) == {
            "bad": ["1", "2"], "so so": ["so so"], "good": ["5"]
        }  # fmt: skip

    def test_a_class_without_a_spelling_is_written_as_it_is_named(self, make):
        classes = Classes(("bad", "good"), {"1": 1})
        assert make(classes=classes).name_classes(["other.csv"]) == {"bad": ["bad"], "good": ["1"]}

    @pytest.mark.parametrize("datasets", [["imdb"], ["other.csv", "rotten-tomatoes"]])
    def test_a_data_set_of_ours_has_its_own(self, make, datasets):
        assert make().name_classes(datasets) is None

    def test_reviews_of_other_classes_are_refused(self, make, reviews_csv, tiny_config):
        dataset = load_dataset(tiny_config(reviews_csv).data)
        make().check_classes(dataset)
        with pytest.raises(
            DataError, match=r"of the classes negative, positive, and .*model\.h5 knows bad, so so, good: a model"
        ):
            make(classes=_RATINGS).check_classes(dataset)


class TestCheck:
    @pytest.mark.parametrize(
        ("setting", "message"),
        [
            ("data.tokenizer=words-and-signs", "data.tokenizer is words-and-signs, and words in"),
            ("data.language=de", "data.language is de, and None in"),
            ("data.ngrams={}", "data.ngrams is .*, and None in"),
            ("data.num_words=9", "data.num_words is 9, and 500 in"),
            ("data.maxlen=9", "data.maxlen is 9, and 100 in"),
            ("data.padding=post", "data.padding is post, and pre in"),
            ("data.truncating=post", "data.truncating is post, and pre in"),
        ],
    )
    def test_a_training_that_reads_otherwise_is_refused(self, make, setting, message):
        with pytest.raises(ConfigError, match=f"{message} .*model.h5, with which the training begins"):
            make().check(make(setting).stored.config)

    @pytest.mark.parametrize(
        "setting", ["model.recurrent[0].units=3", "model.recurrent[0].cell=lstm", "model.dense=[{units: 2}]"]
    )
    def test_a_training_of_other_layers_is_refused(self, make, setting):
        with pytest.raises(ConfigError, match=r"The layers of .*model\.h5.* are others than those of"):
            make().check(make(setting).stored.config)

    @pytest.mark.parametrize(
        "setting",
        [
            "data.split_seed=3", "data.dataset=other.csv", "data.limit=9", "model.recurrent[0].dropout=0.5",
            "model.dropout=0.5", "training.epochs=3", "training.ensemble=2", "name=other",
        ],
    )  # fmt: skip
    def test_all_else_may_be_another(self, make, setting):
        make().check(make(setting).stored.config)


class TestLoading:
    @pytest.fixture
    def load(self, tmp_path, monkeypatch):
        """A function: a configuration → what comes of a file that holds a model of it."""

        def call(config):
            path = tmp_path / "model.h5"
            path.write_bytes(b"weights")
            monkeypatch.setattr("lstm_cli.sessions.initial_model.load_model_file", lambda _: store(config))
            return load_initial_model(path)

        return call

    def test_a_file_is_known_by_what_it_holds(self, load, tmp_path):
        config = read_config()
        model = load(config)
        assert (model.path, model.stored.config) == (tmp_path / "model.h5", config)
        assert model.sha256 == hashlib.sha256(b"weights").hexdigest()

    def test_an_ensemble_even_of_two_is_none_to_begin_with(self, load):
        config = read_config()
        two = config.model_copy(update={"training": config.training.model_copy(update={"ensemble": 2})})
        with pytest.raises(
            ModelFileError, match=r"model\.h5 is an ensemble.* Begin with one of them: .*members/1"
        ):
            load(two)

    def test_a_model_of_plain_keras_is_none_to_begin_with(self, foreign_path):
        with pytest.raises(ModelFileError, match="is of plain Keras and does not say how it was trained"):
            load_initial_model(foreign_path)
