"""The cheap rival that every recurrent model must beat: TF-IDF and logistic regression."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_cli.comparison.judging import Judgement, Part
from lstm_cli.data.review import Review
from lstm_cli.data.splits import Splits
from lstm_cli.errors import DataError
from lstm_cli.text.tokenizers.words import split_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "TF-IDF + logistic regression"

NGRAM_RANGE = (1, 2)
MIN_DF = 2
C = 10.0
"""Fixed, by imdb's validation part (accuracy 0.896 with 1, 0.908 with 10, 0.910 with 30)."""

DESCRIPTION = (
    f"{NAME}: scikit-learn, words and pairs of words that at least {MIN_DF} training reviews hold, sublinear "
    f"TF-IDF, C={C:g}, each of more than two classes against the rest; it reads whole reviews and learns from the "
    "training part alone."
)


@dataclass(frozen=True, eq=False)
class Baseline:
    """The fitted rival, judged.

    Attributes:
        parameters: its weights, one a feature, and the bias; of more than two classes so many for each.
        seconds: what reading, fitting and judging took.
        val_accuracy: on the validation part, which it has not learnt from; NaN where there is none.
        judgement: on the reviews that the models are judged on.
    """

    parameters: int
    seconds: float
    val_accuracy: float
    judgement: Judgement


def fit_baseline(splits: Splits, *, part: Part) -> Baseline:
    """Fit the baseline on the training part and judge it.

    The words are those of our tokenizer, so that both kinds of model read the same; see
    https://scikit-learn.org/stable/modules/feature_extraction.html#tfidf-term-weighting.

    Args:
        splits: the reviews that the models were trained, chosen and judged on.
        part: which of them the models are judged on.

    Raises:
        DataError: no word stands in two training reviews.
    """
    began = time.perf_counter()
    labels = _read_labels(splits.train)
    classes = len(np.unique(labels))
    pipeline = _build_pipeline(classes)
    try:
        pipeline.fit([review.text for review in splits.train], labels)
    except ValueError as error:  # scikit-learn's word for a vocabulary that turns out empty
        raise DataError(
            f"The baseline cannot learn from these reviews: {error} Leave it out: --no-baseline."
        ) from error
    validation = _judge(pipeline, splits.validation, part="validation") if splits.validation else None
    judgement = validation if validation and part == "validation" else _judge(pipeline, splits.test, part=part)
    weights = len(pipeline[0].vocabulary_) + 1
    return Baseline(
        parameters=weights if classes == 2 else weights * classes,
        seconds=time.perf_counter() - began,
        val_accuracy=validation.accuracy if validation else math.nan,
        judgement=judgement,
    )


def _build_pipeline(classes: int) -> Any:  # noqa: ANN401 - scikit-learn ships no type information
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    # The dual takes a fifth of the default solver's time here; its order of the reviews is seeded.
    regression = LogisticRegression(C=C, solver="liblinear", dual=True, max_iter=1000, random_state=0)
    return make_pipeline(
        TfidfVectorizer(
            tokenizer=split_words,
            token_pattern=None,
            lowercase=False,  # the tokenizer does it, in every script
            ngram_range=NGRAM_RANGE,
            min_df=MIN_DF,
            sublinear_tf=True,
        ),
        regression if classes <= 2 else OneVsRestClassifier(regression),
    )


def _judge(pipeline: Any, reviews: tuple[Review, ...], *, part: Part) -> Judgement:  # noqa: ANN401 - as above
    predicted = pipeline.predict([review.text for review in reviews])
    return Judgement(part, _read_labels(reviews), predicted)


def _read_labels(reviews: tuple[Review, ...]) -> NDArray[np.int32]:
    return np.array([review.label for review in reviews], dtype=np.int32)
