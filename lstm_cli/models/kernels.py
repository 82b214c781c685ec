"""Which recurrent kernel a model runs on, and what stands in the fast one's way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import keras

from lstm_cli.backend import has_gpu
from lstm_cli.config import ModelConfig
from lstm_cli.errors import ConfigError
from lstm_cli.kernels.requirements import find_unmet

KernelName = Literal["keras", "fast"]


@dataclass(frozen=True)
class KernelChoice:
    """The recurrent kernel of a model.

    Attributes:
        name: `keras` for Keras' own layers, `fast` for ours with the same weights.
        obstacle: what keeps `auto` from the fast one, for the user; empty where nothing does.
    """

    name: KernelName
    obstacle: str = ""


def choose_kernel(config: ModelConfig, *, kernel: Literal["auto", "keras", "fast"]) -> KernelChoice:
    """Choose what computes the recurrence on this machine.

    Args:
        config: the layers.
        kernel: the configuration's wish.

    Raises:
        ConfigError: `fast` is wished for and something stands in its way.
    """
    if kernel == "keras":
        return KernelChoice("keras")
    obstacle = _find_obstacle(config)
    if obstacle is None:
        return KernelChoice("fast")
    if kernel == "fast":
        raise ConfigError(f"training.kernel: fast is not possible: {obstacle}. Change that, or take kernel: auto.")
    return KernelChoice("keras", obstacle)


def _find_obstacle(config: ModelConfig) -> str | None:
    if has_gpu():
        return "on a GPU Keras' own kernels are the fast ones"
    dtype = keras.config.dtype_policy().name  # the user's own keras.json may name another
    for position, recurrent in enumerate(config.recurrent):
        unmet = find_unmet({**recurrent.model_dump(), "dtype": dtype})
        if unmet is not None:
            return f"model.recurrent[{position}].{unmet}"
    return None
