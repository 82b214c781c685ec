"""How far back a trained model remembers: which tokens still move its answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstm_cli.data.dataset import load_dataset
from lstm_cli.errors import ModelFileError
from lstm_cli.modelfile.foreign_model import ForeignModel
from lstm_cli.modelfile.shapes import ModelSizes
from lstm_cli.modelfile.stored_model import load_model_file

# Reviews averaged over.
_REVIEWS = 512


def measure_influence(path: Path) -> NDArray[np.float64]:
    """Measure how much each token's embedding moves the model's log-odds, on reviews of the validation part.

    The reviews are such as fill the model's whole window, so that no padding is among the tokens. The measure is
    the length of the gradient with respect to the embedding, whose fading over the steps is what hinders
    learning (Bengio, Simard, Frasconi 1994, https://doi.org/10.1109/72.279181).

    Args:
        path: a model file of ours.

    Returns:
        `float64[maxlen]`, the last token last; sums to 1.

    Raises:
        ModelFileError: the file is not ours.
    """
    stored = load_model_file(path)
    if isinstance(stored, ForeignModel):
        raise ModelFileError(f"{path} is not a model of lstm-train, which says what it was trained on.")
    import tensorflow as tf

    from lstm_cli.models.builder import build_model

    data = stored.config.data
    model = build_model(stored.config.model, sizes=ModelSizes(data.num_words), maxlen=data.maxlen)
    model.set_weights(stored.weights)
    embedding, *rest = model.layers
    validation = load_dataset(data).validation
    tokens = validation.tokens[validation.truncated][:_REVIEWS]
    with tf.GradientTape() as tape:
        embedded = embedding(tokens)
        tape.watch(embedded)
        values = embedded
        for layer in rest:
            values = layer(values, training=False)
        log_odds = tf.reduce_sum(tf.math.log(values) - tf.math.log1p(-values))
    lengths = tf.norm(tape.gradient(log_odds, embedded), axis=-1).numpy().astype(np.float64)
    mean: NDArray[np.float64] = lengths.mean(axis=0)
    shares: NDArray[np.float64] = mean / mean.sum()
    return shares


def compute_reach(influence: NDArray[np.float64], *, share: float = 0.9) -> int:
    """Return how many of the last tokens carry so large a share of the influence.

    Args:
        influence: `float64[maxlen]`, as `measure_influence` gives it.
        share: above 0, at most 1.
    """
    from_the_end = np.cumsum(influence[::-1])
    return int(np.searchsorted(from_the_end, share * from_the_end[-1], side="left")) + 1
