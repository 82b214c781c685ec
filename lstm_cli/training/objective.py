"""What a training makes small, and what it counts: for two classes or more, each review alike or by its class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_cli.classes import Classes
from lstm_cli.config import TrainingConfig

# Both give float32[batch, 1] pairs their mean over the batch, or float32[batch, classes] ones.
_LOSS_CLASSES = {
    "binary_crossentropy": (keras.losses.BinaryCrossentropy, keras.losses.CategoricalCrossentropy),
    "mean_squared_error": (keras.losses.MeanSquaredError, keras.losses.MeanSquaredError),
}


@dataclass(frozen=True, eq=False)
class Objective:
    """The loss and the counts over a batch.

    In its methods `labels` are `float32[batch, 1]`, each a class' place, and `probabilities` what the model gives:
    `float32[batch, outputs]`.

    Attributes:
        loss: the mean over a batch.
        outputs: units of the model's last layer: `Classes.outputs`.
        class_weights: `float32[classes]`, how much a review of each class counts in training; None for all alike.
        counts_confusions: whether the judgement needs to know which class is taken for which.
    """

    loss: keras.losses.Loss
    outputs: int = 1
    class_weights: tf.Tensor | None = None
    counts_confusions: bool = False

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return max(2, self.outputs)

    def add_up(
        self, labels: tf.Tensor, probabilities: tf.Tensor, *, penalty: tf.Tensor, training: bool
    ) -> tf.Tensor:
        """Return the sum of the reviews' losses, a penalty added to each.

        In training each review counts by its class' weight, as Keras has it.
        """
        losses = self.loss.call(self._encode(labels), probabilities)
        weights = self._find_weights(labels) if training else None
        return tf.reduce_sum((losses if weights is None else losses * weights) + penalty)

    def count_right(self, labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        """Count as Keras' accuracy does: the second of two classes is what lies above 0.5, else the likeliest."""
        if self.outputs == 1:
            return tf.reduce_sum(tf.cast((probabilities > 0.5) == (labels > 0.5), tf.float32))
        return tf.reduce_sum(tf.cast(self._predict(probabilities) == tf.cast(labels[:, 0], tf.int32), tf.float32))

    def count_confusions(self, labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        """Return `float32[classes, classes]`, rows the true class; of no class where nobody asks for them."""
        if not self.counts_confusions:
            return tf.zeros((0, 0))
        true = tf.cast(labels[:, 0], tf.int32)
        return tf.math.confusion_matrix(true, self._predict(probabilities), self.classes, dtype=tf.float32)

    def _encode(self, labels: tf.Tensor) -> tf.Tensor:
        return labels if self.outputs == 1 else tf.one_hot(tf.cast(labels[:, 0], tf.int32), self.outputs)

    def _predict(self, probabilities: tf.Tensor) -> tf.Tensor:
        if self.outputs == 1:
            return tf.cast(probabilities[:, 0] > 0.5, tf.int32)
        return tf.argmax(probabilities, axis=1, output_type=tf.int32)

    def _find_weights(self, labels: tf.Tensor) -> tf.Tensor | None:
        return (
            None if self.class_weights is None else tf.gather(self.class_weights, tf.cast(labels[:, 0], tf.int32))
        )


def build_objective(config: TrainingConfig, *, classes: Classes, labels: NDArray[np.int32]) -> Objective:
    """Build the objective of a training.

    Args:
        config: the loss, the classes' weights and what is monitored.
        classes: of the data.
        labels: `int32[n]`, of the training part, by which `balanced` weights are found.
    """
    weights = _find_class_weights(config, classes=classes, labels=labels)
    rules = (config.early_stopping, config.reduce_lr_on_plateau)
    return Objective(
        loss=build_loss(config.loss, outputs=classes.outputs),
        outputs=classes.outputs,
        class_weights=None if weights is None else tf.constant(weights, tf.float32),
        counts_confusions=any(rule is not None and rule.monitor == "val_macro_f1" for rule in rules),
    )


def build_loss(name: str, *, outputs: int = 1) -> keras.losses.Loss:
    """Build the loss of that name for a model of so many outputs (https://keras.io/api/losses).

    With several, `binary_crossentropy` stands for Keras' categorical one, and both are of one-hot labels.
    """
    return _LOSS_CLASSES[name][outputs > 1]()


def _find_class_weights(
    config: TrainingConfig, *, classes: Classes, labels: NDArray[np.int32]
) -> Sequence[float] | NDArray[np.float64] | None:
    given = config.class_weight
    if given is None:
        return None
    if given == "balanced":  # scikit-learn's: a class counts as much as any other
        counts = np.bincount(labels, minlength=len(classes))
        return np.divide(len(labels), len(classes) * counts, out=np.zeros(len(classes)), where=counts > 0)
    return [given.get(name, 1.0) for name in classes.names]
