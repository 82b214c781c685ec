"""Every number of an optimiser and of a schedule has its bounds, and what does not go together is refused."""

from __future__ import annotations

import re

import jsonschema
import pytest
from pydantic import ValidationError

from lstm_cli.config import TrainingConfig, WarmupLinearDecay, counts_in_shares
from lstm_cli.config.optimizers import ExponentialDecay

_SCHEDULES = {
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 5},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 5},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 5},
    "PiecewiseConstantDecay": {"boundaries": [5], "values": [0.1, 0.01]},
    "WarmupLinearDecay": {"warmup_target": 0.1},
}
_WITH_EPSILON = ("rmsprop", "adam", "adamw", "adadelta", "adagrad")
_STEPS = ([1, 7, 0.001, 1.0], [0, 0.0, 1.001])
_STEP_COUNT = ([0, 7, 0.0, 0.5, 1.0], [-1, -0.001, 1.001])
_POSITIVE = ([1e-9, 5.0], [0.0])
_NOT_NEGATIVE = ([0.0, 5.0], [-1e-9])
_FRACTION = ([0.0, 0.999], [-0.001, 1.0])
_SHARE = ([0.0, 1.0], [-0.001, 1.001])


def read(**settings):
    return TrainingConfig.model_validate({"optimizer": {"name": "adam", **settings}}).optimizer


def read_schedule(name, **settings):
    return read(learning_rate={"name": name, **_SCHEDULES[name], **settings}).learning_rate


def check_bounds(read_value, bounds):
    allowed, refused = bounds
    for value in allowed:
        assert read_value(value) == value
    for value in refused:
        with pytest.raises(ValidationError, match="should be"):
            read_value(value)


@pytest.mark.parametrize(
    ("name", "key", "bounds"),
    [
        ("ExponentialDecay", "initial_learning_rate", _POSITIVE),
        ("ExponentialDecay", "decay_steps", _STEPS),
        ("ExponentialDecay", "decay_rate", _POSITIVE),
        ("InverseTimeDecay", "initial_learning_rate", _POSITIVE),
        ("InverseTimeDecay", "decay_steps", _STEPS),
        ("InverseTimeDecay", "decay_rate", _NOT_NEGATIVE),
        ("PolynomialDecay", "initial_learning_rate", _POSITIVE),
        ("PolynomialDecay", "decay_steps", _STEPS),
        ("PolynomialDecay", "end_learning_rate", _NOT_NEGATIVE),
        ("PolynomialDecay", "power", _POSITIVE),
        ("CosineDecay", "decay_steps", _STEPS),
        ("CosineDecay", "alpha", _SHARE),
        ("CosineDecayRestarts", "initial_learning_rate", _POSITIVE),
        ("CosineDecayRestarts", "first_decay_steps", _STEPS),
        ("CosineDecayRestarts", "t_mul", _POSITIVE),
        ("CosineDecayRestarts", "m_mul", _POSITIVE),
        ("CosineDecayRestarts", "alpha", _SHARE),
        ("WarmupLinearDecay", "warmup_target", _POSITIVE),
        ("WarmupLinearDecay", "warmup_steps", _STEP_COUNT),
        ("WarmupLinearDecay", "initial_learning_rate", _NOT_NEGATIVE),
        ("WarmupLinearDecay", "decay_steps", ([None, *_STEPS[0]], _STEPS[1])),
        ("WarmupLinearDecay", "alpha", _SHARE),
    ],
)
def test_a_number_of_a_schedule_is_taken_up_to_its_bounds(name, key, bounds):
    check_bounds(lambda value: getattr(read_schedule(name, **{key: value}), key), bounds)


@pytest.mark.parametrize(
    ("name", "key", "bounds"),
    [
        *((name, "learning_rate", _POSITIVE) for name in (*_WITH_EPSILON, "sgd")),
        *((name, "epsilon", _POSITIVE) for name in _WITH_EPSILON),
        *(("adam", key, _POSITIVE) for key in ("clipnorm", "clipvalue", "global_clipnorm")),
        ("adam", "weight_decay", _NOT_NEGATIVE),
        ("adamw", "weight_decay", _NOT_NEGATIVE),
        ("adagrad", "initial_accumulator_value", _NOT_NEGATIVE),
        *(("adam", key, _FRACTION) for key in ("beta_1", "beta_2")),
        *(("adamw", key, _FRACTION) for key in ("beta_1", "beta_2")),
        *(("rmsprop", key, _FRACTION) for key in ("rho", "momentum")),
        ("adadelta", "rho", _FRACTION),
        ("sgd", "momentum", _FRACTION),
    ],
)  # fmt: skip
def test_a_number_of_an_optimiser_is_taken_up_to_its_bounds(name, key, bounds):
    check_bounds(lambda value: getattr(read(name=name, **{key: value}), key), bounds)


@pytest.mark.parametrize(("key", "bounds"), [("decay_steps", _STEPS), ("warmup_steps", _STEP_COUNT)])
def test_the_json_schema_has_the_same_bounds_of_steps(key, bounds):
    validator = jsonschema.Draft202012Validator(WarmupLinearDecay.model_json_schema())
    schedule = {"name": "WarmupLinearDecay", **_SCHEDULES["WarmupLinearDecay"]}
    for expected, values in zip((True, False), bounds, strict=True):
        assert [validator.is_valid(schedule | {key: value}) for value in values] == [expected] * len(values)


@pytest.mark.parametrize(("key", "bounds"), [("ema_momentum", _FRACTION), ("ema_start", _STEP_COUNT)])
def test_an_average_of_the_weights_has_its_bounds(key, bounds):
    check_bounds(lambda value: getattr(read(use_ema=True, **{key: value}), key), bounds)


def test_a_warm_up_takes_a_tenth_of_all_steps_and_leads_down_to_nothing_by_default():
    """Keras has no such schedule; the others' defaults are seen beside Keras' own."""
    schedule = read_schedule("WarmupLinearDecay")
    assert (schedule.warmup_steps, schedule.initial_learning_rate) == (0.1, 0.0)
    assert (schedule.decay_steps, schedule.alpha) == (None, 0.0)


def test_the_stairs_of_a_schedule_are_a_thousand_at_most():
    steps = list(range(1, 1_002))
    rates = [0.1] * 1_002
    assert (
        len(read_schedule("PiecewiseConstantDecay", boundaries=steps[:1_000], values=rates[:1_001]).values) == 1001
    )
    with pytest.raises(ValidationError, match="at most 1000 items"):
        read_schedule("PiecewiseConstantDecay", boundaries=steps, values=rates)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("CosineDecay", {"warmup_target": 0.1}, "warmup_target and warmup_steps come together"),
        ("CosineDecay", {"warmup_steps": 3}, "warmup_target and warmup_steps come together"),
        ("CosineDecay", {"warmup_steps": 0.1}, "warmup_target and warmup_steps come together"),
        ("CosineDecay", {"initial_learning_rate": 0.0}, "must be more than 0 without a warm-up"),
        ("PiecewiseConstantDecay", {"values": [0.1] * 3}, "expected 2, got 3"),
        ("PiecewiseConstantDecay", {"boundaries": [3, 5]}, "expected 3, got 2"),
        ("PiecewiseConstantDecay", {"boundaries": [1, 0.5], "values": [0.1] * 3}, "shares of all steps, not both"),
        ("PiecewiseConstantDecay", {"boundaries": [3, 3], "values": [0.1] * 3}, "boundaries must rise"),
        ("PiecewiseConstantDecay", {"boundaries": [3, 2], "values": [0.1] * 3}, "boundaries must rise"),
        ("PiecewiseConstantDecay", {"boundaries": [], "values": [0.1]}, "at least 1 item"),
        ("PiecewiseConstantDecay", {"values": [0.1, 0.0]}, "greater than 0"),
    ],
)  # fmt: skip
def test_a_schedule_that_contradicts_itself_is_refused(name, settings, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        read_schedule(name, **settings)


def test_a_warm_up_may_begin_with_nothing():
    for steps in (3, 0.1):
        schedule = read_schedule("CosineDecay", initial_learning_rate=0.0, warmup_target=0.1, warmup_steps=steps)
        assert (schedule.initial_learning_rate, schedule.warmup_steps) == (0.0, steps)


def test_a_schedule_may_be_built_before_the_optimiser_that_takes_it():
    schedule = ExponentialDecay(name="ExponentialDecay", **_SCHEDULES["ExponentialDecay"])
    assert read(learning_rate=schedule).learning_rate == schedule


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "clipnorm and clipvalue exclude each other"),
        ({"clipnorm": 1.0, "global_clipnorm": 1.0}, "clipnorm and global_clipnorm exclude each other"),
        ({"clipvalue": 1.0, "global_clipnorm": 1.0}, "clipvalue and global_clipnorm exclude each other"),
        ({"ema_momentum": 0.9}, "ema_momentum needs use_ema: true"),
        ({"ema_start": 0.5}, "ema_start needs use_ema: true"),
    ],
)
def test_settings_of_an_optimiser_that_do_not_go_together_are_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        read(**settings)


def test_an_average_that_is_off_may_say_its_defaults():
    """As an effective configuration does, which is read again."""
    assert read(use_ema=False, ema_momentum=0.99, ema_start=0) == read()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, False),
        ({"use_ema": True, "ema_start": 3}, False),
        ({"use_ema": True, "ema_start": 0.5}, True),
        ({"schedule": "ExponentialDecay"}, False),
        ({"schedule": "ExponentialDecay", "decay_steps": 0.5}, True),
        ({"schedule": "CosineDecay", "warmup_target": 0.1, "warmup_steps": 3}, False),
        ({"schedule": "CosineDecay", "warmup_target": 0.1, "warmup_steps": 0.5}, True),
        ({"schedule": "CosineDecayRestarts"}, False),
        ({"schedule": "CosineDecayRestarts", "first_decay_steps": 0.5}, True),
        ({"schedule": "PiecewiseConstantDecay"}, False),
        ({"schedule": "PiecewiseConstantDecay", "boundaries": [0.5]}, True),
        ({"schedule": "WarmupLinearDecay", "warmup_steps": 3}, True),  # down in all steps that are left
        ({"schedule": "WarmupLinearDecay", "warmup_steps": 3, "decay_steps": 3}, False),
        ({"schedule": "WarmupLinearDecay", "decay_steps": 3}, True),
    ],
)
def test_steps_that_are_shares_of_all_make_another_training_of_more_epochs(settings, expected):
    if name := settings.get("schedule"):
        schedule = {key: value for key, value in settings.items() if key != "schedule"}
        settings = {"learning_rate": {"name": name, **_SCHEDULES[name], **schedule}}
    assert counts_in_shares(read(**settings)) is expected


def test_a_share_beside_a_schedule_of_steps_counts_as_well():
    schedule = WarmupLinearDecay(name="WarmupLinearDecay", warmup_target=0.1, warmup_steps=3, decay_steps=5)
    assert counts_in_shares(read(learning_rate=schedule, use_ema=True, ema_start=0.5))
