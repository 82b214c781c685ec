"""`words`: runs of letters and digits, in every script; the default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from lstm_cli.text.cleaning import clean_text, normalize_text

if TYPE_CHECKING:
    import regex

# ASCII → lower-case letters, digits and apostrophes; everything else separates words.
_ASCII_TABLE = "".join(
    chr(code).lower() if chr(code).isalnum() else "'" if chr(code) in "'`" else " " for code in range(128)
)


# Line_Break=SA: the South-East Asian scripts whose words only a dictionary can tell apart.
_SPACELESS = r"[\p{L}&&[\p{Line_Break=SA}\p{Han}\p{Hiragana}\p{Katakana}ー]]"
_SPACED = rf"[[\p{{L}}\p{{N}}]--{_SPACELESS}]"
_RUN = rf"{_SPACED}[{_SPACED}\p{{M}}]*"
WORD = (
    rf"{_RUN}(?:['\u200c\u200d]{_RUN})*"
    rf"|{_SPACELESS}[\p{{M}}ー]*"
    r"|[[\p{Extended_Pictographic}★☆]--[©®]]"
    r"|\p{Regional_Indicator}{2}"
)
"""A word in normalised text, in the syntax of the package `regex`, version 1."""


@dataclass(frozen=True)
class Words:
    """Splits by the rules of `split_words`."""

    name: ClassVar[str] = "words"
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = False

    @classmethod
    def learn(cls, texts: Iterable[str], *, language: str, pieces: int) -> Words:  # noqa: ARG003
        """Return the tokenizer: there is nothing to learn, and the rules are those of any language."""
        return cls()

    def split(self, text: str) -> list[str]:
        """Return `split_words(text)`."""
        return split_words(text)


def split_words(text: str) -> list[str]:
    """Split a review into its words.

    - Letters are lower-case and in Unicode's normal form NFKC, so that composed and decomposed, full-width
      and ordinary spellings are one word. Soft hyphens and other invisible characters are left out.
    - A word is a run of letters, digits and combining marks of any script. Apostrophes inside it stay, in the
      typewriter's form (`don't`), and so do the joiners U+200C and U+200D. Other punctuation separates.
    - Scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Myanmar, …): each letter with its
      marks is a word. Korean is split at its spaces.
    - Each emoji or star is a word, for it carries sentiment. Skin tones and variation selectors are left out,
      a joined sequence gives its parts, and a flag is one word.
    - HTML entities are resolved; common HTML tags (`<br />`) separate words and are none.

    Splitting the words joined by spaces gives the same words again.

    Args:
        text: any string.

    Returns:
        The words in their order; none of them is empty.
    """
    text = clean_text(text)
    words: list[str] = []
    # No word holds a space and no rule looks across one, so that the ASCII stretches between spaces can go
    # the fast way whatever script stands beside them.
    for is_ascii, chunks in groupby(text.split(" "), str.isascii):
        words += (_split_ascii if is_ascii else _split_unicode)(" ".join(chunks))
    return words


def _split_ascii(text: str) -> list[str]:
    """Split ASCII text as `_split_unicode` does, many times faster."""
    text = text.translate(_ASCII_TABLE)
    if "'" in text:
        # An apostrophe is inside a word when letters or digits stand on both sides. Once no two are
        # neighbours, each of the others has a space (or the text's end) beside it.
        text = f" {text} ".replace("''", "  ").replace(" '", "  ").replace("' ", "  ")
    return text.split()


def _split_unicode(text: str) -> list[str]:
    """Split any text, by Unicode's properties."""
    words: list[str] = _compile_word().findall(normalize_text(text))
    return words


@cache
def _compile_word() -> regex.Pattern[str]:
    """Return the pattern of a word in normalised, lower-case text."""
    import regex  # `re` knows neither scripts nor combining marks

    return regex.compile(WORD, regex.V1)
