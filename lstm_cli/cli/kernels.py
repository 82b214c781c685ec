"""What a command does about the recurrent kernels, and for them, before it knows Keras."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lstm_cli.config import Config

_LARGE: Final = 1 << 17  # numbers in an embedding


def prepare_kernels(configs: Iterable[Config]) -> None:
    """Have the kernels compiled, where that was never done, while the data is read."""
    from lstm_cli.fastrnn.precompilation import start_precompilation

    for config in configs:
        if config.training.kernel != "keras":
            cells = [layer.cell for layer in config.model.recurrent]
            start_precompilation(cells, features=config.model.embedding.output_dim)


def start_keras_for(configs: Sequence[Config], *, threads: int | None, connects: bool = False) -> None:
    """Start Keras to train some configurations.

    Args:
        configs: all that this process trains.
        threads: as `start_keras`.
        connects: as `start_keras`; then gradients are TensorFlow's to add up.
    """
    from lstm_cli.backend import start_keras

    # What the kernels leave to TensorFlow is too small to share: its other threads would wake for next to nothing,
    # and keep the cores from the kernels for a while.
    alone = not connects and all(leaves_little(config) for config in configs)
    start_keras(threads=threads, operation_threads=1 if alone else None, connects=connects)


def leaves_little(config: Config) -> bool:
    """Return whether a training leaves TensorFlow next to nothing to compute."""
    from lstm_cli.fastrnn.requirements import find_unmet

    unmet = (find_unmet(layer.model_dump()) for layer in config.model.recurrent)
    on_kernels = config.training.kernel != "keras" and not any(unmet)
    # An optimiser's walk through a large table is worth sharing; Adam's is none (`training/embedding_learner.py`).
    table = config.data.num_words * config.model.embedding.output_dim
    return on_kernels and (table < _LARGE or config.training.optimizer.name == "adam")
