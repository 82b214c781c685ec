"""Which reviews a model is judged on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from lstm_cli.config import DataConfig
from lstm_cli.data.dataset import load_dataset, load_splits
from lstm_cli.data.encoding import EncodedReviews, encode_reviews
from lstm_cli.data.review import Review
from lstm_cli.data.sources import load_corpus
from lstm_cli.data.splits import check_classes
from lstm_cli.data.vocabulary import Vocabulary
from lstm_cli.errors import DataError

Split = Literal["test", "validation", "train"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Reviews to judge a model on.

    Attributes:
        dataset: the data set's name.
        fingerprint: SHA-256 (hexadecimal) of its content.
        split: which part of it, `all` where it has no parts.
        encoded: the reviews as the model reads them.
        load_reviews: reads their texts, in the same order.
        notice: what the user should know of the choice; empty where nothing is to be said.
    """

    dataset: str
    fingerprint: str
    split: Split | Literal["all"]
    encoded: EncodedReviews
    load_reviews: Callable[[], tuple[Review, ...]]
    notice: str = ""


def select_own_part(
    config: DataConfig, *, split: Split | None, vocabulary: Vocabulary, fingerprint: str | None
) -> Selection:
    """Select a part of the data that the model was trained from.

    Args:
        config: the model's data settings, which draw the same splits again.
        split: by default the test part, or the validation part where there is none.
        vocabulary: the model's.
        fingerprint: the data set's when the model was trained; None where that is not known.

    Raises:
        DataError: the data set cannot be read, is not the same any more, or has no such part.
    """
    dataset = load_dataset(config)
    if fingerprint is not None and dataset.fingerprint != fingerprint:
        raise DataError(
            f"{config.dataset} has changed since the model was trained on it, so its test part cannot be told "
            "from its training part. Name reviews that the model has not seen with --data."
        )
    notice = ""
    if split is None:
        split = "test" if len(dataset.test) else "validation"
        if split == "validation":
            notice = "The data has no test part (test_split: 0): these figures are of its validation part."
    elif split == "test" and not len(dataset.test):
        raise DataError("The data has no test part (test_split: 0). Try --split validation.")

    def load_reviews() -> tuple[Review, ...]:
        reviews: tuple[Review, ...] = getattr(load_splits(config), split)
        return reviews

    encoded: EncodedReviews = getattr(dataset, split)
    if dataset.vocabulary != vocabulary:
        encoded = _encode(load_reviews(), config=config, vocabulary=vocabulary)
    return Selection(dataset.name, dataset.fingerprint, split, encoded, load_reviews, notice)


def select_other_data(
    dataset: str, *, split: Split | None, config: DataConfig, vocabulary: Vocabulary
) -> Selection:
    """Select a data set that the model was not trained from, or its own test part where it has one.

    Args:
        dataset: a name or a path.
        split: by default the test part, or everything where the data set has no parts of its own.
        config: the model's data settings: how reviews are cut and padded.
        vocabulary: the model's.

    Raises:
        DataError: the data set cannot be read or has no such part.
    """
    corpus = load_corpus(dataset)
    if corpus.test_reviews is None:
        if split is not None:
            raise DataError(f"{dataset} has no parts of its own: leave out --split to judge on all of it.")
        reviews, name = corpus.reviews, "all"
    elif split == "validation":
        raise DataError(f"{dataset} has a training and a test part, but no validation part.")
    else:
        name = split or "test"
        reviews = corpus.test_reviews if name == "test" else corpus.reviews
    encoded = _encode(reviews, config=config, vocabulary=vocabulary)
    check_classes(encoded.labels, dataset=dataset)
    return Selection(
        corpus.name,
        corpus.fingerprint,
        name,  # type: ignore[arg-type]  # narrowed above
        encoded,
        lambda: tuple(reviews),
    )


def _encode(reviews: Iterable[Review], *, config: DataConfig, vocabulary: Vocabulary) -> EncodedReviews:
    return encode_reviews(
        reviews,
        vocabulary=vocabulary,
        maxlen=config.maxlen,
        padding=config.padding,
        truncating=config.truncating,
    )
