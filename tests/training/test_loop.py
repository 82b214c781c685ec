"""The loop: every epoch its own order, every review once, Keras' callbacks as `fit` drives them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.config import EarlyStopping as EarlyStoppingConfig
from lstm_cli.config import TrainingConfig
from lstm_cli.errors import TrainingError
from lstm_cli.history import History

pytestmark = pytest.mark.usefixtures("keras_started")

_sizes = st.integers(1, 300)
_seeds = st.integers(0, 2**32 - 1)


@given(size=_sizes, seed=_seeds, epoch=st.integers(0, 1000))
def test_an_order_covers_every_row_once_and_is_the_same_again(size, seed, epoch):
    from lstm_cli.training.batches import draw_order

    order = draw_order(size, seed=seed, epoch=epoch)
    assert order.dtype == np.int32
    assert sorted(order.tolist()) == list(range(size))
    assert order.tolist() == draw_order(size, seed=seed, epoch=epoch).tolist()


@given(size=st.integers(30, 300), seed=st.integers(0, 1000), epoch=st.integers(0, 1000))
def test_another_epoch_and_another_seed_have_another_order(size, seed, epoch):
    from lstm_cli.training.batches import draw_order

    order = draw_order(size, seed=seed, epoch=epoch).tolist()
    assert order != draw_order(size, seed=seed, epoch=epoch + 1).tolist()
    assert order != draw_order(size, seed=seed + 1, epoch=epoch).tolist()


@given(size=_sizes, batch_size=st.integers(1, 70), steps=st.integers(1, 20))
def test_batches_are_the_order_cut_in_pieces_of_which_only_the_last_is_short(size, batch_size, steps):
    from lstm_cli.training.batches import draw_order, iter_rows

    order = draw_order(size, seed=1, epoch=2)
    blocks = list(iter_rows(order, batch_size=batch_size, steps=steps))
    assert np.concatenate([block.ravel() for block in blocks]).tolist() == order.tolist()
    batches = [batch for block in blocks for batch in block]
    assert len(batches) == math.ceil(size / batch_size)
    assert all(len(batch) == batch_size for batch in batches[:-1])
    assert all(1 <= len(block) <= steps for block in blocks)


@dataclass
class _ScriptedSteps:
    """Steps that learn nothing, and say of every review that it cost 0.5 and was right."""

    loss: float = 0.5
    wanted_after: int | None = None
    calls: int = 0
    calls_settled: int = 0

    def run(self, rows):
        self.calls += 1
        return self.loss * rows.size, float(rows.size)

    def settle(self):
        self.calls_settled = self.calls

    def is_stop_wanted(self):
        return self.calls == self.wanted_after


@dataclass
class _ScriptedBatches:
    """So many reviews in batches, two of which are a call."""

    count: int
    size: int

    def iter_epoch(self, epoch):
        from lstm_cli.training.batches import draw_order, iter_rows

        return iter_rows(draw_order(self.count, seed=0, epoch=epoch), batch_size=self.size, steps=2)


def _build_model():
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", metrics=["accuracy"], run_eagerly=True)
    return model


def _run(callbacks, *, val_losses, size=10, batch_size=3, steps=None, model=None):
    import keras

    from lstm_cli.training.loop import run_epochs
    from lstm_cli.training.step import Figures

    model = model or _build_model()
    script, steps = iter(val_losses), steps or _ScriptedSteps()

    def judge():
        assert steps.calls_settled == steps.calls > 0, "the epoch is judged by weights of before"
        return Figures(loss=next(script), accuracy=0.75)

    run_epochs(
        model,
        batches=_ScriptedBatches(size, batch_size),
        steps=steps,
        judge=judge,
        callbacks=keras.callbacks.CallbackList(callbacks, model=model),
        epochs=range(len(val_losses)),
    )


def _record_events(*, leave_out=()):
    import keras

    class Recorder(keras.callbacks.Callback):
        """Notes what it is told, in order."""

        def __init__(self):
            super().__init__()
            self.events = []
            self.logs = []

        def on_train_begin(self, logs=None):  # noqa: ARG002 - Keras' signature
            self.events.append("train begin")

        def on_train_end(self, logs=None):  # noqa: ARG002 - Keras' signature
            self.events.append("train end")

        def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002 - Keras' signature
            self.events.append(f"epoch {epoch} begin")

        def on_epoch_end(self, epoch, logs=None):
            self.events.append(f"epoch {epoch} end")
            self.logs.append(dict(logs))

        def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002 - Keras' signature
            if "batches" not in leave_out:
                self.events.append(f"batch {batch} end")

    return Recorder()


def test_callbacks_hear_what_fit_would_tell_them():
    ours, theirs = _record_events(leave_out=["batches"]), _record_events(leave_out=["batches"])
    _run([ours], val_losses=[0.5, 0.4])
    rows = np.zeros((4, 1), np.float32)
    _build_model().fit(rows, rows, validation_data=(rows, rows), epochs=2, verbose=0, callbacks=[theirs])
    assert ours.events == theirs.events
    assert theirs.logs[0].keys() <= ours.logs[0].keys()
    assert ours.logs[0].keys() - theirs.logs[0].keys() == {"learning_rate", "seconds"}


def test_the_figures_are_means_over_the_reviews():
    recorder = _record_events()
    _run([recorder], val_losses=[0.25], size=10, batch_size=3)
    (logs,) = recorder.logs
    assert logs["loss"] == 0.5
    assert logs["accuracy"] == 1.0
    assert logs["val_loss"] == 0.25
    assert logs["val_accuracy"] == 0.75
    assert logs["learning_rate"] == pytest.approx(0.01)
    assert logs["seconds"] > 0


def test_after_a_call_of_several_steps_the_number_of_its_last_batch_is_told():
    recorder = _record_events()
    _run([recorder], val_losses=[0.5], size=10, batch_size=3)
    assert [event for event in recorder.events if "batch" in event] == [
        "batch 1 end",
        "batch 2 end",
        "batch 3 end",
    ]


_FALLING_THEN_RISING = [0.6, 0.5, 0.55, 0.52, 0.51, 0.58, 0.4, 0.3]


@pytest.mark.parametrize(
    ("settings", "val_losses"),
    [
        ({"patience": 0}, [0.5, 0.4, 0.4, 0.3]),
        ({"patience": 1}, _FALLING_THEN_RISING),
        ({"patience": 3}, _FALLING_THEN_RISING),
        ({"patience": 5}, _FALLING_THEN_RISING),
        ({"patience": 2, "min_delta": 0.06}, [0.5, 0.45, 0.44, 0.35, 0.34, 0.33, 0.1]),
        ({"patience": 1, "start_from_epoch": 3}, [0.1, 0.9, 0.9, 0.9, 0.8, 0.85, 0.9, 0.95]),
    ],
)
def test_early_stopping_ends_where_keras_fit_ends(settings, val_losses):
    import keras

    from lstm_cli.training.callbacks import EarlyStopping

    class Script(keras.callbacks.Callback):
        """Puts the scripted figure in the place of fit's."""

        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = val_losses[epoch]

    config = EarlyStoppingConfig(**settings)
    ours, theirs = _record_events(), _record_events()
    monitor = TrainingConfig(early_stopping=config).monitor
    early_stopping = EarlyStopping(monitor, patience=config.patience, history=History())
    _run([ours, early_stopping], val_losses=val_losses)
    rows = np.zeros((1, 1), np.float32)
    early_stopping = keras.callbacks.EarlyStopping(monitor="val_loss", mode="min", **settings)
    _build_model().fit(
        rows,
        rows,
        validation_data=(rows, rows),
        epochs=len(val_losses),
        verbose=0,
        callbacks=[Script(), theirs, early_stopping],
    )
    assert [logs["val_loss"] for logs in ours.logs] == [logs["val_loss"] for logs in theirs.logs]
    assert len(ours.logs) < len(val_losses) or settings["patience"] == 5


@pytest.mark.parametrize("wanted_after", [1, 2, 5])
def test_a_wish_to_stop_is_followed_after_the_call_under_way(wanted_after):
    from lstm_cli.training.loop import StopRequested

    recorder, steps = _record_events(), _ScriptedSteps(wanted_after=wanted_after)
    with pytest.raises(StopRequested):
        _run(
            [recorder],
            val_losses=[0.5, 0.5, 0.5],
            steps=steps,
        )
    assert steps.calls == wanted_after
    # Ten reviews in batches of three are three calls an epoch: two batches, one, and the short one.
    assert len(recorder.logs) == (wanted_after - 1) // 3


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training_with_advice(loss):
    recorder = _record_events()
    with pytest.raises(TrainingError, match=r"^The loss became \w+ in epoch 1: .*learning_rate"):
        _run([recorder], val_losses=[0.5], steps=_ScriptedSteps(loss=loss))
    assert recorder.logs == []


def test_a_validation_loss_that_is_no_number_ends_the_training_before_the_epoch_is_recorded():
    recorder = _record_events()
    with pytest.raises(TrainingError, match=r"^The val_loss became nan in epoch 2"):
        _run([recorder], val_losses=[0.5, math.nan])
    assert len(recorder.logs) == 1
