"""The losses that a training makes small, of all predictions at once, and the Brier score."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lstm_cli.evaluation.outputs import Floats, Integers, complete_probabilities

Loss = Literal["binary_crossentropy", "mean_squared_error"]
"""The loss as configurations name it; with more than two classes the first is the categorical one."""

EPSILON = 1e-7
"""How far from 0 and 1 a probability is kept before its logarithm is taken: `keras.config.epsilon()`."""


def compute_loss(labels: Integers, outputs: Floats, *, loss: Loss) -> float:
    """Return the mean loss as Keras computes it from probabilities, in float32 up to the mean.

    The clipping happens in float32, where 1 - 1e-7 is 1 - 1.19e-7: a confident error costs at most 16.1.
    `Model.evaluate` sees the logits before the sigmoid or softmax instead and may count such an error higher.

    Args:
        labels: `int32[n]`.
        outputs: as `complete_probabilities` takes them.
        loss: Keras' name of the loss (https://keras.io/api/losses/probabilistic_losses). With more than two
            classes cross-entropy is Keras' categorical one, and the squared error is that of one-hot labels.
    """
    probabilities = complete_probabilities(outputs)
    if probabilities.shape[1] == 2:
        losses = _compute_two_class_losses(labels, probabilities[:, 1], loss=loss)
    elif loss == "mean_squared_error":
        losses = np.square(probabilities - _encode_one_hot(labels, probabilities)).mean(axis=1)
    else:
        shares = probabilities / probabilities.sum(axis=1, keepdims=True)  # softmax adds up to 1 but for rounding
        losses = -np.log(_clip(shares[np.arange(len(labels)), labels]))
    return float(losses.mean(dtype=np.float64))


def compute_brier_score(labels: Integers, outputs: Floats) -> float:
    """Return the mean over the reviews of the squared distance between probabilities and one-hot label, halved.

    The sum over the classes is that of Brier (1950); halved it is from 0 to 1, and of two classes the mean squared
    distance of the second's probability, in float32 as `sklearn.metrics.brier_score_loss` computes it.

    Args:
        labels: `int32[n]`.
        outputs: as `complete_probabilities` takes them.
    """
    probabilities = complete_probabilities(outputs)
    distances = np.square(_encode_one_hot(labels, probabilities) - probabilities).sum(axis=1)
    return float(distances.mean() * 0.5)


def _compute_two_class_losses(labels: Integers, second: Floats, *, loss: Loss) -> Floats:
    """Return `float32[n]`, from the second class' probabilities, `float32[n]`."""
    targets = labels.astype(np.float32)
    if loss == "mean_squared_error":
        squares: Floats = np.square(second - targets)
        return squares
    clipped = _clip(second)
    losses: Floats = -(targets * np.log(clipped) + (1 - targets) * np.log(1 - clipped))
    return losses


def _clip(probabilities: Floats) -> Floats:
    return np.clip(probabilities, np.float32(EPSILON), np.float32(1.0 - EPSILON))


def _encode_one_hot(labels: Integers, probabilities: Floats) -> Floats:
    """Return 1 for each row's label and 0 elsewhere, of the shape and type of `probabilities`."""
    targets = np.zeros_like(probabilities)
    targets[np.arange(len(labels)), labels] = 1
    return targets
