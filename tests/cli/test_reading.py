"""What is told of the reviews that were read."""

from __future__ import annotations

from lstm_cli.cli.reading import describe_counts


def test_classes_are_told_in_their_order_with_their_counts():
    assert describe_counts({"2": 3, "10": 1_200, "1": 0}) == "2: 3 · 10: 1,200 · 1: 0"


def test_of_many_classes_the_largest_are_told_and_how_many_there_are_beside():
    counts = {f"class {number}": number for number in range(1, 1_001)}
    told = describe_counts(counts)
    assert told.startswith("class 1000: 1,000 · class 999: 999 · ")
    assert told.endswith(" · class 989: 989 · and 988 classes with fewer")
    assert describe_counts(dict.fromkeys(map(str, range(12)), 5)).count("·") == 11
