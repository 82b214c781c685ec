"""What all workers of a training must share before it begins: the configuration, the reviews, the state."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstm_cli.config import Config, check_config, complete_config
from lstm_cli.distributed.replicas import Replicas
from lstm_cli.errors import ConfigError, DataError

# Where files lie, which may be another place on another machine.
_OF_THE_MACHINE = {
    "data.dataset", "data.validation", "data.test", "training.initial_model", "model.embedding.vectors",
}  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """What a worker trains from.

    Attributes:
        config: all of it is followed.
        fingerprints: of the files that it is read from, each under what it holds.
        state: to go on from, in bytes; none for a training from the beginning.
    """

    config: Config
    fingerprints: Mapping[str, str | None]
    state: bytes = b""

    def check_fingerprints(self, own: Mapping[str, str | None]) -> None:
        """Check that what a worker has read is what the chief has, whose agreement this is.

        Where there is a state, what the weights began with counts no more.

        Raises:
            DataError: it is something else.
        """
        for name, fingerprint in self.fingerprints.items():
            if own[name] != fingerprint and (name == "reviews" or not self.state):
                verb = "are" if name.endswith("s") else "is"
                raise DataError(
                    f"This worker's {name} {verb} not the chief's. Give every worker a copy of the same files."
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
    head = {"config": own.config.model_dump(mode="json"), "fingerprints": dict(own.fingerprints)} if own else {}
    told = json.loads(replicas.broadcast(json.dumps(head).encode()))
    config = check_config(told["config"], source="the chief's configuration")
    state = replicas.broadcast(own.state if own else b"")
    if own:
        _check_alike(own.config, config)
        config = own.config
    return Agreement(config, told["fingerprints"], state)


def change_places(config: Config, changes: Sequence[str]) -> Config:
    """Return the chief's configuration with where the files lie on this machine, as far as changes say so.

    Raises:
        ConfigError: a change is none.
    """
    places = [change for change in changes if change.partition("=")[0] in _OF_THE_MACHINE]
    settings = config.model_dump(mode="json")
    return complete_config(settings, name=config.name, overrides=places, source="the chief's configuration")


def _check_alike(own: Config, chiefs: Config) -> None:
    """Check that two configurations are one; where files lie may differ from machine to machine."""
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
