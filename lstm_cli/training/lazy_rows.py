"""Where an embedding's rows learn when they are read, by a configuration; known without TensorFlow.

The one rule, which the steps (`embedding_learner.py`), TensorFlow's threads and what the user is told follow.
"""

from __future__ import annotations

from typing import Final

from lstm_cli.config import Config
from lstm_cli.kernels.requirements import LARGE_TABLE

# Adam's arguments that move rows which a step does not read otherwise than their moments do, and the clipping that
# Keras does not know for a gradient of some rows.
_UNFOLLOWED: Final = ("use_ema", "amsgrad", "weight_decay", "global_clipnorm")


def learns_when_read(config: Config) -> bool:
    """Return whether Adam leaves the rows of a large table alone that a step does not read.

    So it is with the fast kernel and one copy of the model; with others every step walks over all rows.
    """
    return _would_pay(config) and find_unfollowed(config) is None


def find_unfollowed(config: Config) -> str | None:
    """Return the key because of which Adam walks over all of a large table in every step, or None."""
    if not _would_pay(config):
        return None
    if config.model.embedding.embeddings_regularizer is not None:
        return "model.embedding.embeddings_regularizer"
    keys = (key for key in _UNFOLLOWED if getattr(config.training.optimizer, key))
    return next((f"training.optimizer.{key}" for key in keys), None)


def _would_pay(config: Config) -> bool:
    from lstm_cli.kernels.deferred_adam import suits_learner

    embedding, first = config.model.embedding, config.model.recurrent[0]
    features = embedding.output_dim
    is_large = config.data.num_words * features >= LARGE_TABLE and suits_learner(features)
    # The kernel reads the rows themselves where the recurrent layer stands right behind them.
    is_next = config.model.is_chain(channels=int(config.data.ngrams is not None)) and not embedding.spatial_dropout
    is_plain = embedding.trainable and not (first.dropout or first.bidirectional)
    return config.training.optimizer.name == "adam" and is_large and is_next and is_plain
