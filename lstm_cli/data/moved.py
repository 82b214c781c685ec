"""Data that were moved: found again by what they hold, wherever they lie and in whatever order they are named."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, permutations
from pathlib import Path
from typing import TypeVar

from lstm_cli.config import SourceConfig
from lstm_cli.data.joining import join_fingerprints
from lstm_cli.data.sources import is_there, list_places, open_place
from lstm_cli.data.standard_input import KEPT_NAME
from lstm_cli.errors import DataError

_Source = TypeVar("_Source", bound=SourceConfig)

_MOST_ORDERS = (
    100_000  # of the places named, each tried by a hash of some hundred bytes; the first is as they came
)
_LEVELS_ABOVE = 4  # a member of a run of several lies in PARENT/MODEL/seed-N/members/1 at most


class Fingerprints:
    """What places hold: each is walked over once, however many data sets it is tried for."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str | None] = {}

    def compute(self, source: SourceConfig) -> str | None:
        """Return the fingerprint of a source; None where it cannot be read as it says."""
        members = []
        for part, place in list_places(source):
            fingerprint = self._compute(place, source)
            if fingerprint is None:
                return None
            members.append((part, fingerprint))
        return join_fingerprints(members)

    def _compute(self, place: str, source: SourceConfig) -> str | None:
        how = set(SourceConfig.model_fields) - {"dataset", "validation", "test"}
        key = (place, source.model_dump_json(include=how))
        if key not in self._known:
            try:
                self._known[key] = open_place(place, source).compute_fingerprint()
            except DataError:
                self._known[key] = None
        return self._known[key]


def find_kept(own: _Source, *, folder: Path) -> _Source:
    """Return a run's data settings with the `data.jsonl` that lies in or above its folder, if its place is empty.

    Args:
        own: the run's.
        folder: the run's, wherever that lies now.
    """
    above = [folder.absolute(), *folder.absolute().parents[:_LEVELS_ABOVE]]
    found = next((path for each in above if (path := each / KEPT_NAME).is_file()), None)
    if found is None:
        return own
    places = [
        str(found) if Path(place).name == KEPT_NAME and not is_there(place) else place
        for _, place in list_places(own)
    ]
    return _replace_places(own, places)


def find_moved(
    own: _Source,
    *,
    fingerprint: str,
    places: Sequence[str],
    takes_all: bool = False,
    fingerprints: Fingerprints | None = None,
) -> _Source | None:
    """Return data settings with the places at which the same data lie now; None where they do not.

    What is still at its place stays there, unless enough is named for all of it, or for all that is trained on.

    Args:
        own: the settings that a model was trained with.
        fingerprint: of the data then.
        places: where they may lie now, in any order.
        takes_all: whether each place must be needed, as where they may be other data just as well.
        fingerprints: what is known of them.
    """
    fingerprints = fingerprints or Fingerprints()
    old = list_places(own)
    everything = range(len(old))
    gone = [number for number in everything if not is_there(old[number][1])]
    trained = [number for number in everything if old[number][0] == "train"]
    for free in (gone, trained, [*everything]):
        if takes_all and len(free) != len(places):
            continue
        for chosen in islice(permutations(places, len(free)), _MOST_ORDERS):
            now = [place for _, place in old]
            for number, place in zip(free, chosen, strict=True):
                now[number] = place
            moved = _replace_places(own, now)
            if fingerprints.compute(moved) == fingerprint:
                return moved
    return None


def find_named(own: _Source, named: SourceConfig, *, fingerprint: str | None) -> _Source | None:
    """Return data settings with the places that a user names; None where other data lie there.

    Args:
        own: the settings that a model was trained with.
        named: the data sets, and the parts as far as they are named.
        fingerprint: of the data then; None where that is not known, and they are what lies at their places.
    """
    fingerprints = Fingerprints()
    parts = {
        name: place
        for name in ("validation", "test")
        if (place := getattr(named, name)) not in (None, getattr(own, name))
    }
    if any(getattr(own, name) is None for name in parts):
        return None
    with_parts = own.model_copy(update=parts)
    if named.dataset == own.dataset and with_parts == own:
        return own
    fingerprint = fingerprint or fingerprints.compute(own)
    if fingerprint is None:
        return None
    return find_moved(
        with_parts, fingerprint=fingerprint, places=named.datasets, takes_all=True, fingerprints=fingerprints
    )


def _replace_places(own: _Source, places: Sequence[str]) -> _Source:
    """Return data settings with other places, in the order of `list_places`."""
    parts = [part for part, _ in list_places(own)]
    datasets = tuple(place for part, place in zip(parts, places, strict=True) if part == "train")
    changes: dict[str, object] = {"dataset": datasets[0] if len(datasets) == 1 else datasets}
    changes |= {part: place for part, place in zip(parts, places, strict=True) if part != "train"}
    return own.model_copy(update=changes)
