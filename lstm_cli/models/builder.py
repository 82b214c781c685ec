"""The one builder: a configuration's list of layers → a Keras model. A variant is a YAML file."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from pydantic import BaseModel

from lstm_cli.config import ModelConfig, Pooling, RecurrentLayer, Regularizer
from lstm_cli.modelfile.shapes import NEVER_THE_MAXIMUM, ModelSizes

# What a cell's name in the configuration stands for. A new cell: a section in the schema, a line here.
_LAYER_CLASSES = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}
_POOLING_CLASSES = {"max": keras.layers.GlobalMaxPooling1D, "mean": keras.layers.GlobalAveragePooling1D}

# Keys of a recurrent layer that are layers of their own here, not arguments of Keras' layer.
_NOT_ARGUMENTS = {"cell", "bidirectional", "merge_mode", "output_dropout", "return_sequences"}


def build_model(config: ModelConfig, *, sizes: ModelSizes, maxlen: int | None) -> keras.Model:
    """Build the model that gives `float32[batch, outputs]`.

    A single output is the probability of the second of two classes; several are those of as many classes. The
    inputs are, in this order and by these names:

    - `tokens`: `int32[batch, maxlen]`, 0 where there is padding;
    - `channels`: `float32[batch, maxlen, channels]`, what is told of each token beside the word, if any;
    - `logit`: `float32[batch, outputs]`, what is known of the text beforehand, with `logit_skip`.

    A model that is a chain of layers and reads tokens alone is a `Sequential`, any other a functional model of
    Keras' own layers.

    Args:
        config: the layers.
        sizes: that the layers do not say.
        maxlen: tokens of a review; None for a model that takes any number, the same in a batch.
    """
    if config.is_chain(channels=sizes.channels):
        return _build_chain(config, sizes=sizes, maxlen=maxlen)
    return _build_graph(config, sizes=sizes, maxlen=maxlen)


def build_ensemble(config: ModelConfig, *, members: int, sizes: ModelSizes, maxlen: int | None) -> keras.Model:
    """Build a model that gives the mean of what members of the same layers give, with inputs as `build_model`.

    Each member is a model of its own in it, so that its weights come one member's after the other's.
    """
    models = [build_model(config, sizes=sizes, maxlen=maxlen) for _ in range(members)]
    inputs = [keras.Input(one.shape[1:], dtype=one.dtype, name=one.name) for one in models[0].inputs]
    given = inputs if len(inputs) > 1 else inputs[0]
    results = []
    for number, model in enumerate(models, start=1):
        model.name = f"member_{number}"
        results.append(model(given))
    return keras.Model(given, keras.layers.Average(name="mean")(results))


def _build_chain(config: ModelConfig, *, sizes: ModelSizes, maxlen: int | None) -> keras.Sequential:
    tokens = keras.Input((maxlen,), dtype="int32", name="tokens")
    layers = [tokens, *_build_embedding(config, num_words=sizes.num_words)]
    for position in range(len(config.recurrent)):
        layers += _build_recurrent(config, position)
    if config.pooling != "last":
        layers.append(_POOLING_CLASSES[config.poolings[0]](name="pooling"))
    return keras.Sequential([*layers, *_build_dense(config), _build_output(sizes.outputs)])


def _build_graph(config: ModelConfig, *, sizes: ModelSizes, maxlen: int | None) -> keras.Model:
    """Build a functional model, in which masks are an input of the layers that skip padding.

    As `Embedding(mask_zero=True)` makes them they are no layer's output, and such a model does not come back from
    an `.h5` file ("Unknown layer: 'NotEqual'").
    """
    inputs = [keras.Input((maxlen,), dtype="int32", name="tokens")]
    mask = None
    if config.embedding.mask_zero:
        # 1 for a token, 0 for padding.
        numbers = keras.layers.Rescaling(1.0, name="token_numbers")(inputs[0])
        mask = keras.layers.ReLU(max_value=1.0, name="mask")(numbers)
        config = config.model_copy(update={"embedding": config.embedding.model_copy(update={"mask_zero": False})})
    masked = {} if mask is None else {"mask": mask}
    x = _apply(_build_embedding(config, num_words=sizes.num_words), inputs[0])
    if sizes.channels:
        inputs.append(keras.Input((maxlen, sizes.channels), name="channels"))
        x = keras.layers.Concatenate(name="words_and_channels")([x, inputs[-1]])
    for position in range(len(config.recurrent)):
        recurrent, *dropout = _build_recurrent(config, position)
        x = _apply(dropout, recurrent(x, **masked))
    pooled = [_pool(x, name, mask=mask) for name in config.poolings]
    x = keras.layers.Concatenate(name="pooling")(pooled) if len(pooled) > 1 else pooled[0]
    x = _apply(_build_dense(config), x)
    if config.logit_skip is not None:
        inputs.append(keras.Input((sizes.outputs,), name="logit"))
        x = keras.layers.Concatenate(name="features_and_logit")([x, inputs[-1]])
    output = _build_output(sizes.outputs)
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], output(x))
    if config.logit_skip is not None:
        # Its initialiser drew the logit's rows as all others.
        kernel, bias = output.get_weights()
        kernel[-sizes.outputs :] = float(config.logit_skip.initial) * np.eye(sizes.outputs)
        output.set_weights([kernel, bias])
    return model


def _apply(layers: list[keras.layers.Layer], x: keras.KerasTensor) -> keras.KerasTensor:
    for layer in layers:
        x = layer(x)
    return x


def _pool(x: keras.KerasTensor, name: Pooling, *, mask: keras.KerasTensor | None) -> keras.KerasTensor:
    """Return `float32[batch, units]` of `float32[batch, steps, units]`, or of the last state, which is that."""
    if name == "last":
        return x
    layer = _POOLING_CLASSES[name](name=f"pooling_{name}")
    if mask is None:
        return layer(x)
    if name == "mean":
        return layer(x, mask=mask)
    # Keras' maximum knows no mask.
    padding = keras.layers.Rescaling(-NEVER_THE_MAXIMUM, NEVER_THE_MAXIMUM, name="padding")(mask)
    padding = keras.layers.Reshape((-1, 1), name="padding_steps")(padding)
    return layer(keras.layers.Add(name="without_padding")([x, padding]))


def _build_embedding(config: ModelConfig, *, num_words: int) -> list[keras.layers.Layer]:
    arguments = _read_arguments(config.embedding, leave_out={"spatial_dropout", "vectors"})
    layers = [keras.layers.Embedding(num_words, name="embedding", **arguments)]
    if config.embedding.spatial_dropout:
        layers.append(keras.layers.SpatialDropout1D(config.embedding.spatial_dropout, name="embedding_dropout"))
    return layers


def _build_recurrent(config: ModelConfig, position: int) -> list[keras.layers.Layer]:
    """Return the recurrent layer at a position, and the dropout behind it."""
    recurrent = config.recurrent[position]
    name = f"{recurrent.cell}_{position + 1}"
    return_sequences = config.derive_return_sequences(position)
    layers = [
        _build_recurrent_layer(
            recurrent,
            layer_class=_LAYER_CLASSES[recurrent.cell],
            return_sequences=return_sequences,
            name=name,
        )
    ]
    if recurrent.output_dropout:
        layers.append(keras.layers.Dropout(recurrent.output_dropout, name=f"{name}_dropout"))
    return layers


def _build_dense(config: ModelConfig) -> list[keras.layers.Layer]:
    """Return the dense layers before the output, with every dropout."""
    layers = []
    for position, dense in enumerate(config.dense):
        name = f"dense_{position + 1}"
        arguments = _read_arguments(dense, leave_out={"output_dropout"})
        layers.append(keras.layers.Dense(name=name, **arguments))
        if dense.output_dropout:
            layers.append(keras.layers.Dropout(dense.output_dropout, name=f"{name}_dropout"))
    if config.dropout:
        layers.append(keras.layers.Dropout(config.dropout, name="dropout"))
    return layers


def _build_output(outputs: int) -> keras.layers.Dense:
    return keras.layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax", name="output")


def _build_recurrent_layer(
    config: RecurrentLayer, *, layer_class: type[keras.layers.Layer], return_sequences: bool, name: str
) -> keras.layers.Layer:
    arguments = _read_arguments(config, leave_out=_NOT_ARGUMENTS)
    if not config.bidirectional:
        return layer_class(return_sequences=return_sequences, name=name, **arguments)
    # Bidirectional names its two halves after the layer it wraps.
    inner = layer_class(return_sequences=return_sequences, name=config.cell, **arguments)
    return keras.layers.Bidirectional(inner, merge_mode=config.merge_mode, name=name)


def _read_arguments(config: BaseModel, *, leave_out: set[str] | None = None) -> dict[str, Any]:
    """Return a section's keys and values as arguments of the Keras layer they are named after."""
    arguments: dict[str, Any] = {}
    for key in type(config).model_fields:
        value = getattr(config, key)
        if key in (leave_out or ()):
            continue
        arguments[key] = keras.regularizers.L1L2(**dict(value)) if isinstance(value, Regularizer) else value
    return arguments
