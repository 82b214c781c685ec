"""Texts → the names of their classes, with nothing but a model file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lstm_cli.classes import Classes
from lstm_cli.config import DataConfig, show_value
from lstm_cli.errors import ArgumentError, ConfigError
from lstm_cli.evaluation import THRESHOLD, check_predictions, complete_probabilities, predict_labels
from lstm_cli.inference.activations import ACTIVATIONS, KERAS_2_ACTIVATIONS
from lstm_cli.inference.foreign import Reading, find_reading
from lstm_cli.inference.network import Ensemble, Network, build_network
from lstm_cli.modelfile.foreign_model import ForeignModel
from lstm_cli.modelfile.stored_model import Provenance, load_model_file
from lstm_cli.text.encoder import EncodedTexts, TextEncoder
from lstm_cli.text.seen import SeenTexts

# Texts encoded and computed at once, so that memory does not grow with their number.
_AT_ONCE = 4096


@dataclass(frozen=True, eq=False, repr=False)
class Classifier:
    """A model with all that turns a text into a class' name.

    Attributes:
        network: gives probabilities for tokens.
        encoder: gives tokens for texts.
        classes: what the probabilities are of.
        threshold: of two classes, the probability above which a text is of the second.
        data: the data settings of the training; of plain Keras' files, those that were named, or None.
        loss: what it was trained to make small.
        provenance: where it comes from; None for a file of plain Keras.
        seen: the fingerprints of its training texts; None where the file has none.
        notice: what the user should know of how the file is read; empty where nothing is to be said.
        file: where it was read from; None where it was not.
    """

    network: Network | Ensemble
    encoder: TextEncoder
    classes: Classes
    threshold: float
    data: DataConfig | None
    loss: Literal["binary_crossentropy", "mean_squared_error"]
    provenance: Provenance | None
    seen: SeenTexts | None
    notice: str = ""
    file: Path | None = None

    def __repr__(self) -> str:
        """Return what tells it from others, in a line: its words and its weights would fill the screen."""
        place = "" if self.file is None else f"{str(self.file)!r}, "
        words = len(self.encoder.vocabulary.words)
        return f"Classifier({place}classes={self.classes.names}, words={words})"

    def predict(self, texts: Iterable[str]) -> list[Prediction]:
        """Return what the model makes of each text.

        Args:
            texts: a list, an array, a column of a frame: whatever holds strings.

        Raises:
            ArgumentError: they are no texts.
            ModelFileError: the weights give no number for a text of which the model knows a word.
        """
        return list(self.iter_predictions(texts))

    def iter_predictions(self, texts: Iterable[str]) -> Iterator[Prediction]:
        """Yield what the model makes of each text, some thousand of which are in memory at a time.

        Raises:
            ArgumentError: as `predict`.
            ModelFileError: as `predict`.
        """
        for block in _iter_blocks(texts):
            yield from self._predict_block(block, self.encoder.encode(block))

    def predict_proba(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """Return `float32[n, k]`, what the network gives for each class, also of a text in which it knows nothing.

        Raises:
            ArgumentError: as `predict`.
        """
        blocks = [self.compute_probabilities(self.encoder.encode(block)) for block in _iter_blocks(texts)]
        if not blocks:
            return np.empty((0, len(self.classes)), np.float32)
        return complete_probabilities(np.concatenate(blocks))

    def compute_probabilities(self, encoded: EncodedTexts) -> NDArray[np.float32]:
        """Return `float32[n]`, the probability of the second of two classes, or `float32[n, k]` of k classes."""
        outputs = self.network.predict_texts(encoded)
        return outputs[:, -1] if len(self.classes) == 2 else outputs

    def _predict_block(self, texts: Sequence[str], encoded: EncodedTexts) -> list[Prediction]:
        readable = self.encoder.find_readable(encoded.tokens)
        probabilities = self.compute_probabilities(encoded)
        if readable.any():
            check_predictions(probabilities[readable])
        labels = predict_labels(probabilities, threshold=self.threshold)
        probabilities = complete_probabilities(probabilities)
        names = self.classes.names
        return [
            Prediction(
                text=text,
                label=names[label] if known else None,
                probability=row[label] if known else None,
                probabilities=dict(zip(names, row, strict=True)) if known else None,
                unknown_share=unknown_share,
                truncated=truncated,
            )
            for text, label, row, known, unknown_share, truncated in zip(
                texts,
                labels.tolist(),
                probabilities.tolist(),
                readable.tolist(),
                encoded.unknown_share.tolist(),
                encoded.truncated.tolist(),
                strict=True,
            )
        ]


def _iter_blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the texts, some thousand at a time.

    Raises:
        ArgumentError: they are no texts.
    """
    # A frame's names of columns would pass for texts.
    if isinstance(texts, str | bytes | Mapping) or not isinstance(texts, Iterable) or hasattr(texts, "columns"):
        raise ArgumentError(f"texts: expected a list of texts, got {show_value(texts)}. One text: [text].")
    remaining, done = iter(texts), 0
    while block := list(islice(remaining, _AT_ONCE)):
        for place, text in enumerate(block):
            if not isinstance(text, str):
                raise ArgumentError(f"texts: expected a list of texts, got {show_value(text)} at {done + place}.")
        done += len(block)
        yield block


@dataclass(frozen=True)
class Prediction:
    """What the model makes of a text; of one in which it knows nothing, it makes nothing.

    Attributes:
        text: as it came.
        label: the class' name, or None.
        probability: of that class, or None.
        probabilities: of every class by its name, or None.
        unknown_share: the share of the text's words that the model does not know.
        truncated: whether the text was longer than the model reads.
    """

    text: str
    label: str | None
    probability: float | None
    probabilities: Mapping[str, float] | None
    unknown_share: float
    truncated: bool


def load_classifier(
    path: Path, *, overrides: Sequence[str] = (), tokenizer_file: Path | None = None
) -> Classifier:
    """Load a model file.

    Args:
        path: an .h5 or a .keras file, ours or plain Keras'.
        overrides: `data.key=value` settings, which a file of plain Keras needs, since it does not say how
            its words were numbered; our files carry theirs.
        tokenizer_file: says it for a file of plain Keras: what `Tokenizer.to_json` wrote, or the vocabulary of a
            `TextVectorization` layer, one token a line.

    Raises:
        ModelFileError: a file is missing, damaged, or of a kind we do not know.
        ConfigError: the overrides or the tokenizer are wrong, or not wanted.
        DataError: the data set that the vocabulary is learnt from cannot be read.
    """
    stored = load_model_file(path)
    if isinstance(stored, ForeignModel):
        reading = find_reading(path, stored, overrides=overrides, tokenizer_file=tokenizer_file)
        return _build_foreign(stored, reading, file=path)
    for option, given in (("--set", overrides), ("--tokenizer", tokenizer_file)):
        if given:
            raise ConfigError(f"{option} is for files of plain Keras: {path} carries its own data settings.")
    config = stored.config
    return Classifier(
        network=build_network(config, stored.weights, outputs=stored.classes.outputs),
        encoder=stored.encoder,
        classes=stored.classes,
        threshold=stored.threshold,
        data=config.data,
        loss=config.training.loss,
        provenance=stored.provenance,
        seen=stored.seen,
        file=path,
    )


def _build_foreign(stored: ForeignModel, reading: Reading, *, file: Path) -> Classifier:
    description = stored.description
    activations = KERAS_2_ACTIVATIONS if description.is_keras_2 else ACTIVATIONS
    return Classifier(
        network=Network(description.model, stored.weights, description.outputs, activations),
        encoder=reading.encoder,
        classes=reading.classes,
        threshold=THRESHOLD,
        data=reading.data,
        loss="binary_crossentropy",
        provenance=None,
        seen=None,
        notice=reading.notice,
        file=file,
    )
