"""The callbacks: what they keep after which epoch."""

from __future__ import annotations

from functools import cache

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


_FIGURES = {
    "val_loss": (0.5, 0.6, 0.6, 0.4, 0.45, 0.45, 0.395, 0.4, 0.4, 0.4, 0.4),
    "val_accuracy": (0.5, 0.4, 0.4, 0.6, 0.55, 0.55, 0.605, 0.6, 0.6, 0.6, 0.6),
}
_FIGURES["val_macro_f1"] = _FIGURES["val_accuracy"]


@cache
def _build_model():
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.optimizer = keras.optimizers.SGD()
    return model


def _run_epochs(callback, metric, *, begun=(), rate=0.1) -> list[float]:
    """Let a callback judge the epochs that are left; return each one's rate until the training is stopped."""
    model = _build_model()
    model.optimizer.learning_rate, model.stop_training = rate, False
    callback.set_model(model)
    callback.on_train_begin()
    rates = list(begun)
    for epoch, figure in [*enumerate(_FIGURES[metric])][len(begun) :]:
        rates.append(float(model.optimizer.learning_rate))
        callback.on_epoch_end(epoch, {metric: figure})
        if model.stop_training:
            break
    return rates


def _build_history(metric: str, rates) -> History:
    return History({metric: _FIGURES[metric][: len(rates)], "learning_rate": tuple(rates)}) if rates else History()


@pytest.mark.parametrize("metric", ["val_loss", "val_accuracy"])
def test_a_resumed_training_stops_where_one_that_was_never_stopped_does(metric):
    import keras

    from lstm_cli.training.callbacks import EarlyStopping

    mode = "min" if metric == "val_loss" else "max"
    theirs = keras.callbacks.EarlyStopping(metric, min_delta=0.01, patience=4, mode=mode, start_from_epoch=1)
    expected = _run_epochs(theirs, metric)
    assert 4 < len(expected) < len(_FIGURES[metric])
    for epochs in range(len(expected)):
        monitor, history = (
            Monitor(metric, min_delta=0.01, start_from_epoch=1),
            _build_history(metric, [0.1] * epochs),
        )
        ours = EarlyStopping(monitor, patience=4, history=history)
        assert _run_epochs(ours, metric, begun=expected[:epochs]) == expected


@pytest.mark.parametrize("metric", _FIGURES)
def test_a_resumed_training_has_the_rates_of_one_that_was_never_stopped(metric):
    """Also where it was stopped while the rate was left alone."""
    import keras

    from lstm_cli.config import TrainingConfig
    from lstm_cli.training.callbacks import ReduceLROnPlateau

    rule = {"monitor": metric, "factor": 0.5, "patience": 2, "cooldown": 1, "min_delta": 0.01}
    mode = "min" if metric == "val_loss" else "max"
    expected = _run_epochs(keras.callbacks.ReduceLROnPlateau(**rule, mode=mode), metric)
    assert len(set(expected)) > 2
    config = TrainingConfig(reduce_lr_on_plateau=rule).reduce_lr_on_plateau
    for epochs, rate in enumerate(expected):
        ours = ReduceLROnPlateau(config, history=_build_history(metric, expected[:epochs]))
        assert _run_epochs(ours, metric, begun=expected[:epochs], rate=rate) == expected


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
