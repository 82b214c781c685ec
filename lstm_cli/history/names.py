"""The names that people give to metrics and to epochs → Keras'."""

from __future__ import annotations

import re

# What people call a metric → its name in Keras.
_KERAS_NAMES = {
    "acc": "accuracy",
    "accuracy": "accuracy",
    "auc": "auc",
    "learning_rate": "learning_rate",
    "loss": "loss",
    "lr": "learning_rate",
    "precision": "precision",
    "recall": "recall",
}
VALIDATION_WORDS = {
    "val_loss": "validation loss",
    "val_accuracy": "validation accuracy",
    "val_macro_f1": "validation macro F1",
}
"""The figures by which a model is chosen, as people read them."""

_PART = r"(?P<part>train(?:ing)?|val(?:id(?:ation)?)?|eval(?:uation)?|dev)"
_JOINT = r"(?:[\s_/.\-(]+|(?-i:(?<=[a-z])(?=[A-Z])))"  # trainLoss needs no sign between
_PART_FIRST = re.compile(rf"{_PART}{_JOINT}(?P<metric>.+)", re.IGNORECASE)
_PART_LAST = re.compile(rf"(?P<metric>.+?){_JOINT}{_PART}\)?", re.IGNORECASE)

_EPOCH_NAMES = {"epoch", "epochs"}
# pandas' index, as it writes it without a name and as it reads that back.
_INDEX_NAME = re.compile(r"(index|level_0|unnamed: [\d.]+)?", re.IGNORECASE)

_LONGEST_NAME = 100  # characters; a longer one is no metric's


def find_keras_name(name: str) -> str:
    """Return Keras' name of a metric: `train_loss` → `loss`, `Validation Acc` → `val_accuracy`.

    A metric of an unknown kind keeps its own spelling, and only what says whose it is changes:
    `valid_perplexity` → `val_perplexity`.
    """
    if len(name) > _LONGEST_NAME:
        return name
    match = _PART_FIRST.fullmatch(name) or _PART_LAST.fullmatch(name)
    metric = match["metric"] if match else name
    words = re.sub(r"[^a-z0-9]+", "_", metric.lower()).strip("_")
    metric = _KERAS_NAMES.get(words, metric)
    is_validation = match is not None and not match["part"].lower().startswith("train")
    return f"val_{metric}" if is_validation else metric


def is_epoch_name(name: str) -> bool:
    """Return whether a column of that name holds the epochs' numbers."""
    return name.strip().lower() in _EPOCH_NAMES


def is_index_name(name: str) -> bool:
    """Return whether a column of that name holds pandas' index."""
    return _INDEX_NAME.fullmatch(name.strip()) is not None
