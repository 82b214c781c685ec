"""The kernels add up what n-grams say over their texts, and nothing of others."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_cli.kernels.lanes import LANES
from lstm_cli.text.ngrams.kernels import add_to_texts, sum_over_texts

# The first n-gram stands in two texts, the second in none, the third in three and the last in one.
HOLDS = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 1], [0, 0, 1, 0]], bool)
TEXTS = np.nonzero(HOLDS)[1].astype(np.int32)
STARTS = np.array([0, 2, 2, 5, 6])
BLOCKS = pytest.mark.parametrize(("begin", "end"), [(0, 4), (1, 3), (2, 4), (3, 3)])


def draw(rows):
    return np.random.default_rng(rows).integers(-9, 9, (rows, LANES)).astype(np.float32)


@BLOCKS
def test_an_ngram_has_the_sum_of_the_inputs_of_its_texts(begin, end):
    inputs, sums = draw(4), np.full((end - begin + 1, LANES), 7, np.float32)
    sum_over_texts(begin, end, TEXTS, STARTS, inputs.reshape(-1), sums.reshape(-1))
    assert (sums[:-1] == HOLDS[begin:end] @ inputs).all()
    assert (sums[-1] == 7).all()  # behind the last


@BLOCKS
def test_a_text_has_its_ngrams_values_added_to_what_it_had(begin, end):
    values, outputs = draw(end - begin), draw(4)
    before = outputs.copy()
    add_to_texts(begin, end, TEXTS, STARTS, values.reshape(-1), outputs.reshape(-1))
    assert (outputs == before + HOLDS[begin:end].T @ values).all()
