"""Batches: every row once an epoch, the same for one (seed, epoch), of like length where that is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.text.padding import pad_sequences
from lstm_cli.training.batches import Batches


def _make(lengths, *, maxlen=12, padding="pre", truncating="pre"):
    rng = np.random.default_rng(len(lengths))
    rows = [rng.integers(3, 99, length).tolist() for length in lengths]
    tokens = pad_sequences(rows, maxlen=maxlen, padding=padding, truncating=truncating, value=0)
    count = len(lengths)
    reviews = EncodedTexts(
        tokens,
        np.zeros(count, np.float32),
        np.zeros(count, np.bool_),
        np.arange(count, dtype=np.int32),
        np.zeros(count, np.uint64),
    )
    return rows, reviews


_LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=40)


@given(lengths=_LENGTHS, size=st.integers(1, 9), by_length=st.booleans(), epoch=st.integers(0, 3))
def test_an_epoch_has_every_row_once_and_is_the_same_again(lengths, size, by_length, epoch):
    _, reviews = _make(lengths)
    batches = Batches(reviews, size, seed=3, by_length=by_length)
    blocks = list(batches.iter_epoch(epoch))
    assert sorted(np.concatenate([block.reshape(-1) for block in blocks]).tolist()) == list(range(len(lengths)))
    assert sum(len(block) for block in blocks) == batches.count
    again = Batches(reviews, size, seed=3, by_length=by_length).iter_epoch(epoch)
    assert all((one == other).all() for one, other in zip(blocks, again, strict=True))


@given(
    lengths=_LENGTHS,
    maxlen=st.none() | st.integers(1, 14),
    padding=st.sampled_from(["pre", "post"]),
    truncating=st.sampled_from(["pre", "post"]),
    by_length=st.booleans(),
)
@settings(max_examples=60)
def test_a_step_reads_what_padding_and_cutting_by_hand_would_give(lengths, maxlen, padding, truncating, by_length):
    """The reference: the same sequences, cut to `training.maxlen` and padded to the widest of the batch."""
    rows, reviews = _make(lengths, padding=padding, truncating=truncating)
    batches = Batches(
        reviews, 4, seed=1, maxlen=maxlen, by_length=by_length, padding=padding, truncating=truncating
    )
    most = min(maxlen or 12, 12)
    for block in batches.iter_epoch(0):
        width = max(min(lengths[row], most) for row in block.reshape(-1)) if by_length else most
        assert batches.measure(block) == width
        tokens, labels = batches.read(block, width=width)
        for places, batch, label in zip(block, tokens, labels, strict=True):
            cut = [rows[row][-most:] if truncating == "pre" else rows[row][:most] for row in places]
            expected = pad_sequences(cut, maxlen=width, padding=padding, truncating=truncating, value=0)
            np.testing.assert_array_equal(batch, expected)
            assert label[:, 0].tolist() == places.tolist()


def test_batches_by_length_are_of_like_length_and_in_no_order():
    lengths = np.random.default_rng(0).integers(1, 400, 640).tolist()
    _, reviews = _make(lengths, maxlen=400)
    blocks = list(Batches(reviews, 64, seed=0, by_length=True).iter_epoch(0))
    widths = [max(lengths[row] for row in block.reshape(-1)) for block in blocks]
    spread = [max(lengths[row] for row in block[0]) - min(lengths[row] for row in block[0]) for block in blocks]
    assert max(spread) < 80
    assert widths != sorted(widths)
    other = [tuple(block.reshape(-1)) for block in Batches(reviews, 64, seed=0, by_length=True).iter_epoch(1)]
    assert other != [tuple(block.reshape(-1)) for block in blocks]


@pytest.mark.parametrize("padding", ["pre", "post"])
def test_rows_in_a_file_are_read_like_those_in_memory(tmp_path, padding):
    from dataclasses import replace

    _, held = _make([3, 9, 1, 12], padding=padding)
    held.tokens.tofile(tmp_path / "tokens")
    mapped = replace(held, tokens=np.memmap(tmp_path / "tokens", np.int32, "r", shape=held.tokens.shape))
    rows = np.array([[2, 0, 3]], np.int32)
    for by_length in (False, True):
        one, other = (
            Batches(reviews, 3, seed=0, maxlen=5, by_length=by_length, padding=padding)
            for reviews in (held, mapped)
        )
        np.testing.assert_array_equal(
            one.read(rows, width=one.measure(rows))[0], other.read(rows, width=other.measure(rows))[0]
        )


@given(
    lengths=_LENGTHS,
    maxlen=st.none() | st.integers(1, 14),
    padding=st.sampled_from(["pre", "post"]),
    truncating=st.sampled_from(["pre", "post"]),
    by_length=st.booleans(),
)
@settings(max_examples=60)
def test_channels_stand_at_the_tokens_they_tell_of_and_logits_at_their_rows(
    lengths, maxlen, padding, truncating, by_length
):
    """A token's channels hold the token itself, so that they show where they have gone."""
    _, plain = _make(lengths, padding=padding, truncating=truncating)
    told = plain.tokens[plain.tokens != 0]
    logits = np.arange(len(plain), dtype=np.float32)[:, None]
    reviews = replace(plain, channels=np.stack([told, -told], axis=1).astype(np.float16), logits=logits)
    options = {"maxlen": maxlen, "by_length": by_length, "padding": padding, "truncating": truncating}
    batches, without = Batches(reviews, 4, seed=1, **options), Batches(plain, 4, seed=1, **options)
    for block in batches.iter_epoch(0):
        width = batches.measure(block)
        tokens, channels, logit, labels = batches.read(block, width=width)
        expected_tokens, expected_labels = without.read(block, width=width)
        np.testing.assert_array_equal(tokens, expected_tokens)
        np.testing.assert_array_equal(labels, expected_labels)
        np.testing.assert_array_equal(channels, np.stack([tokens, -tokens], axis=-1).astype(np.float32))
        np.testing.assert_array_equal(logit[..., 0], block)


@given(lengths=_LENGTHS, count=st.integers(1, 9), by_length=st.booleans())
def test_a_judgement_reads_every_row_once_the_short_ones_first_where_lengths_count(lengths, count, by_length):
    _, reviews = _make(lengths)
    batches = Batches(reviews, 8, seed=0, by_length=by_length)
    rows = list(batches.iter_alike(count))
    assert max(map(len, rows)) <= count
    order = np.concatenate(rows).tolist()
    assert order == sorted(range(len(lengths)), key=lambda row: (lengths[row] if by_length else 0, row))
