"""A sweep's file: short forms, named bases, and what is wrong with one."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path

import optuna
import pytest

from lstm_cli.config import find_named_config, find_named_sweep, list_sweep_names
from lstm_cli.errors import ConfigError
from lstm_cli.sweep import definition
from lstm_cli.sweep.definition import format_sweep, load_sweep


@pytest.mark.parametrize("name", list_sweep_names())
def test_a_named_sweep_opens_with_its_command_and_loads(name, tmp_path):
    first, second, *_ = find_named_sweep(name).read_text(encoding="utf-8").splitlines()
    assert first == f"# lstm-sweep {name}"
    assert re.fullmatch(r"# [A-Z].*\.", second)
    sweep = load_sweep(find_named_sweep(name).with_suffix("").relative_to(find_named_sweep(name).parent))
    assert sweep.config.name == name
    copy = tmp_path / "copy.yaml"
    copy.write_text(format_sweep(sweep), encoding="utf-8")
    again = load_sweep(copy)
    assert (again.space, again.total, again.config.sampler) == (sweep.space, sweep.total, sweep.config.sampler)


def test_a_name_stands_for_a_sampler_or_pruner_with_its_defaults(build_sweep):
    sweep = build_sweep(sampler="random", pruner="asha", objective="val_accuracy")
    assert (sweep.config.sampler.name, sweep.config.pruner.name) == ("random", "asha")
    assert sweep.config.pruner.reduction_factor == 4
    assert (sweep.config.name, sweep.direction, sweep.total) == ("tiny", "maximize", 20)


@pytest.mark.parametrize(
    ("section", "theirs"),
    [
        (definition.TPE(name="tpe"), optuna.samplers.TPESampler),
        (definition.Median(name="median"), optuna.pruners.MedianPruner),
        (definition.ASHA(name="asha"), optuna.pruners.SuccessiveHalvingPruner),
        (definition.Hyperband(name="hyperband"), optuna.pruners.HyperbandPruner),
    ],
)
def test_the_defaults_are_optunas(section, theirs):
    """But where Optuna finds out itself how many epochs are the least: here it is one."""
    known = {key: parameter.default for key, parameter in inspect.signature(theirs).parameters.items()}
    ours = section.model_dump(exclude={"name"})
    expected = {key: 1 if key == "min_resource" else known[key] for key in ours}
    assert ours == expected


def test_the_base_is_a_name_or_a_file_beside_or_the_sections_and_can_be_changed(build_sweep, tmp_path):
    (tmp_path / "mine.yaml").write_text(find_named_config("gru").read_text(encoding="utf-8"), encoding="utf-8")
    optimizer = {"name": "adam", "learning_rate": 0.01}
    inline = {"model": {"recurrent": [{"cell": "gru", "units": 3}]}, "training": {"optimizer": optimizer}}
    bases = [build_sweep(base=base).space.base for base in ("gru", "mine.yaml", inline)]
    assert [base.name for base in bases] == ["gru", "mine", "tiny"]
    assert [base.model.recurrent[0].units for base in bases] == [8, 8, 3]
    changed = load_sweep(tmp_path / "tiny.yaml", overrides=["training.epochs=7"], trials=3)
    assert (changed.space.base.training.epochs, changed.total) == (7, 3)


def test_a_grid_has_no_more_trials_than_combinations(build_sweep):
    space = {"model.recurrent[0].units": [2, 4], "model.dropout": [0.0, 0.1, 0.2]}
    assert build_sweep(search_space=space, sampler="grid").total == 6
    assert build_sweep(search_space=space, sampler="grid", trials=4).total == 4
    assert build_sweep(search_space=space, sampler="random").total == 20


def test_hyperbands_last_rung_is_the_most_epochs_a_trial_can_have(build_sweep):
    assert build_sweep().most_epochs == 100
    assert build_sweep(search_space={"training.epochs": [3, 9, 5]}).most_epochs == 9
    assert build_sweep(search_space={"training.epochs": {"low": 3, "high": 8}}).most_epochs == 8
    with pytest.raises(ConfigError, match="hyperband needs to know how many epochs"):
        _ = build_sweep(base="ngram-lstm").most_epochs


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"samler": "tpe"}, "samler: unknown key. Did you mean 'sampler'?"),
        ({"sampler": "tpee"}, "sampler.name: expected one of tpe, random, grid; got 'tpee'. Did you mean 'tpe'?"),
        ({"pruner": {"name": "asha", "min_resourse": 1}}, "Did you mean 'min_resource'?"),
        (
            {"objective": "test_loss"},
            "objective: expected 'val_loss', 'val_accuracy' or 'val_macro_f1', got 'test_loss'",
        ),
        ({"base": "gur"}, "No model is named 'gur'. Did you mean 'gru'?"),
        ({"base": "gone.yaml"}, "gone.yaml: No such file"),
        ({"base": {"modle": {}}}, "Did you mean 'model'?"),
        ({"trials": 0}, "trials: expected greater than or equal to 1"),
        ({"name": "../up"}, "name: expected text that matches"),
        ({"trials": 0, "name": "../up"}, ".yaml:\n  name: expected text that matches"),
        ({"trials": 0, "name": "../up"}, "\n  trials: expected greater than or equal to 1"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_file_is_said(build_sweep, keys, expected):
    with pytest.raises(ConfigError) as caught:
        build_sweep(**keys)
    assert expected in str(caught.value)


_MACRO_F1 = {"monitor": "val_macro_f1", "patience": 3}


def test_macro_f1_is_searched_where_every_trial_computes_it(build_sweep):
    base = {"model": {"recurrent": [{"cell": "gru", "units": 3}]}, "training": {"early_stopping": _MACRO_F1}}
    base["training"]["optimizer"] = {"name": "adam"}
    assert build_sweep(base=base, objective="val_macro_f1").direction == "maximize"
    space = {"training.early_stopping": [_MACRO_F1, _MACRO_F1 | {"patience": 5}]}
    assert build_sweep(objective="val_macro_f1", search_space=space).direction == "maximize"
    for keys in (
        {},
        {"base": base | {"training": base["training"] | {"early_stopping": None}}},
        {"search_space": {"training.early_stopping.monitor": ["val_macro_f1", "val_loss"]}},
        {"base": base, "search_space": {"training.early_stopping": [_MACRO_F1, None]}},
    ):
        with pytest.raises(ConfigError, match=r"Give every trial training\.early_stopping\.monitor: val_macro_f1"):
            build_sweep(objective="val_macro_f1", **keys)


def test_a_file_that_is_none_is_refused_with_the_nearest_name(tmp_path):
    with pytest.raises(ConfigError, match=r"No sweep is named 'gur', and no file\. Did you mean 'gru'\?"):
        load_sweep(tmp_path.joinpath("gur").relative_to(tmp_path))
    with pytest.raises(ConfigError, match="No such file"):
        load_sweep(tmp_path / "gone.yaml")
    (tmp_path / "list.yaml").write_text("[1, 2]")
    with pytest.raises(ConfigError, match="expected the keys base and search_space, got list"):
        load_sweep(tmp_path / "list.yaml")


@pytest.mark.parametrize(
    ("override", "searched"),
    [
        ("training.epochs=4", "training.epochs"),
        ("model.recurrent[00].units=4", "model.recurrent[0].units"),
        ("model.recurrent.0.units=4", "model.recurrent[0].units"),
        ("training.optimizer={name: adam}", "training.optimizer.learning_rate"),
        ("training={}", "training.optimizer.learning_rate"),
        ("model.recurrent[0].units.more=1", "model.recurrent[0].units"),
    ],
)
def test_a_searched_setting_cannot_be_set_beside_the_search(override, searched):
    """Equal, around or inside: every trial would overrule it, without a word."""
    with pytest.raises(ConfigError, match="is searched, so that every trial would overrule it") as caught:
        load_sweep(Path("gru"), overrides=[override])
    assert f"{searched} is searched" in str(caught.value)


def test_what_is_beside_a_searched_setting_can_be_set():
    sweep = load_sweep(Path("gru"), overrides=["training.loss=mean_squared_error", "data.maxlen=50"])
    assert sweep.space.base.training.loss == "mean_squared_error"


def test_a_file_whose_name_cannot_name_the_sweep_says_so(build_sweep, tmp_path):
    build_sweep()
    path = shutil.move(tmp_path / "tiny.yaml", tmp_path / "ma première.yaml")
    with pytest.raises(ConfigError, match="That is the file's name; write another into it, name: ma-premiere"):
        load_sweep(path)
