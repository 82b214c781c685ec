"""`words-and-signs`: words as `words` has them, and beside them what people show their feelings with.

A sentence's end, its exclamation marks, a smile and a mark such as 8/10 say much about a review; `words` leaves
them out. Every text is read in lower case and in Unicode's normal form NFKC, and other scripts' signs as the
common ones (`。` as `.`, `؟` as `?`). In other languages than English the rules of `text/normalization.py`
hold too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from lstm_cli.text.cleaning import clean_text, normalize_text
from lstm_cli.text.normalization import NAME, normalize
from lstm_cli.text.tokenizers.words import WORD

if TYPE_CHECKING:
    import regex

# What NFKC leaves of punctuation that means the same.
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("。｡।॥\u06d4", "."),
        **dict.fromkeys("؟⸮", "?"),
        **dict.fromkeys("،、､", ","),
        "؛": ";",
        **dict.fromkeys("“”„‟«»「」『』〝〞", '"'),
    }
)
# Of bounded length, or a long run of brackets would be read to its end from each of them.
_EMOTICON = (
    r"(?<![^\s!?.,;()\"])"  # at a word's beginning, not inside of `http://` or `12:30`
    r"(?:[<>]?[:;=][\-o*']?[)\](\[dpox/\\|3*]+|[)\](\[]{1,64}[\-o*']?[:;=]|<3+|</3|\^[_.]*\^|-[_.]+-|xd|o_o|t_t|:'[()])"
    r"(?![a-z0-9])"
)
_MARK = r"(?<![\w/.,])[0-9]{1,3}(?:[.,][0-9])?\s?/\s?(?:5|10|20|100)(?![\w/]|[.,][0-9])"
_RUN = r"[!?.]+"
_SIGN = r'[,;:()"]'
_TAG = rf"{NAME}(?!\w)|#\w[\w\p{{M}}]*"
_ENGLISH = "en"


@dataclass(frozen=True)
class WordsAndSigns:
    """Splits into words, emoticons, marks, runs of `!?.` and the single signs `,;:()"`.

    Attributes:
        language: its code; texts of other languages than English are normalised.
    """

    name: ClassVar[str] = "words-and-signs"
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = False

    language: str = _ENGLISH

    @classmethod
    def learn(cls, texts: Iterable[str], *, language: str, pieces: int) -> WordsAndSigns:  # noqa: ARG003
        """Return the tokenizer of a language; there is nothing to learn."""
        return cls(language)

    def split(self, text: str) -> list[str]:
        """Return the words and signs of a text.

        - Words are those of `words`; HTML tags and entities are treated as there.
        - An emoticon (`:-)`, `<3`) is one word, and so is a mark out of 5, 10, 20 or 100 (`8 / 10` as `8/10`).
        - A run of `!`, `?` and `.` is one word, of more than three alike in a row only three: `!!!!!` is `!!!`.
        - `,`, `;`, `:`, `(`, `)` and `"` are a word each.
        - Where the text is normalised, so are a link, an @name, and a hashtag with its sign.

        Args:
            text: any string.

        Returns:
            The words in their order; none of them is empty.
        """
        if self.language == _ENGLISH:
            return [_unify(word) for word in _compile_pattern().findall(_prepare(text))]
        prepared = normalize(text, language=self.language).translate(_SIGNS)
        return [_unify(word) for word in _compile_tagged_pattern().findall(prepared)]


def has_feelings(text: str) -> bool:
    """Return whether a text holds an emoticon or a mark, which `words` leaves out or tears apart."""
    return _compile_feelings().search(_prepare(text)) is not None


def _prepare(text: str) -> str:
    return normalize_text(clean_text(text)).translate(_SIGNS)


def _unify(word: str) -> str:
    first = word[0]
    if first.isdecimal() and "/" in word:
        return "".join(word.split())
    return _LONG_RUN.sub(r"\1\1\1", word) if first in "!?." else word


_LONG_RUN = re.compile(r"([!?.])\1{3,}")


@cache
def _compile_pattern() -> regex.Pattern[str]:
    import regex  # `re` knows neither scripts nor combining marks

    return regex.compile(rf"{_EMOTICON}|{_MARK}|{WORD}|{_RUN}|{_SIGN}", regex.V1)


@cache
def _compile_tagged_pattern() -> regex.Pattern[str]:
    import regex

    return regex.compile(rf"{_TAG}|{_EMOTICON}|{_MARK}|{WORD}|{_RUN}|{_SIGN}", regex.V1)


@cache
def _compile_feelings() -> regex.Pattern[str]:
    import regex

    return regex.compile(rf"{_EMOTICON}|{_MARK}", regex.V1)
