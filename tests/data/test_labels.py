"""Labels are told apart by what they mean, however a file spells them, and make the classes that people expect."""

from __future__ import annotations

import math

import pytest

from lstm_cli.classes import SENTIMENT
from lstm_cli.data.labels import (
    USUAL_LABELS,
    find_class,
    find_classes,
    find_common_classes,
    fold_label,
    group_classes,
    is_missing,
)
from lstm_cli.errors import ConfigError


def list_numbers(spellings: object) -> set[str]:
    """Return the numbers among the labels that are known."""
    assert isinstance(spellings, dict)
    return {label for label in spellings if label.lstrip("-").isdecimal()}


@pytest.mark.parametrize("value", [None, "", "  \t", "NaN", " nan ", "NULL", "N/A", "<NA>", "None", math.nan])
def test_what_pandas_writes_for_nothing_is_missing(value: object) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "no", "none of it", "na", (), [], math.inf])
def test_what_only_looks_like_nothing_is_there(value: object) -> None:
    assert not is_missing(value)


@pytest.mark.parametrize(
    ("label", "folded"),
    [
        (" Pos\t", "pos"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        (1, "1"),
        (1.0, "1"),
        ("01", "1"),
        ("+1", "1"),
        ("1.", "1"),
        (".50", "0.5"),
        ("２", "2"),
        ("100", "100"),
        ("−1", "-1"),
        ("-1.0", "-1"),
        ("1,0", "1"),
        ("1,25", "1.25"),
        ("−1,5", "-1.5"),
        ("1,000", "1,000"),  # a thousand is no label
        ("1e3", "1e3"),
        ("0" * 5_000, "0" * 5_000),  # Python reads no number of so many digits
        ("5 stars", "5 stars"),
        ("👍🏽", "👍"),
        ("❤️", "❤"),
        (True, "true"),
    ],
)
def test_a_label_has_one_spelling(label: object, folded: str) -> None:
    assert fold_label(label) == folded


@pytest.mark.parametrize(
    "pair",
    [
        ("0", "1"), ("-1", "1"), ("0", "4"), ("1", "2"), ("NEG", "Pos"), ("negative", "positive"), ("No", "yes"),
        ("false", "True"), ("👎🏿", "👍"), ("0.0", "1.0"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", [1, -1])
def test_the_usual_pairs_are_negative_and_positive_in_any_order(pair: tuple[str, str], order: int) -> None:
    classes = find_classes(dict.fromkeys(pair[::order], 3))
    assert classes.names == ("negative", "positive")
    assert [find_class(label, classes) for label in pair] == [0, 1]


def test_a_pair_is_known_by_its_usual_words_too_and_by_no_number_of_another() -> None:
    for pair in (("no", "yes"), ("1", "2"), ("-1", "1"), ("pos", "neg"), ("0", "1")):
        classes = find_classes(dict.fromkeys(pair, 1))
        words = ("Neg", "POSITIVE", "no", "Yes", "false", "TRUE", "👎", "👍")
        assert [find_class(label, classes) for label in words] == [0, 1] * 4
        numbers = {label for label in pair if label[-1].isdecimal()} or {"0", "1"}
        assert list_numbers(classes.spellings) == numbers


@pytest.mark.parametrize("label", ["1", "pos", "Negative"])
def test_one_of_the_two_is_enough_to_know_them(label: str) -> None:
    assert find_classes({label: 2}).names == ("negative", "positive")


def test_several_usual_spellings_at_once_are_the_two_still() -> None:
    assert find_classes(dict.fromkeys(SENTIMENT.spellings, 1)).names == ("negative", "positive")


def test_half_of_another_pair_is_a_class_by_itself() -> None:
    """As is a pair that has a third beside it."""
    assert find_classes({"yes": 1}).names == ("yes",)
    assert find_classes({"no": 1, "yes": 1, "maybe": 1}).names == ("maybe", "no", "yes")
    assert find_classes({"0": 1, "1": 1, "2": 1}).names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("counts", "name"),
    [
        ({"Joy": 2, "joy": 3}, "joy"),
        ({"Joy": 3, "joy": 2}, "Joy"),
        ({"JOY": 2, "joy": 2}, "JOY"),
        ({"JOY": 3, "joy": 2, " joy": 2}, "joy"),  # blanks around it are none of a spelling
    ],
)
def test_the_spelling_of_most_rows_names_a_class_and_the_first_of_as_many(
    counts: dict[str, int], name: str
) -> None:
    classes = find_classes({**counts, "Anger": 1})
    assert classes.names == ("Anger", name)
    assert dict(classes.spellings) == {"anger": 0, "joy": 1}


def test_numbers_stand_in_their_order_and_are_named_in_one_way() -> None:
    assert find_classes({"10.0": 1, "9": 1, "-2": 1, "2,5": 1}).names == ("-2", "2.5", "9", "10")


def test_numbers_among_words_stand_as_words_do() -> None:
    assert find_classes({"b": 1, "9": 1, "10": 1}).names == ("10", "9", "b")


class TestSeveralFiles:
    @pytest.mark.parametrize(
        ("pairs", "numbers"),
        [
            ([("neg", "pos"), ("0", "1")], {"0", "1"}),
            ([("no", "yes"), ("1", "2")], {"1", "2"}),
            ([("-1", "1"), ("false", "true"), ("negative", "positive")], {"-1", "1"}),
            ([("no", "yes"), ("👎", "👍")], {"0", "1"}),
        ],
    )
    def test_a_pair_each_means_the_same(self, pairs: list[tuple[str, str]], numbers: set[str]) -> None:
        classes = find_common_classes([dict.fromkeys(pair, 1) for pair in pairs])
        assert classes.names == ("negative", "positive")
        assert all([find_class(label, classes) for label in pair] == [0, 1] for pair in pairs)
        assert list_numbers(classes.spellings) == numbers

    @pytest.mark.parametrize(
        ("pairs", "names"),
        [
            ([("0", "1"), ("1", "2")], ("0", "1", "2")),
            ([("1", "2"), ("0", "1")], ("0", "1", "2")),
            ([("0", "4"), ("-1", "1")], ("-1", "0", "1", "4")),
            ([("0", "1"), ("0", "4")], ("0", "1", "4")),
        ],
    )
    def test_numbers_of_two_pairs_mean_what_they_say(
        self, pairs: list[tuple[str, str]], names: tuple[str, ...]
    ) -> None:
        assert find_common_classes([dict.fromkeys(pair, 1) for pair in pairs]).names == names

    def test_one_without_a_pair_makes_all_labels_classes(self) -> None:
        classes = find_common_classes([{"neg": 1, "pos": 1}, {"neutral": 1, "pos": 1}])
        assert classes.names == ("neg", "neutral", "pos")

    def test_one_without_labels_is_no_matter(self) -> None:
        assert find_common_classes([{}, {"no": 1, "yes": 1}]) == find_classes({"no": 1, "yes": 1})
        both = [{"no": 1, "yes": 1}, {"1": 1, "2": 1}]
        assert find_common_classes([both[0], {}, both[1]]) == find_common_classes(both)

    def test_the_spelling_of_most_rows_of_them_all_names_a_class(self) -> None:
        counts = [{"Joy": 5, "joy": 2, "anger": 1}, {"joy": 4, "anger": 1}, {"Fear": 1}]
        assert find_common_classes(counts).names == ("anger", "Fear", "joy")


class TestClassesOfTheUsers:
    def test_each_has_its_labels_in_any_spelling_and_others_are_of_none(self) -> None:
        classes = group_classes({"bad": ("1", "2"), "good": ("4", "5", "Great")})
        assert classes.names == ("bad", "good")
        labels = [1.0, "2", " 4,0", 5, "GREAT", "3", "bad"]
        assert [find_class(label, classes) for label in labels] == [0, 0, 1, 1, 1, None, None]

    def test_a_label_twice_in_one_class_is_no_matter(self) -> None:
        assert group_classes({"bad": ("1", "1.0"), "good": ("2",)}).spellings == {"1": 0, "2": 1}

    def test_a_label_in_two_is_refused(self) -> None:
        with pytest.raises(ConfigError, match=r"--classes \(data\.classes\): the label '1\.0' stands in two"):
            group_classes({"bad": ("0", "1"), "good": ("1.0", "2")})


def test_the_usual_labels_are_written_as_labels_are_compared() -> None:
    assert {fold_label(label) for label in USUAL_LABELS} == USUAL_LABELS
    assert set(SENTIMENT.spellings) <= USUAL_LABELS
