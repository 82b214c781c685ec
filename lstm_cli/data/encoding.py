"""A data set ready for training, and the encoder that its settings ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_cli.classes import Classes
from lstm_cli.config import DataConfig
from lstm_cli.data.reading import Reading
from lstm_cli.data.review import LeftOut
from lstm_cli.text.encoder import EncodedTexts, TextEncoder
from lstm_cli.text.languages import Language
from lstm_cli.text.ngrams.tables import NgramTables
from lstm_cli.text.tokenizers import Tokenizer
from lstm_cli.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Repeats:
    """Texts of a data set that stand there more than once.

    Attributes:
        duplicates: rows whose text stood in an earlier row.
        contradictions: texts with more than one label.
        crossing: rows in no split, because their text, or their group, also stands in a split that comes later.
        alike: validation texts that share rare words with a training text, as texts do that speak of the same
            thing; 0 also where nobody has looked.
        alike_by_chance: as many would if the rare words were dealt to the texts anew.
    """

    duplicates: int = 0
    contradictions: int = 0
    crossing: int = 0
    alike: int = 0
    alike_by_chance: int = 0


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three encoded splits, and the encoder whose vocabulary is learnt from the first.

    Attributes:
        name: the data set's name, or its file's or folder's.
        fingerprint: SHA-256 (hexadecimal) of the content that the reviews were read from and, where that is not
            plain, of how it was read.
        classes: what the labels mean.
        encoder: what made the splits, and makes of any other text what a model trained on them reads.
        train: what the weights are learnt from.
        validation: what judges every epoch.
        test: what nothing looks at while training; it may be empty.
        usual_length: words that 95 of 100 reviews have at most.
        left_out: the rows of the source that could not serve.
        reading: how the source was read, of several the first; None where that is no question.
        further_readings: what is told of those of several that are read otherwise, a line each.
        repeats: the texts that stand there more than once, in all rows that could serve.
        language: of the training part; None where the settings ask for nothing of it.
    """

    name: str
    fingerprint: str
    classes: Classes
    encoder: TextEncoder
    train: EncodedTexts
    validation: EncodedTexts
    test: EncodedTexts
    usual_length: int
    left_out: tuple[LeftOut, ...] = ()
    reading: Reading | None = None
    further_readings: tuple[str, ...] = ()
    repeats: Repeats = Repeats()
    language: Language | None = None


def count_classes(texts: EncodedTexts, classes: Classes) -> dict[str, int]:
    """Return how many of labelled texts are of each class, by its name."""
    counts = np.bincount(texts.labels, minlength=len(classes))
    return dict(zip(classes.names, counts.tolist(), strict=True))


def build_encoder(
    config: DataConfig, tokenizer: Tokenizer, vocabulary: Vocabulary, *, ngrams: NgramTables | None = None
) -> TextEncoder:
    """Build the encoder of a configuration."""
    return TextEncoder(
        tokenizer=tokenizer,
        vocabulary=vocabulary,
        maxlen=config.maxlen,
        padding=config.padding,
        truncating=config.truncating,
        ngrams=ngrams,
    )
