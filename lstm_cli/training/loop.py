"""The loop over epochs and batches, driving Keras' callbacks as `fit` does.

`fit` itself replays one order of the batches every epoch when seeded, waits for tf.data at every epoch's end
and cannot go on exactly where it stopped; here an epoch depends on (seed, epoch) and the state before it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from lstm_cli.errors import DivergedError
from lstm_cli.training.step import Figures


class Steps(Protocol):
    """What takes the optimiser's steps: `TrainingSteps` or `SpreadSteps`."""

    @property
    def steps_per_call(self) -> int:
        """Batches that `run` takes at most."""

    def run(self, rows: NDArray[np.int32]) -> tuple[float, float]:
        """Take a step for each batch; return the sums of the loss and of right answers."""

    def settle(self) -> None:
        """Bring the model's variables up to date, before they are read."""


class StopRequested(Exception):  # noqa: N818 - no error: the user's wish, seen between two calls
    """The user asked to stop; the epoch under way is given up."""


def draw_order(size: int, *, seed: int, epoch: int) -> NDArray[np.int32]:
    """Return the order of an epoch: `int32[size]`, another every epoch, the same for one (seed, epoch)."""
    return np.random.default_rng([seed, epoch]).permutation(size).astype(np.int32)


def iter_rows(order: NDArray[np.int32], *, batch_size: int, steps: int) -> Iterator[NDArray[np.int32]]:
    """Yield `int32[steps, batch]` blocks of full batches; at the end what is left: fewer, then a short one."""
    full = len(order) // batch_size
    batches = order[: full * batch_size].reshape(full, batch_size)
    for first in range(0, full, steps):
        yield batches[first : first + steps]
    if full * batch_size < len(order):
        yield order[None, full * batch_size :]


def run_epochs(
    model: keras.Model,
    *,
    steps: Steps,
    judge: Callable[[], Figures] | None,
    callbacks: keras.callbacks.CallbackList,
    size: int,
    batch_size: int,
    seed: int,
    epochs: range,
    stop_requested: Callable[[], bool],
) -> None:
    """Train the epochs of a range, counted from 0, or fewer where a callback sets `model.stop_training`.

    Args:
        model: is told by the callbacks to stop.
        steps: takes the optimiser's steps.
        judge: gives the figures of the validation part; None where there is none.
        callbacks: get `loss`, `accuracy`, `val_loss`, `val_accuracy`, `learning_rate` and `seconds`.
        size: reviews of the training part.
        batch_size: reviews a step.
        seed: of the order.
        epochs: those to train.
        stop_requested: asked between calls of `steps`.

    Raises:
        StopRequested: `stop_requested` said so.
        DivergedError: the loss is no finite number any more.
    """
    model.stop_training = False
    callbacks.on_train_begin()
    for epoch in epochs:
        if model.stop_training:  # by the epoch before, or by what an earlier training left
            break
        began = time.perf_counter()
        callbacks.on_epoch_begin(epoch)
        loss_sum = right = 0.0
        seen = 0
        for rows in iter_rows(
            draw_order(size, seed=seed, epoch=epoch), batch_size=batch_size, steps=steps.steps_per_call
        ):
            loss, hits = steps.run(rows)
            loss_sum, right, seen = loss_sum + loss, right + hits, seen + rows.size
            _check_finite(loss, what="loss", epoch=epoch)
            callbacks.on_train_batch_end(math.ceil(seen / batch_size) - 1, {"loss": loss_sum / seen})
            if stop_requested():
                raise StopRequested
        steps.settle()
        logs = {
            "loss": loss_sum / seen,
            "accuracy": right / seen,
            **(_validate(judge, epoch=epoch) if judge else {}),
            "learning_rate": float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)),
            "seconds": time.perf_counter() - began,
        }
        callbacks.on_epoch_end(epoch, logs)
    callbacks.on_train_end()


def _validate(judge: Callable[[], Figures], *, epoch: int) -> dict[str, float]:
    figures = judge()
    _check_finite(figures.loss, what="val_loss", epoch=epoch)
    macro_f1 = {} if figures.macro_f1 is None else {"val_macro_f1": figures.macro_f1}
    return {"val_loss": figures.loss, "val_accuracy": figures.accuracy, **macro_f1}


def _check_finite(value: float, *, what: str, epoch: int) -> None:
    if not math.isfinite(value):
        raise DivergedError(
            f"The {what} became {value} in epoch {epoch + 1}: the steps are too large. What was good is kept. "
            "Try a smaller training.optimizer.learning_rate, or training.optimizer.clipnorm=1."
        )
