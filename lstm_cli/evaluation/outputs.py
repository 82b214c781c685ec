"""What a model gives → a probability for each class, and the class predicted."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from lstm_cli.errors import DataError, ModelFileError

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
_Number = TypeVar("_Number", bound=np.floating[Any])

CLASS_NAMES = ("negative", "positive")
"""The class of label 0 and that of label 1, where the data gives no names of its own."""

THRESHOLD = 0.5
"""Of two classes the second is predicted iff its probability is above this: `keras.metrics.BinaryAccuracy`'s."""

# A softmax in half precision is as near as this to 1; sigmoids, each for itself, hardly ever all are.
_SUM_TOLERANCE = 1e-2


def complete_probabilities(outputs: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Return a probability for each class.

    Args:
        outputs: `float32[n, k]`, or, of two classes, the second's alone, as one sigmoid unit gives it:
            `float32[n, 1]` or `float32[n]`.

    Returns:
        `float32[n, k]`, k at least 2; the first of two is 1 less the second. What came in float64 stays it.
    """
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs
    second = outputs.reshape(-1)
    return np.stack((1 - second, second), axis=1)


def predict_labels(outputs: Floats, *, threshold: float = THRESHOLD) -> Integers:
    """Return `int32[n]`, the label predicted: the most probable, the first of equals.

    Args:
        outputs: as `complete_probabilities` takes them.
        threshold: of two classes: the second is predicted iff its probability is above it. More have none.
    """
    probabilities = complete_probabilities(outputs)
    if probabilities.shape[1] == 2:
        is_second: Flags = probabilities[:, 1] > threshold
        return is_second.astype(np.int32)
    most_probable: Integers = probabilities.argmax(axis=1).astype(np.int32)
    return most_probable


def find_missing_rows(outputs: Floats) -> npt.NDArray[np.intp]:
    """Return the rows, ascending, for which the model gives no numbers (NaN)."""
    return np.flatnonzero(np.isnan(outputs.reshape(len(outputs), -1)).any(axis=1))


def check_predictions(outputs: Floats) -> None:
    """Raise an error unless `outputs`, as `complete_probabilities` takes them, are some probabilities.

    Raises:
        DataError: there are none.
        ModelFileError: NaN or numbers outside 0 to 1 are among them, or those of a review do not add up to 1.
    """
    if len(outputs) == 0:
        raise DataError("There are no reviews to evaluate. Choose another split or data set.")
    missing = len(find_missing_rows(outputs))
    if missing:
        raise ModelFileError(
            f"The model gives no numbers for {missing:,} of {len(outputs):,} reviews (NaN): "
            "its weights are damaged or its training diverged. Train it again."
        )
    low, high = float(outputs.min()), float(outputs.max())
    if low < 0.0 or high > 1.0:
        raise ModelFileError(
            f"Expected probabilities from 0 to 1, but the model gives numbers from {low:.4g} to {high:.4g}. "
            "Its last layer must be one unit with a sigmoid, or one unit a class with a softmax."
        )
    sums = complete_probabilities(outputs).sum(axis=1)
    if np.abs(sums - 1).max() > _SUM_TOLERANCE:
        raise ModelFileError(
            f"Expected the probabilities of a review's {outputs.shape[1]} classes to add up to 1, but the model's "
            f"add up to {float(sums[np.abs(sums - 1).argmax()]):.4g}. Its last layer must be a softmax."
        )
