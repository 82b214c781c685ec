"""The numbers that a configuration implies, worked out without building anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lstm_cli.classes import Classes
from lstm_cli.config import Config, GRULayer, ModelConfig, RecurrentLayer
from lstm_cli.errors import OutputError
from lstm_cli.modelfile.content import LARGEST_FILE

# Gates of a cell: each has its own columns in the layer's kernels.
_GATES = {"lstm": 4, "gru": 3, "simple_rnn": 1}

Shape = tuple[int, ...]

NEVER_THE_MAXIMUM = -1e9
"""Added to a step of padding where a maximum is taken: far below what any layer gives."""


@dataclass(frozen=True)
class ModelSizes:
    """What of a model's sizes its layers do not say.

    Attributes:
        num_words: size of the vocabulary.
        outputs: units of the last layer, `Classes.outputs`: one for two classes.
        channels: numbers that are read at a token beside the word.
    """

    num_words: int
    outputs: int = 1
    channels: int = 0


def measure_model(config: Config, *, classes: Classes) -> ModelSizes:
    """Return the sizes of a configuration's model for some classes."""
    return ModelSizes(
        num_words=config.data.num_words,
        outputs=classes.outputs,
        channels=config.count_channels(classes=len(classes)),
    )


def list_weight_shapes(config: ModelConfig, *, sizes: ModelSizes) -> list[Shape]:
    """Return the shape of every weight array, in the order of Keras' `model.get_weights()`."""
    return [shape for _, shapes in iter_layer_shapes(config, sizes=sizes) for shape in shapes]


def list_stored_shapes(config: Config, *, classes: Classes) -> list[Shape]:
    """Return the shape of every weight array of a model file: of an ensemble one member's after the other's."""
    return list_weight_shapes(config.model, sizes=measure_model(config, classes=classes)) * config.members


def check_size(config: Config, *, classes: Classes) -> None:
    """Check that a file of ours holds the model of a configuration; before it is trained, lest that is in vain.

    Raises:
        OutputError: it does not.
    """
    parameters = sum(map(math.prod, list_stored_shapes(config, classes=classes)))
    if 4 * parameters > LARGEST_FILE // 2:
        fewer = "words (data.num_words)" + (" or units" if config.members == 1 else ", units or members")
        raise OutputError(
            f"Cannot keep a model of {parameters:,} parameters; a file of ours holds {LARGEST_FILE // 8:,}. "
            f"Take fewer {fewer}."
        )


@dataclass(frozen=True)
class ParameterCounts:
    """How many numbers a model has.

    Attributes:
        trainable: those that it learns.
        non_trainable: those that stay as they begin, of a frozen embedding.
    """

    trainable: int
    non_trainable: int


def count_parameters(config: ModelConfig, *, sizes: ModelSizes) -> ParameterCounts:
    """Return how many numbers the model of a configuration has."""
    embedding, *others = (math.prod(shape) for shape in list_weight_shapes(config, sizes=sizes))
    if config.embedding.trainable:
        return ParameterCounts(sum(others) + embedding, 0)
    return ParameterCounts(sum(others), embedding)


def iter_layer_shapes(config: ModelConfig, *, sizes: ModelSizes) -> Iterator[tuple[str, list[Shape]]]:
    """Yield the name of every layer that has weights, with their shapes."""
    width = config.embedding.output_dim
    yield "embedding", [(sizes.num_words, width)]
    width += sizes.channels
    for position, layer in enumerate(config.recurrent):
        directions = 2 if layer.bidirectional else 1
        yield f"{layer.cell}_{position + 1}", _list_recurrent_shapes(layer, width=width) * directions
        width = layer.units * (directions if layer.merge_mode == "concat" else 1)
    width *= len(config.poolings)
    for position, dense in enumerate(config.dense):
        shapes: list[Shape] = [(width, dense.units), (dense.units,)]
        yield f"dense_{position + 1}", shapes if dense.use_bias else shapes[:1]
        width = dense.units
    width += sizes.outputs if config.logit_skip is not None else 0
    yield "output", [(width, sizes.outputs), (sizes.outputs,)]


def _list_recurrent_shapes(layer: RecurrentLayer, *, width: int) -> list[Shape]:
    columns = _GATES[layer.cell] * layer.units
    shapes: list[Shape] = [(width, columns), (layer.units, columns)]
    if layer.use_bias:
        # With reset_after the GRU has a bias for the input and another for the state.
        shapes.append((2, columns) if isinstance(layer, GRULayer) and layer.reset_after else (columns,))
    return shapes
