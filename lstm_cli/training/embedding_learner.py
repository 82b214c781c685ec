"""An embedding that learns by itself while steps are taken: of Adam's update, only what a batch reads.

Over a vocabulary of 10,000 words, Adam's walk through all rows takes half as long as the recurrence of short
reviews does. For which trainings it pays and is the same: `lazy_rows.py`.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from lstm_cli.kernels.deferred_adam import AdamSettings, DeferredAdam
from lstm_cli.models.fast_layers import EmbeddedRecurrence
from lstm_cli.training.fused_optimizer import FusedAdam


class EmbeddingLearner:
    """The table of a model's first layer, outside of TensorFlow from `begin` to `settle`.

    Made, it is the layer's for good: a pass with `training=True` reads its table, not the variable; and the
    optimiser has it take the steps of the variable's gradient.

    Args:
        layer: the first.
        optimizer: built; its variables are read and written, and its steps are counted with the other weights'.
    """

    def __init__(self, layer: EmbeddedRecurrence, optimizer: FusedAdam) -> None:
        self._optimizer = optimizer
        self._variables = (layer.embedding.embeddings, *optimizer.find_moments(layer.embedding.embeddings))
        settings = AdamSettings(optimizer.beta_1, optimizer.beta_2, optimizer.epsilon)
        self._table = DeferredAdam(settings, layer.embedding.embeddings.shape)
        self._is_learning = False
        layer.learner = optimizer.table = self._table

    def begin(self) -> None:
        """Take the table over, unless that has been done."""
        if not self._is_learning:
            # Each is seen where it lies: three copies at once would be memory for nothing.
            arrays = [np.asarray(tf.convert_to_tensor(variable.value)) for variable in self._variables]
            self._table.load(*arrays, step=int(self._optimizer.iterations))
            self._is_learning = True

    def settle(self) -> None:
        """Give the table back, with all steps taken."""
        if self._is_learning:
            for variable, array in zip(self._variables, self._table.settle(), strict=True):
                variable.assign(array)
            self._is_learning = False


def build_embedding_learner(model: keras.Model) -> EmbeddingLearner | None:
    """Build the learner of a model's embedding; None where it shall not learn, or is not read row by row.

    Args:
        model: of a training for which `learns_when_read`, with a `FusedAdam` that is built for it.
    """
    first = model.layers[0]
    reads_rows = isinstance(first, EmbeddedRecurrence) and first.embedding.trainable
    return EmbeddingLearner(first, model.optimizer) if reads_rows else None
