"""The part of the configuration that says what a network is made of: Keras' layers, by Keras' argument names."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from lstm_cli.config.section import Fraction, NotNegative, Section

# Bounds that no sentiment classifier comes near: past them a typing slip would take the memory.
Units = Annotated[int, Field(ge=1, le=16_384)]

# https://keras.io/api/layers/activations
Activation = Literal[
    "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "leaky_relu", "linear", "mish", "relu",
    "relu6", "selu", "sigmoid", "silu", "softplus", "softsign", "tanh",
]  # fmt: skip
# https://keras.io/api/layers/initializers
VectorInitializer = Literal[
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "ones",
    "random_normal", "random_uniform", "truncated_normal", "zeros",
]  # fmt: skip
Initializer = Literal[VectorInitializer, "orthogonal"]  # the one that a bias, a vector, cannot have

Pooling = Literal["last", "max", "mean"]


class Regularizer(Section):
    """A penalty on large weights, added to the loss (https://keras.io/api/layers/regularizers)."""

    l1: NotNegative = 0.0
    l2: NotNegative = 0.0


class EmbeddingConfig(Section):
    """`keras.layers.Embedding`: a vector for every word."""

    output_dim: Units = 16
    mask_zero: bool = Field(False, description="Skip the padding instead of reading it as a word.")
    embeddings_initializer: Initializer = "random_uniform"
    embeddings_regularizer: Regularizer | None = None
    trainable: bool = Field(True, description="Whether the vectors are learnt, or stay as they begin.")
    vectors: Annotated[str, Field(min_length=1, max_length=4096)] | None = Field(
        None,
        description="A file of vectors to begin with, in GloVe's, word2vec's or fastText's text form, or packed.",
    )
    spatial_dropout: Fraction = Field(
        0.0,
        description="Share of a word's numbers dropped while training, the same in all of a review.",
    )


class RecurrentLayer(Section):
    """What `keras.layers.LSTM`, `GRU` and `SimpleRNN` share."""

    cell: str  # each kind's own name: it comes first when a configuration is printed
    units: Units
    activation: Activation = "tanh"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: Regularizer | None = None
    recurrent_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    dropout: Fraction = Field(0.0, description="Share of the layer's inputs dropped while training.")
    recurrent_dropout: Fraction = Field(0.0, description="Share of the state dropped between steps.")
    return_sequences: bool | None = Field(
        None, description="Derived when left out: true for all but the last layer, or where it is pooled."
    )
    go_backwards: bool = False
    unroll: bool = False
    bidirectional: bool = Field(False, description="Read the review in both directions.")
    merge_mode: Literal["concat", "sum", "mul", "ave"] = Field(
        "concat", description="How the two directions join (with bidirectional)."
    )
    output_dropout: Fraction = Field(0.0, description="Share of the layer's output dropped while training.")

    @model_validator(mode="after")
    def _check_pairs(self) -> RecurrentLayer:
        if self.merge_mode != "concat" and not self.bidirectional:
            raise ValueError("merge_mode needs bidirectional: true")
        if self.go_backwards and self.bidirectional:
            raise ValueError("go_backwards and bidirectional exclude each other: both directions are read")
        return self


class LSTMLayer(RecurrentLayer):
    """`keras.layers.LSTM` (Hochreiter & Schmidhuber 1997)."""

    cell: Literal["lstm"]
    recurrent_activation: Activation = "sigmoid"
    unit_forget_bias: bool = True


class GRULayer(RecurrentLayer):
    """`keras.layers.GRU` (Cho et al. 2014)."""

    cell: Literal["gru"]
    recurrent_activation: Activation = "sigmoid"
    reset_after: bool = True


class SimpleRNNLayer(RecurrentLayer):
    """`keras.layers.SimpleRNN`: the plain cell, whose memory fades."""

    cell: Literal["simple_rnn"]


class DenseLayer(Section):
    """`keras.layers.Dense` before the output, with dropout behind it."""

    units: Units
    activation: Activation = "relu"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    output_dropout: Fraction = 0.0


def _read_initial(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value != "auto" and not (is_number and -100 <= value <= 100):  # type: ignore[operator]  # a number by now
        raise ValueError(f"expected number from -100 to 100, or auto; got {value!r:.60}")
    return value


class LogitSkip(Section):
    """A logit that is known beforehand, given to the output layer beside what the network has read."""

    initial: Annotated[
        Annotated[float, Field(ge=-100.0, le=100.0)] | Literal["auto"], BeforeValidator(_read_initial)
    ] = Field(
        0.5, description="What it counts at first; that is learnt. auto: the less, the more reviews there are."
    )


def _read_pooling(value: object) -> object:
    """Return a name, or several as a tuple."""
    names = value if isinstance(value, list | tuple) else [value]
    several = len(names) > 1
    if not names or len({*map(str, names)}) < len(names) or not all(name in get_args(Pooling) for name in names):
        raise ValueError(f"expected last, max, mean or both of [max, mean], got {value!r:.60}")
    if several and "last" in names:
        raise ValueError("last stands alone: for it the last layer gives its last state only. Use [max, mean]")
    return tuple(names) if several else names[0]


def _read_logit_skip(value: object) -> object:
    return {} if value is True else None if value is False else value


class ModelConfig(Section):
    """The layers between the tokens and the probability of each class."""

    embedding: EmbeddingConfig = EmbeddingConfig()
    # strict=False on the two lists alone: YAML has lists where Python's frozen kind is a tuple.
    recurrent: Annotated[
        tuple[Annotated[LSTMLayer | GRULayer | SimpleRNNLayer, Field(discriminator="cell")], ...],
        Field(strict=False, min_length=1, max_length=64),
    ]
    pooling: Annotated[
        Pooling | tuple[Pooling, ...],
        BeforeValidator(_read_pooling, json_schema_input_type=Pooling | list[Pooling]),
    ] = Field(
        "last", description="What of the last recurrent layer is read: its last state, or all of them; or a list."
    )
    dense: Annotated[tuple[DenseLayer, ...], Field(strict=False, max_length=64)] = ()
    dropout: Fraction = Field(0.0, description="Dropout before the output.")
    logit_skip: Annotated[
        LogitSkip | None, BeforeValidator(_read_logit_skip, json_schema_input_type=LogitSkip | bool | None)
    ] = Field(None, description="Add the logit that data.ngrams has to the output's, by a share that is learnt.")

    @property
    def poolings(self) -> tuple[Pooling, ...]:
        """What of the last recurrent layer is read, side by side."""
        return self.pooling if isinstance(self.pooling, tuple) else (self.pooling,)

    def is_chain(self, *, channels: int) -> bool:
        """Return whether each layer reads the one before it and nothing else, in a model of so many channels."""
        # Keras' maximum knows no mask, which is then an input of its own.
        is_masked_maximum = self.embedding.mask_zero and self.pooling == "max"
        return not channels and self.logit_skip is None and len(self.poolings) == 1 and not is_masked_maximum

    @property
    def skips_padding(self) -> bool:
        """Whether a step of padding changes nothing, so that it may as well not be there."""
        # Read backwards, a layer hands its steps to a next one whose mask is the other way round, in Keras too.
        return self.embedding.mask_zero and not any(layer.go_backwards for layer in self.recurrent)

    def derive_return_sequences(self, position: int) -> bool:
        """Return whether the recurrent layer at `position` must hand on every step's output."""
        return position < len(self.recurrent) - 1 or self.pooling != "last"

    @model_validator(mode="after")
    def _check_pairs(self) -> ModelConfig:
        for position, layer in enumerate(self.recurrent):
            derived = self.derive_return_sequences(position)
            if layer.return_sequences is not None and layer.return_sequences != derived:
                reason = "it is followed by another or pooled" if derived else "only its last state is read"
                raise ValueError(f"recurrent[{position}].return_sequences must be {derived}: {reason}")
        return self
