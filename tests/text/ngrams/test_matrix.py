"""The products are those of the matrix written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.kernels.lanes import LANES
from lstm_cli.text.ngrams import matrix as matrix_module
from lstm_cli.text.ngrams.matrix import COLUMNS, NgramMatrix
from lstm_cli.text.ngrams.occurrences import Occurrences


def test_there_is_a_column_for_each_of_the_kernels_lanes():
    assert COLUMNS == LANES


@given(st.integers(0, 40), st.integers(1, 20), st.integers(0, 99), st.sampled_from([1, 3, 4096]))
def test_sums_over_texts_and_over_ngrams_are_those_of_numpy(ngrams, texts, seed, at_once):
    generator = np.random.default_rng(seed)
    holds = generator.random((ngrams, texts)) < 0.3
    occurrences = Occurrences(
        (np.arange(ngrams, dtype=np.uint64),),
        np.nonzero(holds)[1].astype(np.int32),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(holds.sum(axis=1))]),
    )
    inputs = generator.normal(size=(texts, COLUMNS)).astype(np.float32)
    values = generator.normal(size=(ngrams, COLUMNS)).astype(np.float32)
    matrix = NgramMatrix(occurrences, texts=texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matrix_module, "_NGRAMS_AT_ONCE", at_once)
        over_texts = np.zeros((ngrams, COLUMNS), np.float32)

        def write(begin, end):
            over_texts[begin:end] += matrix.sum_over_texts(begin, end, inputs)

        matrix.run_over_ngrams(write)
        over_ngrams = matrix.sum_over_ngrams(lambda begin, end: values[begin:end])
    assert over_texts == pytest.approx(holds @ inputs, abs=1e-5)
    assert over_ngrams == pytest.approx(holds.T @ values, abs=1e-5)
