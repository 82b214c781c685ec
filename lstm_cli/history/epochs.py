"""The figures of every epoch, and the one rule by which an epoch is the best."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

_LARGEST_FLOAT32 = 3.4028234663852886e38

# By the ends of the metrics' names; Keras numbers the second of a kind: auc_1.
_LOWER_IS_BETTER = re.compile(
    r"(loss|error|crossentropy|divergence|hinge|brier_score|mse|rmse|mae|mape|msle)(_\d+)?$"
)
_HIGHER_IS_BETTER = re.compile(r"(acc|accuracy|auc|precision|recall|sensitivity|specificity|f1|score)(_\d+)?$")


@dataclass(frozen=True, slots=True)
class Monitor:
    """What tells the best epoch: a figure, and when it counts as better. The defaults are Keras'.

    Attributes:
        metric: the figure's name.
        min_delta: it must be better than the best so far by more than this.
        start_from_epoch: so many epochs at the beginning do not count.
    """

    metric: str = "val_loss"
    min_delta: float = 0.0
    start_from_epoch: int = 0

    @property
    def mode(self) -> Literal["min", "max"] | None:
        """Whether the figure is best low (losses, errors) or high (accuracies, AUC, precision, recall, scores).

        None where it knows no better and worse (`learning_rate`, `seconds`).
        """
        if _LOWER_IS_BETTER.search(self.metric):
            return "min"
        return "max" if _HIGHER_IS_BETTER.search(self.metric) else None


@dataclass(frozen=True, slots=True)
class History:
    """Equally long series, one a metric, under the names of Keras' `History.history`.

    NaN is a gap: an epoch without a value of that metric. What float32, in which Keras computes metrics,
    has no finite number for becomes a gap too, so that every history can be drawn and written as JSON.

    Attributes:
        metrics: such as `loss`, `accuracy`, `val_loss`, `val_accuracy`, `learning_rate` and `seconds`
            (an epoch's), each with one float an epoch.
        numbers: the epochs' own, ascending, the first of a training being 1; by default 1, 2, 3 and so on.
            Others where a file holds the later epochs alone, or not all of them.

    Raises:
        ValueError: the series differ in length, or the numbers are no such numbers.
    """

    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(values) for values in self.metrics.values()}
        if len(lengths) > 1:
            raise ValueError("expected equally long series")
        # One NaN object for all gaps: tuples compare by identity first, so equal histories are equal.
        metrics = {
            name: tuple(float(value) if abs(value) <= _LARGEST_FLOAT32 else math.nan for value in values)
            for name, values in self.metrics.items()
        }
        object.__setattr__(self, "metrics", metrics)
        epochs = max(lengths, default=0)
        numbers = self.numbers or tuple(range(1, epochs + 1))
        if len(numbers) != epochs or any(late <= early for early, late in pairwise((0, *numbers))):
            raise ValueError(f"expected {epochs} epochs' numbers, ascending from 1 at the least")
        object.__setattr__(self, "numbers", numbers)

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return len(self.numbers)

    def append(self, epoch_metrics: Mapping[str, float]) -> History:
        """Return this history with one more epoch; a metric that only one of the two has gets gaps."""
        unseen = (math.nan,) * self.epochs
        names = dict.fromkeys([*self.metrics, *epoch_metrics])  # in order, each once
        return History(
            {name: (*self.metrics.get(name, unseen), epoch_metrics.get(name, math.nan)) for name in names},
            (*self.numbers, self.numbers[-1] + 1 if self.numbers else 1),
        )

    def get_figures(self, epoch: int) -> dict[str, float]:
        """Return every metric's value in the epoch of that number.

        Raises:
            ValueError: there is no such epoch.
        """
        index = self.numbers.index(epoch)
        return {name: values[index] for name, values in self.metrics.items()}

    def best_epoch(self, monitor: Monitor = Monitor()) -> int | None:
        """Return the number of the epoch whose weights Keras' `EarlyStopping(restore_best_weights=True)` restores.

        An epoch is the best so far where the monitored figure is better than at the best before by more than
        `min_delta`, compared as Keras does, in float32. The first `start_from_epoch` epochs do not count; as long
        as there are no others it is the newest of them, since Keras then keeps the weights as they are. A gap is
        never best; to Keras a NaN in the first epoch that counts is best for ever.

        None where the metric is absent, has nothing but gaps, or knows no better and worse.

        Source: https://keras.io/api/callbacks/early_stopping
        """
        sign = {"min": 1.0, "max": -1.0, None: 0.0}[monitor.mode]
        best = newest = None
        lowest = math.inf
        for index, value in enumerate(self.metrics.get(monitor.metric, ()) if sign else ()):
            if math.isnan(value):
                continue
            newest = self.numbers[index]
            if index < monitor.start_from_epoch:
                continue
            if best is None or _round_to_float32(sign * value + monitor.min_delta) < lowest:
                best, lowest = newest, _round_to_float32(sign * value)
        return newest if best is None else best

    def kept_epoch(self, monitor: Monitor) -> int | None:
        """Return the number of the epoch whose weights a run keeps: the best, or the last where none is validated.

        None where there is none yet.
        """
        if self.is_validated:
            return self.best_epoch(monitor)
        return self.numbers[-1] if self.numbers else None

    @property
    def is_validated(self) -> bool:
        """Whether there are figures of a validation part."""
        return any(name.startswith("val_") for name in self.metrics)


def _round_to_float32(value: float) -> float:
    return ctypes.c_float(value).value
