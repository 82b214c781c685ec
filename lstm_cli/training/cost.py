"""How long a training takes, known roughly before it starts."""

from __future__ import annotations

import math

import numpy as np

from lstm_cli.config import Config
from lstm_cli.data.encoding import Dataset
from lstm_cli.modelfile.shapes import iter_layer_shapes, measure_model

# Of a recurrent layer of 64 units on a core of 2024; narrower layers have less of a token to compute at once.
_MULTIPLY_ADDS_A_SECOND = 1.2e10
_PASSES = 3  # forwards once, backwards twice: for the inputs and for the weights
_ROWS_AT_ONCE = 4096


def estimate_seconds(config: Config, dataset: Dataset, *, cores: int) -> float:
    """Return the seconds that all epochs take on a CPU with the fast kernel; on few cores they are shared evenly.

    What is not the recurrence is left out: of a small model it is most.
    """
    shapes = dict(iter_layer_shapes(config.model, sizes=measure_model(config, classes=dataset.classes)))
    names = [f"{layer.cell}_{position + 1}" for position, layer in enumerate(config.model.recurrent)]
    a_token = sum(math.prod(shape) for name in names for shape in shapes[name] if len(shape) == 2)
    work = _PASSES * a_token * _count_tokens(config, dataset) * config.training.most_epochs
    return work / (_MULTIPLY_ADDS_A_SECOND * cores)


def _count_tokens(config: Config, dataset: Dataset) -> int:
    """Return the steps of an epoch's reviews, padding included where it is read."""
    tokens, most = dataset.train.tokens, config.training.maxlen or config.data.maxlen
    most = min(most, config.data.maxlen)
    if not config.training.batch_by_length:
        return len(tokens) * most
    rows = range(0, len(tokens), _ROWS_AT_ONCE)
    lengths = (np.count_nonzero(tokens[row : row + _ROWS_AT_ONCE], axis=1) for row in rows)
    return sum(int(np.minimum(some, most).sum()) for some in lengths)
