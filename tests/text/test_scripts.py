from __future__ import annotations

import pytest

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
        ("", ""),
        ("\ud83d x", "Latin"),
    ],
)
def test_a_text_is_in_the_script_of_most_of_its_letters(text: str, script: str) -> None:
    assert find_script(text) == script
