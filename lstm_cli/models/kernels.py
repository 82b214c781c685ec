"""Which recurrent kernel a model runs on, what stands in the fast one's way, and a model's copy on either."""

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


def build_copy(model: keras.Model, *, kernel: KernelName) -> keras.Model:
    """Build a copy of what `build_model` gave, with the layers of a kernel.

    Both kinds hold the same weights in the same order, and draw the same dropout masks. What XLA compiles draws
    others, for it has random numbers of its own.
    """
    if kernel == "fast":
        from lstm_cli.kernels.precompilation import finish_precompilation
        from lstm_cli.models.fast_layers import build_fast_model

        finish_precompilation()
        return build_fast_model(model)
    # A layer without a seed takes one when it is made. The fast model is a copy, and so is Keras' own: its layers
    # are then made as often and in the same order, and take the same seeds.
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def _find_obstacle(config: ModelConfig) -> str | None:
    if has_gpu():
        return "on a GPU Keras' own kernels are the fast ones"
    dtype = keras.config.dtype_policy().name  # the user's own keras.json may name another
    for position, recurrent in enumerate(config.recurrent):
        unmet = find_unmet({**recurrent.model_dump(), "dtype": dtype})
        if unmet is not None:
            return f"model.recurrent[{position}].{unmet}"
    return None
