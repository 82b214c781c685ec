"""What is wrong with the rows of a file: some are left out, some refused, all told at once."""

from __future__ import annotations

from lstm_cli.data.review import LeftOut, Place
from lstm_cli.errors import DataError

NO_TEXT, NO_LABEL, NO_GROUP, UNKNOWN_LABEL = "no text", "no label", "in no group", "unknown label"
"""Why a row is left out."""

_MOST_PLACES = 5


class Findings:
    """The rows of one walk that cannot serve.

    Args:
        name: of the file or folder, for the errors.
        strict: whether rows that would be left out are refused.
    """

    def __init__(self, name: str, *, strict: bool = False) -> None:
        self._name = name
        self._strict = strict
        self._file = ""
        self._left_out: dict[str, tuple[int, list[Place]]] = {}
        self._problems: list[str] = []
        self._refused = 0

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The rows left out so far, by reason."""
        return tuple(LeftOut(reason, count, tuple(places)) for reason, (count, places) in self._left_out.items())

    def begin_file(self, name: str) -> None:
        """Note that the rows to come are those of one of several files."""
        self._file = name

    def leave_out(self, place: Place, reason: str) -> None:
        """Note a row that has no text or no label."""
        if self._strict:
            self.refuse(place, reason)
            return
        count, places = self._left_out.setdefault(reason, (0, []))
        if count < _MOST_PLACES:
            places.append(self._locate(place))
        self._left_out[reason] = (count + 1, places)

    def refuse(self, place: Place, reason: str) -> None:
        """Note a row that is broken."""
        self._refused += 1
        if self._refused <= _MOST_PLACES:
            self._problems.append(f"{describe_place(self._locate(place))}: {reason}")

    def check(self) -> None:
        """Raise an error if rows were refused.

        Raises:
            DataError: they were; it tells of the first few of them, and how many there are.
        """
        if self._refused == 1:
            raise DataError(f"{self._name}, {self._problems[0]}.")
        if self._refused:
            more = self._refused - len(self._problems)
            end = f"; and {more:,} more." if more else "."
            raise DataError(
                f"{self._name}: {self._refused:,} rows cannot be read.\n{'; '.join(self._problems)}{end}"
            )

    def _locate(self, place: Place) -> Place:
        return f"{self._file}, {describe_place(place)}" if self._file else place


def describe_crossing(count: int, *, are_grouped: bool) -> list[str]:
    """Return a line on the rows that are in no part, if there are any.

    Args:
        count: how many.
        are_grouped: whether groups are kept together.
    """
    what = "text or group" if are_grouped else "text"
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    return [f"{rows} in no part, for the {what} also stands in a part that judges"] if count else []


def describe_place(place: Place) -> str:
    """Return `line 3`, or a file's name as it is."""
    return f"line {place}" if isinstance(place, int) else place


def describe_left_out(left_out: tuple[LeftOut, ...]) -> list[str]:
    """Return a line for each reason: how many rows, and where the first few stand."""
    return [
        f"{item.count:,} {'row' if item.count == 1 else 'rows'} left out, {item.reason}: "
        f"{describe_places(item.places, count=item.count)}"
        for item in left_out
    ]


def describe_places(places: tuple[Place, ...], *, count: int) -> str:
    """Return `lines 3, 7, …`; empty where there are none.

    Args:
        places: the first few.
        count: how many there are in all.
    """
    kind = ""
    if places and isinstance(places[0], int):
        kind = "line " if count == 1 else "lines "
    return kind + ", ".join(map(str, places)) + (", …" if places and count > len(places) else "")
