from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.errors import DataError
from lstm_cli.text import vocabulary
from lstm_cli.text.vocabulary import DROPPED, SpecialIndices, Vocabulary


def build_vocabulary(word_lists: list[list[str]], *, num_words: int) -> Vocabulary:
    counts = Counter(word for words in word_lists for word in words)
    return vocabulary.build_vocabulary(counts.items(), num_words=num_words)


WORD_LISTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=12), max_size=8)


def test_indices_are_those_of_keras() -> None:
    """0 pads, 1 starts, 2 is unknown, and the most frequent word is 3."""
    built = build_vocabulary([["the", "film"], ["the", "end"], ["the", "end"]], num_words=6)
    assert built.words == ("the", "end", "film")
    assert built.index(["film", "the", "never", "end"]) == [5, 3, 2, 4]
    assert len(built) == 6
    assert built.special == SpecialIndices(pad=0, start=1, unknown=2, first_word=3)


def test_ties_are_ordered_by_the_word_itself() -> None:
    assert build_vocabulary([["b", "é", "a", "Z"]], num_words=100).words == ("Z", "a", "b", "é")


@given(WORD_LISTS.filter(any), st.integers(4, 12))
def test_the_most_frequent_words_are_kept(word_lists: list[list[str]], num_words: int) -> None:
    """num_words counts the three special indices too, and no word left out is more frequent than one kept."""
    counts = Counter(word for words in word_lists for word in words)
    words = build_vocabulary(word_lists, num_words=num_words).words
    assert words == tuple(sorted(counts, key=lambda word: (-counts[word], word))[: num_words - 3])


def test_a_word_that_no_training_review_holds_is_left_out() -> None:
    assert vocabulary.build_vocabulary([("end", 0), ("film", 2)], num_words=100).words == ("film",)


@given(WORD_LISTS.filter(any))
def test_known_words_survive_the_round_trip(word_lists: list[list[str]]) -> None:
    built = build_vocabulary(word_lists, num_words=100)
    for words in word_lists:
        assert built.decode([0, 0, 1, *built.index(words)]) == words


def test_unknown_words_are_marked_when_decoded() -> None:
    built = Vocabulary(("good",))
    assert built.decode(built.index(["good", "xyzzy"])) == ["good", "[OOV]"]


@pytest.mark.parametrize("index", [-1, 4])
def test_an_index_outside_the_vocabulary_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 3, got {index}"):
        Vocabulary(("good",)).decode([index])


@pytest.mark.parametrize("word_lists", [[], [[], []]])
def test_reviews_without_words_are_refused(word_lists: list[list[str]]) -> None:
    with pytest.raises(DataError, match="not a single word"):
        build_vocabulary(word_lists, num_words=500)


def test_other_models_have_other_special_indices() -> None:
    """As Keras' Tokenizer has them: no start, words from 1, unknown ones left out or, with an oov_token, 1."""
    without = Vocabulary(("good", "film"), SpecialIndices(start=None, unknown=None, first_word=1))
    assert without.index(["film", "xyzzy", "good"]) == [2, DROPPED, 1]
    assert DROPPED not in range(len(without))  # what is left out stands for nothing else
    assert without.decode([0, 1, 2]) == ["good", "film"]
    oov = Vocabulary(("good", "film"), SpecialIndices(start=None, unknown=1, first_word=2))
    assert oov.index(["film", "xyzzy", "good"]) == [3, 1, 2]
    assert oov.decode([0, 1, 2]) == ["[OOV]", "good"]
    assert len(oov) == 4


@given(st.integers(0, 9))
def test_a_vocabulary_cut_short_keeps_its_first_words(num_words: int) -> None:
    special = SpecialIndices(first_word=4)
    cut = vocabulary.cut_words(["a", "b", "c"], num_words=num_words, special=special)
    assert cut.words == ("a", "b", "c")[: max(0, num_words - 4)]
    assert cut.special == special
