"""Which reviews a model is judged on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lstm_cli.config import DataConfig
from lstm_cli.data.dataset import load_dataset, load_splits
from lstm_cli.data.review import Review
from lstm_cli.data.sources import compute_fingerprint, load_corpus
from lstm_cli.data.splits import check_classes
from lstm_cli.errors import DataError
from lstm_cli.text.encoder import EncodedTexts, TextEncoder

Split = Literal["test", "validation", "train"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Reviews to judge a model on.

    Attributes:
        dataset: the data set's name.
        split: which part of it, `all` where it has no parts.
        encoded: the reviews as the model reads them.
        load_reviews: reads their texts, in the same order.
        notice: what the user should know of the choice; empty where nothing is to be said.
    """

    dataset: str
    split: Split | Literal["all"]
    encoded: EncodedTexts
    load_reviews: Callable[[], tuple[Review, ...]]
    notice: str = ""


def select_reviews(
    dataset: str | None,
    *,
    split: Split | None,
    config: DataConfig | None,
    encoder: TextEncoder,
    fingerprint: str | None,
) -> Selection:
    """Select what a model is judged on: a part of its own data, or other reviews.

    Its own data are known by what they hold, wherever they lie and however their path is spelled.

    Args:
        dataset: a name or a path; None for the data that the model was trained from, where they lay then.
        split: which part; by default the one that training never looks at.
        config: the model's data settings; None where its data are not known.
        encoder: the model's.
        fingerprint: of the data that the model was trained from; None where that is not known.

    Raises:
        DataError: the data set cannot be read, is not the same any more, or has no such part.
    """
    if config is None:
        if dataset is None:
            raise DataError(
                "The model does not say what it was trained on. Name reviews to judge it on with --data."
            )
        return select_other_data(dataset, split=split, encoder=encoder)
    if dataset is None:
        return select_own_part(config, split=split, encoder=encoder, fingerprint=fingerprint)
    own_fingerprint = compute_fingerprint(config.dataset) if fingerprint is None else fingerprint
    if dataset != config.dataset and compute_fingerprint(dataset) != own_fingerprint:
        return select_other_data(dataset, split=split, encoder=encoder)
    moved = config.model_copy(update={"dataset": dataset})
    return select_own_part(moved, split=split, encoder=encoder, fingerprint=fingerprint)


def select_own_part(
    config: DataConfig, *, split: Split | None, encoder: TextEncoder, fingerprint: str | None
) -> Selection:
    """Select a part of the data that the model was trained from.

    Args:
        config: the model's data settings, which draw the same splits again.
        split: by default the test part, or the validation part where there is none.
        encoder: the model's.
        fingerprint: the data set's when the model was trained; None where that is not known.

    Raises:
        DataError: the data set cannot be read, is not the same any more, or has no such part.
    """
    dataset = load_dataset(config)
    if fingerprint is not None and dataset.fingerprint != fingerprint:
        raise DataError(
            f"{config.dataset} has changed since the model was trained on it, so its test part cannot be told "
            "from its training part. Name with --data where the same reviews lie now, or reviews that the model "
            "has not seen."
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

    encoded: EncodedTexts = getattr(dataset, split)
    if dataset.encoder != encoder:
        encoded = _encode(load_reviews(), encoder=encoder)
    return Selection(dataset.name, split, encoded, load_reviews, notice)


def select_other_data(dataset: str, *, split: Split | None, encoder: TextEncoder) -> Selection:
    """Select a data set that the model was not trained from, or its own test part where it has one.

    Args:
        dataset: a name or a path.
        split: by default the test part, or everything where the data set has no parts of its own.
        encoder: the model's.

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
    encoded = _encode(reviews, encoder=encoder)
    check_classes(encoded.labels, dataset=dataset)
    return Selection(corpus.name, name, encoded, lambda: tuple(reviews))  # type: ignore[arg-type]  # narrowed above


def _encode(reviews: Iterable[Review], *, encoder: TextEncoder) -> EncodedTexts:
    labels: list[int] = []

    def iter_texts() -> Iterator[str]:
        for review in reviews:
            labels.append(review.label)
            yield review.text

    return encoder.encode(iter_texts(), labels=labels)
