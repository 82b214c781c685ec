"""`unigram`: pieces of words by a language model of single pieces, of which a text is most probably made.

Kudo (2018), "Subword Regularization: Improving Neural Network Translation Models with Multiple Subword
Candidates".
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
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

_ROUNDS = 3
_DIGITS = 6  # of a log probability, lest the logarithm's last digit on some machine be told
_SMALLEST = -1_000.0


@dataclass(frozen=True)
class Unigrams:
    """Splits normalised texts into the most probable pieces.

    Attributes:
        language: its code.
        pieces: sorted.
        log_probabilities: of each.
    """

    name: ClassVar[str] = "unigram"
    version: ClassVar[int] = 1
    marks_spaces: ClassVar[bool] = True

    language: str
    pieces: tuple[str, ...]
    log_probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        check_pieces(self.pieces)
        if len(self.pieces) != len(self.log_probabilities):
            raise ValueError("expected a probability for each piece")
        if not all(_SMALLEST <= number <= 0.0 for number in self.log_probabilities):
            raise ValueError("expected probabilities")

    @classmethod
    def learn(cls, texts: Iterable[str], *, language: str, pieces: int) -> Unigrams:
        """Learn from training texts: the same from the same texts, in any order, on every machine.

        The library chooses the pieces. It adds up its probabilities in an order that is another in every process;
        so they are learnt anew, from how often a piece stands in the most probable pieces of the texts.

        Args:
            texts: walked over once.
            language: their language's code.
            pieces: how many at most.
        """
        from tokenizers import models, trainers

        chunks, alphabet = count_chunks(texts, language=language, pieces=pieces)
        if not chunks:
            return cls(language, (), ())
        trainer = trainers.UnigramTrainer(
            vocab_size=pieces,
            show_progress=False,
            unk_token=UNKNOWN,
            special_tokens=[UNKNOWN],
            max_piece_length=LONGEST_PIECE,
            shrinking_factor=0.5,  # with a single sub-iteration a third of the time; what is kept is counted anew
            n_sub_iterations=1,
        )
        library = train(models.Unigram(), trainer, chunks)
        chosen = {piece for piece, _ in json.loads(library.to_str())["model"]["vocab"]} - {UNKNOWN}
        counts = dict.fromkeys(chosen | set(alphabet), 0)
        for chunk, count in chunks.items():  # at first, as often as it stands anywhere
            for begin in range(len(chunk)):
                for end in range(begin + 1, min(begin + LONGEST_PIECE, len(chunk)) + 1):
                    if chunk[begin:end] in counts:
                        counts[chunk[begin:end]] += count
        for _ in range(_ROUNDS):
            counts = _count_pieces(cls._from_counts(language, counts), chunks)
        return cls._from_counts(language, counts)

    @classmethod
    def _from_counts(cls, language: str, counts: Mapping[str, int]) -> Unigrams:
        total = math.log(sum(counts.values()) + len(counts))
        pieces = tuple(sorted(counts))
        numbers = (math.log(counts[piece] + 1) - total for piece in pieces)
        return cls(language, pieces, tuple(round(number, _DIGITS) for number in numbers))

    def split(self, text: str) -> list[str]:
        """Return the pieces of a text, `▁` at the beginning of those before which a space stood."""
        return split_into_pieces(self._library, split_chunks(text, language=self.language))

    @cached_property
    def _library(self) -> tokenizers.Tokenizer:
        from tokenizers import models

        vocabulary = [(UNKNOWN, 0.0), *zip(self.pieces, self.log_probabilities, strict=True)]
        return build_library_tokenizer(models.Unigram(vocabulary, unk_id=0))


def _count_pieces(tokenizer: Unigrams, chunks: Counter[str]) -> dict[str, int]:
    counts = dict.fromkeys(tokenizer.pieces, 0)
    library = tokenizer._library
    for chunk, count in chunks.items():
        for piece in split_into_pieces(library, [chunk]):
            counts[piece] += count
    return counts
