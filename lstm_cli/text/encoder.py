"""`TextEncoder`: texts → what a model reads, the same for training, evaluation and prediction."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import TypeAdapter, ValidationError

from lstm_cli.errors import ModelFileError
from lstm_cli.text.ngrams.tables import NgramInputs, NgramTables
from lstm_cli.text.ngrams.tokens import build_token_texts
from lstm_cli.text.padding import Side, pad_sequences, truncate_sequence
from lstm_cli.text.tokenizers import Tokenizer, describe_tokenizer, load_tokenizer
from lstm_cli.text.vocabulary import DROPPED, SpecialIndices, Vocabulary

NO_LABEL = -1
"""Among labels: this text has none."""

DIGEST_BYTES = 8
"""Of a text's digest: among a million texts two different ones share theirs with a chance of 3e-8."""


@dataclass(frozen=True, eq=False)
class EncodedTexts:
    """n texts as a model reads them, and what was lost on the way.

    Where they are too many for the memory, `tokens` and `channels` are `np.memmap`s that cannot be written to.

    Attributes:
        tokens: `int32[n, maxlen]`, each in [0, len(vocabulary)).
        unknown_share: `float32[n]`, the share of the text's words (all of them, before cutting) that the
            vocabulary lacks; 0 for a text without words.
        truncated: `bool[n]`, whether words were cut off.
        labels: `int32[n]`, the place of each text's class among the classes; `NO_LABEL` where none is known.
        digests: `uint64[n]`, by which a text is known again however its white space is written: `digest_text`.
        channels: `float16[count, c]`, what n-grams say at each of the `count` tokens that are no padding, row by
            row; None where the model is told nothing of them.
        logits: `float32[n, outputs]`, what they say of each text; None likewise.
    """

    tokens: NDArray[np.int32]
    unknown_share: NDArray[np.float32]
    truncated: NDArray[np.bool_]
    labels: NDArray[np.int32]
    digests: NDArray[np.uint64]
    channels: NDArray[np.float16] | None = None
    logits: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.tokens)


@dataclass(frozen=True)
class TextEncoder:
    """All that turns a text into what a model reads.

    Attributes:
        tokenizer: what a word is.
        vocabulary: which words have an index, and which indices are no words.
        maxlen: tokens of a row.
        padding: the side that is padded.
        truncating: the side that a longer text is cut on.
        ngrams: what n-grams say of the classes; None where the model reads words alone.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary
    maxlen: int
    padding: Side
    truncating: Side
    ngrams: NgramTables | None = None

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of all that makes what a text becomes."""
        digest = hashlib.sha256(json.dumps([self.describe(), self.vocabulary.words]).encode())
        if self.ngrams:
            digest.update(json.dumps(self.ngrams.describe()).encode())
            digest.update(self.ngrams.dump())
        return digest.hexdigest()

    def encode(self, texts: Iterable[str], *, labels: ArrayLike | None = None) -> EncodedTexts:
        """Split texts into words, and encode these.

        Args:
            texts: n of them, walked over once.
            labels: of each, asked for once the texts are walked over; by default none is known.
        """
        digests: list[int] = []
        split: list[list[str]] = []

        def iter_sequences() -> Iterator[list[int]]:
            for text in texts:
                digests.append(digest_text(text))
                words = self.tokenizer.split(text)
                if self.ngrams:
                    split.append(words)
                yield self.vocabulary.index(words)

        encoded = self.encode_indices(iter_sequences(), labels=labels, digests=digests)
        if not self.ngrams:
            return encoded
        tokens = build_token_texts(split, marks_spaces=self.tokenizer.marks_spaces)
        told = self.ngrams.encode(tokens)
        return self.add_ngrams(encoded, told, lengths=tokens.lengths)

    def encode_indices(
        self, sequences: Iterable[Sequence[int]], *, labels: ArrayLike | None, digests: ArrayLike
    ) -> EncodedTexts:
        """Cut and pad texts whose words are numbered already.

        Args:
            sequences: the indices of each text's words, as `Vocabulary.index` gives them.
            labels: as for `encode`.
            digests: of each text; asked for once the sequences are walked over.
        """
        special = self.vocabulary.special
        missing = DROPPED if special.unknown is None else special.unknown
        start = [] if special.start is None else [special.start]
        cut, unknown_shares, truncated = [], [], []
        for words in sequences:
            unknown = words.count(missing)
            unknown_shares.append(unknown / max(1, len(words)))
            sequence = [*start, *words]
            if missing == DROPPED and unknown:
                sequence = [index for index in sequence if index != DROPPED]
            # Cutting after the text keeps the index that starts it, which then takes a word's place.
            truncated.append(len(sequence) - (len(start) if self.truncating == "pre" else 0) > self.maxlen)
            # Cut at once: what is beyond maxlen would only fill the memory until the padding.
            cut.append(truncate_sequence(sequence, maxlen=self.maxlen, truncating=self.truncating))
        return EncodedTexts(
            tokens=pad_sequences(
                cut, maxlen=self.maxlen, padding=self.padding, truncating=self.truncating, value=special.pad
            ),
            unknown_share=np.array(unknown_shares, np.float32),
            truncated=np.array(truncated, np.bool_),
            labels=np.full(len(cut), NO_LABEL, np.int32) if labels is None else np.array(labels, np.int32),
            digests=np.array(digests, np.uint64),
        )

    def add_ngrams(self, encoded: EncodedTexts, told: NgramInputs, *, lengths: NDArray[np.int64]) -> EncodedTexts:
        """Return encoded texts with what n-grams say, cut as their words are; at what is no word, it is nothing.

        Args:
            encoded: n texts, none of whose words are left out.
            told: of every word of the whole texts.
            lengths: `int64[n]`, words of each whole text.
        """
        starts = 0 if self.vocabulary.special.start is None else 1
        kept = np.minimum(lengths + starts, self.maxlen)
        # The place of each kept token in its whole text, the index that starts it being before the first.
        first = (lengths + starts - kept if self.truncating == "pre" else np.zeros_like(kept)) - starts
        places = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept) + np.repeat(first, kept)
        is_word = places >= 0
        channels = np.zeros((len(places), told.channels.shape[1]), np.float16)
        rows = places + np.repeat(np.cumsum(lengths) - lengths, kept)
        channels[is_word] = told.channels[rows[is_word]]
        return replace(encoded, channels=channels, logits=told.logits)

    def find_readable(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return `bool[n]`: whether a row of `int32[n, maxlen]` holds a single word that the model knows."""
        special = self.vocabulary.special
        unknown = DROPPED if special.unknown is None else special.unknown  # among the words, in a few models
        return np.asarray(((tokens >= special.first_word) & (tokens != unknown)).any(axis=1))

    def describe(self) -> dict[str, Any]:
        """Return what `load_encoder` needs beside the vocabulary's words and the n-grams, fit for JSON."""
        return {
            "tokenizer": describe_tokenizer(self.tokenizer),
            "special": asdict(self.vocabulary.special),
            "maxlen": self.maxlen,
            "padding": self.padding,
            "truncating": self.truncating,
        }


def load_encoder(description: object, *, words: tuple[str, ...], ngrams: NgramTables | None = None) -> TextEncoder:
    """Return the encoder that a model file describes.

    Args:
        description: what `TextEncoder.describe` gave, or whatever a file from elsewhere holds in its place.
        words: of the vocabulary.
        ngrams: what n-grams say of the classes.

    Raises:
        ModelFileError: it describes no encoder that is here.
    """
    match description:
        case {"tokenizer": tokenizer, "special": dict(special), "maxlen": int(maxlen),
              "padding": ("pre" | "post") as padding, "truncating": ("pre" | "post") as truncating, **others} if (
            not others and maxlen >= 1
        ):  # fmt: skip
            try:
                indices = TypeAdapter(SpecialIndices).validate_json(json.dumps(special), strict=True)
            except ValidationError as error:
                raise ModelFileError("the indices of its encoder that are no words cannot be read.") from error
            given = [index for index in (indices.pad, indices.start, indices.unknown) if index is not None]
            if not all(0 <= index < indices.first_word for index in given):
                raise ModelFileError("its encoder pads, starts or fills with an index that is none of its own.")
            vocabulary = Vocabulary(words, indices)
            if ngrams and indices != SpecialIndices():
                raise ModelFileError("its n-grams are of words that are numbered otherwise.")
            return TextEncoder(load_tokenizer(tokenizer), vocabulary, maxlen, padding, truncating, ngrams)
    raise ModelFileError("it does not say how it encodes texts.")


def digest_text(text: str) -> int:
    """Return 64 bits by which a text is known again, however its white space and its accents are written."""
    collapsed = " ".join(unicodedata.normalize("NFC", text).split())
    digest = hashlib.blake2b(collapsed.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES)
    return int.from_bytes(digest.digest(), "little")
