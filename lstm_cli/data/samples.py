"""What is learnt from some texts of the training part before any is split: their language, pieces of words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import DataConfig
from lstm_cli.data.corpus import Corpus
from lstm_cli.data.splits import iter_reviews
from lstm_cli.text.languages import UNDETERMINED, Language, find_language
from lstm_cli.text.tokenizers import Tokenizer, learn_tokenizer

_MOST_FOR_LANGUAGE, _MOST_FOR_PIECES = 2_000, 20_000  # texts


def find_corpus_language(corpus: Corpus, train: NDArray[np.int64]) -> Language:
    """Return the language of a training part.

    Args:
        corpus: whose part it is.
        train: its rows.
    """
    return find_language(_iter_sample(corpus, train, most=_MOST_FOR_LANGUAGE))


def learn_corpus_tokenizer(corpus: Corpus, train: NDArray[np.int64], config: DataConfig) -> Tokenizer:
    """Return the tokenizer of settled settings, with what it learns from a training part.

    Args:
        corpus: whose part it is.
        train: its rows.
        config: says which tokenizer.
    """
    return learn_tokenizer(
        config.tokenizer,
        _iter_sample(corpus, train, most=_MOST_FOR_PIECES),
        language=config.language or UNDETERMINED,
        num_words=config.num_words,
    )


def _iter_sample(corpus: Corpus, train: NDArray[np.int64], *, most: int) -> Iterator[str]:
    """Yield the texts of some rows, evenly from all over the source."""
    rows = np.sort(train)
    count = min(most, len(rows))
    chosen = set(rows[np.arange(count) * len(rows) // count].tolist()) if count else set()
    for row, review in enumerate(iter_reviews(corpus)):
        if row in chosen:
            yield review.text
