from __future__ import annotations

from typing import Literal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.text.padding import pad_sequences

SIDES = st.sampled_from(["pre", "post"])


@given(
    st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=9), max_size=5),
    st.integers(1, 7),
    SIDES,
    SIDES,
    st.integers(0, 9),
)
def test_equals_keras(
    sequences: list[list[int]],
    maxlen: int,
    padding: Literal["pre", "post"],
    truncating: Literal["pre", "post"],
    value: int,
) -> None:
    """Every array equals that of keras.utils.pad_sequences, in its values, shape and dtype."""
    import keras

    settings = {"maxlen": maxlen, "padding": padding, "truncating": truncating, "value": value}
    ours = pad_sequences(sequences, **settings)
    theirs = keras.utils.pad_sequences(sequences, **settings)
    assert ours.dtype == theirs.dtype == np.int32
    np.testing.assert_array_equal(ours, theirs, strict=True)
