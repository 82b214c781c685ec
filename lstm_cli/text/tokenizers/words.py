"""`words`: runs of letters and digits, in every script; the default."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import regex

# Tags that people and scrapers leave in reviews. A closed list, because "<sigh>" is a word to keep.
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|body|br|center|cite|code|div|em|font|h[1-6]|hr|html|i|img|li|ol|p|pre|q|s"
    r"|small|span|strike|strong|sub|sup|table|tbody|td|th|tr|tt|u|ul)(?:[\s/][^<>]*)?>",
    re.IGNORECASE | re.ASCII,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")

# What is typed where an apostrophe is meant: grave and acute accents, the modifier letter, quotation marks,
# and the one of Windows (0x92) read as Latin-1.
_APOSTROPHE = re.compile("[`\u00b4\u02bc\u1ffd\u2018\u2019\uff07\x92]")

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


def clean_text(text: str) -> str:
    """Return a text without the HTML that people and scrapers leave: entities resolved, a space for each tag."""
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    return text


def normalize_text(text: str) -> str:
    """Return a text in lower case and in NFKC, without invisible characters, its apostrophes the typewriter's."""
    text = _APOSTROPHE.sub("'", text)  # before NFKC, which makes an acute accent a space and a combining one
    if text.isascii():
        return text.lower()
    text = _compile_invisible().sub("", text)
    text = unicodedata.normalize("NFKC", text)
    # Lower-casing can leave a letter and its mark apart that have a composed form (U+01F0).
    text = unicodedata.normalize("NFKC", text.lower())
    return _APOSTROPHE.sub("'", text)  # after NFKC, which can bring one out (U+0149)


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
def _compile_invisible() -> regex.Pattern[str]:
    """Return the pattern of the characters without ink, but for the joiners and the zero-width space."""
    import regex

    return regex.compile(r"[\p{Default_Ignorable_Code_Point}--[\u200b\u200c\u200d]]+", regex.V1)


@cache
def _compile_word() -> regex.Pattern[str]:
    """Return the pattern of a word in normalised, lower-case text."""
    import regex  # `re` knows neither scripts nor combining marks

    return regex.compile(WORD, regex.V1)
