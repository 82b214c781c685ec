"""The language of texts, as far as their reading depends on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.languages import Language, find_language


@pytest.mark.parametrize(
    ("texts", "code", "script"),
    [
        (["This is the best of all films that I have seen.", "Not for you, but it was fine."], "en", "Latin"),
        (["La película es muy buena, de verdad.", "No me gusta the end"], "und", "Latin"),
        (["Bu film çok güzeldi, ağladım.", "Işık harikaydı ve ısındım."], "tr", "Latin"),
        (["这家店很好", "不好吃 at all"], "zh", "Han"),
        (["とても良い映画", "映画の良い", "最高"], "ja", "Kana"),
        (["정말 좋아요", "별로"], "ko", "Hangul"),
        (["หนังดีมาก"], "th", "Thai"),
        (["الفيلم رائع جدا والقصة جميلة إلى حد كبير"], "ar", "Arabic"),
        (["این فیلم خیلی خوب بود و کارگردانی عالی داشت"], "fa", "Arabic"),
        (["یہ فلم بہت اچھی تھی اور مجھے پسند آئی ہے ٹھیک"], "ur", "Arabic"),
        (["Отличный фильм"], "und", "Cyrillic"),
        (["123 !?"], "und", ""),
        ([], "und", ""),
    ],
)
def test_a_language_is_told_by_script_letters_and_words(texts: list[str], code: str, script: str) -> None:
    assert find_language(texts) == Language(code, script)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the", "en"),
        ("ha " * 9 + "the", "en"),  # a tenth of the words
        ("ha " * 10 + "the", "und"),
        ("a" * 48 + " ı", "tr"),  # more than a fiftieth of the letters
        ("a" * 49 + " ğ", "und"),
        ("aa " * 48 + "ı ı", "tr"),  # each time a word comes
        ("aa " * 49 + "ı ı", "und"),
        ("گپ" + "ا" * 9, "fa"),
        ("گة", "ar"),  # as many Persian letters as Arabic ones
        ("گگة", "fa"),
        ("ےگگگگ", "ur"),  # more than a fifth as many
        ("ےگگگگگ", "fa"),
        ("ےةگ", "ar"),
        ("ےےةگ", "ur"),
    ],
)
def test_a_language_begins_where_its_words_or_letters_are_many_enough(text: str, code: str) -> None:
    assert find_language([text]).code == code


def test_the_script_of_most_texts_counts_and_texts_without_letters_do_not() -> None:
    assert find_language(["정말 좋아요", "这家店很好", "这家店", "1", "2", "3"]) == Language("zh", "Han")


@given(st.lists(st.text(), max_size=5))
def test_any_texts_have_an_answer(texts: list[str]) -> None:
    assert find_language(iter(texts)).code


@pytest.mark.parametrize(
    ("script", "spaced"), [("Latin", True), ("Hangul", True), ("Han", False), ("Thai", False), ("", True)]
)
def test_words_stand_apart_in_most_scripts(script: str, spaced: bool) -> None:
    assert Language("und", script).is_spaced is spaced
