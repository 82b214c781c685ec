"""What is told of rows that cannot serve: how many they are, and where the first of them stand."""

from __future__ import annotations

import pytest

from lstm_cli.data.findings import (
    Findings,
    describe_crossing,
    describe_left_out,
    describe_place,
    describe_places,
)
from lstm_cli.data.review import LeftOut, Place
from lstm_cli.errors import DataError


def test_one_row_is_and_several_are_in_no_part() -> None:
    assert describe_crossing(0, are_grouped=True) == []
    [one] = describe_crossing(1, are_grouped=False)
    assert one == "1 row is in no part, for the text also stands in a part that judges"
    [many] = describe_crossing(1_234, are_grouped=True)
    assert many == "1,234 rows are in no part, for the text or group also stands in a part that judges"


def test_a_place_is_a_line_or_a_file() -> None:
    assert (describe_place(3), describe_place("neg/3.txt")) == ("line 3", "neg/3.txt")


@pytest.mark.parametrize("strict", [False, True])
def test_what_is_left_out_is_counted_by_its_reason_or_refused(strict: bool) -> None:
    findings = Findings("a.csv", strict=strict)
    for place, reason in ((2, "no text"), (5, "no label"), (7, "no text")):
        findings.leave_out(place, reason)
    if strict:
        assert findings.left_out == ()
        with pytest.raises(
            DataError,
            match=r"^a\.csv: 3 rows cannot be read\.\nline 2: no text; line 5: no label; line 7: no text\.$",
        ):
            findings.check()
    else:
        findings.check()
        told = [(item.reason, item.count, item.places) for item in findings.left_out]
        assert told == [("no text", 2, (2, 7)), ("no label", 1, (5,))]


def test_of_many_rows_the_first_five_places_are_kept() -> None:
    findings = Findings("a.csv")
    for place in range(11, 18):
        findings.leave_out(place, "no text")
    assert findings.left_out == (LeftOut("no text", 7, (11, 12, 13, 14, 15)),)


@pytest.mark.parametrize(
    ("count", "more"), [(2, "."), (5, "."), (6, "; and 1 more."), (1_234, "; and 1,229 more.")]
)
def test_the_first_five_rows_that_are_refused_are_told_and_how_many_there_are(count: int, more: str) -> None:
    findings = Findings("a.csv")
    for line in range(1, count + 1):
        findings.refuse(line, "no")
    with pytest.raises(DataError) as caught:
        findings.check()
    told = "; ".join(f"line {line}: no" for line in range(1, min(count, 5) + 1))
    assert str(caught.value) == f"a.csv: {count:,} rows cannot be read.\n{told}{more}"


def test_one_row_that_is_refused_is_told_on_one_line() -> None:
    findings = Findings("a.csv")
    findings.check()
    findings.refuse("item 3", "no")
    with pytest.raises(DataError, match=r"^a\.csv, item 3: no\.$"):
        findings.check()


def test_of_several_files_each_place_has_its_own() -> None:
    findings = Findings("folder")
    findings.begin_file("a.csv")
    findings.leave_out(3, "no text")
    findings.begin_file("b.csv")
    findings.leave_out("item 4", "no text")
    findings.begin_file("")
    findings.leave_out(5, "no text")
    [left_out] = findings.left_out
    assert left_out.places == ("a.csv, line 3", "b.csv, item 4", 5)


@pytest.mark.parametrize(
    ("places", "count", "told"),
    [
        ((3,), 1, "line 3"),
        ((3, 7), 2, "lines 3, 7"),
        ((3,), 2, "lines 3, …"),
        ((3, 7), 1_000, "lines 3, 7, …"),
        (("neg/1.txt", "pos/2.txt"), 2, "neg/1.txt, pos/2.txt"),
        (("neg/1.txt",), 3, "neg/1.txt, …"),
        ((), 0, ""),
        ((), 3, ""),
    ],
)
def test_places_are_lines_or_names_and_end_in_dots_where_there_are_more(
    places: tuple[Place, ...], count: int, told: str
) -> None:
    assert describe_places(places, count=count) == told


def test_what_is_left_out_is_a_line_for_each_reason() -> None:
    left_out = (LeftOut("no text", 1, (3,)), LeftOut("no label", 1_234, (4, 5)))
    assert describe_left_out(left_out) == [
        "1 row left out, no text: line 3",
        "1,234 rows left out, no label: lines 4, 5, …",
    ]
    assert describe_left_out(()) == []
