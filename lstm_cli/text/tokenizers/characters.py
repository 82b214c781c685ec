"""`characters`: every letter with its marks is a word, in any language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from lstm_cli.text.languages import UNDETERMINED
from lstm_cli.text.normalization import LINK, NAME, normalize
from lstm_cli.text.tokenizers.subwords import SPACE, hide_space

if TYPE_CHECKING:
    import regex


@dataclass(frozen=True)
class Characters:
    """Splits normalised texts into the characters that a reader sees, extended grapheme clusters (UAX #29).

    Attributes:
        language: its code.
    """

    name: ClassVar[str] = "characters"
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = True

    language: str = UNDETERMINED

    @classmethod
    def learn(cls, texts: Iterable[str], *, language: str, pieces: int) -> Characters:  # noqa: ARG003
        """Return the tokenizer of a language; there is nothing to learn."""
        return cls(language)

    def split(self, text: str) -> list[str]:
        """Return the characters of a text, `▁` for a space; a link and an @name are one each."""
        text = hide_space(normalize(text, language=self.language))
        characters: list[str] = _compile_character().findall(text)
        return characters


@cache
def _compile_character() -> regex.Pattern[str]:
    import regex  # `re` does not know \X

    return regex.compile(rf"(?<![a-z0-9]){LINK}(?![a-z0-9])|{NAME}(?!\w)|{SPACE}|\X", regex.V1)
