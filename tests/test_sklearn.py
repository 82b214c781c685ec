"""scikit-learn's own checks on our estimator, and all that people build on one."""

from __future__ import annotations

import io
import random
import signal
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, ShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from lstm_cli.cli.trainings import TrainingDisplay
from lstm_cli.config import SourceConfig
from lstm_cli.errors import ArgumentError, ConfigError, DataError
from lstm_cli.sessions.facts import EpochBegan
from lstm_cli.sklearn import LstmClassifier

_WARM, _COLD = ["good", "fine", "lovely", "great", "warm"], ["bad", "dull", "awful", "poor", "cold"]
_OTHERS = ["film", "plot", "cast", "the", "a", "of", "and", "was"]
_SETTINGS = {
    "data__num_words": 60,
    "data__maxlen": 12,
    "model__embedding__output_dim": 4,
    "model__recurrent__0__units": 3,
    "training__epochs": 3,
    "training__early_stopping": None,
    "training__optimizer": {"name": "adam", "learning_rate": 0.1},
    "training__batch_size": 16,
}


def make_texts(count, seed=0):
    rng = random.Random(seed)  # noqa: S311 - no secret
    texts = [" ".join(rng.choices(_OTHERS, k=6) + rng.choices((_COLD, _WARM)[n % 2], k=3)) for n in range(count)]
    return [f"{text} n{number}" for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def texts():
    """80 texts of two moods, in turn."""
    return make_texts(80)


@pytest.fixture(scope="module")
def moods():
    """Their labels."""
    return ["cold", "warm"] * 40


@pytest.fixture(scope="module")
def classifier(keras_started):  # noqa: ARG001 - Keras must have been started
    """One that is not fitted, of a few units."""
    return LstmClassifier("gru", random_state=3, **_SETTINGS)


@pytest.fixture(scope="module")
def fitted(classifier, texts, moods):
    """One that is."""
    return clone(classifier).fit(texts, moods)


class OfNumbers(LstmClassifier):
    """Spells rows of numbers as texts, since scikit-learn's checks hand over nothing else."""

    def __init__(self, model="gru", *, class_weight=None, random_state=None, threads=None, verbose=0):
        super().__init__(
            model, class_weight=class_weight, random_state=random_state, threads=threads, verbose=verbose
        )

    def fit(self, X, y):  # noqa: N803 - scikit-learn's name
        return super().fit(self._spell(X), y)

    def predict_proba(self, X):  # noqa: N803 - as above
        return super().predict_proba(self._spell(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False
        return tags

    @staticmethod
    def _spell(rows):
        return [" ".join(f"c{place}n{float(n):.1f}" for place, n in enumerate(row)) for row in np.asarray(rows)]


_NUMBERS = "of arrays of numbers: their kind, their layout, what is missing in them"
_NO_FEATURES = "of a number of features, which texts do not have"
_SLOW = "a test of its own below promises it with fewer trainings"
_NOT_FOR_TEXT = {
    **dict.fromkeys(
        (
            "check_array_api_input",
            "check_classifier_data_not_an_array",
            "check_complex_data",
            "check_dtype_object",
            "check_estimator_sparse_array",
            "check_estimator_sparse_matrix",
            "check_estimator_sparse_tag",
            "check_estimators_dtypes",
            "check_estimators_empty_data_messages",
            "check_estimators_nan_inf",
            "check_f_contiguous_array_estimator",
            "check_fit1d",
            "check_positive_only_tag_during_fit",
            "check_readonly_memmap_input",
        ),
        _NUMBERS,
    ),
    **dict.fromkeys(
        (
            "check_fit2d_1feature",
            "check_fit2d_predict1d",
            "check_n_features_in",
            "check_n_features_in_after_fitting",
        ),
        _NO_FEATURES,
    ),
    "check_classifiers_train": "of how well points in a plane are learnt in a moment",
    **dict.fromkeys(("check_class_weight_classifiers", "check_estimators_pickle", "check_fit_idempotent"), _SLOW),
}


@parametrize_with_checks([OfNumbers()])
def test_scikit_learns_own_checks(estimator, check, tiny_config_file, keras_started):  # noqa: ARG001 - as above
    name = check.func.__name__
    if name in _NOT_FOR_TEXT:
        pytest.skip(f"not for texts: {_NOT_FOR_TEXT[name]}")
    check(estimator.set_params(model=tiny_config_file))


def test_texts_of_any_kind_are_learnt_and_told_by_the_labels_given(fitted, texts, moods):
    assert fitted.classes_.tolist() == ["cold", "warm"]
    assert fitted.score(texts, moods) > 0.9
    assert fitted.n_iter_ == 3
    assert {len(values) for values in fitted.history_.values()} == {3}
    expected = fitted.predict_proba(texts)
    for given in (np.array(texts), np.array(texts, object), pd.Series(texts, index=range(5, 85)), tuple(texts)):
        np.testing.assert_array_equal(fitted.predict_proba(given), expected)
    assert fitted.predict(texts).tolist() == fitted.classes_[expected.argmax(axis=1)].tolist()
    assert fitted.predict_proba([]).shape == (0, 2)
    assert fitted.predict([]).shape == (0,)


def test_labels_are_sorted_as_scikit_learn_does_and_never_renamed(classifier, texts):
    """Neither 0 and 1 nor `pos` and `neg` become anything else, in whatever order and of whatever kind."""
    labels = np.array([10, 9, 2])[np.arange(80) % 3]
    numbers = clone(classifier).fit(texts, labels)
    assert (numbers.classes_.tolist(), numbers.classes_.dtype) == ([2, 9, 10], labels.dtype)
    assert set(numbers.predict(texts)) <= {2, 9, 10}
    names = clone(classifier).fit(texts, ["pos", " "] * 40)
    assert names.classes_.tolist() == [" ", "pos"]
    assert names.model_.classes.names == ("class 0", "pos")


def test_a_text_of_which_nothing_is_known_has_the_networks_answer(fitted):
    probabilities = fitted.predict_proba(["zzz", ""])
    assert np.isfinite(probabilities).all()
    assert set(fitted.predict(["zzz", ""])) <= {"cold", "warm"}


def test_fitting_again_gives_the_same_and_another_seed_something_else(classifier, fitted, texts, moods):
    before = fitted.predict_proba(texts)
    again = clone(fitted).set_params(threads=1).fit(pd.Series(texts), np.array(moods))
    np.testing.assert_array_equal(again.predict_proba(texts), before)
    other = clone(classifier).set_params(random_state=np.random.RandomState(5)).fit(texts, moods)
    assert (other.predict_proba(texts) != before).any()


def test_parameters_are_the_configurations_paths(classifier):
    parameters = classifier.get_params()
    assert parameters["training__epochs"] == 3
    assert parameters["class_weight"] is None
    changed = clone(classifier).set_params(training__epochs=9, data__padding="post", verbose=1)
    assert (changed.training__epochs, changed.data__padding, changed.verbose) == (9, "post", 1)
    assert classifier.training__epochs == 3
    assert "data__padding='post'" in repr(changed)
    with pytest.raises(TypeError, match="unexpected keyword argument 'epochs': settings are named by their paths"):
        LstmClassifier(epochs=3)
    with pytest.raises(ValueError, match="Invalid parameter 'epochs'"):
        classifier.set_params(epochs=3)


def test_uneven_labels_can_be_weighed(monkeypatch, classifier, texts, moods):
    """As the configuration has it, by the labels' names; a label that is not told of counts 1."""
    asked = []
    monkeypatch.setattr("lstm_cli.sklearn.train", lambda *_, settings, **__: asked.append(settings) or 1 / 0)
    for weights in ("balanced", {"warm": 3.0}, None):
        with pytest.raises(ZeroDivisionError):
            clone(classifier).set_params(class_weight=weights).fit(texts, moods)
    assert [settings.get("training.class_weight") for settings in asked] == [
        "balanced",
        {"cold": 1.0, "warm": 3.0},
        None,
    ]
    with pytest.raises(ValueError, match="class_weight: 'hot' is none of the labels"):
        clone(classifier).set_params(class_weight={"hot": 1.0}).fit(texts, moods)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("gru", {"model": "gru", "config": None}),
        ("own.yaml", {"model": None, "config": "own.yaml"}),
        ("own.yml", {"model": None, "config": "own.yml"}),
        (Path("own"), {"model": None, "config": "own"}),
    ],
    ids=str,
)
def test_what_is_given_becomes_the_arguments_of_a_training(monkeypatch, model, named):
    asked = []
    monkeypatch.setattr("lstm_cli.sklearn.train", lambda rows, **given: asked.append((list(rows), given)) or 1 / 0)
    mine = LstmClassifier(model, random_state=np.int64(5), threads=2, verbose=1, training__optimizer__name="sgd")
    with pytest.raises(ZeroDivisionError):
        mine.fit(["a b", "c d"], [7, 3])
    [(rows, given)] = asked
    assert rows == [("a b", "1"), ("c d", "0")]
    assert given | named | {"threads": 2, "verbose": 1} == given
    assert given["settings"] == {
        "data.test_split": 0.0,
        "training.seed": 5,
        "data.split_seed": 5,
        "training.optimizer.name": "sgd",
        "data.classes": {"3": ["0"], "7": ["1"]},
    }


def test_without_a_random_state_the_configurations_own_seeds_stay_and_a_generators_are_drawn(monkeypatch):
    asked = []
    monkeypatch.setattr("lstm_cli.sklearn.train", lambda *_, settings, **__: asked.append(settings) or 1 / 0)
    for state in (None, np.random.RandomState(5), np.random.RandomState(5), np.random.RandomState(6)):
        with pytest.raises(ZeroDivisionError):
            LstmClassifier("gru", random_state=state).fit(["a b", "c d"], ["x", "y"])
    assert not {"training.seed", "data.split_seed"} & asked[0].keys()
    seeds = [settings["training.seed"] for settings in asked[1:]]
    assert seeds[0] == seeds[1] != seeds[2]
    assert seeds == [settings["data.split_seed"] for settings in asked[1:]]


@pytest.mark.parametrize("key", sorted(SourceConfig.model_fields.keys() - {"strict"}))
def test_which_texts_there_are_and_how_they_are_read_is_no_parameter(key):
    with pytest.raises(ArgumentError, match=rf"^data__{key}: which texts, .* fit\(\) is given"):
        LstmClassifier("gru", **{f"data__{key}": None}).fit(["a b", "c d"], ["x", "y"])


def test_weights_change_what_is_learnt(classifier, fitted, texts, moods):
    heavy = clone(classifier).set_params(class_weight={"warm": 50.0}).fit(texts, moods)
    assert heavy.predict_proba(texts)[:, 1].mean() > fitted.predict_proba(texts)[:, 1].mean()


def test_what_is_fitted_is_kept_by_joblib(fitted, texts):
    file = io.BytesIO()
    joblib.dump(fitted, file)
    file.seek(0)
    np.testing.assert_array_equal(joblib.load(file).predict_proba(texts), fitted.predict_proba(texts))


def test_scikit_learn_validates_searches_chains_and_calibrates_it(classifier, texts, moods):
    scores = cross_val_score(classifier, texts, moods, cv=2)
    assert scores.min() > 0.6
    chain = make_pipeline(FunctionTransformer(lambda given: [text.upper() for text in given]), classifier)
    split = ShuffleSplit(n_splits=1, random_state=0)
    search = GridSearchCV(chain, {"lstmclassifier__training__epochs": [1, 3]}, cv=split).fit(texts, moods)
    assert search.cv_results_["param_lstmclassifier__training__epochs"].tolist() == [1, 3]
    assert search.best_estimator_[-1].n_iter_ == search.best_params_["lstmclassifier__training__epochs"]
    assert search.score(texts, moods) > 0.6
    calibrated = CalibratedClassifierCV(classifier, cv=2).fit(texts, moods)
    assert calibrated.predict_proba(texts).shape == (80, 2)


def test_what_cannot_be_fitted_is_told(classifier, texts, moods):
    with pytest.raises(NotFittedError):
        classifier.predict(texts)
    for wrong, message in (
        ("a text", "expected a list of texts, got 'a text'"),
        (np.zeros((80, 2)), r"expected an array of n texts, got one of the shape \(80, 2\)"),
        (pd.DataFrame({"text": texts}), r"expected an array of n texts, got one of the shape \(80, 1\)"),
        ([*texts[:79], None], "expected a text at 79, got None"),
        (texts[:79], "inconsistent numbers of samples"),
    ):
        with pytest.raises(ValueError, match=message):
            clone(classifier).fit(wrong, moods)
    with pytest.raises(ValueError, match="expected labels of two classes or more, got one class, 'warm'"):
        clone(classifier).fit(texts, ["warm"] * 80)
    with pytest.raises(ConfigError, match="Did you mean 'epochs'"):
        clone(classifier).set_params(training__epoch=3).fit(texts, moods)
    with pytest.raises(DataError, match=r"^data"):
        clone(classifier).fit(["", "  "], ["a", "b"])


def test_ctrl_c_leaves_nothing(monkeypatch, classifier, texts, moods, tmp_path):
    hear = TrainingDisplay.hear

    def hear_and_press(display, fact):
        hear(display, fact)
        if fact == EpochBegan(2):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(TrainingDisplay, "hear", hear_and_press)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt, match="nothing is kept of a fit that did not end"):
        clone(classifier).fit(texts, moods)
    assert not list(tmp_path.glob("lstm-cli-*"))  # TensorFlow puts files of its own there
