"""What all workers of a training must share before it begins: the configuration, the reviews, the state."""

from __future__ import annotations

import json

from lstm_cli.config import Config, check_config
from lstm_cli.distributed.replicas import Replicas
from lstm_cli.errors import ConfigError, DataError

# Where the reviews lie, which may be another place on another machine.
_OF_THE_MACHINE = {"data.dataset", "data.validation", "data.test"}


def share_config(replicas: Replicas, config: Config | None) -> Config:
    """Return the configuration that all workers follow: the chief's.

    Args:
        replicas: connected.
        config: this worker's own; None where it takes what the chief has.

    Raises:
        ConfigError: this worker's own is another. Where the reviews lie may differ from machine to machine.
    """
    content = replicas.broadcast(config.model_dump_json().encode() if config else b"")
    chiefs = check_config(json.loads(content), source="the chief's configuration")
    if config is None:
        return chiefs
    ours, theirs = (_flatten(one.model_dump(mode="json")) for one in (config, chiefs))
    differing = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
    differing = [key for key in differing if key not in _OF_THE_MACHINE]
    if differing:
        raise ConfigError(
            f"This worker's configuration is not the chief's: {', '.join(differing[:5])}. "
            "Start all workers with the same command, but for --task."
        )
    return config


def share_state(replicas: Replicas, state: bytes, *, fingerprint: str) -> bytes:
    """Return the state that all workers go on from: the chief's, or nothing for a training from the beginning.

    Args:
        replicas: connected.
        state: the chief's own; the others' is not looked at.
        fingerprint: of this worker's reviews.

    Raises:
        DataError: this worker has read other reviews than the chief.
    """
    chiefs = replicas.broadcast(fingerprint.encode()).decode()
    content = replicas.broadcast(state)
    if chiefs != fingerprint:
        raise DataError("This worker's reviews are not the chief's. Give every worker a copy of the same data.")
    return content


def _flatten(section: object, path: str = "") -> dict[str, object]:
    """Return the values by their key paths, such as `training.optimizer.name`."""
    if not isinstance(section, dict):
        return {path: section}
    flat: dict[str, object] = {}
    for key, value in section.items():
        flat |= _flatten(value, f"{path}.{key}" if path else key)
    return flat
