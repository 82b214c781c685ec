"""What the tokenizers have in common whose words are pieces of words, learnt by the library `tokenizers`.

A text is normalised and cut into chunks: a run of letters, or of signs, with `▁` before it where a
space was. No piece reaches over two of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from lstm_cli.text.normalization import LINK, NAME, normalize

if TYPE_CHECKING:
    import regex
    from tokenizers import Tokenizer
    from tokenizers.models import Model
    from tokenizers.trainers import Trainer

SPACE = "▁"
"""Begins a piece before which a space stood, or the text began; Sentencepiece's sign."""

UNKNOWN = "\ufffd"
"""The library's name for a character that it was not taught, the first of a vocabulary."""

MOST_PIECES = 8_000
"""That are learnt, of `data.num_words` at most."""

LONGEST_PIECE = 16
"""Characters of a learnt piece."""

_UNKNOWN_INDEX = 0
_MOST_STORED = 2**16  # pieces of a model file


def hide_space(text: str) -> str:
    """Return a normalised text with `▁` for its spaces."""
    return text.replace(SPACE, "_").replace(" ", SPACE)


def split_chunks(text: str, *, language: str) -> list[str]:
    """Return what pieces lie within, in the text's order; joined they are the normalised text."""
    normalized = normalize(text, language=language)
    chunks: list[str] = _compile_chunk().findall(SPACE + hide_space(normalized)) if normalized else []
    return chunks


def count_chunks(texts: Iterable[str], *, language: str, pieces: int) -> tuple[Counter[str], str]:
    """Return how often each chunk stands in some texts, cut at their rare characters, and the characters left.

    Args:
        texts: to learn from.
        language: its code.
        pieces: that can be learnt; the characters are at most half of them.
    """
    chunks: Counter[str] = Counter()
    for text in texts:
        chunks.update(split_chunks(text, language=language))
    counts: Counter[str] = Counter()
    for chunk, count in chunks.items():
        for character in chunk:
            counts[character] += count
    del counts[UNKNOWN]
    # Ties by the character: the same on every machine, in whatever order the texts come.
    frequent = sorted(counts, key=lambda character: (-counts[character], character))[: max(1, pieces // 2)]
    alphabet = set(frequent)
    parts: Counter[str] = Counter()
    for chunk, count in chunks.items():
        known = "".join(character if character in alphabet else UNKNOWN for character in chunk)
        for part in filter(None, known.split(UNKNOWN)):
            parts[part] += count
    return parts, "".join(sorted(alphabet))


def train(model: Model, trainer: Trainer, chunks: Counter[str]) -> Tokenizer:
    """Let the library learn from chunks."""
    # Several threads gain nothing here, and the library warns of them where a process is forked later.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    library = build_library_tokenizer(model)
    library.train_from_iterator(_iter_repeated(chunks), trainer)
    return library


def _iter_repeated(chunks: Counter[str]) -> Iterator[str]:
    for chunk in sorted(chunks):
        for _ in range(chunks[chunk]):
            yield chunk


def build_library_tokenizer(model: Model) -> Tokenizer:
    """Return the library's tokenizer around a model: it takes chunks, a line's end between two."""
    from tokenizers import Tokenizer, pre_tokenizers

    library = Tokenizer(model)
    library.pre_tokenizer = pre_tokenizers.CharDelimiterSplit("\n")
    return library


def split_into_pieces(library: Tokenizer, chunks: Sequence[str]) -> list[str]:
    """Return the pieces of chunks; a character that was not taught is a piece."""
    lines = "\n".join(chunks)
    encoding = library.encode(lines)
    if _UNKNOWN_INDEX not in encoding.ids:
        return list(encoding.tokens)
    pieces: list[str] = []
    for index, piece, (begin, end) in zip(encoding.ids, encoding.tokens, encoding.offsets, strict=True):
        pieces += lines[begin:end] if index == _UNKNOWN_INDEX else [piece]  # several of them may be one there
    return pieces


def check_pieces(pieces: Sequence[str]) -> None:
    """Raise an error unless these are pieces that could have been learnt.

    Raises:
        ValueError: they are not.
    """
    if len(pieces) > _MOST_STORED:
        raise ValueError(f"expected at most {_MOST_STORED} pieces, got {len(pieces)}")
    if len(set(pieces)) < len(pieces) or not all(
        0 < len(piece) <= LONGEST_PIECE and UNKNOWN not in piece and "\n" not in piece for piece in pieces
    ):
        raise ValueError("expected different pieces of one to sixteen characters")


@cache
def _compile_chunk() -> regex.Pattern[str]:
    import regex  # `re` has no classes of letters and marks

    word, signs = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}']*", rf"[^\p{{L}}\p{{N}}{SPACE}]+"
    special = rf"{NAME}(?!\w)|(?<![a-z0-9]){LINK}(?![a-z0-9])"
    return regex.compile(rf"{SPACE}?(?:{special}|#?{word}|{signs})|{SPACE}", regex.V1)
