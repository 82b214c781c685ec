"""The callbacks: what they keep after which epoch."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_cli.history import History, Monitor

pytestmark = pytest.mark.usefixtures("keras_started")

_series = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), min_size=1, max_size=6)


def _find_saved_epochs(values, *, monitor, history=None) -> list[int]:
    from lstm_cli.training.callbacks import BestModelCheckpoint

    history = history or History()
    saved: list[int] = []
    checkpoint = BestModelCheckpoint(monitor=monitor, save=saved.append, history=history)
    for epoch, value in enumerate(values, start=history.epochs):
        checkpoint.on_epoch_end(epoch, {monitor.metric: value, "loss": 0.0})
    return saved


@settings(max_examples=15)
@given(values=_series, metric=st.sampled_from(["val_loss", "val_accuracy"]))
def test_the_model_is_saved_in_the_epochs_in_which_keras_saves_it(values, metric, tmp_path_factory):
    import keras

    folder = tmp_path_factory.mktemp("keras")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    reference = keras.callbacks.ModelCheckpoint(
        folder / "{epoch}.weights.h5",
        monitor=metric,
        mode="min" if metric == "val_loss" else "max",
        save_best_only=True,
        save_weights_only=True,
    )
    reference.set_model(model)
    for epoch, value in enumerate(values):
        reference.on_epoch_end(epoch, {metric: value})
    expected = sorted(int(path.name.split(".")[0]) for path in folder.iterdir())
    assert _find_saved_epochs(values, monitor=Monitor(metric)) == expected


@settings(max_examples=50)
@given(
    values=st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=8),
    monitor=st.builds(
        Monitor,
        st.sampled_from(["val_loss", "val_accuracy"]),
        min_delta=st.sampled_from([0.0, 0.1, 0.5]),
        start_from_epoch=st.integers(0, 9),
    ),
)
def test_the_model_saved_last_is_always_that_of_the_best_epoch(values, monitor):
    """Whenever the training is killed, and from its first epoch on there is one."""
    for epochs in range(1, len(values) + 1):
        history = History({monitor.metric: tuple(values[:epochs])})
        assert _find_saved_epochs(values[:epochs], monitor=monitor)[-1] == history.best_epoch(monitor)


def test_the_model_of_a_resumed_training_is_saved_only_where_it_beats_the_epochs_before():
    before = History({"val_loss": (0.5, 0.3), "loss": (0.0, 0.0)})
    assert _find_saved_epochs([0.4, 0.3, 0.2], monitor=Monitor(), history=before) == [5]


def test_the_recorder_hands_over_the_history_so_far_after_every_epoch():
    from lstm_cli.training.callbacks import EpochRecorder

    kept: list[History] = []
    recorder = EpochRecorder(save=kept.append, history=History({"loss": (0.9,)}))
    recorder.on_epoch_end(1, {"loss": 0.8})
    recorder.on_epoch_end(2, {"loss": 0.7})
    assert [history.metrics["loss"] for history in kept] == [(0.9, 0.8), (0.9, 0.8, 0.7)]
    assert recorder.history == kept[-1]


@pytest.mark.parametrize(("metric", "mode"), [("val_loss", "less"), ("val_accuracy", "greater")])
def test_early_stopping_is_keras_own_with_every_setting(metric, mode):
    from lstm_cli.training.callbacks import EarlyStopping

    monitor = Monitor(metric, min_delta=0.01, start_from_epoch=2)
    early_stopping = EarlyStopping(monitor, patience=7, history=History())
    assert early_stopping.monitor == metric
    assert abs(early_stopping.min_delta) == 0.01
    assert early_stopping.patience == 7
    assert early_stopping.start_from_epoch == 2
    assert not early_stopping.restore_best_weights  # the best weights are in the model file
    early_stopping.on_train_begin()
    early_stopping._set_monitor_op()
    assert early_stopping.monitor_op.__name__ == mode
