"""A text is read without its HTML, its capitals and what cannot be seen, and loses no word by that."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.cleaning import clean_text, normalize_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("good<br /><br>bad<BR>ugly", "good  bad ugly"),
        ("<p class='x'>end</p>", " end "),
        ("<a\nhref=x>here</a>", " here "),
        ("<h1>One</h1><h6>Six</h6>", " One  Six "),
        ("<i/>", " "),
        ("<sigh> <bold> <b a<b 5 < 6 <3 <h7> <\u0131>", "<sigh> <bold> <b a<b 5 < 6 <3 <h7> <\u0131>"),
        ("caf&eacute; it&#8217;s&nbsp;1 &lt; 2 &#x41;&#X42;", "café it\u2019s\u00a01 < 2 AB"),
        ("a&lt;br /&gt;b", "a b"),  # a tag that was written as text is a tag
        ("&amp;lt;", "&lt;"),  # resolved once
        ("R&B & C &nosuch; &#; &a;", "R&B & C &nosuch; &#; &a;"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_html_is_taken_out_and_what_only_looks_like_it_stays(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("GREAT Film", "great film"),
        ("ÄRGER Отличный", "ärger отличный"),
        (
            "don\u2019t don\u2018t don\u00b4t don`t don\u02bct don\u1ffdt don\uff07t don\x92t",
            " ".join(["don't"] * 8),
        ),
        ("it`s", "it's"),
        ("\u0149 Boek", "'n boek"),
        ("ＦＵＬＬ ﬁne ½", "full fine 1\u20442"),
        ("won\u00adder \ufeffa\u2060b \u3164x", "wonder ab x"),
        ("a\u200bb\u200cc\u200dd", "a\u200bb\u200cc\u200dd"),
        ("❤\ufe0f", "❤"),
        ("cafe\u0301", "café"),
        ("J\u030c", "\u01f0"),
        ("", ""),
    ],
)
def test_capitals_variants_and_invisible_signs_are_one_spelling(text: str, normal: str) -> None:
    assert normalize_text(text) == normal


@given(st.text(st.characters() | st.sampled_from("`\u00b4\u2019İΣßJ\u030c\u0301\u00ad\u200b\u3164\ufe0fﬁＡ")))
def test_a_normal_text_is_one_already(text: str) -> None:
    normal = normalize_text(text)
    assert unicodedata.is_normalized("NFKC", normal)
    assert not set(normal) & set("`\u00b4\u2019\u00ad\u3164\ufe0f")
    assert normalize_text(normal) == normal


def test_many_opening_brackets_and_ampersands_stay_as_they_are() -> None:
    for text in ("<br " * 50_000, "&lt" * 50_000):
        assert clean_text(text) == text
