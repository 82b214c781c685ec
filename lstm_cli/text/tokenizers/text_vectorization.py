"""The words of Keras' `TextVectorization` layer, for models that others trained behind one.

The layer works on UTF-8's bytes: only the letters A to Z are made small, and only ASCII's white space separates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from lstm_cli.errors import ModelFileError
from lstm_cli.text.vocabulary import SpecialIndices, Vocabulary

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_NO_PUNCTUATION = str.maketrans("", "", "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'")
_RUN = re.compile(r"[^ \t\n\r\v\f]+")
_MASK, _UNKNOWN = "", "[UNK]"
_SPECIAL = SpecialIndices(pad=0, start=None, unknown=1, first_word=2)


@dataclass(frozen=True)
class TextVectorization:
    """Splits as `keras.layers.TextVectorization` does (https://keras.io/api/layers/preprocessing_layers/text).

    Attributes:
        standardize: what is done to a text first; None for nothing.
        unit: what is a word, Keras' `split`; None for the whole text.
    """

    name: ClassVar[str] = "keras-text-vectorization"
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = False

    standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"] | None = (
        "lower_and_strip_punctuation"
    )
    unit: Literal["whitespace", "character"] | None = "whitespace"

    def split(self, text: str) -> list[str]:
        """Return the words of a text; where `unit` is not `whitespace` they may hold a line's end."""
        if self.standardize in ("lower", "lower_and_strip_punctuation"):
            text = text.translate(_LOWER)
        if self.standardize in ("strip_punctuation", "lower_and_strip_punctuation"):
            text = text.translate(_NO_PUNCTUATION)
        if self.unit == "whitespace":
            return _RUN.findall(text)
        if self.unit == "character":
            return list(text)
        return [text] if text else []


def parse_tokens(content: bytes) -> tuple[str, ...]:
    """Return the lines of a vocabulary, one token a line, as Keras writes them and people do.

    Raises:
        ModelFileError: it is no UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelFileError(f"expected a vocabulary in UTF-8, one token a line; {error}.") from error
    # Not splitlines(): U+0085 and its like stand inside tokens.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def build_vectorization_vocabulary(tokens: Sequence[str]) -> Vocabulary:
    """Return the numbering of a `TextVectorization` layer: 0 pads, 1 stands for unknown words, then its tokens.

    Args:
        tokens: what the layer's `get_vocabulary` gives, with or without the two that are no words.

    Raises:
        ModelFileError: there are none, one of them is empty, or one stands there twice.
    """
    if tokens and tokens[0] == _MASK:
        tokens = tokens[1:]
    if tokens and tokens[0] == _UNKNOWN:
        tokens = tokens[1:]
    if not tokens:
        raise ModelFileError("expected a vocabulary, one token a line; there is none.")
    if _MASK in tokens:
        raise ModelFileError(f"expected one token a line; token {tokens.index(_MASK) + 1:,} is empty.")
    if len(set(tokens)) < len(tokens):
        seen: set[str] = set()
        twice = next(token for token in tokens if token in seen or seen.add(token))  # type: ignore[func-returns-value]
        raise ModelFileError(f"expected every token once; {twice[:40]!r} stands there twice.")
    return Vocabulary(tuple(tokens), _SPECIAL)
