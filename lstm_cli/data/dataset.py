"""The whole journey of a data set, from its name to the arrays that a model reads."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace

import filelock
import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import DataConfig
from lstm_cli.data.cache import load_cached, load_language, locate_cache, save_encoded, save_language
from lstm_cli.data.corpus import Corpus, OpenedSource, survey_corpus
from lstm_cli.data.encoding import Dataset, Repeats, build_encoder
from lstm_cli.data.ngrams import LearntNgrams, Listener, count_alike, learn_ngrams, recall_ngrams
from lstm_cli.data.samples import find_corpus_language, learn_corpus_tokenizer
from lstm_cli.data.sources import load_corpus, open_source
from lstm_cli.data.splits import SplitRows, Splits, iter_reviews, read_splits, split_corpus
from lstm_cli.data.word_file import WordFile, open_word_file
from lstm_cli.text.encoder import EncodedTexts, TextEncoder, digest_text
from lstm_cli.text.languages import Language
from lstm_cli.text.ngrams.cost import MOST_TEXTS
from lstm_cli.text.tokenizers import Tokenizer, check_tokenizer_packages
from lstm_cli.text.vocabulary import build_vocabulary
from lstm_cli.user_folders import is_writable

# Little enough that memory does not notice.
_ENCODED_AT_ONCE = 4096

_log = logging.getLogger(__name__)

__all__ = ["Dataset", "load_dataset", "load_splits"]


def load_dataset(
    config: DataConfig, *, encoder: TextEncoder | None = None, listener: Listener = lambda _: None
) -> Dataset:
    """Return a data set's encoded splits and the vocabulary of its training split.

    The second time it comes from the user's cache folder, unless the content or a setting has changed. A file
    larger than the memory is no matter: what is held of each review is some hundred bytes.

    Args:
        config: all of it is followed.
        encoder: of a model that was trained on other reviews; by default one is learnt from the training split.
        listener: is told how far the learning of n-grams is.

    Raises:
        ConfigError: learning of n-grams takes more memory than there is, or the tokenizer is an extra that is
            not installed.
        DataError: the data set cannot be found, read or split as asked.
        OutputError: it is too large for the memory, and the cache folder cannot be written.
    """
    check_tokenizer_packages(config.tokenizer)
    source = open_source(config)
    fingerprint = source.compute_fingerprint()
    cached = _load_known(config, fingerprint=fingerprint, encoder=encoder)
    if cached is not None:
        _log.info("%s: encoded reviews from the cache", config.place)
        return cached
    if config.ngrams is None or encoder:
        return _build(source, config, encoder=encoder, listener=listener)
    # What takes minutes and gigabytes one process does for all that wait, such as the workers of one training.
    with ExitStack() as stack:
        with suppress(OSError, NotImplementedError):  # a place without locks, or without room: then each by itself
            if is_writable(locate_cache()):
                stack.enter_context(filelock.FileLock(locate_cache() / "learning.lock"))
        return _load_known(config, fingerprint=fingerprint) or _build(source, config, listener=listener)


def _load_known(config: DataConfig, *, fingerprint: str, encoder: TextEncoder | None = None) -> Dataset | None:
    """Return the data set as it was encoded before; what its language settles is known as well then."""
    if config.is_settled or encoder:
        return load_cached(config, fingerprint=fingerprint, known=encoder)
    language = load_language(config, fingerprint=fingerprint)
    cached = load_cached(config.settle(language), fingerprint=fingerprint) if language else None
    return cached and replace(cached, language=language)


def _build(
    source: OpenedSource, config: DataConfig, *, encoder: TextEncoder | None = None, listener: Listener
) -> Dataset:
    _log.info("%s: reading, splitting and encoding", config.place)
    corpus = source.load(None)
    survey = survey_corpus(corpus)
    corpus = replace(corpus, survey=survey)
    rows = split_corpus(corpus, config)
    repeats = Repeats(len(survey.find_duplicates()), len(survey.find_contradictions()), rows.crossing)
    language: Language | None = None
    if not (config.is_settled or encoder):
        language = find_corpus_language(corpus, rows.train)
        save_language(language, config, fingerprint=corpus.fingerprint)
        config = config.settle(language)
        known = load_cached(config, fingerprint=corpus.fingerprint)  # under settings that say what was found here
        if known is not None:
            return replace(known, language=language)
    tokenizer = encoder.tokenizer if encoder else learn_corpus_tokenizer(corpus, rows.train, config)
    with open_word_file(locate_cache()) as words:
        digests = _read_words(corpus, rows, words=words, tokenizer=tokenizer)
        learnt = None
        if encoder and encoder.ngrams:
            learnt = recall_ngrams(
                words, encoder.ngrams, reviews=len(rows.labels), marks_spaces=tokenizer.marks_spaces
            )
        elif config.ngrams and not encoder:
            learnt = learn_ngrams(
                words,
                rows.train,
                labels=rows.labels,
                groups=survey.groups,
                classes=len(corpus.classes),
                settings=config.ngrams.build_settings(),
                marks_spaces=tokenizer.marks_spaces,
                listener=listener,
            )
            is_drawn = corpus.validation_reviews is None and survey.groups is None
            if is_drawn and len(rows.train) + len(rows.validation) <= MOST_TEXTS:
                alike, by_chance = count_alike(words, rows.train, rows.validation, distinct=learnt.distinct)
                repeats = replace(repeats, alike=alike, alike_by_chance=by_chance)
        dataset = _encode(
            corpus,
            rows,
            words=words,
            tokenizer=tokenizer,
            digests=digests,
            learnt=learnt,
            repeats=repeats,
            config=config,
            known=encoder,
        )
        return replace(dataset, language=language)


def load_splits(config: DataConfig) -> Splits:
    """Return the reviews as text; row i of each split is row i of `load_dataset(config)`.

    All of them are in memory.

    Raises:
        DataError: as `load_dataset`.
    """
    corpus = load_corpus(config)
    return read_splits(corpus, split_corpus(corpus, config))


def _read_words(corpus: Corpus, rows: SplitRows, *, words: WordFile, tokenizer: Tokenizer) -> NDArray[np.uint64]:
    """Add the words of every review to the file; return their digests `uint64[n]`, 0 for one in no split."""
    is_train = np.zeros(len(rows.labels), np.bool_)
    is_train[rows.train] = True
    is_read = is_train.copy()
    is_read[rows.validation] = is_read[rows.test] = True
    digests = np.zeros(len(rows.labels), np.uint64)
    for row, review in enumerate(iter_reviews(corpus)):
        words.append(tokenizer.split(review.text) if is_read[row] else (), counts=bool(is_train[row]))
        if is_read[row]:
            digests[row] = digest_text(review.text)
    words.flush()
    return digests


def _encode(
    corpus: Corpus,
    rows: SplitRows,
    *,
    words: WordFile,
    tokenizer: Tokenizer,
    digests: NDArray[np.uint64],
    learnt: LearntNgrams | None,
    repeats: Repeats,
    config: DataConfig,
    known: TextEncoder | None,
) -> Dataset:
    if known:
        encoder = known
    else:
        vocabulary = build_vocabulary(words.iter_counts(), num_words=config.num_words)
        encoder = build_encoder(config, tokenizer, vocabulary, ngrams=learnt.tables if learnt else None)
    indices = np.array(encoder.vocabulary.index(words.iter_words()), np.int32)  # by the words' numbers
    splits = (rows.train, rows.validation, rows.test)

    def iter_blocks() -> Iterator[EncodedTexts]:
        for split in splits:
            for first in range(0, len(split), _ENCODED_AT_ONCE):
                block = split[first : first + _ENCODED_AT_ONCE]
                encoded = encoder.encode_indices(
                    (indices[words.read(row)].tolist() for row in block.tolist()),
                    labels=rows.labels[block],
                    digests=digests[block],
                )
                if learnt:
                    told, lengths = learnt.tell(block, words)
                    encoded = encoder.add_ngrams(encoded, told, lengths=lengths)
                yield encoded

    return save_encoded(
        iter_blocks,
        corpus=corpus,
        encoder=encoder,
        rows=tuple(map(len, splits)),
        usual_length=int(np.quantile(words.count_words()[np.concatenate(splits)], 0.95)),
        repeats=repeats,
        config=config,
        known=known,
    )
