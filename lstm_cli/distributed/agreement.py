"""What all workers of a training must share before it begins: the configuration, the reviews, the state."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lstm_cli.config import Config, check_config
from lstm_cli.distributed.replicas import Replicas
from lstm_cli.errors import ConfigError, DataError

# Where the reviews lie, which may be another place on another machine.
_OF_THE_MACHINE = {"data.dataset", "data.validation", "data.test"}


@dataclass(frozen=True)
class Agreement:
    """What a worker trains from.

    Attributes:
        config: all of it is followed.
        fingerprint: of the reviews.
        state: to go on from, in bytes; none for a training from the beginning.
    """

    config: Config
    fingerprint: str
    state: bytes = b""

    def check_reviews(self, fingerprint: str) -> None:
        """Check that those that a worker has read are the chief's, whose agreement this is.

        Raises:
            DataError: they are others.
        """
        if self.fingerprint != fingerprint:
            raise DataError(
                "This worker's reviews are not the chief's. Give every worker a copy of the same data."
            )


def share_agreement(replicas: Replicas, own: Agreement | None) -> Agreement:
    """Return what all workers train from: what the chief has.

    Args:
        replicas: connected.
        own: this worker's, of which only the configuration counts unless it is the chief; None where it takes that
            from the chief, too.

    Raises:
        ConfigError: this worker's configuration is another.
    """
    head = {"config": own.config.model_dump(mode="json"), "fingerprint": own.fingerprint} if own else {}
    told = json.loads(replicas.broadcast(json.dumps(head).encode()))
    config = check_config(told["config"], source="the chief's configuration")
    state = replicas.broadcast(own.state if own else b"")
    if own:
        _check_alike(own.config, config)
        config = own.config
    return Agreement(config, told["fingerprint"], state)


def _check_alike(own: Config, chiefs: Config) -> None:
    """Check that two configurations are one; where the reviews lie may differ from machine to machine."""
    ours, theirs = (_flatten(config.model_dump(mode="json")) for config in (own, chiefs))
    differing = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
    differing = [key for key in differing if key not in _OF_THE_MACHINE]
    if differing:
        raise ConfigError(
            f"This worker's configuration is not the chief's: {', '.join(differing[:5])}. "
            "Start all workers with the same command, but for --task."
        )


def _flatten(section: object, path: str = "") -> dict[str, object]:
    """Return the values by their key paths, such as `training.optimizer.name`."""
    if not isinstance(section, dict):
        return {path: section}
    flat: dict[str, object] = {}
    for key, value in section.items():
        flat |= _flatten(value, f"{path}.{key}" if path else key)
    return flat
