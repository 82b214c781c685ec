"""The loop over epochs and batches, driving Keras' callbacks as `fit` does.

`fit` itself replays one order of the batches every epoch when seeded, waits for tf.data at every epoch's end
and cannot go on exactly where it stopped; here an epoch depends on (seed, epoch) and the state before it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import keras

from lstm_cli.errors import DivergedError
from lstm_cli.training.batches import Batches
from lstm_cli.training.step import Figures, TrainingSteps


class StopRequested(Exception):  # noqa: N818 - no error: the user's wish, seen between two calls
    """The user asked to stop; the epoch under way is given up."""


def run_epochs(
    model: keras.Model,
    *,
    batches: Batches,
    steps: TrainingSteps,
    judge: Callable[[], Figures] | None,
    callbacks: keras.callbacks.CallbackList,
    epochs: range,
) -> None:
    """Train the epochs of a range, counted from 0, or fewer where a callback sets `model.stop_training`.

    Args:
        model: is told by the callbacks to stop.
        batches: of the training part.
        steps: takes the optimiser's steps.
        judge: gives the figures of the validation part; None where there is none.
        callbacks: get `loss`, `accuracy`, `val_loss`, `val_accuracy`, `learning_rate` and `seconds`.
        epochs: those to train.

    Raises:
        StopRequested: the user asked to stop.
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
        for rows in batches.iter_epoch(epoch):
            loss, hits = steps.run(rows)
            loss_sum, right, seen = loss_sum + loss, right + hits, seen + rows.size
            _check_finite(loss, what="loss", epoch=epoch)
            callbacks.on_train_batch_end(math.ceil(seen / batches.size) - 1, {"loss": loss_sum / seen})
            if steps.is_stop_wanted():
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
