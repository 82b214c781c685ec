"""Which encoding bytes are in: by a mark, as UTF-8, or else by what sense they make.

An encoding that no mark tells is believed where what it makes of the bytes looks like one language: the letters
outside ASCII are those that a language has, small inside words. The usual encodings are tried first, and
charset-normalizer where none of them gives sense: by itself it takes French for Baltic, and one East Asian
encoding for another.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter

import numpy as np

SAMPLE_SIZE = 2**16
"""Bytes of lines outside ASCII that are enough to tell."""

_SIGNATURES = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Which of four bytes are zeros in most of what has no mark.
_WIDE = {
    "utf-32-le": (0, 1, 1, 1),
    "utf-32-be": (1, 1, 1, 0),
    "utf-16-le": (0, 1, 0, 1),
    "utf-16-be": (1, 0, 1, 0),
}
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_BELIEVED = 0.9  # of the characters outside ASCII
# Chinese, Japanese and Korean: with each tenth byte broken they still reach 0.73, pages of other scripts 0.6.
_RECOGNISED = 0.7
_MOST_BROKEN = 0.05  # of all characters; a broken byte often takes the next character with it
_WESTERN = (
    "àâæçéèêëîïôùûüÿœ",
    "äöüß",
    "áéíóúüñªº",
    "àèéìíòóùú",
    "ãõáéíóúâêôàçü",
    "éëïóöüèêá",
    "åäöæøéü",
    "áéíóúýðþæö",
    "àéèíïóòúüç·",
)
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "äöüß")
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž")
_TURKISH = ("çğıöşüâî",)
_CYRILLIC = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "абвгдђежзијклљмнњопрстћуфхцчџш",
)
_GREEK = ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",)
_HEBREW = ("".join(map(chr, range(0x05B0, 0x05EB))),)
_ARABIC = ("".join(map(chr, range(0x0621, 0x0653))) + "،؛؟پچژگکیےںھہ\u200c\u200d",)
_THAI = ("".join(map(chr, range(0x0E01, 0x0E5C))),)
# Of any text in a script that an encoding fills all its places with, these are 40 % or more.
_FREQUENT = {
    _CYRILLIC: "оеаинтс",
    _GREEK: "αοιετσνηυρ",
    _HEBREW: "יוהלאתרמ",
    _ARABIC: "ايلمنوتربه",
    _THAI: "านรอกเงมยลวดท่้",
}
# The letters of the languages that each encoding is used for; where several give the same, the first is taken.
_ALPHABETS = {
    "cp1252": _WESTERN,
    "latin-1": _WESTERN,  # where bytes stand that cp1252 does not have
    "cp1250": _CENTRAL,
    "cp1251": _CYRILLIC,
    "koi8-u": _CYRILLIC,
    "cp1253": _GREEK,
    "cp1254": _TURKISH,
    "cp1255": _HEBREW,
    "cp1256": _ARABIC,
    "cp1257": _BALTIC,
    "cp874": _THAI,
    "iso8859-2": _CENTRAL,
    "iso8859-5": _CYRILLIC,
    "iso8859-6": _ARABIC,
    "iso8859-7": _GREEK,
    "iso8859-8": _HEBREW,
    "mac-roman": _WESTERN,
    "mac-cyrillic": _CYRILLIC,
    "cp850": _WESTERN,
    "cp866": _CYRILLIC,
}
OF_SINGLE_BYTES = frozenset(_ALPHABETS)
"""Encodings of a byte a character: one is found only where it has all the bytes, and then none is broken."""

_IDEOGRAPHS = ("cp949", "cp932", "gb18030", "euc-jp", "big5hkscs")
# A tenth and more of any Chinese or Japanese text; bytes read wrongly give rare characters instead.
_FREQUENT_HAN = frozenset(
    "的一是不了在人有我他这這个個们們来來到时時大地为為子中你说說生国國年着就那和要她出也得里裡后後自以会會家可下而过過天去能"
    "日本言上分手行者間间事思氣气十家女三前方入合目長长場场代私部物月何話话體体動动社知山内同高實实新今書书度明力名金性意用男主通关關文屋感業业外取所現现映画料"
    "对對小多然于心学學么麼之都好看起发發当當没沒成只如事把还還用第样樣道想作种種很真店房服务務非常住"
)
_FREQUENT_HANGUL = frozenset("이다는을에가고의하지도한어요은를로기사나서리자아해게습니좋")
_MARKS = frozenset("“”‘’„‚–—…«»‹›€£¥©®™°·•¿¡§×½¼¾²³´`\u00a0\ufeff\u200b、。，！？：；（）《》「」『』～・ー　№")
_OUTSIDE_WORDS = frozenset("¿¡³²´£¥§¼½¾")


def find_marked(beginning: bytes) -> str | None:
    """Return the encoding that a text's first bytes tell by a mark, zeros or escapes; None where nothing does."""
    for signature, encoding in _SIGNATURES:
        if beginning.startswith(signature):
            return encoding
    zeros = [beginning[offset::4].count(0) for offset in range(4)]
    if sum(zeros) > len(beginning) // 50:
        for encoding, pattern in _WIDE.items():
            inside = [count for count, is_zero in zip(zeros, pattern, strict=True) if is_zero]
            outside = [count for count, is_zero in zip(zeros, pattern, strict=True) if not is_zero]
            if min(inside) > 10 * max(outside):
                return encoding
    return "iso2022_jp" if _ISO_2022_JP.search(beginning) else None


def is_sound(data: bytes, encoding: str = "utf-8") -> bool:
    """Return whether bytes are of an encoding without a fault."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def is_damaged_utf8(data: bytes) -> bool:
    """Return whether bytes with faults may well be UTF-8: as many characters outside ASCII are sound as broken.

    In other encodings fewer are, by chance; but of a short Chinese or Thai text it may be as many.
    """
    text = data.decode(errors="replace")
    broken = text.count("\ufffd")
    return 2 * broken <= sum(not character.isascii() for character in text)


def find_charset(sample: bytes, *, present: frozenset[int]) -> str | None:
    """Return the encoding that makes sense of bytes, by Python's name for it; None where none does.

    Args:
        sample: whole lines with bytes outside ASCII, some `SAMPLE_SIZE` of them.
        present: all bytes that stand anywhere in the file.
    """
    scores: dict[str, float] = {}
    for encoding, alphabets in _ALPHABETS.items():
        if _has_all(encoding, present):
            scores[encoding] = _score_alphabet(sample.decode(encoding, errors="replace"), alphabets)
    for encoding in _IDEOGRAPHS:
        scores[encoding] = _score_ideographs(sample.decode(encoding, errors="replace"))
    best = max(scores, key=scores.__getitem__)
    text = sample.decode(best, errors="replace")
    sound = best if text.count("\ufffd") <= _MOST_BROKEN * len(text) else None
    if scores[best] >= (_RECOGNISED if best in _IDEOGRAPHS else _BELIEVED):
        return sound
    return "utf-8" if is_damaged_utf8(sample) else _ask_charset_normalizer(sample) or sound


def _has_all(encoding: str, present: frozenset[int]) -> bool:
    """Return whether an encoding of one byte a character has all these bytes."""
    return "\ufffd" not in bytes(sorted(present)).decode(encoding, errors="replace")


def _score_alphabet(text: str, alphabets: tuple[str, ...]) -> float:
    """Return the largest share of the characters outside ASCII that one language explains."""
    frequent = _FREQUENT.get(alphabets, "")
    counts: Counter[str] = Counter()
    before = " "
    for character in text:
        if character > "\x7f":
            # No capital stands inside a small word, no sign, and no letter of another script.
            is_strange = before.islower() and (
                character.isupper() or character in _OUTSIDE_WORDS or (frequent and before < "\x7f")
            )
            counts["\ufffd" if is_strange else character.lower()] += 1
        before = character
    total = sum(counts.values())
    marks = sum(count for character, count in counts.items() if character in _MARKS)
    if total == marks:
        return _BELIEVED if total else 0.0  # marks prove little, but they are no sign against the encoding
    letters = max(sum(counts[letter] for letter in set(alphabet)) for alphabet in alphabets)
    if frequent:
        share = sum(counts[letter] for letter in frequent) / (total - marks)
        # The likelier of two that are both likely.
        return (letters * (min(1.0, share / 0.35) + 0.01 * share) + marks) / total
    return (letters + marks) / total


def _score_ideographs(text: str) -> float:
    """Return the share of the characters outside ASCII that Japanese, Korean or Chinese explains."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    codes = codes[codes > 0x7F]
    if not codes.size:
        return 0.0

    def count(first: int, last: int) -> int:
        return int(((codes >= first) & (codes <= last)).sum())

    total = codes.size
    kana, hangul, han = count(0x3041, 0x30FE), count(0xAC00, 0xD7A3), count(0x4E00, 0x9FFF)
    others = count(0x3000, 0x3020) + count(0xFF01, 0xFF5E) + count(0x2010, 0x2026)
    characters = list(map(chr, codes.tolist()))
    if hangul > 0.5 * total:
        frequent = sum(character in _FREQUENT_HANGUL for character in characters)
        return (hangul * min(1.0, frequent / (0.12 * hangul)) + others) / total
    frequent = sum(character in _FREQUENT_HAN for character in characters)
    letters = han * min(1.0, frequent / (0.12 * max(1, han)))
    # Chinese has no kana but one now and then; Japanese is full of them.
    return (letters + others + (kana if kana > 0.15 * total else 0)) / total


def _ask_charset_normalizer(sample: bytes) -> str | None:
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best is not None else None
