"""Optimisers by their configuration."""

from __future__ import annotations

import keras

from lstm_cli.config import Optimizer
from lstm_cli.training.averages import build_averaging_class
from lstm_cli.training.fused_optimizer import FusedAdadelta, FusedAdam, FusedAdamW, FusedRMSprop
from lstm_cli.training.schedules import build_learning_rate, count_steps

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


def build_optimizer(
    config: Optimizer, *, steps: int | None = None, fused: bool = False
) -> keras.optimizers.Optimizer:
    """Build the optimiser that the configuration names, with its arguments.

    Args:
        config: the name and the arguments.
        steps: that the training takes at most, of which some arguments may be shares; None for an optimiser of
            Keras' alone, as a model file has it, which has the highest rate of a schedule.
        fused: take the class with fewer operations, where there is one: to train one copy on a CPU.
    """
    optimizer_class = (_FUSED_CLASSES if fused else {}).get(config.name, _OPTIMIZER_CLASSES[config.name])
    arguments = config.model_dump(exclude={"name", "ema_start"})
    arguments["learning_rate"] = build_learning_rate(config.learning_rate, steps=steps)
    if steps is None or not config.use_ema:
        return optimizer_class(**arguments)
    optimizer = build_averaging_class(optimizer_class)(**arguments)
    optimizer.average_from = count_steps(config.ema_start, of=steps)
    return optimizer
