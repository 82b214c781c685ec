"""Models that plain Keras wrote, as `.h5` or as `.keras`: what their description says, and their weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstm_cli.bounded_json import parse_json
from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.content import ModelContent
from lstm_cli.modelfile.keras_description import KerasDescription, read_keras_description
from lstm_cli.modelfile.keras_file import list_weight_places, open_keras_file
from lstm_cli.modelfile.shapes import ModelSizes, list_weight_shapes
from lstm_cli.text.tokenizers.text_vectorization import parse_tokens

LARGEST_DESCRIPTION = 4 * 1024 * 1024
"""Bytes; no description of a recurrent classifier comes near."""


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """A model file that plain Keras wrote: mostly it says nothing of words and padding.

    Attributes:
        description: the model in our terms.
        weights: `float32` arrays in the order of Keras' `model.get_weights()`.
        tokens: the vocabulary of the `TextVectorization` layer inside it; None where there is none.
    """

    description: KerasDescription
    weights: tuple[NDArray[np.float32], ...]
    tokens: tuple[str, ...] | None


def read_foreign_content(content: ModelContent) -> ForeignModel:
    """Read what plain Keras wrote as `.h5`.

    Raises:
        ModelFileError: it describes what we do not know, or has other weights than it describes.
    """
    if "model_config" not in content.texts:
        raise ModelFileError("it holds no description of a model.")
    version = content.texts.get("keras_version", b"").decode(errors="replace")
    description = _read_description(content.texts["model_config"], keras_version=version)
    vectorization = description.vectorization
    return ForeignModel(
        description, _read_weights(content, description), vectorization.tokens if vectorization else None
    )


def load_keras_file(path: Path) -> ForeignModel:
    """Read a `.keras` file.

    Raises:
        ModelFileError: it is damaged, describes what we do not know, or has other weights than it describes.
        OSError: it cannot be read.
    """
    with open_keras_file(path) as file:
        description = _read_description(file.description, keras_version=file.keras_version)
        tokens = None
        if description.vectorization is not None:
            tokens, size = description.vectorization.tokens, description.vectorization.size
            vocabulary = file.read_vocabulary() if tokens is None else None
            if vocabulary is not None:
                tokens = parse_tokens(vocabulary)
                if size is not None and size != len(tokens):
                    raise ModelFileError(f"its vocabulary has {len(tokens):,} tokens, its description {size:,}.")
        with file.open_weights(list_weight_places(description.model)) as content:
            return ForeignModel(description, _read_weights(content, description), tokens)


def _read_description(text: bytes, *, keras_version: str) -> KerasDescription:
    try:
        settings = parse_json(text, largest=LARGEST_DESCRIPTION)
    except ValueError as error:
        raise ModelFileError(f"its description is no JSON that we read: {error}.") from error
    if not isinstance(settings, dict):
        raise ModelFileError("its description is no JSON object.")
    return read_keras_description(settings, keras_version=keras_version)


def _read_weights(content: ModelContent, description: KerasDescription) -> tuple[NDArray[np.float32], ...]:
    sizes = ModelSizes(description.num_words, outputs=description.outputs)
    return content.read_weights(list_weight_shapes(description.model, sizes=sizes))
