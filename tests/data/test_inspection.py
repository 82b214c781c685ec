"""What a data set holds and what is odd about it, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstm_cli.config import DataConfig
from lstm_cli.data import inspection
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.inspection import Inspection, inspect_corpus
from lstm_cli.data.review import Review
from lstm_cli.data.sources import load_corpus
from lstm_cli.data.splits import split_corpus

CASES = Path(__file__).parent / "cases"


def inspect(name: str) -> Inspection:
    return inspect_corpus(load_corpus(str(CASES / name)), DataConfig())


def test_copies_and_contradictions_are_counted_with_their_lines() -> None:
    """Rows whose text stood before, and texts with more than one label: after what is left out."""
    found = inspect("holes.csv")
    assert found.reviews == 43
    assert found.classes == {"negative": 22, "positive": 21}
    assert (found.duplicates.count, found.duplicates.places) == (3, (46, 47, 48))
    assert (found.contradictions.count, found.contradictions.places) == (1, (46,))


def test_a_text_with_many_copies_is_one_contradiction() -> None:
    reviews = tuple(Review(text, label, place) for place, (text, label) in enumerate(
        [("a", 0), ("b", 1), ("a", 0), ("a", 1), ("a", 1), ("b", 1), ("c", 0), ("c", 1)], start=1
    ))  # fmt: skip
    found = inspect_corpus(Corpus("made", "0" * 64, reviews), DataConfig())
    assert (found.duplicates.count, found.duplicates.places) == (5, (3, 4, 5, 6, 8))
    assert (found.contradictions.count, found.contradictions.places) == (2, (4, 8))


def test_parts_lengths_and_scripts() -> None:
    reviews = (Review("one two three", 0), Review("Отличный фильм", 1), Review("这家店很好", 1), Review("!?", 0))
    found = inspect_corpus(Corpus("made", "0" * 64, reviews, (Review("ein Satz", 1),)), DataConfig())
    assert found.parts == {"train": 4, "test": 1}
    assert found.lengths.tolist()[:2] == [3, 2]
    assert found.scripts == {"Latin": 2, "Cyrillic": 1, "Han": 1, "": 1}
    assert inspect("good-bad.csv").parts == {"all": 40}


def make_text(number: int) -> str:
    """Return a text of 40 words of its own."""
    return " ".join(f"word{number}x{place}" for place in range(40))


def make_corpus(texts: list[str], *, test: list[str] | None = None) -> Corpus:
    """Return the texts as a file's reviews, of two classes in turn."""
    reviews = tuple(Review(text, number % 2, number + 2) for number, text in enumerate(texts))
    own_test = test and tuple(Review(text, number % 2, f"test/{number}") for number, text in enumerate(test))
    return Corpus("made", "0" * 64, reviews, own_test)


def test_a_text_of_one_part_that_nearly_stands_in_another_is_told_with_both_places() -> None:
    texts = list(map(make_text, range(40)))
    test = [f"{texts[7]} again", make_text(50), f"and {texts[9]}", texts[11], texts[13]]
    texts += [f"{texts[13]} or so"]
    found = inspect_corpus(make_corpus(texts, test=test), DataConfig(validation_split=0.05)).near_duplicates
    # The exact copies are not told: they are left out of the training part; what is near one of them is.
    assert (found.count, found.places) == (3, (("test/0", 9), ("test/2", 11), ("test/4", 42)))


def test_the_parts_are_those_that_a_training_draws() -> None:
    """Of 30 texts with a second version each, those are counted whose versions fall into two parts."""
    texts = [text for number in range(30) for text in (make_text(number), f"{make_text(number)} again")]
    corpus = make_corpus(texts)
    for config in (DataConfig(), DataConfig(split_seed=1), DataConfig(test_split=0.5), DataConfig(limit=20)):
        rows = split_corpus(corpus, config)
        part_of = {
            row: part
            for part, rows in enumerate((rows.train, rows.validation, rows.test))
            for row in rows.tolist()
        }
        apart = [
            row for row in range(0, 60, 2)
            if {row, row + 1} <= part_of.keys() and part_of[row] != part_of[row + 1]
        ]  # fmt: skip
        found = inspect_corpus(corpus, config).near_duplicates
        assert found.count == len(apart)
        assert {min(pair) for pair in found.places} <= {row + 2 for row in apart}


@pytest.mark.parametrize("bound", ["MOST_TEXTS", "MOST_WORDS"])
def test_of_too_many_texts_near_ones_are_not_counted_and_it_is_said(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, bound, 39)
    found = inspect_corpus(make_corpus(list(map(make_text, range(40)))), DataConfig())
    assert found.near_duplicates.count is None
    assert "more than " in found.near_duplicates.reason


def test_where_there_is_but_one_part_nothing_can_stand_in_another() -> None:
    corpus = make_corpus(list(map(make_text, range(40))))
    found = inspect_corpus(corpus, DataConfig(test_split=0, validation_split=0)).near_duplicates
    assert (found.count, found.reason) == (None, "all of them are one part")


def test_data_that_cannot_be_split_are_looked_at_all_the_same() -> None:
    found = inspect_corpus(make_corpus(["one", "two"]), DataConfig())
    assert (found.reviews, found.near_duplicates.count) == (2, None)
    assert "too few" in found.near_duplicates.reason
    assert found.word_counts.tolist() == [1, 1]


def test_words_are_counted_in_the_training_part_and_lengths_in_all() -> None:
    corpus = make_corpus([f"a {number}" for number in range(100)], test=["a b c", "a c d"])
    found = inspect_corpus(corpus, DataConfig())
    rows = split_corpus(corpus, DataConfig())
    assert found.word_counts.sum() == 2 * len(rows.train)
    assert np.bincount(found.lengths).tolist() == [0, 0, 100, 2]


def test_a_review_is_cut_where_training_cuts_it() -> None:
    """Cutting after the text keeps the index that starts it."""
    corpus = make_corpus(["a b c", "d e f", "g h", "i j"] * 10)
    assert inspect_corpus(corpus, DataConfig(maxlen=3)).cut == 0
    assert inspect_corpus(corpus, DataConfig(maxlen=3, truncating="post")).cut == 20


def test_reviews_with_emoticons_and_marks_are_looked_for_in_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["good :)", "a film", "bad", "8/10"] * 25
    assert inspect_corpus(make_corpus(texts), DataConfig()).feelings == 0.5
    monkeypatch.setattr(inspection, "_SAMPLE", 50)
    assert inspect_corpus(make_corpus(texts), DataConfig()).feelings == 0.5  # every second one


def test_reviews_that_have_no_place_are_counted_and_not_placed() -> None:
    """Nor is a pair of which one has none."""
    texts = [make_text(number) for number in range(40)]
    reviews = tuple(Review(text, number % 2, number or None) for number, text in enumerate(texts))
    near = [
        Review(f"{texts[0]} again", 0, "t0"),
        Review(f"{texts[8]} again", 1, "t1"),
        Review(f"{texts[9]} so", 0),
    ]
    corpus = Corpus("made", "0" * 64, reviews, tuple(near))
    found = inspect_corpus(corpus, DataConfig(validation_split=0.02)).near_duplicates
    assert (found.count, found.places) == (3, (("t1", 8),))
    copies = (Review("a", 0), Review("a", 1), Review("b", 0, 3), Review("b", 1, 4))
    odd = inspect_corpus(Corpus("made", "0" * 64, copies), DataConfig())
    assert (odd.duplicates.count, odd.duplicates.places) == (2, (4,))
    assert (odd.contradictions.count, odd.contradictions.places) == (2, (4,))


@pytest.mark.parametrize(("texts", "words"), [(40, 1_599), (39, 1_600)])
def test_near_ones_are_counted_up_to_the_bounds(texts: int, words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 texts of 40 words are no more than 40 and 1,600."""
    corpus = make_corpus(list(map(make_text, range(40))))
    for bound, most in (("MOST_TEXTS", 40), ("MOST_WORDS", 1_600)):
        monkeypatch.setattr(inspection, bound, most)
    assert inspect_corpus(corpus, DataConfig()).near_duplicates.count == 0
    for bound, most in (("MOST_TEXTS", texts), ("MOST_WORDS", words)):
        monkeypatch.setattr(inspection, bound, most)
    reason = inspect_corpus(corpus, DataConfig()).near_duplicates.reason
    assert reason == f"the data hold more than {texts:,} texts or {words:,} words"


def test_every_so_manieth_review_is_in_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "_SAMPLE", 50)
    assert inspect_corpus(make_corpus(["good :)", "a film"] * 50), DataConfig()).feelings == 1
    assert inspect_corpus(make_corpus(["a film", "good :)"] * 50), DataConfig()).feelings == 0


def test_of_many_copies_the_first_five_are_placed() -> None:
    found = inspect_corpus(make_corpus(["one"] * 8 + ["two", "three", "four"]), DataConfig())
    assert (found.duplicates.count, found.duplicates.places) == (7, (3, 4, 5, 6, 7))


def test_what_a_word_is_follows_from_the_language_where_that_is_to_be_found() -> None:
    """Chinese has no spaces, and yet its reviews are no single words."""
    corpus = make_corpus([f"这家店很好我还会再来的{number}" for number in range(30)])
    assert inspect_corpus(corpus, DataConfig(tokenizer="auto")).lengths.min() > 3
