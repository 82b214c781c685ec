"""The command line of `lstm-train` → the configuration of each run: command line > YAML > default."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lstm_cli.cli.reading import format_setting, list_data_settings

if TYPE_CHECKING:
    from lstm_cli.config import Config


def load_effective_configs(options: dict[str, Any]) -> list[Config]:
    """Return the configuration of each run, with the command line's changes: command line > YAML > default."""
    from lstm_cli.config import DEFAULT_CONFIG, find_named_config

    _check_exclusions(options)
    named = options["models"] or ([DEFAULT_CONFIG] if options["config_file"] is None else [])
    paths = [find_named_config(name) for name in named] or [options["config_file"]]
    builders: list[Callable[..., Config]]
    if options["initial_model"] is not None:
        builders = [_begin_with(options["initial_model"], options)]
    else:
        builders = [partial(_load_effective_config, path, options=options) for path in paths]
    configs = []
    for build in builders:
        first, *others = options["seeds"] or (None,)
        if options["folds"] is not None:
            configs += [build(seed=first, fold=fold) for fold in range(1, options["folds"] + 1)]
            continue
        config = build(seed=first)
        seeds = [config.training.seed, *others]
        if options["seed_count"] is not None:
            seeds = list(range(seeds[0], seeds[0] + options["seed_count"]))
        configs.append(config)
        configs += [build(seed=seed) for seed in seeds[1:]]
    return configs


def _check_exclusions(options: dict[str, Any]) -> None:
    """Refuse options that cannot stand beside each other.

    Raises:
        click.UsageError: some do.
    """
    if options["models"] and options["config_file"] is not None:
        raise click.UsageError("--model and --config exclude each other: both name a configuration.")
    if options["initial_model"] is not None and (options["models"] or options["config_file"] is not None):
        raise click.UsageError("--from takes the model's own configuration: leave --model and --config out.")
    for key, values in (("--model", options["models"]), ("--seed", options["seeds"])):
        if len(set(values)) < len(values):
            raise click.UsageError(f"{key} names one of its values twice: each makes a run of its own.")
    has_several_seeds = options["seed_count"] is not None or len(options["seeds"]) > 1
    if options["seed_count"] is not None and len(options["seeds"]) > 1:
        raise click.UsageError(
            "--seeds N counts on from one seed: give --seed once, or each seed without --seeds."
        )
    if options["folds"] is not None and has_several_seeds:
        raise click.UsageError("--folds and several seeds exclude each other: K folds make K runs, with one seed.")
    if options["ensemble"] is not None and has_several_seeds:
        raise click.UsageError("--ensemble and several seeds exclude each other: each member has its own.")
    if options["ensemble"] is not None and options["folds"] is not None:
        raise click.UsageError(
            "--ensemble and --folds exclude each other; of one fold: -s data.folds=5 -s data.fold=1."
        )


def _load_effective_config(
    path: Path, *, seed: int | None, options: dict[str, Any], fold: int | None = None
) -> Config:
    from lstm_cli.sessions.configs import load_effective_config

    return load_effective_config(path, overrides=_list_overrides(options, seed=seed, fold=fold))


def _begin_with(path: Path, options: dict[str, Any]) -> Callable[..., Config]:
    """Return what builds the configuration of a training that begins with a model, for a seed or a fold."""
    from lstm_cli.config import complete_config
    from lstm_cli.data.moved import find_kept
    from lstm_cli.data.sources import locate_dataset
    from lstm_cli.sessions.initial_model import load_initial_model

    initial = load_initial_model(path)
    settings = initial.derive_settings(has_data=bool(options["data"]))
    classes = initial.name_classes(options["data"])
    if options["data"] and options["classes"] is None and classes:
        settings["data"]["classes"] = classes

    def build(*, seed: int | None, fold: int | None = None) -> Config:
        overrides = _list_overrides(options, seed=seed, fold=fold)
        config = complete_config(settings, name=path.stem, overrides=overrides, source=str(path))
        kept = find_kept(config.data, folder=path.parent)
        return locate_dataset(config.model_copy(update={"data": kept}))

    return build


def _list_overrides(options: dict[str, Any], *, seed: int | None, fold: int | None) -> list[str]:
    """Return all that the command line changes, in the form that --set takes."""
    overrides = list(options["overrides"])
    flags = {
        "training.epochs": options["epochs"],
        "training.batch_size": options["batch_size"],
        "training.seed": seed,
        "training.ensemble": options["ensemble"],
        "data.folds": options["folds"],
        "data.fold": fold,
    }
    overrides += [format_setting(key, value) for key, value in flags.items() if value is not None]
    return overrides + list_data_settings(options)
