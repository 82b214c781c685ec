"""Resuming: the same as never having stopped, digit for digit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.errors import TrainingError
from lstm_cli.training.state import load_state

pytestmark = pytest.mark.usefixtures("keras_started")

_MODELS = {
    "gru by adam": ["training.optimizer={name: adam, learning_rate: 0.02}"],
    "an embedding that learns by itself": [
        "data.num_words=5000",
        "model.embedding.output_dim=64",
        "training.optimizer={name: adam, learning_rate: 0.02}",
    ],
    "dropout everywhere by rmsprop with momentum": [
        "model.recurrent=[{cell: lstm, units: 2, dropout: 0.3, output_dropout: 0.2}]",
        "model.dropout=0.1",
        "training.optimizer={name: rmsprop, learning_rate: 0.02, momentum: 0.5, centered: true}",
    ],
    "what n-grams say beside the words": [
        "data.ngrams={folds: 3}",
        "model.embedding.mask_zero=true",
        "model.embedding.spatial_dropout=0.2",
        "model.pooling=[max, mean]",
        "model.logit_skip=true",
        "training.optimizer={name: adam, learning_rate: 0.02}",
    ],
}


def _stop_after(epochs: int, *, call: int = 0):
    """Return a wish to stop in the epoch after so many; an epoch of 216 reviews in batches of 32 has 2 calls."""
    asked = 0

    def is_wanted() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2 * epochs + call

    return is_wanted


@pytest.fixture
def train_and_keep(train, tmp_path):
    """A function: a configuration → what `train` gives, and a function: epochs → the run as it was after so many.

    It is a copy, as `kill -9` would have left the run in the epoch behind them.
    """
    import keras

    class Keeper(keras.callbacks.Callback):
        """Copies the run's folder as each epoch begins."""

        def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002 - Keras' signature
            shutil.copytree(tmp_path / "reference", tmp_path / "kept" / str(epoch))

    def run(config, **arguments):
        folder, result = train(config, path=tmp_path / "reference", callbacks=[Keeper()], **arguments)
        return (
            folder,
            result,
            lambda epochs: Path(shutil.copytree(tmp_path / "kept" / str(epochs), tmp_path / "run")),
        )

    return run


def _assert_same_states(folder, reference):
    (state, _), (expected, _) = load_state(folder / "state"), load_state(reference / "state")
    for variable, value in zip(state.variables, expected.variables, strict=True):
        assert variable.dtype == value.dtype
        assert variable.tobytes() == value.tobytes()


@pytest.mark.parametrize("settings", _MODELS.values(), ids=_MODELS.keys())
def test_a_stopped_and_resumed_training_equals_an_uninterrupted_one(
    *, settings, train, tiny_config, reviews_csv, tmp_path, drop_seconds, read_weights
):
    """Stopped twice: in the first epoch, before anything is learnt, and amid the third."""
    config = tiny_config(
        reviews_csv, *settings, "training.batch_size=32", "training.epochs=4", "training.early_stopping=null"
    )
    reference, uninterrupted = train(config, path=tmp_path / "reference")
    folder, first = train(config, stop_requested=_stop_after(0))
    assert first.interrupted
    assert first.history.epochs == 0
    state, is_newest = load_state(folder / "state")
    assert is_newest
    _, second = train(config, state=state, stop_requested=_stop_after(2, call=1))
    assert second.interrupted
    assert second.history.epochs == 2
    record = json.loads((folder / "run.json").read_text())
    assert (record["epochs"], record["finished"]) == (2, False)
    _, last = train(config, state=load_state(folder / "state")[0])
    assert not last.interrupted
    assert drop_seconds(last.history) == drop_seconds(uninterrupted.history)
    _assert_same_states(folder, reference)
    for name in ("best-tiny-model.h5", "last-tiny-model.h5"):
        ours, theirs = read_weights(folder / name), read_weights(reference / name)
        assert all((one == other).all() for one, other in zip(ours, theirs, strict=True)), name
    ours, theirs = (json.loads((path / "run.json").read_text()) for path in (folder, reference))
    ours["best"].pop("seconds")
    theirs["best"].pop("seconds")
    assert ours == theirs


@pytest.mark.parametrize("monitor", ["val_loss", "val_macro_f1"])
def test_the_patience_goes_on_where_it_was(
    *, monitor, train, train_and_keep, tiny_config, reviews_csv, drop_seconds
):
    config = tiny_config(
        reviews_csv,
        f"training.early_stopping.monitor={monitor}",
        "training.epochs=30",
        "training.early_stopping.patience=3",
        "training.optimizer.learning_rate=0.1",
    )
    _, uninterrupted, copy_after = train_and_keep(config)
    assert uninterrupted.record.stopped_early
    best = uninterrupted.record.best_epoch
    state, _ = load_state(copy_after(best + 1) / "state")  # one epoch of the patience is gone
    assert state.history.epochs == best + 1
    _, resumed = train(config, state=state)
    assert drop_seconds(resumed.history) == drop_seconds(uninterrupted.history)
    assert resumed.record.stopped_early
    assert resumed.record.best_epoch == best


def test_a_training_killed_after_its_last_epoch_is_only_finished(train, tiny_config, reviews_csv, drop_seconds):
    config = tiny_config(reviews_csv)
    folder, whole = train(config)
    _, resumed = train(config, state=load_state(folder / "state")[0])
    assert drop_seconds(resumed.history) == drop_seconds(whole.history)
    assert resumed.record.finished


def test_more_epochs_extend_a_run_as_if_they_had_been_asked_for_at_first(
    train, tiny_config, reviews_csv, tmp_path, drop_seconds
):
    _, whole = train(tiny_config(reviews_csv, "training.epochs=4"), path=tmp_path / "reference")
    folder, _ = train(tiny_config(reviews_csv, "training.epochs=2"))
    _, extended = train(tiny_config(reviews_csv, "training.epochs=4"), state=load_state(folder / "state")[0])
    assert drop_seconds(extended.history) == drop_seconds(whole.history)
    _assert_same_states(folder, tmp_path / "reference")


def test_from_the_state_before_a_damaged_one_the_same_training_comes_out(
    train, train_and_keep, tiny_config, reviews_csv, drop_seconds
):
    config = tiny_config(reviews_csv, "training.epochs=3")
    reference, whole, copy_after = train_and_keep(config)
    folder = copy_after(2)
    newest = folder / "state" / "newest.state"
    newest.write_bytes(newest.read_bytes()[:-1])
    state, is_newest = load_state(folder / "state")
    assert (is_newest, state.history.epochs) == (False, 1)
    _, resumed = train(config, state=state)
    assert drop_seconds(resumed.history) == drop_seconds(whole.history)
    _assert_same_states(folder, reference)


def test_a_state_of_another_model_is_refused(train, tiny_config, reviews_csv):
    folder, _ = train(tiny_config(reviews_csv, "training.epochs=1"))
    state, _ = load_state(folder / "state")
    config = tiny_config(reviews_csv, "model.recurrent=[{cell: gru, units: 3}]")
    with pytest.raises(TrainingError, match=r"of another model than config\.yaml describes"):
        train(config, state=state)


def test_the_state_before_the_first_epoch_holds_the_initial_weights(train, tiny_config, reviews_csv):
    import keras

    config = tiny_config(reviews_csv)
    folder, _ = train(config, stop_requested=_stop_after(0))
    state, _ = load_state(folder / "state")
    keras.utils.set_random_seed(config.training.seed)
    layer = keras.layers.Embedding(60, 3)
    layer.build(())
    np.testing.assert_array_equal(state.variables[0], layer.get_weights()[0])


_CHANGING = {
    "a schedule and averages": [
        "training.optimizer={name: adam, learning_rate: {name: WarmupLinearDecay, warmup_target: 0.05}, "
        "use_ema: true, ema_momentum: 0.9, ema_start: 0.2}",
    ],
    "a plateau and batches by length": [
        "training.optimizer.learning_rate=0.1",
        "training.reduce_lr_on_plateau={monitor: loss, factor: 0.5, patience: 1, min_delta: 0.05}",
        "training.batch_by_length=true",
        "training.maxlen=4",
    ],
}


@pytest.mark.parametrize("kernel", ["fast", "keras"])
@pytest.mark.parametrize("settings", _CHANGING.values(), ids=_CHANGING)
def test_what_changes_from_step_to_step_goes_on_where_it_was(
    *, settings, kernel, train, train_and_keep, tiny_config, reviews_csv, drop_seconds, read_weights
):
    """Schedules, averages of the weights, a rate that a plateau has reduced, and the order of batches."""
    config = tiny_config(reviews_csv, "training.epochs=5", "training.early_stopping=null", *settings)
    reference, whole, copy_after = train_and_keep(config, kernel=kernel)
    folder = copy_after(3)
    _, resumed = train(config, state=load_state(folder / "state")[0], kernel=kernel)
    assert drop_seconds(resumed.history) == drop_seconds(whole.history)
    _assert_same_states(folder, reference)
    ours, theirs = read_weights(folder / "best-tiny-model.h5"), read_weights(reference / "best-tiny-model.h5")
    assert all((one == other).all() for one, other in zip(ours, theirs, strict=True))
