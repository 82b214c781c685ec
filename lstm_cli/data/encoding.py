"""Reviews → what a model reads. Training, evaluation and prediction share this step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_cli.data.padding import Side, pad_sequences, truncate_sequence
from lstm_cli.data.review import Review
from lstm_cli.data.tokenizer import split_words
from lstm_cli.data.vocabulary import UNKNOWN_INDEX, Vocabulary


@dataclass(frozen=True, eq=False)
class EncodedTexts:
    """n texts as token ids, and what was lost on the way.

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
    return encode_words(
        map(split_words, texts),
        vocabulary=vocabulary,
        maxlen=maxlen,
        padding=padding,
        truncating=truncating,
    )


def encode_reviews(
    reviews: Sequence[Review], *, vocabulary: Vocabulary, maxlen: int, padding: Side, truncating: Side
) -> EncodedReviews:
    """Encode reviews as `encode_texts` does their texts; row i is `reviews[i]`."""
    encoded = encode_texts(
        (review.text for review in reviews),
        vocabulary=vocabulary,
        maxlen=maxlen,
        padding=padding,
        truncating=truncating,
    )
    return add_labels(encoded, reviews)


def encode_words(
    word_lists: Iterable[Sequence[str]],
    *,
    vocabulary: Vocabulary,
    maxlen: int,
    padding: Side,
    truncating: Side,
) -> EncodedTexts:
    """Encode texts that are split into words already."""
    sequences = []
    unknown_shares = []
    truncated = []
    for words in word_lists:
        sequence = vocabulary.encode(words)
        unknown_shares.append(sequence.count(UNKNOWN_INDEX) / max(1, len(words)))
        # Cutting after the text keeps the index that starts it, which then takes a word's place.
        truncated.append(len(words if truncating == "pre" else sequence) > maxlen)
        # Cut at once: what is beyond maxlen would only fill the memory until the padding.
        sequences.append(truncate_sequence(sequence, maxlen=maxlen, truncating=truncating))
    return EncodedTexts(
        tokens=pad_sequences(sequences, maxlen=maxlen, padding=padding, truncating=truncating),
        unknown_share=np.array(unknown_shares, dtype=np.float32),
        truncated=np.array(truncated, dtype=np.bool_),
    )


def add_labels(encoded: EncodedTexts, reviews: Sequence[Review]) -> EncodedReviews:
    """Return the encoded texts of `reviews` together with their labels."""
    return EncodedReviews(
        tokens=encoded.tokens,
        unknown_share=encoded.unknown_share,
        truncated=encoded.truncated,
        labels=np.array([review.label for review in reviews], dtype=np.int32),
    )
