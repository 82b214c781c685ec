"""Optimisers and learning rate schedules, with Keras' names and arguments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema, model_validator

from lstm_cli.config.section import UNION_TAG, Fraction, NotNegative, Positive, Section

_COUNT, _SHARE = f"{UNION_TAG}count", f"{UNION_TAG}share"
_NUMBER, _SCHEDULE = f"{UNION_TAG}number", f"{UNION_TAG}schedule"


def _tell_count(value: object) -> str:
    return _SHARE if isinstance(value, float) else _COUNT


def _tell_rate(value: object) -> str:
    return _SCHEDULE if isinstance(value, dict | Section) else _NUMBER


Steps = Annotated[
    Annotated[int, Field(ge=1), Tag(_COUNT)] | Annotated[float, Field(gt=0.0, le=1.0), Tag(_SHARE)],
    Discriminator(_tell_count),
    # JSON knows no two kinds of 1, of which pydantic's schema would allow but one.
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]}
    ),
]
"""Steps of the optimiser: how many, or which share of all that the training takes at most."""
StepCount = Annotated[
    Annotated[int, Field(ge=0), Tag(_COUNT)] | Annotated[float, Field(ge=0.0, le=1.0), Tag(_SHARE)],
    Discriminator(_tell_count),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "number", "minimum": 0, "maximum": 1}]}),
]
"""The same where it may be none."""


class ExponentialDecay(Section):
    """`keras.optimizers.schedules.ExponentialDecay`."""

    name: Literal["ExponentialDecay"]
    initial_learning_rate: Positive
    decay_steps: Steps
    decay_rate: Positive
    staircase: bool = False


class InverseTimeDecay(Section):
    """`keras.optimizers.schedules.InverseTimeDecay`."""

    name: Literal["InverseTimeDecay"]
    initial_learning_rate: Positive
    decay_steps: Steps
    decay_rate: NotNegative
    staircase: bool = False


class PolynomialDecay(Section):
    """`keras.optimizers.schedules.PolynomialDecay`."""

    name: Literal["PolynomialDecay"]
    initial_learning_rate: Positive
    decay_steps: Steps
    end_learning_rate: NotNegative = 0.0001
    power: Positive = 1.0
    cycle: bool = False


class CosineDecay(Section):
    """`keras.optimizers.schedules.CosineDecay` (Loshchilov & Hutter 2017), after a warm-up if asked."""

    name: Literal["CosineDecay"]
    initial_learning_rate: NotNegative
    decay_steps: Steps
    alpha: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    warmup_target: Positive | None = None
    warmup_steps: StepCount = 0

    @model_validator(mode="after")
    def _check_warmup(self) -> CosineDecay:
        if (self.warmup_target is None) != (self.warmup_steps == 0):
            raise ValueError(
                "warmup_target and warmup_steps come together: where a warm-up leads, and how long it is"
            )
        if self.warmup_target is None and not self.initial_learning_rate:
            raise ValueError("initial_learning_rate must be more than 0 without a warm-up")
        return self


class CosineDecayRestarts(Section):
    """`keras.optimizers.schedules.CosineDecayRestarts` (Loshchilov & Hutter 2017)."""

    name: Literal["CosineDecayRestarts"]
    initial_learning_rate: Positive
    first_decay_steps: Steps
    t_mul: Positive = 2.0
    m_mul: Positive = 1.0
    alpha: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class PiecewiseConstantDecay(Section):
    """`keras.optimizers.schedules.PiecewiseConstantDecay`: `values[i]` up to step `boundaries[i]`."""

    name: Literal["PiecewiseConstantDecay"]
    # strict=False on the two lists alone: YAML has lists where Python's frozen kind is a tuple.
    boundaries: Annotated[tuple[Steps, ...], Field(strict=False, min_length=1, max_length=1_000)]
    values: Annotated[tuple[Positive, ...], Field(strict=False, min_length=2, max_length=1_001)]

    @model_validator(mode="after")
    def _check_lengths(self) -> PiecewiseConstantDecay:
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"values must be one more than the boundaries: expected {len(self.boundaries) + 1}, "
                f"got {len(self.values)}"
            )
        if len({type(boundary) for boundary in self.boundaries}) > 1:
            raise ValueError("boundaries must be steps or shares of all steps, not both")
        if sorted(set(self.boundaries)) != list(self.boundaries):
            raise ValueError("boundaries must rise")
        return self


class WarmupLinearDecay(Section):
    """A straight line up to `warmup_target`, and another down to its share `alpha`; Keras has none such.

    The names are those of `CosineDecay`. Step k, from 0 on, has `initial_learning_rate` and (k + 1) /
    `warmup_steps` of the way to `warmup_target`; behind it `decay_steps` lead down, by default all that are left.
    """

    name: Literal["WarmupLinearDecay"]
    warmup_target: Positive
    warmup_steps: StepCount = 0.1
    initial_learning_rate: NotNegative = 0.0
    decay_steps: Steps | None = None
    alpha: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


Schedule = Annotated[
    ExponentialDecay
    | InverseTimeDecay
    | PolynomialDecay
    | CosineDecay
    | CosineDecayRestarts
    | PiecewiseConstantDecay
    | WarmupLinearDecay,
    Field(discriminator="name"),
]
"""How the learning rate goes on from step to step (https://keras.io/api/optimizers/learning_rate_schedules)."""

LearningRate = Annotated[
    Annotated[Positive, Tag(_NUMBER)] | Annotated[Schedule, Tag(_SCHEDULE)], Discriminator(_tell_rate)
]


class Optimizer(Section):
    """What every optimiser of Keras takes (https://keras.io/api/optimizers)."""

    name: str  # each kind's own: it comes first when a configuration is printed
    learning_rate: LearningRate
    weight_decay: NotNegative | None = None
    clipnorm: Positive | None = Field(None, description="Longest gradient of one weight array.")
    clipvalue: Positive | None = Field(None, description="Largest entry of a gradient.")
    global_clipnorm: Positive | None = Field(None, description="Longest gradient of all weights together.")
    use_ema: bool = Field(
        False,
        description="Judge and keep an average of the weights over the steps; training goes on from the weights.",
    )
    ema_momentum: Fraction = Field(0.99, description="How much of the average stays in each step.")
    ema_start: StepCount = Field(0, description="The step from which on weights are averaged.")

    @model_validator(mode="after")
    def _check_pairs(self) -> Optimizer:
        clips = [key for key in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, key) is not None]
        if len(clips) > 1:
            raise ValueError(f"{' and '.join(clips)} exclude each other: keep one")
        for key in ("ema_momentum", "ema_start"):
            if not self.use_ema and getattr(self, key) != type(self).model_fields[key].default:
                raise ValueError(f"{key} needs use_ema: true")
        return self


class RMSprop(Optimizer):
    """`keras.optimizers.RMSprop`."""

    name: Literal["rmsprop"]
    learning_rate: LearningRate = 0.001
    rho: Fraction = 0.9
    momentum: Fraction = 0.0
    epsilon: Positive = 1e-7
    centered: bool = False


class Adam(Optimizer):
    """`keras.optimizers.Adam` (Kingma & Ba 2015)."""

    name: Literal["adam"]
    learning_rate: LearningRate = 0.001
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999
    epsilon: Positive = 1e-7
    amsgrad: bool = False


class AdamW(Optimizer):
    """`keras.optimizers.AdamW` (Loshchilov & Hutter 2019)."""

    name: Literal["adamw"]
    learning_rate: LearningRate = 0.001
    weight_decay: NotNegative = 0.004
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999
    epsilon: Positive = 1e-7
    amsgrad: bool = False


class Adadelta(Optimizer):
    """`keras.optimizers.Adadelta` (Zeiler 2012)."""

    name: Literal["adadelta"]
    learning_rate: LearningRate = 0.001
    rho: Fraction = 0.95
    epsilon: Positive = 1e-7


class Adagrad(Optimizer):
    """`keras.optimizers.Adagrad` (Duchi et al. 2011)."""

    name: Literal["adagrad"]
    learning_rate: LearningRate = 0.001
    initial_accumulator_value: NotNegative = 0.1
    epsilon: Positive = 1e-7


class SGD(Optimizer):
    """`keras.optimizers.SGD`, with momentum if asked."""

    name: Literal["sgd"]
    learning_rate: LearningRate = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False


def counts_in_shares(optimizer: Optimizer) -> bool:
    """Return whether an optimiser's steps depend on how many the whole training takes."""
    rate = optimizer.learning_rate
    counts: list[object] = [optimizer.ema_start]
    if isinstance(rate, WarmupLinearDecay) and rate.decay_steps is None:
        return True
    if isinstance(rate, PiecewiseConstantDecay):
        counts += rate.boundaries
    elif isinstance(rate, Section):
        names = ("decay_steps", "first_decay_steps", "warmup_steps")
        counts += [getattr(rate, name, None) for name in names]
    return any(isinstance(count, float) for count in counts)
