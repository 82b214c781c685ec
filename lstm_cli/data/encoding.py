"""Reviews → what a model reads. Training, evaluation and prediction share this step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstm_cli.data.padding import Side, pad_sequences, truncate_sequence
from lstm_cli.data.review import Review
from lstm_cli.data.tokenizer import split_words
from lstm_cli.data.vocabulary import UNKNOWN_INDEX, Vocabulary


@dataclass(frozen=True, eq=False)
class EncodedTexts:
    """n texts as token ids, and what was lost on the way.

    Where they are too many for the memory, `tokens` is an `np.memmap` that cannot be written to.

    Attributes:
        tokens: `int32[n, maxlen]`, each in [0, len(vocabulary)).
        unknown_share: `float32[n]`, the share of the text's words (all of them, before cutting) that the
            vocabulary lacks; 0 for a text without words.
        truncated: `bool[n]`, whether words were cut off.
    """

    tokens: NDArray[np.int32]
    unknown_share: NDArray[np.float32]
    truncated: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.tokens)


@dataclass(frozen=True, eq=False)
class EncodedReviews(EncodedTexts):
    """n encoded texts with their labels.

    Attributes:
        labels: `int32[n]`, 0 for negative, 1 for positive.
    """

    labels: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set ready for training: three encoded splits, and the vocabulary learnt from the first.

    Attributes:
        name: the data set's name, or its file's or folder's.
        fingerprint: SHA-256 (hexadecimal) of the content that the reviews were read from.
        vocabulary: of the training split.
        train: what the weights are learnt from.
        validation: what judges every epoch.
        test: what nothing looks at while training; it may be empty.
    """

    name: str
    fingerprint: str
    vocabulary: Vocabulary
    train: EncodedReviews
    validation: EncodedReviews
    test: EncodedReviews


def encode_texts(
    texts: Iterable[str], *, vocabulary: Vocabulary, maxlen: int, padding: Side, truncating: Side
) -> EncodedTexts:
    """Split texts into words, encode these, and cut or pad them to `maxlen` tokens."""
    sequences = (vocabulary.encode(split_words(text)) for text in texts)
    return encode_sequences(sequences, maxlen=maxlen, padding=padding, truncating=truncating)


def encode_reviews(
    reviews: Iterable[Review], *, vocabulary: Vocabulary, maxlen: int, padding: Side, truncating: Side
) -> EncodedReviews:
    """Encode reviews as `encode_texts` does their texts; row i is the i-th review."""
    labels: list[int] = []

    def iter_sequences() -> Iterator[list[int]]:
        for review in reviews:
            labels.append(review.label)
            yield vocabulary.encode(split_words(review.text))

    encoded = encode_sequences(iter_sequences(), maxlen=maxlen, padding=padding, truncating=truncating)
    return add_labels(encoded, labels)


def encode_sequences(
    sequences: Iterable[Sequence[int]], *, maxlen: int, padding: Side, truncating: Side
) -> EncodedTexts:
    """Cut or pad texts to `maxlen` tokens.

    Args:
        sequences: each text's indices as `Vocabulary.encode` gives them, the one that starts a review first.
        maxlen: tokens a row.
        padding: the side that zeros go to.
        truncating: the side that a longer text is cut on.
    """
    cut = []
    unknown_shares = []
    truncated = []
    for sequence in sequences:
        words = len(sequence) - 1
        unknown_shares.append(sequence.count(UNKNOWN_INDEX) / max(1, words))
        # Cutting after the text keeps the index that starts it, which then takes a word's place.
        truncated.append((words if truncating == "pre" else len(sequence)) > maxlen)
        # Cut at once: what is beyond maxlen would only fill the memory until the padding.
        cut.append(truncate_sequence(sequence, maxlen=maxlen, truncating=truncating))
    return EncodedTexts(
        tokens=pad_sequences(cut, maxlen=maxlen, padding=padding, truncating=truncating),
        unknown_share=np.array(unknown_shares, dtype=np.float32),
        truncated=np.array(truncated, dtype=np.bool_),
    )


def add_labels(encoded: EncodedTexts, labels: ArrayLike) -> EncodedReviews:
    """Return encoded texts together with their n labels."""
    return EncodedReviews(
        tokens=encoded.tokens,
        unknown_share=encoded.unknown_share,
        truncated=encoded.truncated,
        labels=np.array(labels, dtype=np.int32),
    )
