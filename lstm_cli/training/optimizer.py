"""Optimisers by their configuration."""

from __future__ import annotations

import keras

from lstm_cli.config import Optimizer
from lstm_cli.training.fused_optimizer import FusedAdadelta, FusedAdam, FusedAdamW, FusedRMSprop

# What an optimiser's name stands for. A new one: a section in the schema, a line here.
_OPTIMIZER_CLASSES = {
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "adadelta": keras.optimizers.Adadelta,
    "adagrad": keras.optimizers.Adagrad,
    "sgd": keras.optimizers.SGD,
}

_FUSED_CLASSES = {
    "rmsprop": FusedRMSprop,
    "adam": FusedAdam,
    "adamw": FusedAdamW,
    "adadelta": FusedAdadelta,
}


def build_optimizer(config: Optimizer, *, fused: bool = False) -> keras.optimizers.Optimizer:
    """Build the optimiser that the configuration names, with its arguments.

    Args:
        config: the name and the arguments.
        fused: take the class with fewer operations, where there is one: to train one copy on a CPU.
    """
    arguments = config.model_dump()
    name = arguments.pop("name")
    return (_FUSED_CLASSES if fused else {}).get(name, _OPTIMIZER_CLASSES[name])(**arguments)
