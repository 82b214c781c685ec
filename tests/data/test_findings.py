"""What is told of rows that cannot serve: how many they are, and where the first of them stand."""

from __future__ import annotations

import pytest

from lstm_cli.data.findings import Findings, describe_crossing, describe_place
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
