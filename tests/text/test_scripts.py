from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest

from lstm_cli.text import scripts
from lstm_cli.text.scripts import find_script


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("a plain text", "Latin"),
        ("déjà vu", "Latin"),
        ("Đây là phim hay", "Latin"),
        ("Отличный film", "Cyrillic"),
        ("καλό φαγητό", "Greek"),
        ("סרט נהדר", "Hebrew"),
        ("فيلم رائع", "Arabic"),
        ("अच्छी फिल्म", "Devanagari"),
        ("ভালো ছবি", "Bengali"),
        ("หนังดีมาก", "Thai"),
        ("这家店很好 good", "Han"),
        ("とても良い映画", "Kana"),
        ("映画の良い", "Kana"),
        ("정말 좋아요", "Hangul"),
        ("Լավ ֆիլմ", "Armenian"),
        ("კარგი ფილმი", "Georgian"),
        ("நல்ல படம்", "Tamil"),
        ("123 !? 👍", ""),
        ("3 × 4 ÷ 2", ""),
        ("", ""),
        ("\ud83d x", "Latin"),
    ],
)
def test_a_text_is_in_the_script_of_most_of_its_letters(text: str, script: str) -> None:
    assert find_script(text) == script


_NAMED_OTHERWISE = {"Han": ("CJK",), "Kana": ("HIRAGANA", "KATAKANA")}
_LEFT_OUT = {"\u0250", "\ud7b0"}  # the phonetic alphabet, and old letters of Korean


@pytest.mark.parametrize(
    ("block", "following"), [pair for pair in pairwise(scripts._BLOCKS) if pair[0][1]], ids=str
)
def test_a_block_begins_and_ends_with_letters_of_its_script(
    block: tuple[int, str], following: tuple[int, str]
) -> None:
    """And what stands before it and behind it is no letter of the script."""
    (start, script), (end, _) = block, following
    words = _NAMED_OTHERWISE.get(script, (script.upper(),))
    letters = [letter for letter in map(chr, range(start, end)) if letter.isalpha()]
    assert {find_script(letter) for letter in letters} == {script}
    for letter in (letters[0], letters[-1]):
        assert any(word in unicodedata.name(letter) for word in words)
    for letter in {chr(start - 1), chr(end)} - _LEFT_OUT:
        assert not letter.isalpha() or not any(word in unicodedata.name(letter) for word in words)
