"""Keras' activations on NumPy arrays (https://keras.io/api/layers/activations)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Activation = Callable[[Array], Array]

# Klambauer et al. 2017.
_SELU_SCALE: Final = np.float32(1.0507009873554805)
_SELU_ALPHA: Final = np.float32(1.6732632423543772)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), which overflows nowhere."""
    small: Array = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, np.float32(1), small) / (1 + small))


def softmax(x: Array) -> Array:
    """Return the exponentials of each row, divided by their sum."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _gelu(x: Array) -> Array:
    # The exact form, Keras' default; NumPy has no erf, and Python's is of one number.
    erf = np.array([math.erf(value) for value in (x / math.sqrt(2)).ravel().tolist()], np.float32).reshape(x.shape)
    return np.float32(0.5) * x * (1 + erf)


def _hard_sigmoid(x: Array) -> Array:
    return np.asarray(np.clip(x / 6 + np.float32(0.5), 0, 1))


def _hard_sigmoid_of_keras_2(x: Array) -> Array:
    return np.asarray(np.clip(np.float32(0.2) * x + np.float32(0.5), 0, 1))


def _softplus(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def _hard_silu(x: Array) -> Array:
    return x * _hard_sigmoid(x)


def _leaky_relu(x: Array) -> Array:
    return np.asarray(np.where(x > 0, x, np.float32(0.2) * x))


def _linear(x: Array) -> Array:
    return x


def _mish(x: Array) -> Array:
    return np.asarray(x * np.tanh(_softplus(x)))


def _relu(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0))


def _relu6(x: Array) -> Array:
    return np.asarray(np.clip(x, 0, 6))


def _selu(x: Array) -> Array:
    return np.asarray(_SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))))


def _silu(x: Array) -> Array:
    return x * sigmoid(x)


def _softsign(x: Array) -> Array:
    return np.asarray(x / (1 + np.abs(x)))


ACTIVATIONS: Mapping[str, Activation] = {
    "elu": _elu,
    "exponential": np.exp,
    "gelu": _gelu,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _hard_silu,
    "leaky_relu": _leaky_relu,
    "linear": _linear,
    "mish": _mish,
    "relu": _relu,
    "relu6": _relu6,
    "selu": _selu,
    "sigmoid": sigmoid,
    "silu": _silu,
    "softmax": softmax,
    "softplus": _softplus,
    "softsign": _softsign,
    "tanh": np.tanh,
}
"""By Keras' name; each maps `float32[…]` to `float32[…]`, and has a name of its own, so that a network pickles."""

KERAS_2_ACTIVATIONS: Mapping[str, Activation] = {**ACTIVATIONS, "hard_sigmoid": _hard_sigmoid_of_keras_2}
"""The same as Keras 2 has them."""
