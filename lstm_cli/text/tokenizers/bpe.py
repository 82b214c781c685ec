"""`bpe`: pieces of words by byte-pair encoding, which joins the most frequent pair again and again.

Sennrich, Haddow & Birch (2016), "Neural Machine Translation of Rare Words with Subword Units".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from lstm_cli.text.tokenizers.subwords import (
    LONGEST_PIECE,
    UNKNOWN,
    build_library_tokenizer,
    check_pieces,
    count_chunks,
    split_chunks,
    split_into_pieces,
    train,
)

if TYPE_CHECKING:
    import tokenizers

_LEAST_FREQUENT = 2  # a pair that is joined


@dataclass(frozen=True)
class BytePairs:
    """Splits normalised texts into the pieces that were joined in the training part.

    Attributes:
        language: its code.
        alphabet: the characters that pieces are joined from, sorted.
        merges: which two pieces are joined, the first first.
    """

    name: ClassVar[str] = "bpe"
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = True

    language: str
    alphabet: str
    merges: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        pieces = [*self.alphabet, *(first + second for first, second in self.merges)]
        check_pieces(pieces)
        known = set(self.alphabet)
        for first, second in self.merges:
            if first not in known or second not in known:
                raise ValueError("expected pieces to be joined that are there")
            known.add(first + second)

    @classmethod
    def learn(cls, texts: Iterable[str], *, language: str, pieces: int) -> BytePairs:
        """Learn from training texts: the same from the same texts, in any order, on every machine.

        Args:
            texts: walked over once.
            language: their language's code.
            pieces: how many at most.
        """
        from tokenizers import models, trainers

        chunks, alphabet = count_chunks(texts, language=language, pieces=pieces)
        trainer = trainers.BpeTrainer(
            vocab_size=pieces,
            min_frequency=_LEAST_FREQUENT,
            max_token_length=LONGEST_PIECE,
            show_progress=False,
        )
        library = train(models.BPE(), trainer, chunks)
        merges = json.loads(library.to_str())["model"]["merges"]
        return cls(language, alphabet, tuple((first, second) for first, second in merges))

    def split(self, text: str) -> list[str]:
        """Return the pieces of a text, `▁` at the beginning of those before which a space stood."""
        return split_into_pieces(self._library, split_chunks(text, language=self.language))

    @cached_property
    def _library(self) -> tokenizers.Tokenizer:
        from tokenizers import models

        pieces = [UNKNOWN, *self.alphabet, *(first + second for first, second in self.merges)]
        vocabulary = {piece: number for number, piece in enumerate(pieces)}
        return build_library_tokenizer(models.BPE(vocabulary, list(self.merges), unk_token=UNKNOWN))
