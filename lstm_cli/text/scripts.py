"""Which script a text is written in."""

from __future__ import annotations

import numpy as np

# Where the blocks of the scripts begin, up to the next entry; what lies between two is none (""), and so are the
# two signs of multiplication and division among Latin's.
# https://www.unicode.org/Public/UNIDATA/Blocks.txt
_BLOCKS = (
    (0x0000, ""), (0x0041, "Latin"), (0x005B, ""), (0x0061, "Latin"), (0x007B, ""), (0x00C0, "Latin"),
    (0x00D7, ""), (0x00D8, "Latin"), (0x00F7, ""), (0x00F8, "Latin"), (0x0250, ""), (0x0370, "Greek"),
    (0x0400, "Cyrillic"), (0x0530, "Armenian"), (0x0590, "Hebrew"), (0x0600, "Arabic"), (0x0700, ""),
    (0x0900, "Devanagari"), (0x0980, "Bengali"), (0x0A00, "Gurmukhi"), (0x0A80, "Gujarati"), (0x0B00, ""),
    (0x0B80, "Tamil"), (0x0C00, "Telugu"), (0x0C80, "Kannada"), (0x0D00, "Malayalam"), (0x0D80, "Sinhala"),
    (0x0E00, "Thai"), (0x0E80, "Lao"), (0x0F00, "Tibetan"), (0x1000, "Myanmar"), (0x10A0, "Georgian"),
    (0x1100, "Hangul"), (0x1200, "Ethiopic"), (0x13A0, ""), (0x1780, "Khmer"), (0x1800, ""), (0x1E00, "Latin"),
    (0x1F00, "Greek"), (0x2000, ""), (0x3041, "Kana"), (0x3100, ""), (0x3130, "Hangul"), (0x3190, ""),
    (0x3400, "Han"), (0x4DC0, ""), (0x4E00, "Han"), (0xA000, ""), (0xAC00, "Hangul"), (0xD7B0, ""),
    (0xF900, "Han"), (0xFB00, ""), (0xFB50, "Arabic"), (0xFE00, ""), (0xFE70, "Arabic"), (0xFF00, ""),
    (0xFF66, "Kana"), (0xFFA0, ""), (0x20000, "Han"), (0x32000, ""),
)  # fmt: skip
_NAMES = tuple(dict.fromkeys(name for _, name in _BLOCKS))
_STARTS = np.array([start for start, _ in _BLOCKS])
_PLACES = np.array([_NAMES.index(name) for _, name in _BLOCKS])

WITHOUT_SPACES = frozenset(["Han", "Kana", "Thai", "Lao", "Khmer", "Myanmar"])
"""Those in which nothing stands between two words: the tokenizers make each letter a word."""


def find_script(text: str) -> str:
    """Return the script that most letters of a text are of; empty where it has none.

    Japanese, of which each word may be Han or kana, is `Kana` where there are any of these.
    """
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text)) else ""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    counts = np.bincount(_PLACES[np.searchsorted(_STARTS, codes, side="right") - 1], minlength=len(_NAMES))
    counts[_NAMES.index("")] = 0
    kana, han = _NAMES.index("Kana"), _NAMES.index("Han")
    if counts[kana] > 0.1 * counts[han]:
        counts[kana] += counts[han]
    return _NAMES[int(counts.argmax())] if counts.any() else ""
