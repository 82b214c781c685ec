"""What a command does about the recurrent kernels, and for them, before it knows Keras."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstm_cli.config import Config


def prepare_kernels(configs: Iterable[Config]) -> None:
    """Have the kernels compiled, where that was never done, while the data is read."""
    from lstm_cli.fastrnn.precompilation import start_precompilation

    for config in configs:
        if config.training.kernel != "keras":
            cells = [layer.cell for layer in config.model.recurrent]
            start_precompilation(cells, features=config.model.embedding.output_dim)


def start_keras_for(configs: Iterable[Config], *, threads: int | None, connects: bool = False) -> None:
    """Start Keras to train some configurations.

    Args:
        configs: all that this process trains.
        threads: as `start_keras`.
        connects: as `start_keras`.
    """
    from lstm_cli.backend import start_keras

    suited = all(_suits_kernels(config) for config in configs)
    # What the kernels leave to TensorFlow is too small to share: its other threads would wake for next to nothing,
    # and keep the cores from the kernels for a while.
    start_keras(threads=threads, operation_threads=1 if suited else None, connects=connects)


def _suits_kernels(config: Config) -> bool:
    from lstm_cli.fastrnn.requirements import find_unmet

    unmet = (find_unmet(layer.model_dump()) for layer in config.model.recurrent)
    return config.training.kernel != "keras" and not any(unmet)
