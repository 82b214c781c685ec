"""Optimisers and losses by their configuration."""

from __future__ import annotations

import keras

from lstm_cli.config import Optimizer

# What an optimiser's name stands for. A new one: a section in the schema, a line here.
_OPTIMIZER_CLASSES = {
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "adadelta": keras.optimizers.Adadelta,
    "adagrad": keras.optimizers.Adagrad,
    "sgd": keras.optimizers.SGD,
}

# Both give float32[batch, 1] pairs their mean over the batch.
_LOSS_CLASSES = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "mean_squared_error": keras.losses.MeanSquaredError,
}


def build_optimizer(config: Optimizer) -> keras.optimizers.Optimizer:
    """Build the optimiser that the configuration names, with its arguments."""
    arguments = config.model_dump()
    return _OPTIMIZER_CLASSES[arguments.pop("name")](**arguments)


def build_loss(name: str) -> keras.losses.Loss:
    """Build the loss of that name (https://keras.io/api/losses)."""
    return _LOSS_CLASSES[name]()
