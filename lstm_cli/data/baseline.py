"""The cheap rival that every network must beat: a regression on n-grams, with which `ngram-lstm` begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import DEFAULT_CONFIG, DataConfig, find_named_config, load_config
from lstm_cli.evaluation import compute_macro_f1, count_confusions
from lstm_cli.text.encoder import EncodedTexts

NAME = "n-gram regression"

DESCRIPTION = (
    f"{NAME}: logistic regression on naive Bayes' log ratios of n-grams, as ngram-lstm begins with it; it reads "
    "whole reviews and learns from the training part alone, the mean of as many regressions as there are folds."
)

# What it reads of a review, by the settings of the default configuration; everything else is as with the model.
_READING = ("tokenizer", "ngrams", "num_words", "maxlen", "padding", "truncating")


@dataclass(frozen=True, slots=True)
class BaselineFigures:
    """How good the baseline is on a part of the data.

    Attributes:
        accuracy: share of the reviews whose class it says.
        macro_f1: the mean F1 of the classes.
    """

    accuracy: float
    macro_f1: float


def configure_baseline(config: DataConfig) -> DataConfig:
    """Return the settings under which the baseline reads the same reviews, cut into the same parts.

    They are those of `ngram-lstm` on these reviews, so that one cache serves both.
    """
    default = load_config(find_named_config(DEFAULT_CONFIG)).data
    return config.model_copy(update={name: getattr(default, name) for name in _READING})


def predict_by_ngrams(texts: EncodedTexts) -> NDArray[np.int32]:
    """Return the class that the regression alone says of each text: `int32[n]`.

    Raises:
        ValueError: the texts are encoded without n-grams.
    """
    if texts.logits is None:
        raise ValueError("the texts are encoded without n-grams")
    logits = texts.logits
    predicted = logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(axis=1)
    return np.asarray(predicted, np.int32)


def measure_baseline(texts: EncodedTexts) -> BaselineFigures | None:
    """Return how good the regression alone is on labelled texts; None where there are none, or it is not known."""
    if texts.logits is None or not len(texts):
        return None
    predicted = predict_by_ngrams(texts)
    classes = max(2, texts.logits.shape[1])
    return BaselineFigures(
        accuracy=float((predicted == texts.labels).mean()),
        macro_f1=float(compute_macro_f1(count_confusions(texts.labels, predicted, classes=classes))),
    )
