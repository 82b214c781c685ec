"""The one builder: a configuration's list of layers → a Keras model. A variant is a YAML file."""

from __future__ import annotations

from typing import Any

import keras
from pydantic import BaseModel

from lstm_cli.config import DenseLayer, ModelConfig, RecurrentLayer, Regularizer

# What a cell's name in the configuration stands for. A new cell: a section in the schema, a line here.
_LAYER_CLASSES = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}

# Keys of a recurrent layer that are layers of their own here, not arguments of Keras' layer.
_NOT_ARGUMENTS = {"cell", "bidirectional", "merge_mode", "output_dropout", "return_sequences"}


def build_model(config: ModelConfig, *, num_words: int, maxlen: int, outputs: int = 1) -> keras.Sequential:
    """Build the model that turns `int32[batch, maxlen]` into `float32[batch, outputs]`.

    A single output is the probability of the second of two classes; several are those of as many classes.

    Args:
        config: the layers.
        num_words: size of the vocabulary.
        maxlen: tokens of a review.
        outputs: units of the last layer: `Classes.outputs`.
    """
    layers = [
        keras.Input((maxlen,), dtype="int32", name="tokens"),
        keras.layers.Embedding(num_words, name="embedding", **_read_arguments(config.embedding)),
    ]
    for position, recurrent in enumerate(config.recurrent):
        name = f"{recurrent.cell}_{position + 1}"
        layers.append(
            _build_recurrent_layer(
                recurrent,
                layer_class=_LAYER_CLASSES[recurrent.cell],
                return_sequences=config.derive_return_sequences(position),
                name=name,
            )
        )
        if recurrent.output_dropout:
            layers.append(keras.layers.Dropout(recurrent.output_dropout, name=f"{name}_dropout"))
    if config.pooling == "max":
        layers.append(keras.layers.GlobalMaxPooling1D(name="pooling"))
    elif config.pooling == "mean":
        layers.append(keras.layers.GlobalAveragePooling1D(name="pooling"))
    for position, dense in enumerate(config.dense):
        name = f"dense_{position + 1}"
        layers.append(_build_dense_layer(dense, name=name))
        if dense.output_dropout:
            layers.append(keras.layers.Dropout(dense.output_dropout, name=f"{name}_dropout"))
    if config.dropout:
        layers.append(keras.layers.Dropout(config.dropout, name="dropout"))
    layers.append(keras.layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax", name="output"))
    return keras.Sequential(layers)


def _build_recurrent_layer(
    config: RecurrentLayer, *, layer_class: type[keras.layers.Layer], return_sequences: bool, name: str
) -> keras.layers.Layer:
    arguments = _read_arguments(config, leave_out=_NOT_ARGUMENTS)
    if not config.bidirectional:
        return layer_class(return_sequences=return_sequences, name=name, **arguments)
    # Bidirectional names its two halves after the layer it wraps.
    inner = layer_class(return_sequences=return_sequences, name=config.cell, **arguments)
    return keras.layers.Bidirectional(inner, merge_mode=config.merge_mode, name=name)


def _build_dense_layer(config: DenseLayer, *, name: str) -> keras.layers.Layer:
    return keras.layers.Dense(name=name, **_read_arguments(config, leave_out={"output_dropout"}))


def _read_arguments(config: BaseModel, *, leave_out: set[str] | None = None) -> dict[str, Any]:
    """Return a section's keys and values as arguments of the Keras layer they are named after."""
    arguments: dict[str, Any] = {}
    for key in type(config).model_fields:
        value = getattr(config, key)
        if key in (leave_out or ()):
            continue
        arguments[key] = keras.regularizers.L1L2(**dict(value)) if isinstance(value, Regularizer) else value
    return arguments
