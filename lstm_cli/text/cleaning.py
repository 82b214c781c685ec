"""What every tokenizer reads a text without: its HTML, its capitals, and what cannot be seen."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

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


@cache
def _compile_invisible() -> regex.Pattern[str]:
    """Return the pattern of the characters without ink, but for the joiners and the zero-width space."""
    import regex

    return regex.compile(r"[\p{Default_Ignorable_Code_Point}--[\u200b\u200c\u200d]]+", regex.V1)
