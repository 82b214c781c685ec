"""JSON that shows damage: behind it stands a line of spaces and tabs, which every reader of JSON passes over.

`history.json` must hold what Keras' `History.history` holds and nothing else, so there is no place for a checksum
among its keys. The line is the beginning of the text's SHA-256, a space for 0 and a tab for 1. It shows a flipped
bit or a number edited by hand; JSON without such a line is JSON from elsewhere and taken as it is.
"""

from __future__ import annotations

import hashlib

_BITS = 64


def seal_json(text: str) -> str:
    """Return JSON text with the line that shows damage behind it."""
    text = text.rstrip() + "\n"
    return f"{text}{_compute_seal(text)}\n"


def has_seal(text: str) -> bool:
    """Return whether a text was sealed, whatever happened to it since."""
    _, seal = _split(text)
    return len(seal) == _BITS and set(seal) <= set(" \t")


def is_damaged(text: str) -> bool:
    """Return whether a text was sealed and is not what was sealed."""
    content, seal = _split(text)
    return has_seal(text) and seal != _compute_seal(content)


def _split(text: str) -> tuple[str, str]:
    """Return a text without its last line, and that line."""
    content, _, seal = text.replace("\r\n", "\n").removesuffix("\n").rpartition("\n")
    return content + "\n", seal


def _compute_seal(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    bits = f"{int.from_bytes(digest[: _BITS // 8]):0{_BITS}b}"
    return bits.replace("0", " ").replace("1", "\t")
