"""Learning rates from step to step: Keras' own schedules, and ours by its formula."""

from __future__ import annotations

import pytest

from lstm_cli.config import check_config

pytestmark = pytest.mark.usefixtures("keras_started")


def _build(schedule, *, steps=200):
    from lstm_cli.training.schedules import build_learning_rate

    settings = {"optimizer": {"name": "adam", "learning_rate": schedule}}
    model = {"recurrent": [{"cell": "gru", "units": 2}]}
    config = check_config({"model": model, "training": settings}, source="test")
    return build_learning_rate(config.training.optimizer.learning_rate, steps=steps)


@pytest.mark.parametrize(
    ("arguments", "counted"),
    [
        (
            {"name": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 0.25, "decay_rate": 0.5},
            {"decay_steps": 50},
        ),
        ({"name": "InverseTimeDecay", "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}, {}),
        ({"name": "PolynomialDecay", "initial_learning_rate": 0.1, "decay_steps": 1.0}, {"decay_steps": 200}),
        (
            {
                "name": "CosineDecay",
                "initial_learning_rate": 0.0,
                "warmup_target": 0.1,
                "warmup_steps": 0.1,
                "decay_steps": 0.9,
            },
            {"warmup_steps": 20, "decay_steps": 180},
        ),
        (
            {"name": "CosineDecayRestarts", "initial_learning_rate": 0.1, "first_decay_steps": 0.2},
            {"first_decay_steps": 40},
        ),
        (
            {"name": "PiecewiseConstantDecay", "boundaries": [0.25, 0.5], "values": [0.3, 0.2, 0.1]},
            {"boundaries": [50, 100]},
        ),
    ],
    ids=lambda value: value.get("name", "") if isinstance(value, dict) else "",
)
def test_keras_schedules_go_by_name_and_shares_are_of_all_steps(arguments, counted):
    import keras

    built = _build(arguments)
    name = arguments["name"]
    expected = getattr(keras.optimizers.schedules, name)(**{**arguments, **counted})
    for step in (0, 1, 19, 20, 21, 49, 50, 51, 100, 199, 250):
        assert float(built(step)) == pytest.approx(float(expected(step)), abs=1e-9)


def test_a_warm_up_rises_in_a_line_and_the_rest_falls_in_one():
    """Ten steps up to 0.2, ninety down to a tenth of it, and there it stays."""
    built = _build(
        {"name": "WarmupLinearDecay", "warmup_target": 0.2, "warmup_steps": 0.1, "alpha": 0.1}, steps=100
    )
    assert float(built(0)) == pytest.approx(0.02)
    assert float(built(9)) == pytest.approx(0.2)
    assert float(built(10)) == pytest.approx(0.2)
    assert float(built(55)) == pytest.approx(0.2 * 0.55)
    assert float(built(100)) == float(built(1000)) == pytest.approx(0.02)


def test_a_share_is_one_step_at_least_and_zero_is_none():
    from lstm_cli.training.schedules import count_steps

    assert [count_steps(count, of=10) for count in (0, 0.0, 0.01, 0.5, 1, 1.0)] == [0, 0, 1, 5, 1, 10]


def test_a_model_file_tells_the_highest_rate():
    assert _build({"name": "WarmupLinearDecay", "warmup_target": 0.2}, steps=None) == 0.2
    assert _build({"name": "PiecewiseConstantDecay", "boundaries": [3], "values": [0.1, 0.3]}, steps=None) == 0.3
    assert _build(0.25, steps=None) == 0.25
