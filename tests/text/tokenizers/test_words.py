from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenized import digest_words

from lstm_cli.data.corpus import Corpus
from lstm_cli.text.tokenizers.words import Words, _split_ascii, _split_unicode, split_words

# Characters whose rules meet: apostrophes, marks, joiners, emoji, spaceless scripts, odd case, markup.
TRICKY = st.text(
    st.one_of(
        st.sampled_from(
            list("aZé9 '`<>&;#/br.-_\n")
            + list("´’‘ʼŉİΣςßǰJ\u030c\u0301\u0308\u00ad\u200b\u200c\u200d\ufe0f\u0640½ﬁＡ")
            + list("字あビー々ไทยำကြខ្한ㅋक्ष्ा❤👍🏽🇫🇷★©™\x85\x92\ufeff\u3164\u115f")
        ),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Great, GREAT film -- 10/10!", ["great", "great", "film", "10", "10"]),
        ("I don't think it's bad", ["i", "don't", "think", "it's", "bad"]),
        ("rock'n'roll 'quoted' boys' a''b '' '", ["rock'n'roll", "quoted", "boys", "a", "b"]),
        ("don’t don‘t don´t don`t donʼt don\x92t", ["don't"] * 6),
        ("well-made _emphasis_ 2nd", ["well", "made", "emphasis", "2nd"]),
        ("good<br /><br />bad<BR>ugly<p class='x'>end</p>", ["good", "bad", "ugly", "end"]),
        ("<sigh> 5 < 6 <3 a<b", ["sigh", "5", "6", "3", "a", "b"]),
        (
            "R&B &amp; caf&eacute; it&#8217;s&nbsp;&lt;br /&gt;x &nosuch;",
            ["r", "b", "café", "it's", "x", "nosuch"],
        ),
        ("café cafe\u0301 CAFÉ", ["café"] * 3),
        ("ＦＵＬＬ ﬁne won\u00adder", ["full", "fine", "wonder"]),
        ("Отличный фильм, ёж!", ["отличный", "фильм", "ёж"]),
        ("فيلمٌ رائعٌ جدًّا، أنصح به!", ["فيلمٌ", "رائعٌ", "جدًّا", "أنصح", "به"]),
        ("می\u200cخواهم رائـــع", ["می\u200cخواهم", "رائـــع"]),
        ("यह फ़िल्म बहुत अच्छी है।", ["यह", unicodedata.normalize("NFKC", "फ़िल्म"), "बहुत", "अच्छी", "है"]),
        ("这部电影10点。好看", [*"这部电影", "10", *"点好看"]),
        ("すごいビデオー", ["す", "ご", "い", "ビ", "デ", "オー"]),
        ("か\u3099 が", ["が", "が"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("이 영화는 정말 좋다", ["이", "영화는", "정말", "좋다"]),
        ("love❤️❤ 👍🏽👍 ★★ 🇫🇷 👨‍👩‍👧", ["love", "❤", "❤", "👍", "👍", "★", "★", "🇫🇷", "👨", "👩", "👧"]),
        ("© 2004 …½", ["2004", "1", "2"]),
        ("ŉ Boek, J\u030cunior", ["n", "boek", "ǰunior"]),
        ("", []),
        (" \n\t...!?", []),
        ("bad\x85good\x96ugly\x00end\ud800!", ["bad", "good", "ugly", "end"]),
    ],
)
def test_words_of(text: str, words: list[str]) -> None:
    """Every script, sign and spelling is split as `split_words` promises."""
    assert split_words(text) == words


@given(st.text(st.characters(max_codepoint=127)))
def test_the_fast_way_for_ascii_gives_the_same_words(text: str) -> None:
    assert _split_ascii(text) == _split_unicode(text)


@given(TRICKY.map(lambda text: text.replace("<", "").replace("&", "")))
def test_splitting_at_spaces_first_gives_the_same_words(text: str) -> None:
    assert split_words(text) == _split_unicode(text)


@given(TRICKY)
def test_words_joined_by_spaces_split_into_the_same_words(text: str) -> None:
    words = split_words(text)
    assert split_words(" ".join(words)) == words


@given(TRICKY)
def test_words_are_never_empty_and_never_hold_spaces(text: str) -> None:
    for word in split_words(text):
        assert word
        assert word.split() == [word]


@given(TRICKY.filter(str.isprintable))
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    assert split_words(unicodedata.normalize("NFC", text)) == split_words(unicodedata.normalize("NFD", text))


def test_real_reviews_keep_their_words_and_lose_their_markup(imdb: Corpus) -> None:
    """Over every 50th real review the two ways agree, and no tag is left as a word."""
    for review in imdb.reviews[::50]:
        words = split_words(review.text)
        assert split_words(" ".join(words)) == words
        assert "br" not in words


def test_many_opening_brackets_do_not_make_it_slow() -> None:
    """A megabyte of unclosed tags is split in one pass."""
    assert split_words("<br " * 250_000) == ["br"] * 250_000


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (Words(), (1, "69680ef111d7ff1b")),
    ],
)
def test_its_words_are_those_of_its_version(tokenizer: object, expected: tuple[int, str]) -> None:
    """So that a model file is read with the words that it was trained on."""
    assert digest_words(tokenizer) == expected
