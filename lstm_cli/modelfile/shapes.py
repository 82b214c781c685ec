"""The numbers that a configuration implies, worked out without building anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypedDict

from lstm_cli.classes import Classes
from lstm_cli.config import Config, GRULayer, ModelConfig, RecurrentLayer

# Gates of a cell: each has its own columns in the layer's kernels.
_GATES = {"lstm": 4, "gru": 3, "simple_rnn": 1}

Shape = tuple[int, ...]

NEVER_THE_MAXIMUM = -1e9
"""Added to a step of padding where a maximum is taken: far below what any layer gives."""


class ModelSizes(TypedDict):
    """What of a model's sizes its layers do not say; arguments of the functions below.

    Attributes:
        num_words: size of the vocabulary.
        outputs: units of the last layer, `Classes.outputs`: one for two classes.
        channels: numbers that are read at a token beside the word.
    """

    num_words: int
    outputs: int
    channels: int


def measure_model(config: Config, *, classes: Classes) -> ModelSizes:
    """Return the sizes of a configuration's model for some classes."""
    return ModelSizes(
        num_words=config.data.num_words,
        outputs=classes.outputs,
        channels=config.count_channels(classes=len(classes)),
    )


def list_weight_shapes(config: ModelConfig, *, num_words: int, outputs: int = 1, channels: int = 0) -> list[Shape]:
    """Return the shape of every weight array, in the order of Keras' `model.get_weights()`."""
    layers = iter_layer_shapes(config, num_words=num_words, outputs=outputs, channels=channels)
    return [shape for _, shapes in layers for shape in shapes]


def list_stored_shapes(config: Config, *, classes: Classes) -> list[Shape]:
    """Return the shape of every weight array of a model file: of an ensemble one member's after the other's."""
    return list_weight_shapes(config.model, **measure_model(config, classes=classes)) * config.members


def count_parameters(config: ModelConfig, *, num_words: int, outputs: int = 1, channels: int = 0) -> int:
    """Return how many numbers the model learns."""
    embedding, *others = list_weight_shapes(config, num_words=num_words, outputs=outputs, channels=channels)
    return sum(map(math.prod, others)) + config.embedding.trainable * math.prod(embedding)


def iter_layer_shapes(
    config: ModelConfig, *, num_words: int, outputs: int = 1, channels: int = 0
) -> Iterator[tuple[str, list[Shape]]]:
    """Yield the name of every layer that has weights, with their shapes."""
    width = config.embedding.output_dim
    yield "embedding", [(num_words, width)]
    width += channels
    for position, layer in enumerate(config.recurrent):
        directions = 2 if layer.bidirectional else 1
        yield f"{layer.cell}_{position + 1}", _list_recurrent_shapes(layer, width=width) * directions
        width = layer.units * (directions if layer.merge_mode == "concat" else 1)
    width *= len(config.poolings)
    for position, dense in enumerate(config.dense):
        shapes: list[Shape] = [(width, dense.units), (dense.units,)]
        yield f"dense_{position + 1}", shapes if dense.use_bias else shapes[:1]
        width = dense.units
    width += outputs if config.logit_skip is not None else 0
    yield "output", [(width, outputs), (outputs,)]


def _list_recurrent_shapes(layer: RecurrentLayer, *, width: int) -> list[Shape]:
    columns = _GATES[layer.cell] * layer.units
    shapes: list[Shape] = [(width, columns), (layer.units, columns)]
    if layer.use_bias:
        # With reset_after the GRU has a bias for the input and another for the state.
        shapes.append((2, columns) if isinstance(layer, GRULayer) and layer.reset_after else (columns,))
    return shapes
