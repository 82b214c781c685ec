"""What may be varied: every value a sweep can propose fits the configuration, and the rest is refused in words."""

from __future__ import annotations

import math

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import VALUES

from lstm_cli.config import find_named_config, load_config
from lstm_cli.errors import ConfigError
from lstm_cli.sweep.search_space import Choices, Range, parse_search_space

GRU = load_config(find_named_config("gru"))


def parse(entries, *, objective="val_loss"):
    return parse_search_space(entries, base=GRU, objective=objective, source="my.yaml")


def suggest(space, *, trials=5):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    return [space.suggest(study.ask()) for _ in range(trials)]


INTEGERS = st.tuples(st.integers(1, 500), st.integers(0, 500), st.integers(1, 50), st.booleans())
RATES = st.tuples(st.floats(1e-9, 10), st.floats(0, 10), st.booleans())


@st.composite
def search_spaces(draw):
    """Search spaces that the GRU takes, of every kind of entry."""
    entries = {}
    if draw(st.booleans()):
        low, extent, step, log = draw(INTEGERS)
        entries["model.recurrent[0].units"] = {"low": low, "high": low + extent} | (
            {"log": True} if log else {"step": step}
        )
    if draw(st.booleans()):
        low, extent, log = draw(RATES)
        entries["training.optimizer.learning_rate"] = {"low": low, "high": low + extent, "log": log}
    if draw(st.booleans()):
        optimizers = [{"name": "adam"}, {"name": "sgd", "momentum": 0.9}, {"name": "rmsprop"}]
        chosen = draw(st.lists(st.sampled_from(range(3)), min_size=1, unique=True))
        entries["training.optimizer"] = [optimizers[index] for index in chosen]
    if draw(st.booleans()) or not entries:
        entries["model.recurrent.0.bidirectional"] = {"choices": draw(st.permutations([True, False]))}
    if draw(st.booleans()):
        entries["model.dense"] = [[], [{"units": 4}]]
    if draw(st.booleans()):
        entries["training.early_stopping.patience"] = draw(st.lists(st.integers(0, 99), min_size=1, unique=True))
    return entries


@settings(max_examples=30)
@given(search_spaces())
def test_whatever_is_proposed_is_a_configuration_and_is_restored_from_what_optuna_keeps(entries):
    space = parse(entries)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    for _ in range(3):
        trial = study.ask()
        values = space.suggest(trial)
        config = space.build_config(values)
        assert space.build_config(space.restore(trial.params)) == config
        if "training.optimizer.learning_rate" in entries:
            bounds = entries["training.optimizer.learning_rate"]
            assert bounds["low"] <= config.training.optimizer.learning_rate <= bounds["high"]
        if "model.recurrent[0].units" in entries:
            bounds = entries["model.recurrent[0].units"]
            units = config.model.recurrent[0].units
            assert bounds["low"] <= units <= bounds["high"]
            assert (units - bounds["low"]) % bounds.get("step", 1) == 0


ENTRIES = st.one_of(
    VALUES,
    st.lists(VALUES, max_size=3),
    st.dictionaries(st.sampled_from(["low", "high", "step", "log", "choices", "lwo"]), VALUES, max_size=4),
)
PATHS = st.one_of(
    st.sampled_from(["model.recurrent[0].units", "data.maxlen", "model", "training.optimizer", "data", "a[0"]),
    st.text(max_size=8),
    st.integers(),
    st.none(),
)


@settings(max_examples=150)
@given(st.dictionaries(PATHS, ENTRIES, max_size=3))
def test_whatever_is_written_becomes_a_space_or_an_error_in_words(entries):
    try:
        space = parse(entries)
    except ConfigError as error:
        message = str(error)
    else:
        message = "a space"
        for values in suggest(space, trials=1):
            assert set(values) == set(space.dimensions)
    assert 0 < len(message) < 2000


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({}, "expected at least one path"),
        ({"model.recurent[0].units": [4]}, "Did you mean 'recurrent'?"),
        ({"model.recurrent[0].unit": [4]}, "model.recurrent[0].unit: unknown key. Did you mean 'units'?"),
        ({"model.recurrent[1].units": [4]}, "expected an index from 0 to 0, got '1'"),
        ({"model.recurrent[0].units": [4, 0]}, "model.recurrent[0].units: expected"),
        ({"model.recurrent[0].units": {"low": 4, "high": 99_999}}, "less than or equal to 16384"),
        ({"model.recurrent[0].units": {"low": 4.5, "high": 8}}, "model.recurrent[0].units: expected"),
        ({"model.recurrent[0].units": {"low": 8, "high": 4}}, "low must not be above high, got 8 and 4"),
        ({"model.recurrent[0].units": {"low": 4}}, "high is missing"),
        ({"model.recurrent[0].units": {"lwo": 4, "high": 8}}, "unknown key 'lwo'. Did you mean 'low'?"),
        ({"model.recurrent[0].units": {"low": 4, "high": 8, "step": 0}}, "step: expected a number above 0"),
        ({"data.maxlen": {"low": 4, "high": 8, "step": 1, "log": True}}, "exclude each other"),
        ({"data.maxlen": {"low": 0, "high": 8, "log": True}}, "needs a low above 0"),
        ({"data.maxlen": {"low": 1, "high": math.inf}}, "expected a number up to 2**53"),
        ({"data.maxlen": {"low": True, "high": 8}}, "expected a number up to 2**53, got True"),
        ({"data.maxlen": 8}, "expected a list of choices or {low: …, high: …}, got 8"),
        ({"data.maxlen": []}, "at least one choice"),
        ({"data.maxlen": [8, 8]}, "the choice 8 stands there twice"),
        ({"data.maxlen": [8], "data..maxlen": [9]}, "data.maxlen stands there twice"),
        ({3: [8]}, "expected paths such as data.maxlen, got 3"),
        ({"data.limit": [100]}, "data.limit cannot be searched"),
        ({"data": [{}]}, "data cannot be searched"),
        ({"name": ["a", "b"]}, "name cannot be searched"),
        ({"training.ensemble": [None, 2]}, "a trial trains one model"),
        ({"training.loss": ["mean_squared_error"]}, "Use objective: val_accuracy"),
    ],
    ids=str,
)
def test_what_cannot_be_searched_is_refused_in_words(entries, expected):
    with pytest.raises(ConfigError) as caught:
        parse(entries)
    assert expected in str(caught.value)
    assert str(caught.value).startswith("my.yaml: search_space")


def test_losses_can_be_compared_by_accuracy():
    space = parse({"training.loss": ["binary_crossentropy", "mean_squared_error"]}, objective="val_accuracy")
    assert space.dimensions["training.loss"].count() == 2


def test_whole_bounds_of_a_float_setting_make_a_range_of_floats():
    space = parse(
        {
            "model.embedding.embeddings_regularizer.l2": {"low": 0, "high": 1},
            "model.recurrent[0].units": {"low": 4, "high": 9},
        }
    )
    penalties, units = space.dimensions.values()
    assert (penalties.is_integer, units.is_integer) == (False, True)
    assert any(0 < values["model.embedding.embeddings_regularizer.l2"] < 1 for values in suggest(space))


def test_an_outer_choice_is_set_before_an_inner_range_whatever_their_order():
    space = parse(
        {
            "training.optimizer.learning_rate": {"low": 0.5, "high": 0.5},
            "training.optimizer": [{"name": "sgd", "momentum": 0.9}],
        }
    )
    (values,) = suggest(space, trials=1)
    optimizer = space.build_config(values).training.optimizer
    assert (optimizer.name, optimizer.momentum, optimizer.learning_rate) == ("sgd", 0.9, 0.5)


def test_another_cell_brings_its_own_defaults():
    space = parse({"model.recurrent[0].cell": ["lstm", "gru", "simple_rnn"]})
    cells = {space.build_config(values).model.recurrent[0].cell for values in suggest(space, trials=20)}
    assert cells == {"lstm", "gru", "simple_rnn"}


def test_the_first_configuration_has_the_first_of_all_values():
    first = parse({"model.recurrent[0].units": {"low": 4, "high": 9}, "model.dropout": [0.5, 0.1]}).build_first()
    assert (first.model.recurrent[0].units, first.model.dropout) == (4, 0.5)
    assert first.training == GRU.training


def test_choices_that_look_alike_are_told_apart():
    assert len(set(Choices((1, True)).labels)) == 2
    assert Choices((None, "a", 2.5, 3)).labels == [None, "a", 2.5, 3]
    assert Choices(({"b": 1, "a": [2]},)).labels == ['{"a": [2], "b": 1}']


def test_a_grid_has_every_combination_once():
    space = parse(
        {
            "model.recurrent[0].units": {"low": 4, "high": 9, "step": 2},
            "model.recurrent[0].dropout": {"low": 0.0, "high": 0.3, "step": 0.1},
            "model.recurrent[0].bidirectional": [False, True],
        }
    )
    assert space.count_grid() == 3 * 4 * 2
    places = space.list_grid(seed=3)
    points = [space.read_grid(place) for place in places]
    assert len({tuple(point.values()) for point in points}) == 24
    assert {point["model.recurrent[0].units"] for point in points} == {4, 6, 8}
    assert max(point["model.recurrent[0].dropout"] for point in points) == pytest.approx(0.3)
    assert places != sorted(places)


def test_a_range_ends_with_its_last_step():
    """What lies between that and the bound is never proposed, and need not fit the configuration."""
    units, dropout = "model.recurrent[0].units", "model.dropout"
    space = parse({units: {"low": 4, "high": 9, "step": 2}, dropout: {"low": 0.1, "high": 1.0, "step": 0.4}})
    assert space.dimensions[units].high == 8
    assert space.dimensions[dropout].high == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [({"low": 0.1, "high": 0.2}, "a range without a step"), ({"low": 1, "high": 2_000_000}, "2,000,000 combinat")],
)
def test_a_grid_without_end_is_refused(entry, expected):
    path = "model.dropout" if "step" in expected else "training.epochs"
    with pytest.raises(ConfigError, match=expected):
        parse({path: entry}).count_grid()


def test_columns_bear_the_shortest_names_that_tell_settings_apart():
    space = parse(
        {
            "model.recurrent[0].dropout": [0.1, 0.2],
            "model.dropout": [0.1, 0.2],
            "data.maxlen": [8, 9],
            "training.epochs": [3],
        }
    )
    assert space.varied == {
        "model.recurrent[0].dropout": "recurrent[0].dropout",
        "model.dropout": "model.dropout",
        "data.maxlen": "maxlen",
    }


def test_a_range_of_one_value_is_one():
    assert Range(3, 3, None, log=False, is_integer=True).count() == 1
