"""Keras' recurrent layers with their inner loop run by the kernels, on a CPU.

The layers have the weights, names, shapes, configuration and dropout masks of Keras' own, so that weights copy
one to one with `get_weights` and `set_weights`. Only `RNN.inner_loop` differs, the method that Keras itself
exchanges for cuDNN. Model files never hold these classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import keras
import tensorflow as tf

from lstm_cli.kernels.cell import Cell
from lstm_cli.kernels.deferred_adam import DeferredAdam
from lstm_cli.kernels.frame import Direction
from lstm_cli.kernels.recurrence import CELLS
from lstm_cli.kernels.requirements import find_unmet
from lstm_cli.models.recurrence_operation import TensorInputs, run_recurrence


class _FastLoop:
    """`inner_loop` by the kernels, for a Keras layer that `find_obstacle` finds nothing against."""

    _recurrence: Cell

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        obstacle = find_obstacle(self)
        if obstacle is not None:
            raise ValueError(f"{type(self).__name__} cannot follow this setting of {obstacle!r}: use Keras' layer")
        self.supports_jit = False  # XLA cannot call the kernel

    def inner_loop(
        self: Any,
        sequences: tf.Tensor,
        initial_state: tf.Tensor | Sequence[tf.Tensor],
        mask: tf.Tensor | None,
        training: bool = False,
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Run all steps of a batch.

        Args:
            sequences: `float32[batch, steps, features]`.
            initial_state: `float32[batch, units]` for each state.
            mask: `bool[batch, steps]` or None.
            training: whether dropout applies.

        Returns:
            The last output `[batch, units]`, all outputs `[batch, steps or 1, units]`, and the final states
            where the layer hands them out.
        """
        masks = [tf.cast(one, tf.bool) for one in tf.nest.flatten(mask) if one is not None]
        dropout = self.cell.get_dropout_mask(sequences[:, 0, :]) if training and self.dropout else None
        inputs = TensorInputs(
            sequences, tuple(tf.nest.flatten(initial_state)), dropout=dropout, mask=masks[0] if masks else None
        )
        outputs, *final = self.run(inputs, training=training)
        return outputs[:, -1], outputs, final

    def run(self: Any, inputs: TensorInputs, *, training: bool) -> list[tf.Tensor]:
        """Return the outputs `float32[batch, steps or 1, units]`, and with `return_state` the final states."""
        weights = [self.cell.kernel, self.cell.recurrent_kernel]
        if self.cell.bias is not None:
            weights.append(self.cell.bias)
        direction = Direction(self.go_backwards, self.return_sequences, self.zero_output_for_mask)
        tensors = [tf.convert_to_tensor(weight) for weight in weights]
        return run_recurrence(
            self._recurrence,
            direction,
            inputs=inputs,
            weights=tensors,
            keep=bool(training),
            return_state=self.return_state,
        )


@keras.saving.register_keras_serializable(package="lstm_cli")  # Bidirectional rebuilds its layer by its name
class FastLSTM(_FastLoop, keras.layers.LSTM):  # type: ignore[misc]  # Keras ships no type information
    """`keras.layers.LSTM` on a CPU (https://keras.io/api/layers/recurrent_layers/lstm)."""

    _recurrence = CELLS["lstm"]


@keras.saving.register_keras_serializable(package="lstm_cli")
class FastGRU(_FastLoop, keras.layers.GRU):  # type: ignore[misc]  # Keras ships no type information
    """`keras.layers.GRU` on a CPU (https://keras.io/api/layers/recurrent_layers/gru)."""

    _recurrence = CELLS["gru"]


@keras.saving.register_keras_serializable(package="lstm_cli")
class FastSimpleRNN(_FastLoop, keras.layers.SimpleRNN):  # type: ignore[misc]  # Keras ships no type information
    """`keras.layers.SimpleRNN` on a CPU (https://keras.io/api/layers/recurrent_layers/simple_rnn)."""

    _recurrence = CELLS["simple_rnn"]

    def get_config(self) -> dict[str, Any]:
        """Return Keras' configuration with the `seed` that Keras 3.15 leaves out of it."""
        return {**super().get_config(), "seed": self.cell.seed}


@keras.saving.register_keras_serializable(package="lstm_cli")
class EmbeddedRecurrence(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no type information
    """An embedding and the fast layer behind it in one: the kernel reads the embedding's rows where they lie.

    Saves writing a batch's vectors and their gradients, and the gradient's sum by word that TensorFlow takes long
    for. The weights are those of the two layers, in their order.

    Args:
        embedding: reads `int32[batch, steps]`.
        recurrent: `FastLSTM`, `FastGRU` or `FastSimpleRNN`, that does not hand out its states.
        **kwargs: Keras' own.

    Attributes:
        learner: keeps the table in training, in place of the embedding's variable; or None.
    """

    def __init__(
        self, embedding: keras.layers.Embedding, recurrent: FastLSTM | FastGRU | FastSimpleRNN, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.embedding = embedding
        self.recurrent = recurrent
        self.learner: DeferredAdam | None = None
        self.supports_jit = False  # XLA cannot call the kernel
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights of both layers."""
        self.embedding.build(input_shape)
        self.recurrent.build((*input_shape, self.embedding.output_dim))

    def compute_mask(self, tokens: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor | None:  # noqa: ARG002 - Keras' signature
        """Return which steps are words, for the next layer, where it is given steps."""
        return self.embedding.compute_mask(tokens) if self.recurrent.return_sequences else None

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the recurrent layer's."""
        shape: tuple[int | None, ...] = self.recurrent.compute_output_shape(
            (*input_shape, self.embedding.output_dim)
        )
        return shape

    def call(self, tokens: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return `float32[batch, units]`, or all steps' outputs.

        Args:
            tokens: `int32[batch, steps]`.
            training: whether dropout applies.
        """
        layer = self.recurrent
        table = tf.convert_to_tensor(self.embedding.embeddings)
        batch = tf.shape(tokens)[0]
        # As Keras does: a mask for every call, so that the seeds run on in training and in validation alike.
        dropout = layer.cell.get_dropout_mask(tf.zeros((batch, table.shape[1])))
        layer.cell.reset_dropout_mask()
        learner = self.learner if training else None
        inputs = TensorInputs(
            table,
            (),  # zeros, as Keras begins
            tokens=tf.cast(tokens, tf.int32),
            dropout=dropout if training else None,
            mask=self.embedding.compute_mask(tokens),
            learner=learner,
        )
        outputs = layer.run(inputs, training=training)[0]
        return outputs if layer.return_sequences else outputs[:, -1]


_FAST: Final[dict[Any, Any]] = {
    keras.layers.LSTM: FastLSTM,
    keras.layers.GRU: FastGRU,
    keras.layers.SimpleRNN: FastSimpleRNN,
}


def find_obstacle(layer: keras.layers.Layer) -> str | None:
    """Return the argument of Keras' that keeps a recurrent layer from the kernels, or None.

    Args:
        layer: an LSTM, GRU or SimpleRNN, or a Bidirectional of one.

    Returns:
        Keras' name of the argument, such as `"recurrent_dropout"`; `"cell"` for any other kind of layer.
    """
    if isinstance(layer, keras.layers.Bidirectional):
        return find_obstacle(layer.forward_layer) or find_obstacle(layer.backward_layer)
    if _match_fast_class(layer) is None:
        return "cell"
    cell = layer.cell
    settings = {
        "dtype": layer.compute_dtype,
        "activation": cell.activation.__name__,
        "recurrent_activation": getattr(getattr(cell, "recurrent_activation", None), "__name__", "sigmoid"),
        "recurrent_dropout": cell.recurrent_dropout,
        "reset_after": getattr(cell, "reset_after", True),
        "unroll": layer.unroll,
        "stateful": layer.stateful,
        "implementation": getattr(cell, "implementation", 2),
    }
    return find_unmet(settings)


def _match_fast_class(layer: keras.layers.Layer) -> Any:  # noqa: ANN401 - one of three classes of Keras' making
    return next((fast for stock, fast in _FAST.items() if isinstance(layer, stock)), None)


def build_fast_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return an unbuilt layer of the same configuration that uses the kernels.

    Args:
        layer: any layer; one against which `find_obstacle` finds something is copied as it is.
    """
    config = layer.get_config()
    if find_obstacle(layer) is not None:
        return type(layer).from_config(config)
    if isinstance(layer, keras.layers.Bidirectional):
        return keras.layers.Bidirectional(
            build_fast_layer(layer.forward_layer),
            merge_mode=layer.merge_mode,
            backward_layer=build_fast_layer(layer.backward_layer),
            name=layer.name,
        )
    return _match_fast_class(layer).from_config(
        {**config, "seed": layer.cell.seed}
    )  # SimpleRNN's configuration lacks it


def build_fast_model(model: keras.Model) -> keras.Model:
    """Return a model with the same weights, in the same order, whose recurrent layers use the kernels.

    Between the two, weights are copied with `get_weights` and `set_weights`. What the kernels cannot run stays
    Keras' own. A `Sequential` model that begins with an embedding and a fast layer gets them in one.

    Args:
        model: built, `Sequential` or functional.
    """
    layers = model.layers
    fused = (
        isinstance(model, keras.Sequential)
        and len(layers) >= 2
        and isinstance(layers[0], keras.layers.Embedding)
        and layers[0].compute_dtype == "float32"
        and layers[0].trainable  # else the kernel would add up a gradient that nobody asks for
        and _match_fast_class(layers[1]) is not None
        and find_obstacle(layers[1]) is None
        and not layers[1].return_state
    )
    if fused:
        first = EmbeddedRecurrence(build_fast_layer(layers[0]), build_fast_layer(layers[1]))
        shape, kind = model.input_shape, model.inputs[0].dtype
        rest = [build_fast_layer(layer) for layer in layers[2:]]
        fast = keras.Sequential([keras.Input(batch_shape=shape, dtype=kind), first, *rest], name=model.name)
    else:
        fast = keras.models.clone_model(model, clone_function=build_fast_layer)
    fast.set_weights(model.get_weights())
    return fast
