"""What is written in several ways and means one thing, made one: by every tokenizer but `words`.

- HTML tags and entities, case, Unicode's compatibility forms (NFKC: full and half width, presentation forms) and
  invisible characters as in `words`. The joiners U+200C and U+200D, which say how letters are drawn, go too.
- Digits of all scripts are 0 to 9. ß is ss.
- Turkish and Azerbaijani (`language`): I is the capital of ı, and İ of i. Elsewhere İ is a capital i.
- Arabic script: without vowel signs and tatweel; alef with hamza, madda or wasla is alef, ؤ is و, ئ and ى are ي,
  ة is ه, as people type them. Persian and Urdu ک, ی, ہ, ۀ are ك, ي, ه.
- Thai: two เ are แ, which looks alike. A mark that is typed twice counts once, in any script.
- Lengthened letters: of three alike or more two are kept (soooo, sooooo → soo), in Arabic script and Thai, where
  no word is spelled so, one (جدااااا → جدا); of ー always one.
- A link is `http`, an @name `@user`: they are as many as there are people. White space is one space.

A normalised text is its own normal form, which the tests hold for any text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from lstm_cli.text.cleaning import clean_text, normalize_text

if TYPE_CHECKING:
    import regex

LINK, NAME = "http", "@user"

TURKIC = frozenset(["tr", "az"])
"""Languages whose small I has no dot."""

_LETTERS = str.maketrans(
    {
        **dict.fromkeys(map(chr, (0x200C, 0x200D, 0x0640, 0x0670, *range(0x0610, 0x061B), *range(0x064B, 0x0660),
                                  *range(0x06D6, 0x06DD), *range(0x06DF, 0x06E5), 0x06E7, 0x06E8,
                                  *range(0x06EA, 0x06EE)))),
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ئىیێې", "ي"),
        **dict.fromkeys("ةہۀۂۃ", "ه"),
        "ؤ": "و",
        "ک": "ك",
        "ß": "ss",
    }
)  # fmt: skip
_MOST_NESTED = 16  # entities in entities; each takes a walk over the text
_SURROGATE = re.compile("[\ud800-\udfff]")  # of a name that is no UTF-8, or half an emoji; no library takes any
_DOTTED = re.compile("i\u0307")
_LENGTHENED = re.compile(r"([^\W\d_])\1{2,}")
_KEEP_ONE = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u0e00-\u0e7f]")
_PROLONGED = re.compile("ー{2,}")
_LINK = re.compile(r"(?<![a-z0-9])(?:https?://|ww+\.)[!-~]+")
_NAME = re.compile(r"(?<![\w@])@\w+")


def normalize(text: str, *, language: str) -> str:
    """Return the normal form of a text.

    Args:
        text: any string.
        language: its code, such as `tr`.
    """
    normal = _normalize_once(text, language=language)
    # An entity may stand for the beginning of another, and be written in full width.
    for _ in range(_MOST_NESTED):
        if normal == text or not ("&" in normal or "<" in normal):
            break
        text, normal = normal, _normalize_once(normal, language=language)
    return normal


def _normalize_once(text: str, *, language: str) -> str:
    text = clean_text(text)
    if language in TURKIC:
        text = unicodedata.normalize("NFKC", text).replace("İ", "i").replace("I", "ı")
    text = normalize_text(text)
    if not text.isascii():
        text = _normalize_letters(text)
    text = _LENGTHENED.sub(_shorten, text)
    text = _LINK.sub(f" {LINK} ", text)
    text = _NAME.sub(f" {NAME} ", text)
    return " ".join(text.split())


def _normalize_letters(text: str) -> str:
    """Return a lower-case text in NFKC with one letter for each that is written in several ways."""
    text = _SURROGATE.sub("\ufffd", _DOTTED.sub("i", text)).translate(_LETTERS)
    text = _compile_digit().sub(lambda match: str(unicodedata.decimal(match[0])), text)
    text = _compile_repeated_mark().sub(r"\1", text).replace("เเ", "แ")
    # What has gone may have stood between a letter and a mark that have a composed form.
    return _PROLONGED.sub("ー", unicodedata.normalize("NFKC", text))


def _shorten(match: re.Match[str]) -> str:
    letter = match[1]
    return letter if _KEEP_ONE.match(letter) else 2 * letter


@cache
def _compile_digit() -> regex.Pattern[str]:
    import regex  # `re` knows neither all digits nor marks

    return regex.compile(r"[\p{Nd}--[0-9]]", regex.V1)


@cache
def _compile_repeated_mark() -> regex.Pattern[str]:
    import regex

    return regex.compile(r"(\p{M})\1+", regex.V1)
