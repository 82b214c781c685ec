"""What a run needs to go on: its own configuration, and the reviews with which it began."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstm_cli.config import Config, load_config
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.moved import find_kept, find_named
from lstm_cli.errors import ConfigError, DataError, TrainingError
from lstm_cli.training.run_folder import RunRecord
from lstm_cli.training.state import TrainingState, list_changes


def load_located(path: Path, *, changes: Sequence[str], fingerprint: str | None) -> Config:
    """Return a run's configuration, changed, with the places at which its reviews lie now.

    Args:
        path: its folder.
        changes: as for `Session.resume`.
        fingerprint: of its reviews; None where it never began, and they are what the configuration names.

    Raises:
        ConfigError: its file cannot be read, or it begins with no model, and one is named.
    """
    own = load_config(path / "config.yaml")
    config = load_config(path / "config.yaml", overrides=changes)
    if own.training.initial_model is None and config.training.initial_model is not None:
        raise ConfigError(f"{path} begins with no model: leave --from out, or train anew with --from and --data.")
    data = find_kept(config.data, folder=path)
    if fingerprint is not None:
        data = find_named(find_kept(own.data, folder=path), data, fingerprint=fingerprint) or data
    return config.model_copy(update={"data": data})


def check_reviews(dataset: Dataset, config: Config, *, record: RunRecord) -> None:
    """Check that the reviews are those with which a run began.

    Raises:
        DataError: they are not.
    """
    if dataset.fingerprint != record.fingerprint:
        raise DataError(
            f"{config.data.place} is not what the run began with. Name with --data where that lies now, "
            "or train anew with --config."
        )


def check_continuation(path: Path, config: Config, *, record: RunRecord, state: TrainingState) -> None:
    """Check that a run can go on with a configuration.

    Args:
        path: its folder, for the errors.
        config: its own, maybe with more epochs.
        record: of the run.
        state: that it would go on from.

    Raises:
        ConfigError: it is not what the run began with.
        TrainingError: the run is over.
    """
    changed = list_changes(state.config, config)
    if changed:
        raise ConfigError(
            f"{path / 'config.yaml'}: {', '.join(changed)} changed since the run began: "
            "it would be another run. Take it back, or train anew with --config."
        )
    if config.training.epochs == "auto":
        raise ConfigError(f"{path / 'config.yaml'}: expected as many epochs as the run began with, got auto.")
    epochs = state.history.epochs
    if config.training.most_epochs < epochs:
        raise ConfigError(f"The run has {epochs} epochs already; --epochs must be more to go on.")
    if record.stopped_early:
        raise TrainingError(f"{path} has finished by early stopping: its patience would end it again at once.")
    if record.finished and config.training.most_epochs == epochs:
        raise TrainingError(f"{path} has finished all its epochs. To extend it, give more with --epochs.")
