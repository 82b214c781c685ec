"""Learning rates that go on from step to step: Keras' schedules by their configuration, and one of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from lstm_cli.config import PiecewiseConstantDecay, Schedule, WarmupLinearDecay

_COUNTS = ("decay_steps", "first_decay_steps", "warmup_steps")


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
