"""What the kernels ask of a recurrent layer's settings; known without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Numbers in an embedding's table from which on an optimiser's walk through all of it takes long.
LARGE_TABLE: Final = 1 << 17
_REQUIRED: Final = {
    "dtype": "float32",
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "recurrent_dropout": 0.0,
    "reset_after": True,
    "unroll": False,
    "stateful": False,
    "implementation": 2,
}


def find_unmet(settings: Mapping[str, object]) -> str | None:
    """Return the first of a layer's settings that the kernels cannot follow, by Keras' name, or None.

    Args:
        settings: Keras' arguments; of what is not among them, Keras' default is one that they can follow.
    """
    return next((key for key, value in _REQUIRED.items() if settings.get(key, value) != value), None)
