"""The configuration of a new training: a file's, with what the caller asks for and the reviews settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lstm_cli.config import Config, load_config
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.moved import find_kept
from lstm_cli.data.sources import locate_dataset
from lstm_cli.errors import ConfigError, suggest_nearest
from lstm_cli.modelfile.shapes import check_size


def load_effective_config(path: Path, *, overrides: Sequence[str]) -> Config:
    """Return a configuration whose reviews are named by where they lie, so that the run can be repeated.

    Args:
        path: a named configuration's file, or any; a run's own may lie in a folder that was moved.
        overrides: as for `load_config`.

    Raises:
        ConfigError: the file cannot be read, or there are problems in it.
        DataError: no file can be of the path that names the reviews.
    """
    config = load_config(path, overrides=overrides)
    kept = find_kept(config.data, folder=path.parent)
    return locate_dataset(config.model_copy(update={"data": kept}))


def settle_config(config: Config, dataset: Dataset) -> Config:
    """Return the configuration with what suits its reviews in the place of `auto`.

    Raises:
        ConfigError: the data have not what it is about.
        OutputError: the model, of all members of an ensemble, is larger than a file of ours may be.
    """
    parts = (dataset.train, dataset.validation, dataset.test)
    config = config.settle(reviews=len(dataset.train), of_all=sum(map(len, parts)), language=dataset.language)
    check_size(config, classes=dataset.classes)
    if config.training.threshold and len(dataset.classes) > 2:
        raise ConfigError(
            f"training.threshold is of two classes, and {dataset.name} has {len(dataset.classes)}. Leave it out."
        )
    _check_class_weights(config, names=dataset.classes.names)
    plateau = config.training.reduce_lr_on_plateau
    if plateau and plateau.monitor.startswith("val_") and not len(dataset.validation):
        raise ConfigError(
            f"training.reduce_lr_on_plateau.monitor is {plateau.monitor}, and nothing is validated. Take loss, or "
            "accuracy."
        )
    return config


def _check_class_weights(config: Config, *, names: Sequence[str]) -> None:
    """Check that weights are given to classes that the data have."""
    weights = config.training.class_weight
    for name in weights if isinstance(weights, Mapping) else ():
        if name not in names:
            raise ConfigError(
                f"training.class_weight: the data have no class {name!r}.{suggest_nearest(name, names)} "
                f"They have {', '.join(names)}."
            )


def check_apart(config: Config, output: Path) -> None:
    """Check that a training does not clear away the model that it begins with.

    Raises:
        ConfigError: it lies in the folder of the run.
    """
    initial = config.training.initial_model
    if initial is not None and Path(initial).resolve().is_relative_to(output.resolve()):
        raise ConfigError(
            f"{initial}, with which the training begins, lies in {output}, whose run would take its place. Name "
            "another folder with --output."
        )
