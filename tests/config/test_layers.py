"""What a network is made of: each number in its bounds, and what follows from the layers that are chosen."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from lstm_cli.config import DenseLayer, EmbeddingConfig, LogitSkip, ModelConfig

_GRU = {"cell": "gru", "units": 2}


def read(**settings):
    return ModelConfig.model_validate({"recurrent": [_GRU], **settings})


@pytest.mark.parametrize(
    ("section", "key", "allowed", "refused"),
    [
        (EmbeddingConfig, "output_dim", (1, 16_384), (0, 16_385)),
        (EmbeddingConfig, "spatial_dropout", (0.0, 0.999), (-0.001, 1.0)),
        (EmbeddingConfig, "vectors", ("v", "v" * 4_096), ("", "v" * 4_097)),
        (LogitSkip, "initial", (-100, 100.0, "auto"), (-100.001, 100.001, "little", True, None)),
        (ModelConfig, "dropout", (0.0, 0.999), (-0.001, 1.0)),
        (DenseLayer, "units", (1, 16_384), (0, 16_385)),
        (DenseLayer, "output_dropout", (0.0, 0.999), (-0.001, 1.0)),
    ],
)
def test_a_setting_is_taken_up_to_its_bounds(section, key, allowed, refused):
    needed = {ModelConfig: {"recurrent": [_GRU]}, DenseLayer: {"units": 3}}.get(section, {})
    for value in allowed:
        assert getattr(section.model_validate(needed | {key: value}), key) == value
    for value in refused:
        with pytest.raises(ValidationError, match=key):
            section.model_validate(needed | {key: value})


def test_layers_are_one_to_sixty_four_and_dense_ones_none_to_as_many():
    for count in (1, 64):
        assert len(read(recurrent=[_GRU] * count).recurrent) == count
    for count in (0, 64):
        assert len(read(dense=[{"units": 3}] * count).dense) == count
    for settings in ({"recurrent": []}, {"recurrent": [_GRU] * 65}, {"dense": [{"units": 3}] * 65}):
        with pytest.raises(ValidationError, match=r"at (least|most)"):
            read(**settings)


@pytest.mark.parametrize("key", ["dropout", "recurrent_dropout", "output_dropout"])
def test_a_recurrent_layer_may_drop_much_and_never_all(key):
    assert getattr(read(recurrent=[_GRU | {key: 0.999}]).recurrent[0], key) == 0.999
    with pytest.raises(ValidationError, match="less than 1"):
        read(recurrent=[_GRU | {key: 1.0}])


def test_what_keras_leaves_open_is_the_tutorials():
    model = read(dense=[{"units": 3}])
    assert (model.embedding.output_dim, model.dense[0].activation) == (16, "relu")
    assert (model.embedding.spatial_dropout, model.dropout, model.recurrent[0].output_dropout) == (0.0, 0.0, 0.0)
    assert (model.dense[0].output_dropout, model.recurrent[0].bidirectional, model.pooling) == (0.0, False, "last")
    assert (model.recurrent[0].merge_mode, model.embedding.trainable, model.logit_skip) == ("concat", True, None)


@pytest.mark.parametrize("mode", ["sum", "mul", "ave"])
def test_a_way_to_join_directions_needs_both(mode):
    assert read(recurrent=[_GRU | {"bidirectional": True, "merge_mode": mode}]).recurrent[0].merge_mode == mode
    with pytest.raises(ValidationError, match="merge_mode needs bidirectional"):
        read(recurrent=[_GRU | {"merge_mode": mode}])
    assert not read(recurrent=[_GRU | {"merge_mode": "concat"}]).recurrent[0].bidirectional


def test_one_direction_may_be_the_other_way_round_and_both_may_not():
    assert read(recurrent=[_GRU | {"go_backwards": True}]).recurrent[0].go_backwards
    with pytest.raises(ValidationError, match="go_backwards and bidirectional exclude each other"):
        read(recurrent=[_GRU | {"go_backwards": True, "bidirectional": True}])


@pytest.mark.parametrize(
    ("given", "kept", "poolings"),
    [
        ("last", "last", ("last",)),
        ("max", "max", ("max",)),
        (["max", "mean"], ("max", "mean"), ("max", "mean")),
        (("mean", "max"), ("mean", "max"), ("mean", "max")),
        (["last"], "last", ("last",)),
    ],
)
def test_what_is_read_of_the_last_layer_is_one_or_both_side_by_side(given, kept, poolings):
    model = read(pooling=given)
    assert (model.pooling, model.poolings) == (kept, poolings)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("min", "expected last, max, mean or both of [max, mean], got 'min'"),
        (["max", "mean", "max"], "expected last, max, mean or both"),
        ([], "expected last, max, mean or both"),
        ([["max"]], "expected last, max, mean or both"),
        (["last", "max"], "last stands alone"),
        (["mean", "last"], "last stands alone"),
    ],
)
def test_what_cannot_be_read_of_it_is_refused(given, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        read(pooling=given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(True, LogitSkip(initial=0.5)), (False, None), (None, None), ({}, LogitSkip()), ({"initial": 3}, 3.0)],
)
def test_a_logit_is_added_by_a_word_or_with_its_share(given, expected):
    skip = read(logit_skip=given).logit_skip
    assert skip == (LogitSkip(initial=expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(
    ("settings", "channels", "expected"),
    [
        ({}, 0, True),
        ({}, 1, False),
        ({"logit_skip": True}, 0, False),
        ({"pooling": ["max", "mean"]}, 0, False),
        ({"pooling": "max"}, 0, True),
        ({"pooling": "max", "embedding": {"mask_zero": True}}, 0, False),
        ({"pooling": "mean", "embedding": {"mask_zero": True}}, 0, True),
        ({"embedding": {"mask_zero": True}}, 0, True),
    ],
)
def test_a_chain_is_of_layers_that_read_the_one_before_alone(settings, channels, expected):
    assert read(**settings).is_chain(channels=channels) is expected


@pytest.mark.parametrize(
    ("mask_zero", "backwards", "expected"),
    [
        (True, [False], True),
        (True, [False, False], True),
        (True, [True], False),
        (True, [False, True], False),
        (False, [False], False),
        (False, [True], False),
    ],
)
def test_padding_is_skipped_where_it_is_masked_and_all_is_read_forwards(mask_zero, backwards, expected):
    layers = [_GRU | {"go_backwards": each} for each in backwards]
    assert read(embedding={"mask_zero": mask_zero}, recurrent=layers).skips_padding is expected


@pytest.mark.parametrize(
    ("layers", "pooling", "expected"),
    [(1, "last", [False]), (1, "mean", [True]), (2, "last", [True, False]), (3, ["max", "mean"], [True] * 3)],
)
def test_every_step_is_handed_on_to_another_layer_or_to_be_pooled(layers, pooling, expected):
    model = read(recurrent=[_GRU] * layers, pooling=pooling)
    assert [model.derive_return_sequences(position) for position in range(layers)] == expected
    said = [_GRU | {"return_sequences": each} for each in expected]
    assert read(recurrent=said, pooling=pooling).recurrent[0].return_sequences is expected[0]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([True], "recurrent[0].return_sequences must be False: only its last state is read"),
        ([False, False], "recurrent[0].return_sequences must be True: it is followed by another or pooled"),
        ([True, True], "recurrent[1].return_sequences must be False: only its last state is read"),
    ],
)
def test_what_is_handed_on_cannot_be_said_otherwise(layers, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        read(recurrent=[_GRU | {"return_sequences": each} for each in layers])
