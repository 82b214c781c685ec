"""A classifier of texts as scikit-learn has them: `fit`, `predict`, and all that is built on these.

What it trains is what `lstm-train` trains: a configuration by name, with whatever settings are changed.
"""

from __future__ import annotations

import numbers
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite, check_consistent_length, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from lstm_cli.api.training import train
from lstm_cli.config import DEFAULT_CONFIG, show_value
from lstm_cli.errors import ArgumentError
from lstm_cli.evaluation import predict_labels
from lstm_cli.inference.classifier import Classifier

_SECTIONS = ("data", "model", "training")
_GIVEN = {"dataset", "text", "label", "group", "classes", "validation", "test", "encoding", "delimiter", "header"}
_MOST_SEEDS = 2**31


class LstmClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no type information
    """A recurrent network that classifies texts.

    Every key of the configuration is a parameter, its path joined by `__`: `training__epochs=2`,
    `model__recurrent__0__units=16`, `training__optimizer={"name": "adam"}`. What is fitted has no test part of its
    own; the configuration's `data__validation_split` of the texts tells the best epoch, as early stopping needs.

    Args:
        model: a configuration's name (`lstm-config ls`), or its file.
        class_weight: `balanced`, or how much a text counts in training by its label; a label that is not there
            counts 1.
        random_state: of splits, weights, order and dropout; by default the configuration's own seeds, so that
            fitting again gives the same.
        threads: cores to compute on; by default all.
        verbose: 0 shows neither progress nor notices.
        settings: further parameters, by their paths.

    Attributes:
        classes_: the labels, sorted.
        n_iter_: epochs trained.
        history_: every epoch's figures by Keras' names.
        model_: the `Classifier`, whose classes are the labels as text.

    Raises:
        TypeError: a parameter is none, by its name.
    """

    classes_: NDArray[Any]
    n_iter_: int
    history_: Mapping[str, tuple[float, ...]]
    model_: Classifier

    def __init__(
        self,
        model: str | os.PathLike[str] = DEFAULT_CONFIG,
        *,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        random_state: int | np.random.RandomState | None = None,
        threads: int | None = None,
        verbose: int = 0,
        **settings: Any,  # noqa: ANN401 - whatever the configuration holds
    ) -> None:
        self.model = model
        self.class_weight = class_weight
        self.random_state = random_state
        self.threads = threads
        self.verbose = verbose
        for name, value in settings.items():
            if not _is_setting(name):
                raise TypeError(
                    f"{type(self).__name__}() got an unexpected keyword argument {name!r}: "
                    "settings are named by their paths, such as training__epochs."
                )
            setattr(self, name, value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters, those of the configuration that were given among them."""
        settings = {name: value for name, value in vars(self).items() if _is_setting(name)}
        return {**super().get_params(deep), **settings}

    def set_params(self, **parameters: Any) -> Self:  # noqa: ANN401 - scikit-learn's signature
        """Set parameters, those of the configuration too."""
        super().set_params(**{name: value for name, value in parameters.items() if not _is_setting(name)})
        for name, value in parameters.items():
            if _is_setting(name):
                setattr(self, name, value)
        return self

    def fit(self, X: Iterable[str], y: ArrayLike) -> Self:  # noqa: N803 - scikit-learn's names
        """Train on texts; the run's folder goes when it is done.

        Args:
            X: n texts: a list, an array, a column of a frame.
            y: their n labels, of two classes or more.

        Raises:
            ValueError: they are no texts with labels.
            LstmCliError: as `lstm_cli.train`; a parameter is looked at only now, as scikit-learn wants it.
        """
        texts = _read_texts(X)
        labels = column_or_1d(y, warn=True)
        assert_all_finite(labels, input_name="y")
        check_consistent_length(texts, labels)
        check_classification_targets(labels)
        classes, codes = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"expected labels of two classes or more, got one class, {classes.tolist()[0]!r}")
        settings = self._build_settings(classes)
        path = os.fspath(self.model)
        is_file = isinstance(self.model, os.PathLike) or Path(path).suffix in {".yaml", ".yml"}
        with tempfile.TemporaryDirectory(prefix="lstm-cli-", ignore_cleanup_errors=True) as folder:
            try:
                run = train(
                    zip(texts, map(str, codes.tolist()), strict=True),
                    model=None if is_file else path,
                    config=path if is_file else None,
                    settings=settings,
                    output=Path(folder) / "run",
                    threads=self.threads,
                    verbose=self.verbose,
                )
            except KeyboardInterrupt as wish:
                raise KeyboardInterrupt("Stopped: nothing is kept of a fit that did not end.") from wish
            model = run.model
        self.classes_ = classes
        self.model_ = replace(model, file=None)
        self.history_ = run.history
        self.n_iter_ = len(run.history["loss"])
        return self

    def predict(self, X: Iterable[str]) -> NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """Return the label of each text, also of one in which the model knows nothing.

        Raises:
            NotFittedError: it is not fitted.
            ValueError: they are no texts.
        """
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[predict_labels(probabilities, threshold=self.model_.threshold)])

    def predict_proba(self, X: Iterable[str]) -> NDArray[np.float32]:  # noqa: N803 - scikit-learn's name
        """Return `float32[n, k]`, each text's probabilities of the k `classes_`.

        Raises:
            NotFittedError: it is not fitted.
            ValueError: they are no texts.
        """
        check_is_fitted(self, "model_")
        return self.model_.predict_proba(_read_texts(X))

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - as above
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = tags.input_tags.string = True
        return tags

    def _build_settings(self, classes: NDArray[Any]) -> dict[str, object]:
        """Return the settings by the configuration's paths, and with them what each label is called.

        Raises:
            ArgumentError: a setting says what `fit` is given.
        """
        settings: dict[str, object] = {"data.test_split": 0.0}
        if self.random_state is not None:
            settings |= dict.fromkeys(("training.seed", "data.split_seed"), _draw_seed(self.random_state))
        labels = classes.tolist()
        # Blank names, which a model cannot have, are numbered.
        names = [str(label) if str(label).strip() else f"class {place}" for place, label in enumerate(labels)]
        weights = self.class_weight
        if isinstance(weights, Mapping):
            unknown = [label for label in weights if label not in labels]
            if unknown:
                raise ValueError(f"class_weight: {show_value(unknown[0])} is none of the labels")
            weights = {name: weights.get(label, 1.0) for name, label in zip(names, labels, strict=True)}
        if weights is not None:
            settings["training.class_weight"] = weights
        for name, value in vars(self).items():
            if not _is_setting(name):
                continue
            section, _, key = name.partition("__")
            if section == "data" and key in _GIVEN:
                raise ArgumentError(f"{name}: which texts, and what their labels are, fit() is given.")
            settings[name.replace("__", ".")] = value
        return settings | {"data.classes": {name: [str(place)] for place, name in enumerate(names)}}


def _is_setting(name: str) -> bool:
    return name.partition("__")[0] in _SECTIONS and "__" in name


def _draw_seed(random_state: int | np.random.RandomState) -> int:
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(_MOST_SEEDS))


def _read_texts(texts: Iterable[str]) -> list[str]:
    """Return texts as a list.

    Raises:
        ValueError: they are none.
    """
    shape = getattr(texts, "shape", None)
    if shape is not None and len(shape) != 1:
        raise ValueError(f"expected an array of n texts, got one of the shape {shape}")
    if isinstance(texts, str | bytes | Mapping) or not isinstance(texts, Iterable):
        raise ValueError(f"expected a list of texts, got {show_value(texts)}")  # noqa: TRY004 - scikit-learn's kind
    texts = list(texts)
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"expected a text at {place}, got {show_value(text)}")  # noqa: TRY004 - as above
    return texts
