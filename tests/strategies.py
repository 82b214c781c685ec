"""Hypothesis strategies that more than one room's tests draw from."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from lstm_cli.config import Config, ModelConfig, check_config
from lstm_cli.config.layers import Activation, Initializer, VectorInitializer
from lstm_cli.text.ngrams.settings import CHANNELS

_fractions = st.floats(0, 1, exclude_max=True)
_positive = st.floats(0, exclude_min=True, allow_infinity=False)
_penalties = st.none() | st.fixed_dictionaries({"l1": _fractions, "l2": _fractions})
_units = st.integers(1, 4)
_activations = st.sampled_from(get_args(Activation))
_initializers = st.sampled_from(get_args(Initializer))
_bias_initializers = st.sampled_from(get_args(VectorInitializer))

_ngrams = st.fixed_dictionaries(
    {},
    optional={
        "patterns": st.lists(st.sampled_from(["x", "xx", "x_x", "xxx"]), min_size=1, unique=True),
        "channels": st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True),
        "folds": st.integers(2, 16),
        "grouping": st.sampled_from(["content", "none"]),
        "min_df": st.integers(1, 1_000_000),
        "smoothing": st.floats(0, 1_000, exclude_min=True),
        "C": st.floats(0, 1e6, exclude_min=True),
        "length_normalization": st.floats(0, 1),
    },
)

_recurrent_keys = {
    "activation": _activations,
    "use_bias": st.booleans(),
    "kernel_initializer": _initializers,
    "recurrent_initializer": _initializers,
    "bias_initializer": _bias_initializers,
    "kernel_regularizer": _penalties,
    "recurrent_regularizer": _penalties,
    "bias_regularizer": _penalties,
    "dropout": _fractions,
    "recurrent_dropout": _fractions,
    "unroll": st.booleans(),
    "output_dropout": _fractions,
}
_directions = st.one_of(
    st.fixed_dictionaries({}, optional={"go_backwards": st.booleans()}),
    st.fixed_dictionaries(
        {"bidirectional": st.just(True)},
        optional={"merge_mode": st.sampled_from(["concat", "sum", "mul", "ave"])},
    ),
)
_cell_keys = {
    "lstm": {"recurrent_activation": _activations, "unit_forget_bias": st.booleans()},
    "gru": {"recurrent_activation": _activations, "reset_after": st.booleans()},
    "simple_rnn": {},
}
_dense_layers = st.fixed_dictionaries(
    {"units": _units},
    optional={
        "activation": _activations,
        "use_bias": st.booleans(),
        "kernel_initializer": _initializers,
        "bias_initializer": _bias_initializers,
        "kernel_regularizer": _penalties,
        "bias_regularizer": _penalties,
        "output_dropout": _fractions,
    },
)
_optimizer_keys = {
    "rmsprop": {"rho": _fractions, "momentum": _fractions, "epsilon": _positive, "centered": st.booleans()},
    "adam": {"beta_1": _fractions, "beta_2": _fractions, "epsilon": _positive, "amsgrad": st.booleans()},
    "adamw": {"weight_decay": _fractions, "beta_1": _fractions, "amsgrad": st.booleans()},
    "adadelta": {"rho": _fractions, "epsilon": _positive},
    "adagrad": {"initial_accumulator_value": _fractions, "epsilon": _positive},
    "sgd": {"momentum": _fractions, "nesterov": st.booleans()},
}


@st.composite
def _recurrent_layers(draw: st.DrawFn) -> dict[str, Any]:
    cell = draw(st.sampled_from(sorted(_cell_keys)))
    optional = _recurrent_keys | _cell_keys[cell]
    keys = draw(st.fixed_dictionaries({"units": _units}, optional=optional))
    return {"cell": cell, **keys, **draw(_directions)}


@st.composite
def model_configs(draw: st.DrawFn, *, skips: bool = False) -> ModelConfig:
    """Small models of every kind that the schema allows; with `skips` also those that read a logit."""
    settings = {
        "embedding": {
            "output_dim": draw(_units),
            "mask_zero": draw(st.booleans()),
            "spatial_dropout": draw(_fractions),
            "embeddings_initializer": draw(_initializers),
            "embeddings_regularizer": draw(_penalties),
        },
        "recurrent": draw(st.lists(_recurrent_layers(), min_size=1, max_size=3)),
        "pooling": draw(st.sampled_from(["last", "mean", "max", ["max", "mean"], ["mean", "max"]])),
        "dense": draw(st.lists(_dense_layers, max_size=2)),
        "dropout": draw(_fractions),
        "logit_skip": draw(st.none() | st.fixed_dictionaries({"initial": st.floats(-9, 9)})) if skips else None,
    }
    return check_config({"data": {"ngrams": {}}, "model": settings}, source="drawn").model


@st.composite
def _optimizers(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(_optimizer_keys)))
    clipping = draw(st.sampled_from([None, "clipnorm", "clipvalue", "global_clipnorm"]))
    optional = {"learning_rate": _positive, "weight_decay": _fractions} | _optimizer_keys[name]
    keys = draw(st.fixed_dictionaries({}, optional=optional))
    return {"name": name, **keys, **({clipping: draw(_positive)} if clipping else {})}


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Configurations of every kind that the schema allows."""
    sides = st.sampled_from(["pre", "post"])
    seeds = st.integers(0, 2**32 - 1)
    data = st.fixed_dictionaries(
        {},
        optional={
            "dataset": st.text(min_size=1),
            "ngrams": st.none() | _ngrams,
            "num_words": st.integers(4, 10_000_000),
            "maxlen": st.integers(1, 100_000),
            "padding": sides,
            "truncating": sides,
            "test_split": _fractions,
            "validation_split": st.floats(0, 1, exclude_min=True, exclude_max=True),
            "split_seed": seeds,
            "limit": st.none() | st.integers(1),
        },
    )
    early_stopping = st.none() | st.fixed_dictionaries(
        {},
        optional={
            "monitor": st.sampled_from(["val_loss", "val_accuracy", "val_macro_f1"]),
            "min_delta": st.floats(0, allow_infinity=False),
            "patience": st.integers(0),
            "restore_best_weights": st.booleans(),
            "start_from_epoch": st.integers(0),
        },
    )
    training = st.fixed_dictionaries(
        {"optimizer": _optimizers()},
        optional={
            "loss": st.sampled_from(["binary_crossentropy", "mean_squared_error"]),
            "class_weight": st.sampled_from([None, "balanced"]),
            "threshold": st.sampled_from([None, "macro_f1"]),
            "batch_size": st.integers(1, 1_000_000),
            "epochs": st.integers(1),
            "early_stopping": early_stopping,
            "seed": seeds,
            "kernel": st.sampled_from(["auto", "keras", "fast"]),
        },
    )
    drawn = draw(data)
    model = draw(model_configs(skips=drawn.get("ngrams") is not None))
    settings = {
        "name": draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)),
        "data": drawn,
        "model": model.model_dump(),
        "training": draw(training),
    }
    return check_config(settings, source="drawn")
