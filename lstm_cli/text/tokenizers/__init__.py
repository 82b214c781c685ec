"""What a word is, by name: one file a tokenizer, registered here and nowhere else.

A model file keeps its tokenizer's name, version and settings. Whoever changes what a tokenizer makes of a text
raises its version: a file of another version is refused rather than read with other words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Protocol

from pydantic import TypeAdapter, ValidationError

from lstm_cli.errors import ModelFileError, suggest_nearest
from lstm_cli.text.tokenizers.keras_tokenizer import KerasTokenizer
from lstm_cli.text.tokenizers.text_vectorization import TextVectorization
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns


class Tokenizer(Protocol):
    """Splits texts; a frozen dataclass whose fields are its settings and what it has learnt, all fit for JSON.

    Attributes:
        name: what the configuration and the model file call it.
        version: which rules these are; another version would give other words.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    def split(self, text: str) -> list[str]:
        """Return the words of a text, in their order; none of them is empty or holds a line's end."""


_KINDS: Mapping[str, type[Tokenizer]] = {
    kind.name: kind
    for kind in (
        Words,
        WordsAndSigns,
        KerasTokenizer,
        TextVectorization,
    )
}

TOKENIZER_NAMES = ("words", "words-and-signs")
"""What `data.tokenizer` may name; the others belong to models of plain Keras."""


def build_tokenizer(name: str) -> Tokenizer:
    """Return the tokenizer that `data.tokenizer` names.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in TOKENIZER_NAMES:
        raise ValueError(
            f"expected one of {', '.join(TOKENIZER_NAMES)}, got {name!r}.{suggest_nearest(name, TOKENIZER_NAMES)}"
        )
    return _KINDS[name]()


def describe_tokenizer(tokenizer: Tokenizer) -> dict[str, Any]:
    """Return what `load_tokenizer` needs, fit for JSON."""
    return {"name": tokenizer.name, "version": tokenizer.version, "settings": asdict(tokenizer)}  # type: ignore[call-overload]  # the protocol cannot say that it is a dataclass


def load_tokenizer(description: object) -> Tokenizer:
    """Return the tokenizer that a model file describes.

    Args:
        description: what `describe_tokenizer` gave, or whatever a file from elsewhere holds in its place.

    Raises:
        ModelFileError: it is no such description, or of a tokenizer or a version that is not here.
    """
    match description:
        case {"name": str(name), "version": int(version), "settings": dict(settings), **others} if not others:
            kind = _KINDS.get(name)
            if kind is None or kind.version != version:
                raise ModelFileError(
                    f"it reads texts with the tokenizer {name[:40]!r}, version {version}, which is not here. "
                    "Take the lstm-cli that wrote it."
                )
            try:
                return TypeAdapter(kind).validate_json(json.dumps(settings), strict=True)
            except ValidationError as error:
                raise ModelFileError(f"the settings of its tokenizer {name!r} cannot be read.") from error
    raise ModelFileError("it does not say how it splits texts.")
