"""The whole journey of a data set, from its name to the arrays that a model reads."""

from __future__ import annotations

import logging
import sys

from lstm_cli.config import DataConfig
from lstm_cli.data.cache import load_cached, save_cached
from lstm_cli.data.encoding import Dataset, add_labels, encode_reviews, encode_words
from lstm_cli.data.review import Corpus
from lstm_cli.data.sources import compute_fingerprint, load_corpus
from lstm_cli.data.splits import Splits, split_corpus
from lstm_cli.data.tokenizer import split_words
from lstm_cli.data.vocabulary import build_vocabulary

_log = logging.getLogger(__name__)

__all__ = ["Dataset", "load_dataset", "load_splits"]


def load_dataset(config: DataConfig) -> Dataset:
    """Return a data set's encoded splits and the vocabulary of its training split.

    The second time it comes from the user's cache folder, unless the content or a setting has changed.

    Args:
        config: all of it is followed.

    Raises:
        DataError: the data set cannot be found, read or split as asked.
    """
    cached = load_cached(config, fingerprint=compute_fingerprint(config.dataset))
    if cached is not None:
        _log.info("%s: encoded reviews from the cache", config.dataset)
        return cached
    _log.info("%s: reading, splitting and encoding", config.dataset)
    dataset = _encode_corpus(load_corpus(config.dataset), config)
    save_cached(dataset, config)
    return dataset


def load_splits(config: DataConfig) -> Splits:
    """Return the reviews as text; row i of each split is row i of `load_dataset(config)`.

    Raises:
        DataError: as `load_dataset`.
    """
    return _split(load_corpus(config.dataset), config)


def _split(corpus: Corpus, config: DataConfig) -> Splits:
    return split_corpus(
        corpus,
        test_split=config.test_split,
        validation_split=config.validation_split,
        split_seed=config.split_seed,
        limit=config.limit,
    )


def _encode_corpus(corpus: Corpus, config: DataConfig) -> Dataset:
    splits = _split(corpus, config)
    # The training words are wanted twice, so they are kept; interned, millions of them are mere pointers to
    # some ten thousand strings.
    train_words = [list(map(sys.intern, split_words(review.text))) for review in splits.train]
    vocabulary = build_vocabulary(train_words, num_words=config.num_words)
    encoded_train = encode_words(
        train_words,
        vocabulary=vocabulary,
        maxlen=config.maxlen,
        padding=config.padding,
        truncating=config.truncating,
    )
    validation, test = (
        encode_reviews(
            reviews,
            vocabulary=vocabulary,
            maxlen=config.maxlen,
            padding=config.padding,
            truncating=config.truncating,
        )
        for reviews in (splits.validation, splits.test)
    )
    train = add_labels(encoded_train, splits.train)
    return Dataset(corpus.name, corpus.fingerprint, vocabulary, train, validation, test)
