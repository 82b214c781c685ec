"""A whole training: what it leaves, and that it is the same again."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from lstm_cli.data.dataset import load_dataset
from lstm_cli.errors import TrainingError
from lstm_cli.training.trainer import find_largest_share

pytestmark = pytest.mark.usefixtures("keras_started")


def _read_record(folder):
    return json.loads((folder / "run.json").read_text())


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


def test_onlookers_see_each_epoch_before_it_is_on_disk(train, tiny_config, reviews_csv, tmp_path):
    seen = []

    class Onlooker(keras.callbacks.Callback):
        """Notes which epochs the history on disk holds."""

        def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002 - Keras' signature
            path = tmp_path / "run" / "history.json"
            seen.append(len(json.loads(path.read_text())["loss"]) if path.exists() else 0)

    train(tiny_config(reviews_csv, "training.epochs=3"), callbacks=[Onlooker()])
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("setting", ["training.maxlen=6", "training.batch_by_length=true"])
def test_however_many_tokens_are_trained_on_all_are_judged_and_the_file_reads_all(
    setting, train, tiny_config, reviews_csv
):
    from lstm_cli.data.dataset import load_dataset

    config = tiny_config(reviews_csv, "training.epochs=1", setting)
    folder, result = train(config)
    validation = load_dataset(config.data).validation
    model = keras.models.load_model(folder / "best-tiny-model.h5")
    assert model.input_shape == (None, None)
    loss, _ = model.evaluate(validation.tokens, validation.labels[:, None].astype(np.float32), verbose=0)
    assert result.history.metrics["val_loss"][0] == pytest.approx(loss, abs=1e-5)


_HARDLY_LEARNS = "training.optimizer={name: sgd, learning_rate: 1.0e-9}"


def test_a_model_begins_with_the_weights_of_another_and_its_vectors(
    train, tiny_config, reviews_csv, tmp_path, read_weights
):
    """Each alone and both; the rows of words that have no vector are as they would be without."""
    from lstm_cli.data.word_vectors import VectorsUsed, WordVectors
    from lstm_cli.modelfile.stored_model import load_model_file

    def run(name, **begins):
        config = tiny_config(reviews_csv, _HARDLY_LEARNS, "training.epochs=1")
        folder, _ = train(config, path=tmp_path / name, begins=begins)
        return read_weights(folder / "best-tiny-model.h5")

    other, _ = train(tiny_config(reviews_csv, "training.seed=99", "training.epochs=1"), path=tmp_path / "other")
    initial = load_model_file(other / "best-tiny-model.h5")
    rows = np.array([3, 5])
    vectors = WordVectors(rows, np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.float32), VectorsUsed("0" * 64, 2, 9))
    drawn = run("drawn")
    width = drawn[0].shape[1]
    vectors = WordVectors(rows, np.resize(vectors.vectors, (2, width)), vectors.used)
    with_vectors, with_weights, with_both = (
        run("vectors", vectors=vectors),
        run("weights", initial=initial),
        run("both", initial=initial, vectors=vectors),
    )
    for found, begun in ((with_vectors, drawn), (with_both, initial.weights)):
        np.testing.assert_allclose(found[0][rows], vectors.vectors, atol=1e-6)
        rest = np.setdiff1d(np.arange(len(drawn[0])), rows)
        np.testing.assert_allclose(found[0][rest], begun[0][rest], atol=1e-6)
        for one, expected in zip(found[1:], begun[1:], strict=True):
            np.testing.assert_allclose(one, expected, atol=1e-6)
    for one, expected in zip(with_weights, initial.weights, strict=True):
        np.testing.assert_allclose(one, expected, atol=1e-6)
    assert abs(drawn[-2] - initial.weights[-2]).max() > 0.01


def test_a_result_tells_of_the_classes_and_the_largest_share(train, tiny_config, reviews_csv):
    config = tiny_config(reviews_csv, "training.epochs=1")
    _, result = train(config)
    labels = load_dataset(config.data).validation.labels
    assert result.largest_share == np.bincount(labels).max() / len(labels)
    assert (result.classes, result.interrupted) == (2, False)
    assert find_largest_share(labels[:0]) is None
