"""The words of Keras' old `Tokenizer`, for models that others trained on what it gave.

`tf.keras.preprocessing.text.Tokenizer` is gone from Keras 3, but most models that people have were trained with
it. `to_json` writes all that it knows; it counts its words from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from lstm_cli.bounded_json import parse_json
from lstm_cli.errors import ModelFileError
from lstm_cli.text.vocabulary import SpecialIndices, Vocabulary

_LARGEST_INDEX = 10_000_000  # the largest vocabulary that a configuration allows
_HOW = "Write it with Tokenizer.to_json()."


@dataclass(frozen=True)
class KerasTokenizer:
    """Splits as `keras.preprocessing.text.Tokenizer` does.

    Attributes:
        lower: make all letters small first.
        filters: characters that separate words.
        separator: what stands between words, Keras' `split`.
        char_level: every character is a word.
    """

    name: ClassVar[str] = "keras-tokenizer"
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = False

    lower: bool = True
    filters: str = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
    separator: str = " "
    char_level: bool = False

    def __post_init__(self) -> None:
        if not self.separator:
            raise ValueError("expected words to be split at something")

    def split(self, text: str) -> list[str]:
        """Return the words of a text; where they are characters, or no filter, they may hold a line's end."""
        if self.lower:
            text = text.lower()
        if self.char_level:
            return list(text)
        return [word for word in text.translate(self._table).split(self.separator) if word]

    @cached_property
    def _table(self) -> dict[int, str]:
        return {ord(character): self.separator for character in self.filters}


def parse_keras_tokenizer(content: bytes) -> tuple[KerasTokenizer, Vocabulary]:
    """Read what `Tokenizer.to_json` wrote.

    Raises:
        ModelFileError: it is no such JSON.
    """
    try:
        description = parse_json(content, largest=len(content))
    except ValueError as error:
        raise ModelFileError(f"expected a tokenizer as JSON; {error}. {_HOW}") from error
    match description:
        case {"config": {"word_index": str(text)} as config}:
            return _read_tokenizer(config), _read_vocabulary(text, config)
    if isinstance(description, dict) and all(type(index) is int for index in description.values()):
        raise ModelFileError(f"it is a word_index alone, which does not say how texts are split. {_HOW}")
    raise ModelFileError(f"expected a tokenizer with its word_index. {_HOW}")


def _read_tokenizer(config: Mapping[str, Any]) -> KerasTokenizer:
    filters = config.get("filters", KerasTokenizer.filters)
    if isinstance(filters, list) and all(isinstance(one, str) and len(one) == 1 for one in filters):
        filters = "".join(filters)
    match filters, config.get("lower", True), config.get("split", " "), config.get("char_level", False):
        case [str(), bool(lower), str(separator), bool(char_level)] if separator:
            return KerasTokenizer(lower, filters, separator, char_level)
    raise ModelFileError("the tokenizer's filters, lower, split and char_level are not as Keras writes them.")


def _read_vocabulary(text: str, config: Mapping[str, Any]) -> Vocabulary:
    """Return the numbering; an index that no word has gets the empty word, which no text holds."""
    try:
        word_index = parse_json(text, largest=len(text))
    except ValueError as error:
        raise ModelFileError(f"expected the tokenizer's word_index as JSON; {error}.") from error
    if not isinstance(word_index, dict) or not word_index:
        raise ModelFileError("expected a tokenizer that has been fitted: its word_index holds no words.")
    indices = set(word_index.values()) if all(type(index) is int for index in word_index.values()) else {0}
    if len(indices) < len(word_index) or min(indices) < 1 or max(indices) > _LARGEST_INDEX:
        raise ModelFileError("expected a word_index that gives every word a number of its own, from 1 upwards.")
    oov_token, num_words = config.get("oov_token"), config.get("num_words")
    if not isinstance(oov_token, str | None) or type(num_words) not in (int, type(None)):
        raise ModelFileError("the tokenizer's oov_token and num_words are not as Keras writes them.")
    unknown = None if oov_token is None else word_index.get(oov_token)
    if unknown is None and oov_token is not None:
        raise ModelFileError(f"the tokenizer has an oov_token, {oov_token[:40]!r}, without a number.")
    # The oov_token comes first; but where a text held it as a word, it has that word's place.
    first_word = 2 if unknown == 1 else 1
    end = min(max(indices) + 1, num_words or _LARGEST_INDEX)  # num_words counts the padding too
    words = [""] * max(0, end - first_word)
    for word, index in word_index.items():
        if first_word <= index < end:
            words[index - first_word] = word
    return Vocabulary(tuple(words), SpecialIndices(pad=0, start=None, unknown=unknown, first_word=first_word))
