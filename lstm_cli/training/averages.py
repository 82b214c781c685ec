"""Averages of the weights over the steps: `use_ema` of Keras' optimisers, from a step on, and on several workers.

Polyak & Juditsky (1992); https://keras.io/api/optimizers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import keras
import tensorflow as tf


class _Averaging:
    """An optimiser whose averages are the weights themselves until they begin, each copy's alike."""

    average_from: int = 0  # the number of the step, from 0 on

    def _update_model_variables_moving_average(self: Any, trainable_variables: list[keras.Variable]) -> None:
        """Move each average on; Keras' own begins at the first step always, and knows of no several copies."""
        kept = tf.where(tf.convert_to_tensor(self.iterations) < max(1, self.average_from), 0.0, self.ema_momentum)

        def move(average: tf.Variable, variable: tf.Tensor) -> tf.Operation:
            return average.assign(kept * average + (1.0 - kept) * variable)

        def update(strategy: tf.distribute.Strategy, pairs: list[tuple[tf.Variable, tf.Variable]]) -> None:
            for average, variable in pairs:
                strategy.extended.update(average, move, args=(variable,), group=False)

        averages = self._model_variables_moving_average
        pairs = [(average.value, one.value) for average, one in zip(averages, trainable_variables, strict=True)]
        tf.__internal__.distribute.interim.maybe_merge_call(update, self._distribution_strategy, pairs)


@cache
def build_averaging_class(optimizer_class: type[keras.optimizers.Optimizer]) -> Any:  # noqa: ANN401 - a class made here
    """Return an optimiser's class that averages as `_Averaging` does."""
    return type(optimizer_class.__name__, (_Averaging, optimizer_class), {})


@contextmanager
def show_averages(model: keras.Model) -> Iterator[None]:
    """Let a model have the averages of its weights meanwhile, where its optimiser keeps them."""
    if not model.optimizer.use_ema:
        yield
        return
    weights = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, weights, strict=True):
            variable.assign(value)
