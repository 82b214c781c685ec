"""What a word is, by name: one file a tokenizer, registered here and nowhere else.

A model file keeps its tokenizer's name, version and settings. Whoever changes what a tokenizer makes of a text
raises its version: a file of another version is refused rather than read with other words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Protocol, Self

from pydantic import TypeAdapter, ValidationError

from lstm_cli.errors import ModelFileError, suggest_nearest
from lstm_cli.text.tokenizers.bpe import BytePairs
from lstm_cli.text.tokenizers.characters import Characters
from lstm_cli.text.tokenizers.chinese import Jieba
from lstm_cli.text.tokenizers.japanese import Sudachi
from lstm_cli.text.tokenizers.keras_tokenizer import KerasTokenizer
from lstm_cli.text.tokenizers.korean import Kiwi
from lstm_cli.text.tokenizers.segmenters import Segmenter
from lstm_cli.text.tokenizers.subwords import MOST_PIECES
from lstm_cli.text.tokenizers.text_vectorization import TextVectorization
from lstm_cli.text.tokenizers.thai import PyThaiNLP
from lstm_cli.text.tokenizers.unigram import Unigrams
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.tokenizers.words_and_signs import WordsAndSigns
from lstm_cli.text.vocabulary import SpecialIndices


class Tokenizer(Protocol):
    """Splits texts; a frozen dataclass whose fields are its settings and what it has learnt, all fit for JSON.

    Attributes:
        name: what the configuration and the model file call it.
        version: which rules these are; another version would give other words.
        marks_spaces: whether its words themselves tell where spaces were.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    marks_spaces: ClassVar[bool]

    def split(self, text: str) -> list[str]:
        """Return the words of a text, in their order; none of them is empty or holds a line's end."""


class LearningTokenizer(Tokenizer, Protocol):
    """One that `data.tokenizer` may name."""

    @classmethod
    def learn(cls, texts: Iterable[str], *, language: str, pieces: int) -> Self:
        """Return the tokenizer for a data set.

        Args:
            texts: of its training part, walked over at most once; not at all where there is nothing to learn.
            language: their language's code.
            pieces: how many words it may have, of those that learn them.
        """


_NAMED: Mapping[str, type[LearningTokenizer]] = {
    kind.name: kind
    for kind in (
        Words,
        WordsAndSigns,
        Characters,
        BytePairs,
        Unigrams,
        Jieba,
        Sudachi,
        PyThaiNLP,
        Kiwi,
    )
}
_KINDS: Mapping[str, type[Tokenizer]] = {
    **_NAMED,
    **{kind.name: kind for kind in (KerasTokenizer, TextVectorization)},  # of models of plain Keras
}

TOKENIZER_NAMES = tuple(_NAMED)
"""What `data.tokenizer` may name."""


def check_tokenizer_name(name: str) -> str:
    """Return a name of `TOKENIZER_NAMES`.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in TOKENIZER_NAMES:
        raise ValueError(
            f"expected one of {', '.join(TOKENIZER_NAMES)}, got {name!r}.{suggest_nearest(name, TOKENIZER_NAMES)}"
        )
    return name


def check_tokenizer_packages(name: str) -> None:
    """Raise an error unless what a tokenizer needs is here.

    Raises:
        ConfigError: it is an extra that is not installed.
    """
    kind = _KINDS.get(name)
    if kind is not None and issubclass(kind, Segmenter):
        kind.check_packages()


def learn_tokenizer(name: str, texts: Iterable[str], *, language: str, num_words: int) -> Tokenizer:
    """Return the tokenizer that `data.tokenizer` names, with what it learns from the training part.

    Args:
        name: of `TOKENIZER_NAMES`.
        texts: of the training part, or a sample of them; walked over at most once.
        language: their language's code.
        num_words: the vocabulary's size, which a learnt one does not pass.
    """
    pieces = min(MOST_PIECES, max(1, num_words - SpecialIndices.first_word))
    return _NAMED[name].learn(texts, language=language, pieces=pieces)


def describe_tokenizer(tokenizer: Tokenizer) -> dict[str, Any]:
    """Return what `load_tokenizer` needs, fit for JSON."""
    return {"name": tokenizer.name, "version": tokenizer.version, "settings": asdict(tokenizer)}  # type: ignore[call-overload]  # the protocol cannot say that it is a dataclass


def load_tokenizer(description: object) -> Tokenizer:
    """Return the tokenizer that a model file describes.

    Args:
        description: what `describe_tokenizer` gave, or whatever a file from elsewhere holds in its place.

    Raises:
        ModelFileError: it is no such description, or of a tokenizer, a version or a package that is not here.
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
                tokenizer: Tokenizer = TypeAdapter(kind).validate_json(json.dumps(settings), strict=True)
            except ValidationError as error:
                raise ModelFileError(f"the settings of its tokenizer {name!r} cannot be read.") from error
            if isinstance(tokenizer, Segmenter) and (obstacle := tokenizer.find_obstacle()):
                raise ModelFileError(obstacle)
            return tokenizer
    raise ModelFileError("it does not say how it splits texts.")
