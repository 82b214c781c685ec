"""n-grams as anyone would count them: tuples of words in dictionaries, scikit-learn's regression."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

Ngram = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class ReferenceTable:
    """What one training on some texts knows: (weight times ratio, log ratio of document frequencies) an n-gram."""

    known: dict[Ngram, tuple[float, float]]
    intercept: float
    mean_count: float


def list_ngrams(text, pattern):
    """Return the n-gram that ends at each place of a text, None where there is none."""
    span = len(pattern)
    windows = [None] * min(len(text), span - 1) + [text[end - span : end] for end in range(span, len(text) + 1)]
    return [
        window and (pattern, tuple(word for word, sign in zip(window, pattern, strict=True) if sign == "x"))
        for window in windows
    ]


def find_distinct(text, patterns):
    return {ngram for pattern in patterns for ngram in list_ngrams(text, pattern) if ngram}


def scale(count, mean, power):
    return (max(count, 1) / mean) ** -power if mean else 1.0


def learn(texts, is_positive, settings):
    """Return the table that a training on these texts alone gives."""
    sets = [find_distinct(text, settings.patterns) for text in texts]
    frequencies = Counter(ngram for found in sets for ngram in found)
    frequent = sorted(ngram for ngram, count in frequencies.items() if count >= settings.min_df)
    column = {ngram: place for place, ngram in enumerate(frequent)}
    matrix = np.zeros((len(texts), len(frequent)))
    for row, found in enumerate(sets):
        for ngram in found & column.keys():
            matrix[row, column[ngram]] = 1
    labels = np.array(is_positive, bool)
    positive = matrix[labels].sum(axis=0) + settings.smoothing
    negative = matrix[~labels].sum(axis=0) + settings.smoothing
    ratios = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
    counts = matrix.sum(axis=1)
    mean = float(counts.mean()) if len(texts) else 0.0
    scales = np.array([scale(count, mean, settings.length_normalization) for count in counts])
    inputs = np.column_stack([scales[:, None] * matrix * ratios, np.ones(len(texts))])
    weights = fit_regression(inputs, labels, inverse_penalty=settings.inverse_penalty)
    log_ratios = np.log(positive / (labels.sum() + 2 * settings.smoothing))
    log_ratios -= np.log(negative / ((~labels).sum() + 2 * settings.smoothing))
    known = {
        ngram: (weights[place] * ratios[place], log_ratios[place])
        for place, ngram in enumerate(frequent)
    }  # fmt: skip
    return ReferenceTable(known, float(weights[-1]), mean)


def fit_regression(inputs, labels, *, inverse_penalty):
    """Return scikit-learn's weights."""
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        C=inverse_penalty, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=1_000
    )
    return regression.fit(inputs, labels).coef_[0]


def tell(table, text, settings):
    """Return the weights and log ratios at each place of a text, by pattern, and the log odds."""
    found = find_distinct(text, settings.patterns) & table.known.keys()
    factor = scale(len(found), table.mean_count, settings.length_normalization)
    weights = np.zeros((len(text), len(settings.patterns)))
    log_ratios = np.zeros_like(weights)
    for number, pattern in enumerate(settings.patterns):
        for place, ngram in enumerate(list_ngrams(text, pattern)):
            weight, log_ratio = table.known.get(ngram, (0.0, 0.0))
            weights[place, number] = 10 * factor * weight
            log_ratios[place, number] = log_ratio
    odds = factor * math.fsum(table.known[ngram][0] for ngram in found) + table.intercept
    return weights, log_ratios, odds
