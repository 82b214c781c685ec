"""Keras' optimisers with the update of a weight array as one of TensorFlow's operations instead of a dozen.

`ResourceApplyAdam` and its like do the same arithmetic in one walk over the memory, in place. Of the optimiser
only the update itself differs: clipping, weight decay, the learning rate and all variables are Keras', so that the
state of the one is the state of the other. For one copy of a model in float32, on a CPU; model files never hold
these.
"""

from __future__ import annotations

from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lstm_cli.kernels.deferred_adam import DeferredAdam

# TensorFlow's RMSprop wants an array for the momentum even without one: below, that costs more than it gains.
_LEAST_FOR_RMSPROP: Final = 1 << 15


class _AdamUpdate:
    table: DeferredAdam | None = None  # an embedding's, which takes the steps of its rows when they are read

    def _backend_update_step(
        self: Any,
        gradients: list[tf.Tensor | tf.IndexedSlices],
        variables: list[keras.Variable],
        learning_rate: tf.Tensor,
    ) -> None:
        """Update all weight arrays (https://www.tensorflow.org/api_docs/python/tf/raw_ops/ResourceApplyAdam).

        Of a gradient that is only of some rows, each but once, the table learns.
        """
        if self.amsgrad:
            super()._backend_update_step(gradients, variables, learning_rate)  # type: ignore[misc]  # Keras' own
            return
        # Asked once, not for every array: of a small model's step such operations are a good part.
        step = tf.cast(tf.convert_to_tensor(self.iterations) + 1, tf.float32)
        powers = [tf.pow(tf.constant(beta, tf.float32), step) for beta in (self.beta_1, self.beta_2)]
        for gradient, variable in zip(gradients, variables, strict=True):
            if isinstance(gradient, tf.IndexedSlices):
                self._learn_rows(gradient, learning_rate)
                continue
            momentum, velocity = self.find_moments(variable)
            tf.raw_ops.ResourceApplyAdam(
                var=variable.value.handle,
                m=momentum.value.handle,
                v=velocity.value.handle,
                beta1_power=powers[0],
                beta2_power=powers[1],
                lr=learning_rate,
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=self.epsilon,
                grad=gradient,
            )

    def _learn_rows(self, gradient: tf.IndexedSlices, learning_rate: tf.Tensor) -> None:
        table = self.table
        if table is None:
            raise ValueError("expected a gradient of all rows: no table learns by itself")

        def learn(rows: NDArray[np.int32], values: NDArray[np.float32], rate: NDArray[np.float32]) -> None:
            table.learn(rows, values, learning_rate=float(rate))

        tf.numpy_function(learn, [gradient.indices, gradient.values, tf.convert_to_tensor(learning_rate)], [])

    def find_moments(self: Any, variable: keras.Variable) -> tuple[keras.Variable, keras.Variable]:
        """Return the variables that hold a weight array's momentums and velocities."""
        index = self._get_variable_index(variable)
        return self._momentums[index], self._velocities[index]


class FusedAdam(_AdamUpdate, keras.optimizers.Adam):  # type: ignore[misc]  # Keras ships no type information
    """`keras.optimizers.Adam` (https://keras.io/api/optimizers/adam)."""


class FusedAdamW(_AdamUpdate, keras.optimizers.AdamW):  # type: ignore[misc]  # Keras ships no type information
    """`keras.optimizers.AdamW` (https://keras.io/api/optimizers/adamw)."""


class FusedAdadelta(keras.optimizers.Adadelta):  # type: ignore[misc]  # Keras ships no type information
    """`keras.optimizers.Adadelta` (https://keras.io/api/optimizers/adadelta)."""

    def update_step(self, grad: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """Update one weight array (https://www.tensorflow.org/api_docs/python/tf/raw_ops/ResourceApplyAdadelta)."""
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdadelta(
            var=variable.handle,
            accum=self._accumulated_grads[index].value.handle,
            accum_update=self._accumulated_delta_vars[index].value.handle,
            lr=learning_rate,
            rho=self.rho,
            epsilon=self.epsilon,
            grad=grad,
        )


class FusedRMSprop(keras.optimizers.RMSprop):  # type: ignore[misc]  # Keras ships no type information
    """`keras.optimizers.RMSprop` (https://keras.io/api/optimizers/rmsprop)."""

    def build(self, variables: list[keras.Variable]) -> None:
        """Make the optimiser's variables, and what TensorFlow's operation wants besides; that is no state."""
        super().build(variables)
        self._increments = [
            tf.Variable(tf.zeros(variable.shape)) if self._suits(variable) else None for variable in variables
        ]

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """Update one weight array (https://www.tensorflow.org/api_docs/python/tf/raw_ops/ResourceApplyRMSProp)."""
        if not self._suits(variable):
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable.handle,
            ms=self._velocities[index].value.handle,
            mom=self._increments[index].handle,
            lr=learning_rate,
            rho=self.rho,
            momentum=0.0,
            epsilon=self.epsilon,
            grad=gradient,
        )

    def _suits(self, variable: tf.Variable) -> bool:
        return not (self.centered or self.momentum) and int(np.prod(variable.shape)) >= _LEAST_FOR_RMSPROP
