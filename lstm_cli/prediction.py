"""Texts → probabilities, with nothing but a model file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import DataConfig, ModelConfig, check_config, parse_overrides
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.encoding import encode_texts
from lstm_cli.data.imdb_keras import load_keras_vocabulary
from lstm_cli.data.vocabulary import Vocabulary
from lstm_cli.errors import ConfigError, ModelFileError
from lstm_cli.evaluation import predict_labels
from lstm_cli.model_file import ForeignModel, Provenance, StoredModel, load_model_file

if TYPE_CHECKING:
    import keras

# Reviews computed at once: enough to fill the cores, little enough that memory does not notice.
_BATCH_SIZE = 512


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model with all that turns a text into what it reads.

    Attributes:
        model: gives `float32[batch, 1]` for `int32[batch, maxlen]`.
        data: how reviews are cut and padded, and which data set the model was trained on.
        vocabulary: the words it knows.
        loss: what it was trained to make small.
        provenance: where it comes from; None for a file of plain Keras.
    """

    model: keras.Model
    data: DataConfig
    vocabulary: Vocabulary
    loss: Literal["binary_crossentropy", "mean_squared_error"]
    provenance: Provenance | None


@dataclass(frozen=True)
class Prediction:
    """What the model makes of a text.

    Attributes:
        text: as it came.
        label: 1 for positive, where the probability is above one half; 0 for negative.
        probability: of a positive review.
        unknown_share: the share of the text's words that the model does not know.
        truncated: whether the text was longer than the model reads.
    """

    text: str
    label: int
    probability: float
    unknown_share: float
    truncated: bool


def load_classifier(path: Path, *, overrides: Sequence[str] = ()) -> Classifier:
    """Load a model file.

    Args:
        path: an .h5 file, ours or plain Keras'.
        overrides: `data.key=value` settings, which a file of plain Keras needs, since it does not say how
            its words were numbered; our files carry theirs.

    Raises:
        ModelFileError: the file is missing, damaged, or of a kind we do not know.
        ConfigError: the overrides are wrong, or not wanted.
        DataError: the data set that the vocabulary is learnt from cannot be read.
    """
    stored = load_model_file(path)
    if isinstance(stored, ForeignModel):
        return _load_foreign(path, stored, overrides=overrides)
    if overrides:
        raise ConfigError(f"--set is for files of plain Keras: {path} carries its own data settings.")
    config = stored.config
    return Classifier(
        model=_build(config.model, stored, data=config.data, kernel=config.training.kernel),
        data=config.data,
        vocabulary=stored.vocabulary,
        loss=config.training.loss,
        provenance=stored.provenance,
    )


def predict_probabilities(model: keras.Model, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the probability of a positive review for each row.

    Args:
        model: gives `float32[batch, 1]` for `int32[batch, maxlen]`.
        tokens: `int32[n, maxlen]`.

    Returns:
        `float32[n]`.
    """
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None, tokens.shape[1]], tf.int32)])  # type: ignore[untyped-decorator]
    def predict(batch: tf.Tensor) -> tf.Tensor:
        return model(batch, training=False)[:, 0]

    batches = [predict(tokens[first : first + _BATCH_SIZE]) for first in range(0, len(tokens), _BATCH_SIZE)]
    return np.concatenate(batches) if batches else np.empty(0, dtype=np.float32)


def predict_texts(classifier: Classifier, texts: Sequence[str]) -> list[Prediction]:
    """Return what the model makes of each text."""
    encoded = encode_texts(
        texts,
        vocabulary=classifier.vocabulary,
        maxlen=classifier.data.maxlen,
        padding=classifier.data.padding,
        truncating=classifier.data.truncating,
    )
    probabilities = predict_probabilities(classifier.model, encoded.tokens)
    return [
        Prediction(text, int(label), float(probability), float(unknown_share), bool(truncated))
        for text, label, probability, unknown_share, truncated in zip(
            texts,
            predict_labels(probabilities),
            probabilities,
            encoded.unknown_share,
            encoded.truncated,
            strict=True,
        )
    ]


def _load_foreign(path: Path, stored: ForeignModel, *, overrides: Sequence[str]) -> Classifier:
    description = stored.description
    settings = parse_overrides(overrides)
    data = settings.get("data")
    if settings.keys() - {"data"} or (data is not None and not isinstance(data, dict)):
        raise ConfigError("For a file of plain Keras --set takes data settings only, such as data.maxlen=100.")
    if not data or "dataset" not in data:
        raise ModelFileError(
            f"{path} was written by plain Keras and does not say how its words were numbered. "
            "Name the data it was trained on: --set data.dataset=imdb (and data.maxlen=N, data.padding=…)."
        )
    given = {"num_words": description.num_words}
    if description.maxlen is not None:
        given["maxlen"] = description.maxlen
    for key, value in given.items():
        if data.setdefault(key, value) != value:
            raise ConfigError(f"data.{key}: the model in {path} was built for {value}, got {data[key]}.")
    if "maxlen" not in data:
        raise ConfigError(f"{path} takes reviews of any length: say how long with --set data.maxlen=N.")
    checked = check_config({"data": data, "model": description.model}, source="--set")
    # Whoever trained on Keras' own data set had its numbering; of all else the training part's is the best guess.
    is_keras_data = checked.data.dataset == "imdb-keras"
    return Classifier(
        model=_build(checked.model, stored, data=checked.data, kernel="auto"),
        data=checked.data,
        vocabulary=(
            load_keras_vocabulary(num_words=checked.data.num_words)
            if is_keras_data
            else load_dataset(checked.data).vocabulary
        ),
        loss=checked.training.loss,
        provenance=None,
    )


def _build(
    config: ModelConfig,
    stored: StoredModel | ForeignModel,
    *,
    data: DataConfig,
    kernel: Literal["auto", "keras", "fast"],
) -> keras.Model:
    from lstm_cli.models.kernels import build_model_on, choose_kernel

    # Unrolling gives the same numbers, and with a file's maxlen of 100,000 a graph that takes hours to build.
    layers = tuple(layer.model_copy(update={"unroll": False}) for layer in config.recurrent)
    config = config.model_copy(update={"recurrent": layers})
    # A model trained on the fast kernel may be read where that is not possible: the weights are the same.
    chosen = choose_kernel(config, kernel="auto" if kernel == "fast" else kernel)
    model = build_model_on(chosen.name, config, num_words=data.num_words, maxlen=data.maxlen)
    model.set_weights(stored.weights)
    return model
