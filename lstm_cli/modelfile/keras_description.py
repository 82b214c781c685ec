"""A Keras model's own JSON description, read as data and turned into a configuration of ours.

Nothing of it is deserialised: layers and keys are looked up in the lists below, and what is not there is
refused. The result serves evaluation and prediction, so what only matters in training (initialisers,
regularisers, dropout layers) is left aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_cli.config import ModelConfig, check_config, show_value
from lstm_cli.errors import ConfigError, ModelFileError
from lstm_cli.modelfile.content import shorten_message
from lstm_cli.modelfile.keras_graph import read_chain, read_layer
from lstm_cli.text.tokenizers.text_vectorization import TextVectorization

_CELLS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "simple_rnn"}
_POOLINGS = {"GlobalMaxPooling1D": "max", "GlobalAveragePooling1D": "mean"}
_ACTIVATIONS = ("Activation", "Softmax")  # layers that give the dense one before them its activation
# Where a layer's kind stands in a classifier; each may come again, but none after one that comes later here.
_ORDER = {
    "InputLayer": 0,
    "TextVectorization": 1,
    "Embedding": 2,
    **dict.fromkeys([*_CELLS, "Bidirectional"], 3),
    **dict.fromkeys(_POOLINGS, 4),
    **dict.fromkeys(["Dense", *_ACTIVATIONS], 5),
}
_TRAINING_ONLY = ("Dropout", "SpatialDropout1D", "GaussianNoise", "ActivityRegularization")
_MOST_OUTPUTS = 10_000

# Keys that say nothing about the numbers a layer gives in evaluation.
_IGNORED_KEYS = {
    "name", "trainable", "dtype", "seed", "batch_input_shape", "input_length", "implementation", "use_cudnn",
    "dropout", "recurrent_dropout", "noise_shape", "rate",
    "kernel_initializer", "recurrent_initializer", "bias_initializer", "embeddings_initializer",
    "kernel_regularizer", "recurrent_regularizer", "bias_regularizer", "embeddings_regularizer",
    "activity_regularizer", "kernel_constraint", "recurrent_constraint", "bias_constraint",
    "embeddings_constraint", "unit_forget_bias", "max_tokens", "pad_to_max_tokens",
}  # fmt: skip
# Keys that change what a layer computes, with the one value that we can rebuild.
_FIXED_KEYS: Mapping[str, object] = {
    "return_state": False,
    "stateful": False,
    "time_major": False,
    "zero_output_for_mask": False,
    "quantization_config": None,
    "lora_rank": None,
    "sparse": False,
    "keepdims": False,
    "data_format": "channels_last",
    "axis": -1,
    # Of TextVectorization.
    "ngrams": None,
    "output_mode": "int",
    "ragged": False,
    "idf_weights": None,
    "encoding": "utf-8",
}
_STANDARDIZATIONS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_RECURRENT_KEYS = {
    "units", "activation", "recurrent_activation", "use_bias", "return_sequences", "go_backwards", "unroll",
    "reset_after",
}  # fmt: skip


@dataclass(frozen=True)
class Vectorization:
    """A `TextVectorization` layer in front of the embedding: such a model reads texts.

    Attributes:
        tokenizer: how it splits them.
        tokens: its vocabulary; None where that stands beside the description, or nowhere.
        size: of the vocabulary, the indices that are no words among them; None where nothing says it.
    """

    tokenizer: TextVectorization
    tokens: tuple[str, ...] | None
    size: int | None


@dataclass(frozen=True)
class KerasDescription:
    """What a Keras model's description says, in our terms.

    Attributes:
        model: the layers.
        num_words: rows of the embedding.
        maxlen: tokens of a review; None where the model takes reviews of any length.
        outputs: units of the last layer: one with a sigmoid, or one a class with a softmax.
        is_keras_2: its `hard_sigmoid` is that of Keras 2.
        vectorization: what makes tokens of texts inside the model; None where that is done outside.
    """

    model: ModelConfig
    num_words: int
    maxlen: int | None
    outputs: int
    is_keras_2: bool
    vectorization: Vectorization | None


@dataclass
class _Parts:
    """What has been read of the chain of layers so far."""

    maxlen: int | None = None
    num_words: int = 0
    vectorization: Vectorization | None = None
    embedding: dict[str, Any] | None = None
    recurrent: list[dict[str, Any]] = field(default_factory=list)
    poolings: list[str] = field(default_factory=list)
    dense: list[dict[str, Any]] = field(default_factory=list)


def read_keras_description(description: Mapping[str, Any], *, keras_version: str) -> KerasDescription:
    """Turn a Keras model's description into a configuration of ours.

    Args:
        description: the JSON under an .h5 file's `model_config`, as plain Python values.
        keras_version: the version that wrote it, such as `2.15.0`.

    Raises:
        ModelFileError: the model has a layer, a key or an arrangement that we do not know.
    """
    parts = _Parts()
    reached = 0
    chain = read_chain(description)
    for layer in chain.layers:
        class_name, config = read_layer(layer)
        # A dense layer before the recurrence or the pooling may have the same weights, and means something else.
        position = _ORDER.get(class_name, reached)
        if position < reached:
            raise ModelFileError(f"Expected the layers in the order {', '.join(_ORDER)}; got {class_name} later.")
        reached = position
        _read_part(class_name, config, parts)
    if len(parts.poolings) > 1 and not chain.pools_side_by_side:
        raise ModelFileError("Expected one pooling, or several side by side; here one follows another.")
    if parts.embedding and parts.embedding.get("mask_zero") and "max" in parts.poolings:
        raise ModelFileError(
            "Expected no GlobalMaxPooling1D with Embedding(mask_zero=True): Keras' maximum also reads the padding."
        )
    if parts.embedding and chain.skips_padding:
        parts.embedding["mask_zero"] = True
    return _assemble(parts, is_keras_2=keras_version.startswith(("1.", "2.")))


def _read_part(class_name: str, config: Mapping[str, Any], parts: _Parts) -> None:
    """Read the next layer of the chain."""
    if class_name == "InputLayer":
        parts.maxlen = _read_maxlen(config)
    elif class_name == "TextVectorization":
        _read_vectorization(config, parts)
    elif class_name == "Embedding":
        _read_embedding(config, parts)
    elif class_name in _CELLS or class_name == "Bidirectional":
        parts.recurrent.append(_read_recurrent(class_name, config))
    elif class_name in _POOLINGS:
        _check_keys(class_name, config, known=set())
        parts.poolings.append(_POOLINGS[class_name])
    elif class_name == "Dense":
        parts.dense.append(_read_known_keys("Dense", config, {"units", "activation", "use_bias"}))
    elif class_name in _ACTIVATIONS:
        _read_activation(class_name, config, parts)
    elif class_name not in _TRAINING_ONLY:
        known = [*dict.fromkeys([*_ORDER, *_TRAINING_ONLY])]
        raise ModelFileError(f"Expected layers of the kinds {', '.join(known)}; got {show_value(class_name)}.")


def _read_maxlen(config: Mapping[str, Any]) -> int | None:
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if config.get("dtype") == "string" and shape in ([None], [None, 1]):
        return None  # texts: what makes tokens of them says how many
    if not isinstance(shape, list) or len(shape) != 2:
        raise ModelFileError(
            f"Expected a model that reads int32[batch, maxlen], got the input shape {show_value(shape)}."
        )
    if shape[1] is not None and type(shape[1]) is not int:
        raise ModelFileError(
            f"Expected a whole number of tokens as the model's input, got {show_value(shape[1])}."
        )
    return shape[1]


def _read_vectorization(config: Mapping[str, Any], parts: _Parts) -> None:
    if parts.vectorization is not None:
        raise ModelFileError("Expected one TextVectorization, as the first layer.")
    known = {"standardize", "split", "output_sequence_length", "vocabulary", "vocabulary_size"}
    found = _read_known_keys("TextVectorization", config, known)
    standardize = found.get("standardize", TextVectorization.standardize)
    unit = found.get("split", TextVectorization.unit)
    if standardize not in (None, *_STANDARDIZATIONS) or unit not in (None, "whitespace", "character"):
        raise ModelFileError(
            "TextVectorization: expected Keras' own ways to standardize and split, "
            f"got {show_value(standardize)} and {show_value(unit)}."
        )
    tokens, length, size = (found.get(key) for key in ("vocabulary", "output_sequence_length", "vocabulary_size"))
    if tokens is not None and not (isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)):
        raise ModelFileError(f"TextVectorization: expected its vocabulary as a list, got {show_value(tokens)}.")
    if not all(number is None or type(number) is int for number in (length, size)):
        raise ModelFileError("TextVectorization: expected whole numbers for its lengths.")
    parts.maxlen = length
    parts.vectorization = Vectorization(
        TextVectorization(standardize, unit), None if tokens is None else tuple(tokens), size
    )


def _read_embedding(config: Mapping[str, Any], parts: _Parts) -> None:
    if parts.embedding is not None or parts.recurrent:
        raise ModelFileError("Expected one Embedding, as the first layer.")
    parts.embedding = _read_known_keys("Embedding", config, {"input_dim", "output_dim", "mask_zero"})
    parts.num_words = parts.embedding.pop("input_dim", 0)
    # Keras 2 may say the length here, in either of two ways, and have no InputLayer.
    shape = config.get("batch_input_shape")
    length = config.get("input_length") or (shape[1] if isinstance(shape, list) and len(shape) == 2 else None)
    if type(length) is int and parts.vectorization is None:
        parts.maxlen = length


def _read_recurrent(class_name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    if class_name != "Bidirectional":
        return {"cell": _CELLS[class_name], **_read_known_keys(class_name, config, _RECURRENT_KEYS)}
    _check_keys(class_name, config, known={"layer", "backward_layer", "merge_mode"})
    inner_name, arguments = _read_direction(config.get("layer"))
    if config.get("backward_layer"):
        backward_name, backward = _read_direction(config["backward_layer"])
        backwards = backward.get("go_backwards")
        if not backwards or (backward_name, backward | {"go_backwards": False}) != (inner_name, arguments):
            raise ModelFileError("Expected Bidirectional's two directions to be alike; these differ.")
    merge_mode = config.get("merge_mode", "concat")
    return {"cell": _CELLS[inner_name], "bidirectional": True, "merge_mode": merge_mode, **arguments}


def _read_direction(layer: object) -> tuple[str, dict[str, Any]]:
    """Return the kind and the arguments of a layer inside Bidirectional."""
    class_name, config = read_layer(layer)
    if class_name not in _CELLS:
        raise ModelFileError(f"Expected Bidirectional around {', '.join(_CELLS)}; got {show_value(class_name)}.")
    # Bidirectional sets this one itself, here and where the model is built anew.
    config = {key: value for key, value in config.items() if key != "zero_output_for_mask"}
    return class_name, _read_known_keys(class_name, config, _RECURRENT_KEYS)


def _read_known_keys(class_name: str, config: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    _check_keys(class_name, config, known=known)
    return {key: value for key, value in config.items() if key in known}


def _check_keys(class_name: str, config: Mapping[str, Any], *, known: set[str]) -> None:
    for key, value in config.items():
        if key in known or key in _IGNORED_KEYS:
            continue
        if key not in _FIXED_KEYS:
            raise ModelFileError(f"{class_name} has the key {show_value(key)}, which we do not know.")
        if value != _FIXED_KEYS[key]:
            raise ModelFileError(f"{class_name}: expected {key}={_FIXED_KEYS[key]!r}, got {show_value(value)}.")


def _read_activation(class_name: str, config: Mapping[str, Any], parts: _Parts) -> None:
    """Give an activation that stands alone to the dense layer before it."""
    if class_name == "Softmax":
        _check_keys(class_name, config, known=set())
    found = _read_known_keys(class_name, config, {"activation"}).get("activation", "softmax")
    if not parts.dense or parts.dense[-1].get("activation", "linear") != "linear":
        raise ModelFileError(f"Expected {class_name} behind a Dense layer that has no activation of its own.")
    parts.dense[-1]["activation"] = found


def _assemble(parts: _Parts, *, is_keras_2: bool) -> KerasDescription:
    kinds = {
        "an Embedding": parts.embedding,
        f"a recurrent layer ({', '.join(_CELLS)})": parts.recurrent,
        "a Dense output": parts.dense,
    }
    missing = [kind for kind, found in kinds.items() if not found]
    if parts.embedding is None or missing:
        raise ModelFileError(f"Expected {', '.join(kinds)}, in this order; one is missing: {missing[0]}.")
    outputs = _read_outputs(parts.dense.pop())
    if is_keras_2:
        for layer in parts.recurrent:
            if layer["cell"] == "gru":
                layer.setdefault("reset_after", False)  # Keras before 2.1.3 knew nothing else and did not say it
    if not isinstance(parts.num_words, int) or isinstance(parts.num_words, bool) or parts.num_words < 1:
        raise ModelFileError(f"Embedding: expected a whole input_dim, got {show_value(parts.num_words)}.")
    data = {"num_words": parts.num_words} | ({} if parts.maxlen is None else {"maxlen": parts.maxlen})
    settings = {
        "embedding": parts.embedding,
        "recurrent": parts.recurrent,
        "pooling": parts.poolings or "last",
        "dense": parts.dense,
    }
    try:
        config = check_config({"data": data, "model": settings}, source="The model's description")
    except ConfigError as error:
        raise ModelFileError(shorten_message(str(error))) from error
    return KerasDescription(config.model, parts.num_words, parts.maxlen, outputs, is_keras_2, parts.vectorization)


def _read_outputs(output: Mapping[str, Any]) -> int:
    """Return the units of the last layer, which gives probabilities."""
    units, activation = output.get("units"), output.get("activation", "linear")
    if output.get("use_bias", True) and type(units) is int:
        if units == 1 and activation == "sigmoid":
            return 1
        if 2 <= units <= _MOST_OUTPUTS and activation == "softmax":
            return units
    raise ModelFileError(
        "Expected Dense(1, activation='sigmoid') or Dense(k, activation='softmax') with a bias as the model's "
        f"output, got Dense({show_value(units)}, activation={show_value(activation)})."
    )
