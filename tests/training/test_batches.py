"""Batches: every row once an epoch, the same for one (seed, epoch), of like length where that is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.config import TrainingConfig, check_config
from lstm_cli.text.encoder import EncodedTexts
from lstm_cli.text.padding import pad_sequences
from lstm_cli.training.batches import Batches, build_batches


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
    assert sum(len(block) for block in blocks) == TrainingConfig(batch_size=size).count_batches(len(lengths))
    again = Batches(reviews, size, seed=3, by_length=by_length).iter_epoch(epoch)
    assert all((one == other).all() for one, other in zip(blocks, again, strict=True))


def test_an_epoch_of_more_batches_than_are_sorted_at_once_has_every_row_once():
    _, reviews = _make([1, 2] * 150)
    rows = [block.tolist() for block in Batches(reviews, 1, seed=3, by_length=True).iter_epoch(0)]
    assert sorted(rows) == [[[row]] for row in range(300)]


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


def test_a_model_that_is_told_no_logits_reads_tokens_channels_and_labels():
    _, plain = _make([2, 5])
    told, logits = np.ones((7, 1), np.float16), np.ones((2, 1), np.float32)
    batches = Batches(replace(plain, channels=told, logits=logits), 2, seed=0, reads_logits=False)
    tokens, channels, labels = batches.read(np.array([[1, 0]], np.int32), width=12)
    assert (tokens.shape, channels.shape, labels[..., 0].tolist()) == ((1, 2, 12), (1, 2, 12, 1), [[1.0, 0.0]])
    assert (tokens.dtype, channels.dtype, labels.dtype) == (np.int32, np.float32, np.float32)


def test_batches_read_rows_as_they_come_and_whole_unless_they_are_told_otherwise():
    _, reviews = _make([3, 12])
    assert Batches(reviews, 2, seed=0) == Batches(reviews, 2, 0, None, False, "pre", "pre", True)


def test_each_of_some_thousand_rows_has_its_own_length():
    """They are counted some at a time."""
    lengths = np.random.default_rng(0).integers(1, 4, 8200)
    tokens = (np.arange(3) >= 3 - lengths[:, None]).astype(np.int32)
    none = np.zeros(len(lengths), np.int32)
    reviews = EncodedTexts(tokens, none.astype(np.float32), none.astype(np.bool_), none, none.astype(np.uint64))
    (order,) = Batches(reviews, 8, seed=0, by_length=True).iter_alike(len(reviews))
    np.testing.assert_array_equal(order, np.argsort(lengths, kind="stable"))


def test_a_call_takes_more_steps_of_few_tokens_than_of_many_and_one_of_batches_by_length():
    """And never so many that a wish to stop waits long, nor so few that a call's own cost counts."""
    _, reviews = _make([3] * 5, maxlen=400)
    steps = [Batches(reviews, size, seed=0).steps_per_call for size in (1, 16, 32, 4096)]
    assert steps[0] > steps[1] > steps[2] > steps[3] > 1
    assert Batches(reviews, 32, seed=0, maxlen=200).steps_per_call == steps[1]  # as many tokens
    assert Batches(reviews, 1, seed=0, by_length=True).steps_per_call == 1


@pytest.mark.parametrize("is_judged", [False, True])
@pytest.mark.parametrize("skips_padding", [False, True])
def test_batches_are_those_that_a_configuration_asks_for(is_judged, skips_padding):
    """What is only judged is read as long as it is, and by length where padding changes nothing."""
    _, reviews = _make([3, 12])
    settings = {
        "data": {"padding": "post", "truncating": "post", "ngrams": {}},
        "model": {"recurrent": [{"cell": "gru", "units": 2}], "embedding": {"mask_zero": skips_padding}},
        "training": {"batch_size": 3, "seed": 5, "maxlen": 7, "batch_by_length": True},
    }
    config = check_config(settings, source="test")
    by_length = skips_padding or not is_judged
    expected = Batches(reviews, 3, 5, None if is_judged else 7, by_length, "post", "post", False)
    assert build_batches(config, reviews, is_judged=is_judged) == expected
    settings["model"]["logit_skip"] = {}
    assert build_batches(check_config(settings, source="test"), reviews).reads_logits


def test_batches_are_by_length_only_where_a_configuration_says_so():
    _, reviews = _make([3, 12])
    settings = {"recurrent": [{"cell": "gru", "units": 2}], "embedding": {"mask_zero": True}}
    for is_judged in (False, True):
        config = check_config({"model": settings}, source="test")
        assert not build_batches(config, reviews, is_judged=is_judged).by_length


@given(lengths=_LENGTHS, count=st.integers(1, 9), by_length=st.booleans())
def test_a_judgement_reads_every_row_once_the_short_ones_first_where_lengths_count(lengths, count, by_length):
    _, reviews = _make(lengths)
    batches = Batches(reviews, 8, seed=0, by_length=by_length)
    rows = list(batches.iter_alike(count))
    assert max(map(len, rows)) <= count
    order = np.concatenate(rows).tolist()
    assert order == sorted(range(len(lengths)), key=lambda row: (lengths[row] if by_length else 0, row))
