"""A whole training: what it leaves, and that it is the same again."""

from __future__ import annotations

import json

import keras
import numpy as np
import pandas as pd
import pytest

from lstm_cli.errors import OutputError, TrainingError

pytestmark = pytest.mark.usefixtures("keras_started")

_COLUMNS = {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"}


def _read_record(folder):
    return json.loads((folder / "run.json").read_text())


def test_a_run_leaves_the_promised_files(train, tiny_config, reviews_csv):
    folder, result = train(tiny_config(reviews_csv, "training.epochs=3"))
    assert {path.name for path in folder.iterdir()} == {
        "config.yaml",
        "best-tiny-model.h5",
        "history.json",
        "loss.png",
        "run.json",
        "state",
    }
    with (folder / "history.json").open() as file:
        frame = pd.DataFrame(json.load(file))
    assert set(frame.columns) == _COLUMNS
    assert len(frame) == 3
    assert all(pd.api.types.is_float_dtype(kind) for kind in frame.dtypes)
    assert tuple(frame["val_loss"]) == result.history.metrics["val_loss"]
    assert not result.interrupted


def test_the_record_tells_the_run(train, tiny_config, reviews_csv):
    from lstm_cli.data.dataset import load_dataset

    config = tiny_config(reviews_csv, "training.epochs=3")
    folder, result = train(config)
    record = _read_record(folder)
    assert record == result.record.to_dict()
    dataset = load_dataset(config.data)
    assert record["fingerprint"] == dataset.fingerprint
    sizes = {name: len(getattr(dataset, name)) for name in ("train", "validation", "test")}
    assert record["reviews"] == sizes
    assert sum(sizes.values()) == 300
    model = keras.models.load_model(folder / "best-tiny-model.h5")
    assert record["parameters"] == model.count_params()
    assert (record["model"], record["seed"], record["dataset"]) == ("tiny", 7, "reviews.csv")
    assert record["versions"]["keras"] == keras.__version__
    assert record["finished"] is True
    assert record["stopped_early"] is False
    assert record["epochs"] == 3
    val_loss = result.history.metrics["val_loss"]
    assert record["best_epoch"] == int(np.argmin(val_loss)) + 1
    assert record["best"]["val_loss"] == min(val_loss)


def test_one_seed_gives_one_history_digit_for_digit_and_another_seed_another(
    *, train, tiny_config, reviews_csv, tmp_path, drop_seconds, read_weights
):
    def run(name, seed):
        layers = "[{cell: gru, units: 2, dropout: 0.4}, {cell: lstm, units: 2}]"
        config = tiny_config(reviews_csv, f"model.recurrent={layers}", f"training.seed={seed}")
        folder, result = train(config, path=tmp_path / name)
        return drop_seconds(result.history), read_weights(folder / "best-tiny-model.h5")

    (history, weights), (again, weights_again), (other, _) = run("a", 7), run("b", 7), run("c", 8)
    assert history == again
    assert all((ours == theirs).all() for ours, theirs in zip(weights, weights_again, strict=True))
    assert all(history[name] != other[name] for name in ("loss", "val_loss"))


def test_the_kernels_give_one_history(train, tiny_config, reviews_csv, tmp_path, drop_seconds):
    # A short review is padded, and the padding masked: both kernels must skip it.
    config = tiny_config(
        reviews_csv, "model.embedding.mask_zero=true", "data.maxlen=40", "training.epochs=3", "data.limit=200"
    )
    histories = []
    for kernel in ("fast", "keras"):
        folder, result = train(config, path=tmp_path / kernel, kernel=kernel)
        assert _read_record(folder)["kernel"] == kernel
        histories.append(drop_seconds(result.history))
    fast, plain = histories
    for name, values in plain.items():
        np.testing.assert_allclose(fast[name], values, rtol=0, atol=1e-4, err_msg=name)


def test_a_training_is_what_keras_fit_makes_of_the_same_seed_and_orders(
    train, tiny_config, reviews_csv, read_weights
):
    """The initial weights too are those of a plain Keras script with `set_random_seed`."""
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.training.batches import draw_order

    # Linear in the gradients: fit gives a word that stands twice in a batch two of them.
    optimizer = "training.optimizer={name: sgd, learning_rate: 0.1, momentum: 0.9}"
    config = tiny_config(reviews_csv, "training.batch_size=32", "training.early_stopping=null", optimizer)
    folder, result = train(config)
    reviews = load_dataset(config.data)
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((12,), dtype="int32"),
            keras.layers.Embedding(60, 3),
            keras.layers.GRU(2),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss="binary_crossentropy", metrics=["accuracy"]
    )
    validation = (reviews.validation.tokens, reviews.validation.labels[:, None].astype(np.float32))
    for epoch in range(2):
        order = draw_order(len(reviews.train), seed=7, epoch=epoch)
        labels = reviews.train.labels[order, None].astype(np.float32)
        history = model.fit(
            reviews.train.tokens[order],
            labels,
            validation_data=validation,
            batch_size=32,
            shuffle=False,
            verbose=0,
        )
        for name, (value,) in history.history.items():
            assert result.history.metrics[name][epoch] == pytest.approx(value, abs=1e-5), name
    for ours, theirs in zip(read_weights(folder / "last-tiny-model.h5"), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_the_best_model_file_holds_the_weights_of_the_best_epoch(monitor, train, tiny_config, reviews_csv):
    from lstm_cli.data.dataset import load_dataset

    config = tiny_config(
        reviews_csv,
        f"training.early_stopping.monitor={monitor}",
        "training.early_stopping.patience=30",
        "training.optimizer.learning_rate=0.05",  # soon overfitted, so that the last epoch is not the best
        "training.epochs=12",
    )
    folder, result = train(config)
    best = result.record.best_epoch
    assert best < 12
    figures = result.history.metrics
    assert figures[monitor][best - 1] == (min if monitor == "val_loss" else max)(figures[monitor])
    validation = load_dataset(config.data).validation
    model = keras.models.load_model(folder / "best-tiny-model.h5")
    loss, accuracy = model.evaluate(validation.tokens, validation.labels[:, None].astype(np.float32), verbose=0)
    assert loss == pytest.approx(figures["val_loss"][best - 1], abs=1e-5)
    assert accuracy == pytest.approx(figures["val_accuracy"][best - 1], abs=1e-6)


@pytest.mark.parametrize(
    "rule",
    [
        "monitor: val_accuracy",
        "monitor: val_loss, min_delta: 0.05",
        "monitor: val_accuracy, start_from_epoch: 4",
        "monitor: val_loss, start_from_epoch: 50",
    ],
)
def test_the_record_the_picture_and_the_model_name_the_same_epoch(
    rule, train, tiny_config, reviews_csv, monkeypatch
):
    """Also one that is neither the lowest loss nor the highest accuracy of all."""
    from lstm_cli.modelfile.stored_model import load_model_file
    from lstm_cli.training import trainer

    drawn = []
    draw = trainer.plot_history
    monkeypatch.setattr(trainer, "plot_history", lambda models: drawn.append(draw(models)) or drawn[-1])
    config = tiny_config(
        reviews_csv,
        f"training.early_stopping={{{rule}, patience: 30}}",
        "training.optimizer.learning_rate=0.05",
        "training.epochs=8",
    )
    folder, result = train(config)
    best = result.record.best_epoch
    assert best == result.history.best_epoch(config.training.monitor)
    assert result.record.best == result.history.get_figures(best)
    assert load_model_file(folder / "best-tiny-model.h5").provenance.epoch == best
    [figure] = drawn
    assert [text.get_text() for text in figure.legends[0].get_texts()][-1].startswith(f"best epoch {best}")


@pytest.mark.parametrize(
    ("settings", "has_last"),
    [
        (["training.early_stopping.restore_best_weights=false"], True),
        (["training.early_stopping=null"], True),
        ([], False),
    ],
)
def test_the_last_model_is_kept_where_the_best_weights_are_not_restored(
    settings, has_last, train, tiny_config, reviews_csv
):
    folder, result = train(tiny_config(reviews_csv, *settings))
    assert (folder / "last-tiny-model.h5").exists() is has_last
    if has_last:
        from lstm_cli.modelfile.stored_model import load_model_file

        assert load_model_file(folder / "last-tiny-model.h5").provenance.epoch == result.history.epochs


def test_early_stopping_is_recorded(train, tiny_config, reviews_csv):
    config = tiny_config(
        reviews_csv,
        "training.epochs=50",
        "training.early_stopping.patience=1",
        "training.optimizer.learning_rate=0.1",
    )
    folder, result = train(config)
    record = _read_record(folder)
    assert record["stopped_early"] is True
    assert record["finished"] is True
    assert record["epochs"] == result.history.epochs < 50
    assert record["best_epoch"] == record["epochs"] - 1


def test_a_loss_that_is_no_number_keeps_what_was_good(train, tiny_config, reviews_csv, tmp_path, read_weights):

    class Explode(keras.callbacks.Callback):
        """Spoils the weights as the third epoch begins."""

        def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002 - Keras' signature
            if epoch == 2:
                weight = self.model.trainable_variables[0]
                weight.assign(weight * np.nan)

    config = tiny_config(reviews_csv, "training.epochs=5")
    with pytest.raises(TrainingError, match="The loss became nan in epoch 3"):
        train(config, callbacks=[Explode()])
    record = _read_record(tmp_path / "run")
    assert record["finished"] is False
    assert record["epochs"] == 2
    assert record["best_epoch"] in (1, 2)
    assert all(np.isfinite(weight).all() for weight in read_weights(tmp_path / "run/best-tiny-model.h5"))


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_a_learning_rate_beyond_all_bounds_is_a_training_error(optimizer, train, tiny_config, reviews_csv):
    config = tiny_config(
        reviews_csv,
        f"training.optimizer={{name: {optimizer}, learning_rate: 1.0e+30}}",
        "model.embedding.embeddings_regularizer.l2=1.0",
        "training.epochs=5",
    )
    with pytest.raises(TrainingError, match=r"The (val_)?loss became (inf|nan) in epoch \d: .*learning_rate"):
        train(config)


def test_a_disk_without_room_is_an_output_error_that_names_the_file(
    train, tiny_config, reviews_csv, tmp_path, monkeypatch
):
    from pathlib import Path

    write_text = Path.write_text

    def fill_disk(self, *arguments, **options):
        if "history" in self.name:
            raise OSError(28, "No space left on device")
        return write_text(self, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", fill_disk)
    with pytest.raises(OutputError, match=r"Cannot write .*history\.json: No space left on device"):
        train(tiny_config(reviews_csv))
    assert not (tmp_path / "run" / "history.json").exists()


def test_an_epoch_counts_once_its_best_model_is_on_disk(train, tiny_config, reviews_csv, tmp_path):
    """A training that ends between the two goes on from the epoch before, and writes the model then."""
    from lstm_cli.training.state import load_state

    class Blocker(keras.callbacks.Callback):
        """Puts a folder where the first epoch's model should come."""

        def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002 - Keras' signature
            (tmp_path / "run" / "best-tiny-model.h5" / "taken").mkdir(parents=True)

    with pytest.raises(OutputError, match=r"best-tiny-model\.h5"):
        train(tiny_config(reviews_csv), callbacks=[Blocker()])
    state, is_newest = load_state(tmp_path / "run" / "state")
    assert (state.history.epochs, is_newest) == (0, True)


def test_onlookers_see_each_epoch_before_it_is_on_disk(train, tiny_config, reviews_csv, tmp_path):
    seen = []

    class Onlooker(keras.callbacks.Callback):
        """Notes which epochs the history on disk holds."""

        def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002 - Keras' signature
            path = tmp_path / "run" / "history.json"
            seen.append(len(json.loads(path.read_text())["loss"]) if path.exists() else 0)

    train(tiny_config(reviews_csv, "training.epochs=3"), callbacks=[Onlooker()])
    assert seen == [0, 1, 2]
