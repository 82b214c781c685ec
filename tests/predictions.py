"""Predictions beside labels, of any number of classes, for the tests of what is made of them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from lstm_cli.evaluation import CLASS_NAMES, evaluate_predictions


@st.composite
def predictions(draw, *, fewest=2, most=6, longest=40):
    """Labels and float32 outputs of a model: ties, classes without reviews and certainties among them.

    Of two classes the outputs are the second's probability alone, as one sigmoid unit gives it.
    """
    classes = draw(st.integers(fewest, most))
    reviews = draw(st.integers(1, longest))
    present = draw(st.lists(st.integers(0, classes - 1), min_size=1, unique=True))
    labels = draw(st.lists(st.sampled_from(present), min_size=reviews, max_size=reviews))
    if classes == 2:
        values = st.floats(0, 1, width=32) | st.sampled_from([0.0, 0.25, 0.5, 1.0])
        outputs = np.array(draw(st.lists(values, min_size=reviews, max_size=reviews)), dtype=np.float32)
    else:
        row = st.lists(st.integers(0, 4), min_size=classes, max_size=classes).filter(any)
        weights = np.array(draw(st.lists(row, min_size=reviews, max_size=reviews)), dtype=np.float64)
        outputs = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return np.array(labels, dtype=np.int32), outputs


def count_classes(outputs):
    return 2 if outputs.ndim == 1 else outputs.shape[1]


def evaluate(labels, outputs, *, classes=None, loss="binary_crossentropy", unknown_share=None, truncated=None):
    """Evaluate lists or arrays; unless named, several classes are `a`, `b`, `c` and so on."""
    labels, outputs = np.asarray(labels, dtype=np.int32), np.asarray(outputs, dtype=np.float32)
    names = CLASS_NAMES if outputs.ndim == 1 else "abcdefghij"[: outputs.shape[1]]
    none = np.zeros(len(labels), dtype=np.float32)
    return evaluate_predictions(
        labels,
        outputs,
        classes=names if classes is None else classes,
        loss=loss,
        unknown_share=none if unknown_share is None else np.asarray(unknown_share, dtype=np.float32),
        truncated=none.astype(np.bool_) if truncated is None else np.asarray(truncated, dtype=np.bool_),
    )
