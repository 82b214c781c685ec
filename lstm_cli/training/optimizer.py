"""Optimisers by their configuration, with what may go with them: a schedule of the learning rate, averages.

The averages of the weights over the steps are `use_ema` of Keras' optimisers, from a step on, and on several
workers (Polyak & Juditsky 1992; https://keras.io/api/optimizers).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import tensorflow as tf

from lstm_cli.config import Optimizer, PiecewiseConstantDecay, Schedule, WarmupLinearDecay
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

# Arguments of schedules that are numbers of steps.
_COUNTS = ("decay_steps", "first_decay_steps", "warmup_steps")


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
    optimizer = _build_averaging_class(optimizer_class)(**arguments)
    optimizer.average_from = count_steps(config.ema_start, of=steps)
    return optimizer


@dataclass(frozen=True)
class WarmupLinear(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras ships no types
    """The schedule that `config.optimizers.WarmupLinearDecay` describes, its steps counted."""

    initial_learning_rate: float
    warmup_target: float
    warmup_steps: int
    decay_steps: int
    alpha: float

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the learning rate of a step, the first of which is 0."""
        done = tf.cast(step, tf.float32)
        begun = (done + 1.0) / max(1, self.warmup_steps)
        rising = self.initial_learning_rate + (self.warmup_target - self.initial_learning_rate) * begun
        gone = tf.minimum(1.0, (done - self.warmup_steps) / self.decay_steps)
        falling = self.warmup_target * (1.0 - (1.0 - self.alpha) * gone)
        return tf.where(done < self.warmup_steps, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as Keras' schedules do."""
        return dict(vars(self))


def count_steps(count: float, *, of: int) -> int:
    """Return a number of steps that is given as such or as a share of all steps, which makes one at least."""
    return count if isinstance(count, int) else max(1, round(count * of)) if count else 0


def build_learning_rate(
    config: float | Schedule, *, steps: int | None
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Build what an optimiser takes as its `learning_rate`.

    Args:
        config: a number, or a schedule by its name.
        steps: that the training takes at most, of which shares are meant; None for a schedule's highest rate.
    """
    if isinstance(config, float):
        return config
    if steps is None:
        return _find_highest_rate(config)
    arguments = config.model_dump(exclude={"name"})
    if isinstance(config, WarmupLinearDecay) and config.decay_steps is None:
        arguments["decay_steps"] = max(1, steps - count_steps(config.warmup_steps, of=steps))
    arguments |= {name: count_steps(arguments[name], of=steps) for name in _COUNTS if name in arguments}
    if isinstance(config, WarmupLinearDecay):
        return WarmupLinear(**arguments)
    if isinstance(config, PiecewiseConstantDecay):
        boundaries = [count_steps(boundary, of=steps) for boundary in config.boundaries]
        return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, list(config.values))
    schedule: keras.optimizers.schedules.LearningRateSchedule = getattr(keras.optimizers.schedules, config.name)
    return schedule(**arguments)


def _find_highest_rate(config: Schedule) -> float:
    """Return a schedule's highest learning rate."""
    if isinstance(config, PiecewiseConstantDecay):
        return max(config.values)
    rates: list[float | None] = [config.initial_learning_rate, getattr(config, "warmup_target", None)]
    return max(rate for rate in rates if rate is not None)


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
def _build_averaging_class(optimizer_class: type[keras.optimizers.Optimizer]) -> Any:  # noqa: ANN401 - a class made here
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
