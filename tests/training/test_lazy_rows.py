"""By a configuration: whether an embedding's rows learn when they are read, or which key keeps them from it."""

from __future__ import annotations

import pytest

from lstm_cli.config import check_config
from lstm_cli.training.lazy_rows import find_unfollowed, learns_when_read

_LARGE = {
    "data": {"num_words": 10_000},
    "model": {"embedding": {"output_dim": 32}, "recurrent": [{"cell": "lstm", "units": 4}]},
    "training": {"optimizer": {"name": "adam"}},
}


def _check(*, optimizer=None, embedding=None, recurrent=None, model=None, ngrams=None, num_words=10_000):
    others, model = model or {}, _LARGE["model"]
    settings = {
        "data": {"num_words": num_words, "ngrams": ngrams},
        "model": others
        | {
            "embedding": model["embedding"] | (embedding or {}),
            "recurrent": [model["recurrent"][0] | (recurrent or {})],
        },
        "training": {"optimizer": {"name": "adam"} | (optimizer or {})},
    }
    return check_config(settings, source="test")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"optimizer": {"use_ema": True}}, "training.optimizer.use_ema"),
        ({"optimizer": {"amsgrad": True}}, "training.optimizer.amsgrad"),
        ({"optimizer": {"global_clipnorm": 1.0}}, "training.optimizer.global_clipnorm"),
        ({"optimizer": {"weight_decay": 0.1}}, "training.optimizer.weight_decay"),
        ({"embedding": {"embeddings_regularizer": {"l2": 0.1}}}, "model.embedding.embeddings_regularizer"),
    ],
)
def test_the_key_is_named_that_moves_rows_nobody_reads(change, key):
    assert find_unfollowed(_check(**change)) == key
    assert not learns_when_read(_check(**change))


@pytest.mark.parametrize(
    "change", [{}, {"num_words": 4096}, {"optimizer": {"clipnorm": 1.0}}, {"optimizer": {"learning_rate": 0.1}}]
)
def test_clipping_and_any_rate_are_followed(change):
    assert learns_when_read(_check(**change))
    assert find_unfollowed(_check(**change)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": {"name": "sgd"}},
        {"num_words": 500},
        {"num_words": 4095},
        {"embedding": {"output_dim": 24}},
        {"recurrent": {"dropout": 0.1}},
        {"recurrent": {"bidirectional": True}},
        {"embedding": {"spatial_dropout": 0.1}},
        {"embedding": {"mask_zero": True}, "model": {"pooling": "max"}},
        {"model": {"pooling": ["max", "mean"]}},
        {"ngrams": {}},
    ],
)
def test_where_it_would_not_pay_nothing_is_said(change):
    assert not learns_when_read(_check(**change))
    assert find_unfollowed(_check(**change)) is None
