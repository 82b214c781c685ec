"""The start of a training: the kernels compiled beside the reading, Keras with as many threads as it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstm_cli.config import Config


def prepare_kernels(configs: Iterable[Config]) -> None:
    """Have the kernels compiled, where that was never done, while the data is read."""
    from lstm_cli.kernels.precompilation import start_precompilation

    trained = (config for config in configs if config.training.kernel != "keras")
    start_precompilation({layer.cell for config in trained for layer in config.model.recurrent})


def start_keras_for(
    configs: Sequence[Config], *, threads: int | None, connects: bool = False, is_guest: bool = False
) -> None:
    """Start Keras to train some configurations, once their kernels are compiled.

    Args:
        configs: all that this process trains.
        threads: as `start_keras`.
        connects: as `start_keras`; then gradients are TensorFlow's to add up.
        is_guest: whether the process is another program's. It may use all of Keras, and train anything afterwards.
    """
    from lstm_cli.backend import start_keras
    from lstm_cli.kernels.precompilation import finish_precompilation

    # What the kernels leave to TensorFlow is too small to share: its other threads would wake for next to nothing,
    # and keep the cores from the kernels for a while.
    alone = not connects and not is_guest and all(leaves_little(config) for config in configs)
    start_keras(threads=threads, operation_threads=1 if alone else None, connects=connects, lean=not is_guest)
    finish_precompilation()


def leaves_little(config: Config) -> bool:
    """Return whether a training leaves TensorFlow next to nothing to compute."""
    from lstm_cli.kernels.requirements import LARGE_TABLE, find_unmet
    from lstm_cli.training.lazy_rows import learns_when_read

    if config.training.kernel == "keras" or any(find_unmet(one.model_dump()) for one in config.model.recurrent):
        return False
    if config.data.num_words * config.model.embedding.output_dim < LARGE_TABLE:
        return True
    return learns_when_read(config)  # a walk through a large table is worth sharing
