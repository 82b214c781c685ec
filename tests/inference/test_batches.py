"""Every row is computed once, with its own channels and logit, and padding that can be left out is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.inference import batches
from lstm_cli.inference.batches import iter_batches

rows_of_tokens = st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), max_size=40)


@given(rows=rows_of_tokens, skips_padding=st.booleans(), at_once=st.integers(1, 9), room=st.integers(1, 60))
def test_every_row_comes_once_with_what_is_told_of_it(rows, skips_padding, at_once, room):
    tokens = np.array(rows, np.int32).reshape(-1, 5)
    # A token's channels say where it stands.
    places = np.argwhere(tokens).astype(np.float16)
    logits = np.arange(len(tokens), dtype=np.float32)[:, None]
    met = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "_SORTED_AT_ONCE", at_once)
        patch.setattr(batches, "_LARGEST_ARRAY", room)
        for batch in iter_batches(tokens, channels=places, logits=logits, widest=2, skips_padding=skips_padding):
            met += batch.rows.tolist()
            np.testing.assert_array_equal(batch.logits[:, 0], batch.rows)
            for row, own, channels in zip(batch.rows, batch.tokens, batch.channels, strict=True):
                np.testing.assert_array_equal(own[own != 0], tokens[row][tokens[row] != 0])
                np.testing.assert_array_equal(channels[own == 0], 0)
                np.testing.assert_array_equal(
                    channels[own != 0], np.argwhere(tokens[row])[:, [0, 0]] * [0, 1] + [row, 0]
                )
            assert skips_padding or batch.tokens.shape[1] == 5
            assert len(batch.rows) == 1 or batch.tokens.size * 2 <= room or skips_padding
    assert sorted(met) == list(range(len(tokens)))
    assert skips_padding or met == sorted(met)


def test_rows_of_like_length_come_together_without_the_padding_they_share():
    lengths = np.random.default_rng(0).integers(1, 300, 2000)
    tokens = (np.arange(300) >= 300 - lengths[:, None]).astype(np.int32)
    found = [*iter_batches(tokens, channels=None, logits=None, widest=1, skips_padding=True)]
    assert sum(batch.tokens.size for batch in found) < 1.4 * lengths.sum()
    assert all((batch.tokens[:, 0] != 0).any() for batch in found)
    for batch in found:
        longest, *others = lengths[batch.rows]
        assert batch.tokens.shape == (1 + len(others), longest)
        assert [longest, *others] == sorted([longest, *others], reverse=True)
        assert min([longest, *others]) > longest // 2
        assert (batch.channels, batch.logits) == (None, None)
    assert max(len(batch.rows) for batch in found) == batches._LARGEST_BATCH


def test_rows_of_like_length_are_as_many_as_their_longest_leaves_room_for(monkeypatch):
    monkeypatch.setattr(batches, "_LARGEST_ARRAY", 60)
    tokens = np.ones((9, 10), np.int32)
    tokens[4:, :4] = 0
    found = [*iter_batches(tokens, channels=None, logits=None, widest=2, skips_padding=True)]
    assert [batch.tokens.shape for batch in found] == [(3, 10), (3, 10), (3, 6)]


def test_a_row_of_padding_alone_keeps_a_step():
    tokens = np.zeros((3, 4), np.int32)
    (batch,) = iter_batches(tokens, channels=None, logits=None, widest=1, skips_padding=True)
    assert batch.tokens.shape == (3, 1)
