"""Hypothesis strategies that spoil what is sound: bytes, texts, and structures of mappings and lists."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

# Every character, halves of surrogate pairs too, with a liking for those that formats give a meaning.
_MEANINGFUL = "[]{}:,;\"'\\\n\t\r-#&*!|>%@`~ \0\x1b\x85\u2028é0.e"
TEXTS = st.text(st.characters(codec=None), max_size=8) | st.text(st.sampled_from(_MEANINGFUL), max_size=8)
NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, -1, 2**31, 2**63, 10**30, 10**400, 1e308, 1e-320, -0.0, float("nan"), float("inf")])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def spoilt_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """`data` with some bytes changed, cut out, put in or repeated."""
    spoilt = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(spoilt)))
        length = draw(st.integers(0, 12))
        spoilt[start : start + length] = draw(
            st.binary(max_size=12)
            | st.sampled_from([b"\xff", b"\0", b'"', b"\n", b",", b"\t", b"{", b"\xef\xbb\xbf"])
        ) * draw(st.sampled_from([1, 1, 1, 300]))
    return bytes(spoilt[: draw(st.integers(0, len(spoilt)))] if draw(st.integers(0, 9)) == 0 else spoilt)


@st.composite
def spoilt_structures(draw: st.DrawFn, structure: Any) -> Any:
    """`structure` with some values changed, removed, renamed or swapped for another's."""
    spoilt = copy.deepcopy(structure)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_iter_places(spoilt))
        if not places:
            return draw(VALUES)
        owner, key = draw(st.sampled_from(places))
        action = draw(st.sampled_from(["change", "change", "remove", "rename", "copy", "wrap"]))
        if action == "remove":
            del owner[key]
        elif action == "rename" and isinstance(owner, dict):
            owner[draw(TEXTS)] = owner.pop(key)
        elif action == "copy":
            other, other_key = draw(st.sampled_from(places))
            owner[key] = copy.deepcopy(other[other_key])
        elif action == "wrap":
            owner[key] = [owner[key]]
        else:
            owner[key] = draw(VALUES)
    return spoilt


def _iter_places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every mapping or list with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _iter_places(inner)
