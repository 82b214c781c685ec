"""Which language texts are in, as far as their reading depends on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lstm_cli.text.scripts import WITHOUT_SPACES, find_script

UNDETERMINED = "und"
"""The code (BCP 47) where nothing tells the language."""

# Where a script has one large language. Arabic and Latin are told apart by their letters and words.
_OF_SCRIPT = {
    "Han": "zh", "Kana": "ja", "Hangul": "ko", "Thai": "th", "Lao": "lo", "Khmer": "km", "Myanmar": "my",
    "Hebrew": "he", "Greek": "el", "Armenian": "hy", "Georgian": "ka", "Ethiopic": "am", "Tamil": "ta",
    "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si", "Gujarati": "gu", "Gurmukhi": "pa",
}  # fmt: skip
# Words that no other large language has so often, and which share of all words they are in English at least.
_ENGLISH = frozenset(
    ["the", "and", "of", "to", "is", "that", "this", "it", "was", "for", "with", "are", "but", "not", "you"]
)
_ENGLISH_SHARE = 0.1  # of reviews 0.23, of other languages in Latin letters, mixed with English, up to 0.08
# Letters that Turkish and Azerbaijani have where no other language has both; of letters 6 % there.
_DOTLESS, _DOTLESS_SHARE = re.compile("[ığ]"), 0.02
_PERSIAN, _URDU = re.compile("[پچژگکی]"), re.compile("[ٹڈڑںےھ]")
_ARABIC_ALONE = re.compile("[ةأإىكي]")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Language:
    """What is known of the language of some texts.

    Attributes:
        code: of ISO 639, or `UNDETERMINED`.
        script: that most of them are written in; empty where they have no letters.
    """

    code: str
    script: str

    @property
    def is_spaced(self) -> bool:
        """Whether something stands between two words."""
        return self.script not in WITHOUT_SPACES


def find_language(texts: Iterable[str]) -> Language:
    """Return the language of some texts, walked over once."""
    scripts: Counter[str] = Counter()
    words: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    for text in texts:
        script = find_script(text)
        scripts[script] += 1
        if script == "Latin":
            words.update(_WORD.findall(text.replace("İ", "i").lower()))
        elif script == "Arabic":
            letters.update(text)
    del scripts[""]
    script = max(scripts, key=scripts.__getitem__, default="")
    if script == "Latin":
        return Language(_tell_by_words(words), script)
    if script == "Arabic":
        return Language(_tell_by_letters(letters), script)
    return Language(_OF_SCRIPT.get(script, UNDETERMINED), script)


def _tell_by_words(words: Counter[str]) -> str:
    if sum(words[word] for word in _ENGLISH) >= _ENGLISH_SHARE * words.total():
        return "en"
    letters = sum(len(word) * count for word, count in words.items())
    dotless = sum(len(_DOTLESS.findall(word)) * count for word, count in words.items())
    return "tr" if dotless > _DOTLESS_SHARE * letters else UNDETERMINED


def _tell_by_letters(letters: Counter[str]) -> str:
    def count(pattern: re.Pattern[str]) -> int:
        return sum(number for letter, number in letters.items() if pattern.match(letter))

    if count(_URDU) > 0.2 * count(_PERSIAN) and count(_URDU) > count(_ARABIC_ALONE):
        return "ur"
    return "fa" if count(_PERSIAN) > count(_ARABIC_ALONE) else "ar"
