"""JSON from anywhere, with a bound on its size and its depth."""

from __future__ import annotations

import json

DEEPEST = 64
"""Levels of nesting; Keras' own descriptions have a dozen."""


def parse_json(text: str | bytes, *, largest: int) -> object:
    """Parse JSON that may have been made to harm.

    Args:
        text: as it was read; bytes are UTF-8.
        largest: bytes or characters it may have.

    Raises:
        ValueError: it is no JSON, too large, or nests deeper than `DEEPEST`.
    """
    if len(text) > largest:
        raise ValueError(f"expected at most {largest:,} bytes of JSON, got {len(text):,}")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"expected JSON of at most {DEEPEST} levels") from error
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for item in level for inner in _list_inner(item)]
        if not level:
            return value
    raise ValueError(f"expected JSON of at most {DEEPEST} levels")


def _list_inner(item: object) -> list[object]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []
