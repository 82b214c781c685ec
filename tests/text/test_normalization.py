"""What is written in several ways is one text afterwards; nothing is touched twice."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lstm_cli.text.normalization import normalize

# Letters of the scripts that rules are about, their marks, and what stands between words.
WRITTEN = st.lists(
    st.characters()
    | st.sampled_from("aiIİıßẞsSwW@#:/. \u200d\u0640\u0307")
    | st.sampled_from("اأإآةهىيئؤكکیہۂٱ\u064b\u0651\u0654\u0655١۲\u200c")
    | st.sampled_from(["&amp;", "&lt;", "lt;", "&#x130;", "<br />", "www.", "http://", "＆"])
    | st.sampled_from("เแกมา\u0e35\u0e48ーすガｶﾞ하ㅋक\u093c\u0902"),
    max_size=40,
).map("".join)


@pytest.mark.parametrize(
    ("spellings", "normal"),
    [
        (("soooo good", "SOOOOOOO good"), "soo good"),
        (("جدااااا", "جدا", "جداا\u0640اا"), "جدا"),
        (("すごーーい", "すごーーーーい", "すごｰい"), "すごーい"),
        (("มากกกก", "มาก"), "มาก"),
        (("أحبُّ", "احب", "اَحبّ"), "احب"),
        (("مدرسة", "مدرسه", "مدرســــة"), "مدرسه"),
        (("إلى", "الي", "الى"), "الي"),
        (("رؤية", "رويه"), "رويه"),
        (("۱۲۳", "١٢٣", "123", "１２３"), "123"),
        (("کتاب", "كتاب"), "كتاب"),
        (("می\u200cخواهم", "می\u200dخواهم", "ميخواهم"), "ميخواهم"),
        (("بہت", "بهت"), "بهت"),
        (("Straße", "STRASSE", "STRAẞE"), "strasse"),
        (("ｱｲｽ", "アイス"), "アイス"),
        (("ｆｕｌｌ　ｗｉｄｔｈ", "full width"), "full width"),
        (("เเละ", "และ"), "และ"),
        (("İstanbul", "istanbul", "I\u0307stanbul"), "istanbul"),
        (("क़लम", "क\u093cलम"), "क\u093cलम"),
        (("@anna_1 look", "@Bert look"), "@user look"),
        (("see https://a.b/c?d=1", "see http://x.y", "see www.x.y/z"), "see http"),
        (("看https://t.cn/x1好看",), "看 http 好看"),
        (("#happy_day", "#Happy_Day"), "#happy_day"),
        (("mail me@home.org",), "mail me@home.org"),
        (("book, good, aa, 1000, 5555",), "book, good, aa, 1000, 5555"),
        (("<b>a</b>&amp;\n\tb ",), "a & b"),
    ],
)
def test_spellings_of_one_thing_are_one(spellings: tuple[str, ...], normal: str) -> None:
    assert {normalize(spelling, language="und") for spelling in spellings} == {normal}


def test_a_turkish_capital_is_that_of_its_own_letter() -> None:
    assert normalize("IŞIK İYİ I\u0307", language="tr") == "ışık iyi i"
    assert normalize("IŞIK İYİ I\u0307", language="en") == "işik iyi i"


@pytest.mark.parametrize("text", ["हिन्दी", "กี่", "น้ํา", "क्षत्रिय", "தமிழ்"])
def test_marks_of_hindi_thai_and_tamil_stay_with_their_letters(text: str) -> None:
    assert normalize(text, language="und") == text


@given(WRITTEN, st.sampled_from(["und", "tr", "ar"]))
@example("htttp://a", "und")
@example("w\u200cww.a", "und")
@example("@\u0640a", "und")
def test_a_normal_form_is_its_own(text: str, language: str) -> None:
    normal = normalize(text, language=language)
    assert normalize(normal, language=language) == normal


@given(st.text(st.sampled_from("abc, .!?1290'"), max_size=40))
def test_english_without_lengthening_is_only_in_lower_case(text: str) -> None:
    plain = " ".join("".join(letter for letter in text if text.count(3 * letter) == 0).split())
    if not any(3 * letter in plain for letter in "abc"):
        assert normalize(plain.upper(), language="en") == plain


def test_however_deep_entities_are_nested_a_text_is_walked_over_a_few_times() -> None:
    """Were each level a walk, this would take hours."""
    assert normalize("a " + "&" + "amp;" * 300_000 + "lt;", language="de").startswith("a &amp;")
    assert normalize("a &amp;amp;amp;lt;3 b", language="de") == "a <3 b"


def test_half_a_character_is_none() -> None:
    assert normalize("a \ud83d film \udcff", language="de") == "a \ufffd film \ufffd"


_ARABIC = [chr(code) for code in range(0x0600, 0x0700)]


def test_of_arabic_letters_marks_and_the_long_stroke_are_left_out_and_nothing_else():
    """The vowels' signs, which hardly anyone writes, those of the Quran, and a sign of direction."""
    left_out = {letter for letter in _ARABIC if normalize(f"ب{letter}ت", language="ar") == "بت"}
    marks = {letter for letter in _ARABIC if unicodedata.category(letter) == "Mn"}
    assert left_out == marks | {"\u0640", "\u061c"}
