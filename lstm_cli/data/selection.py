"""Which reviews a model is judged on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lstm_cli.classes import Classes
from lstm_cli.config import DataConfig, SourceConfig
from lstm_cli.data.dataset import load_dataset, load_splits
from lstm_cli.data.findings import describe_left_out
from lstm_cli.data.moved import find_kept, find_moved, find_named
from lstm_cli.data.review import Review
from lstm_cli.data.sources import open_source
from lstm_cli.data.splits import check_classes
from lstm_cli.errors import DataError
from lstm_cli.text.encoder import EncodedTexts, TextEncoder

Split = Literal["test", "validation", "train"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Reviews to judge a model on.

    Attributes:
        dataset: the data set's name.
        fingerprint: of its content.
        split: which part of it, `all` where it has no parts.
        encoded: the reviews as the model reads them.
        load_reviews: reads their texts, in the same order.
        validation: the validation part of the model's own data; None where it is not known.
        notice: what the user should know of the choice; empty where nothing is to be said.
    """

    dataset: str
    fingerprint: str
    split: Split | Literal["all"]
    encoded: EncodedTexts
    load_reviews: Callable[[], tuple[Review, ...]]
    validation: EncodedTexts | None = None
    notice: str = ""


def select_reviews(
    source: SourceConfig | None,
    *,
    split: Split | None,
    config: DataConfig | None,
    encoder: TextEncoder,
    classes: Classes,
    fingerprint: str | None,
    moved: Sequence[str] = (),
    folder: Path | None = None,
) -> Selection:
    """Select what a model is judged on: a part of its own data, or other reviews.

    Its own data are known by what they hold, wherever they lie and however their path is spelled.

    Args:
        source: which reviews, and how they are read as far as the user says; None for the data that the model was
            trained from.
        split: which part; by default the one that training never looks at.
        config: the model's data settings; None where its data are not known.
        encoder: the model's.
        classes: the model's.
        fingerprint: of the data that the model was trained from; None where that is not known.
        moved: where files of the latter lie now, without a source.
        folder: the model's, beside which its data may be kept.

    Raises:
        DataError: the data set cannot be read, is not the same any more, or has no such part.
    """
    if config is None:
        if source is None:
            raise DataError(
                "The model does not say what it was trained on. Name reviews to judge it on with --data."
            )
        return select_other_data(source, split=split, encoder=encoder, classes=classes)
    own = find_kept(config, folder=folder) if folder else config
    if source is not None:
        named = find_named(own, source, fingerprint=fingerprint)
        if named is None:
            return select_other_data(source, split=split, encoder=encoder, classes=classes, usual=config)
        own = named
    elif moved and fingerprint is not None:
        found = find_moved(own, fingerprint=fingerprint, places=moved, takes_all=True)
        if found is None:
            raise DataError(
                f"The model's data are not whole with {' and '.join(moved)}. Name where all of them lie now, with "
                "--data, --validation and --test, or other reviews with --data."
            )
        own = found
    return select_own_part(own, split=split, encoder=encoder, fingerprint=fingerprint)


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
    try:
        # What n-grams say is the model's to tell: its own tables do, and none are learnt anew.
        dataset = load_dataset(config.model_copy(update={"ngrams": None}))
    except DataError as error:
        raise DataError(
            f"{error} The model was trained on these reviews: --data says where they lie now."
        ) from error
    if fingerprint is not None and dataset.fingerprint != fingerprint:
        raise DataError(
            f"{config.place} has changed since the model was trained on it, so its test part cannot be told "
            "from its training part. Name with --data where the same reviews lie now, or reviews that the model "
            "has not seen."
        )
    notice = ""
    if split is None:
        split = "test" if len(dataset.test) else "validation"
        if split == "validation" and len(dataset.validation):
            notice = "The data has no test part (test_split: 0): these figures are of its validation part."
    elif split == "test" and not len(dataset.test) and len(dataset.validation):
        raise DataError("The data has no test part (test_split: 0). Try --split validation.")
    if split != "train" and not len(getattr(dataset, split)):
        raise DataError(
            f"There is no {split} part: the model was trained on all the rest (validation_split: 0). Name reviews "
            "that it has not seen with --data."
        )

    def load_reviews(part: Split = split) -> tuple[Review, ...]:
        reviews: tuple[Review, ...] = getattr(load_splits(config), part)
        return reviews

    encoded: EncodedTexts = getattr(dataset, split)
    validation: EncodedTexts | None = dataset.validation
    are_words_alike = dataset.encoder == replace(encoder, ngrams=None)
    if encoder.ngrams or not are_words_alike:
        encoded = _encode(load_reviews(), encoder=encoder)
        if not are_words_alike:
            validation = None
        elif len(dataset.validation):
            validation = encoded if split == "validation" else _encode(load_reviews("validation"), encoder=encoder)
    return Selection(
        dataset=dataset.name,
        fingerprint=dataset.fingerprint,
        split=split,
        encoded=encoded,
        load_reviews=load_reviews,
        validation=validation,
        notice=notice,
    )


def select_other_data(
    source: str | SourceConfig,
    *,
    split: Split | None,
    encoder: TextEncoder,
    classes: Classes | None = None,
    usual: SourceConfig | None = None,
) -> Selection:
    """Select a data set that the model was not trained from, or its own test part where it has one.

    Args:
        source: a name or a path, or it and how it is read.
        split: by default the test part, or everything where the data set has no parts of its own.
        encoder: the model's.
        classes: the model's; by default those of the data set.
        usual: how the model's own data were read: its columns are taken where a file has them.

    Raises:
        DataError: the data set cannot be read or has no such part.
    """
    corpus = open_source(source, usual=usual).load(classes)
    parts = {"train": corpus.reviews, "validation": corpus.validation_reviews, "test": corpus.test_reviews}
    own = {name: reviews for name, reviews in parts.items() if reviews is not None}
    if len(own) == 1:
        if split is not None:
            raise DataError(f"{corpus.name} has no parts of its own: leave out --split to judge on all of it.")
        reviews, name = corpus.reviews, "all"
    else:
        name = split or ("test" if "test" in own else "validation")
        if name not in own:
            raise DataError(f"{corpus.name} has the parts {' and '.join(own)}, but no {name} part.")
        reviews = own[name]
    encoded = _encode(reviews, encoder=encoder)
    check_classes(encoded.labels, dataset=corpus.name, classes=corpus.classes)
    notice = "\n".join(f"{corpus.name}: {line}" for line in describe_left_out(corpus.left_out))
    readings = [f"{corpus.name}: {corpus.reading.describe()}"] if corpus.reading else []
    notice = "\n".join(filter(None, (*readings, *corpus.further_readings, notice)))
    return Selection(
        dataset=corpus.name,
        fingerprint=corpus.fingerprint,
        split=name,  # type: ignore[arg-type]  # one of its names
        encoded=encoded,
        load_reviews=lambda: tuple(reviews),
        notice=notice,
    )


def _encode(reviews: Iterable[Review], *, encoder: TextEncoder) -> EncodedTexts:
    labels: list[int] = []

    def iter_texts() -> Iterator[str]:
        for review in reviews:
            labels.append(review.label)
            yield review.text

    return encoder.encode(iter_texts(), labels=labels)
