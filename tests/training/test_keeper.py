"""What a training leaves: which files, and that they tell of one and the same epoch."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import keras
import numpy as np
import pandas as pd
import pytest

from lstm_cli.backend import name_device
from lstm_cli.errors import OutputError
from lstm_cli.evaluation import THRESHOLD
from lstm_cli.modelfile.stored_model import Provenance, load_model_file
from lstm_cli.version import __version__

pytestmark = pytest.mark.usefixtures("keras_started")

_COLUMNS = {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"}


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
    record = json.loads((folder / "run.json").read_text())
    assert record == result.record.to_dict()
    dataset = load_dataset(config.data)
    assert record["fingerprint"] == dataset.fingerprint
    sizes = {name: len(getattr(dataset, name)) for name in ("train", "validation", "test")}
    assert record["reviews"] == sizes
    assert sum(sizes.values()) == 300
    model = keras.models.load_model(folder / "best-tiny-model.h5")
    assert record["parameters"] == model.count_params()
    assert (record["model"], record["seed"], record["dataset"]) == ("tiny", 7, "reviews.csv")
    libraries = {name: version(name) for name in ("keras", "tensorflow", "numpy", "numba")}
    assert record["versions"] == {"lstm_cli": __version__, "python": platform.python_version(), **libraries}
    assert (record["kernel"], record["device"]) == ("fast", name_device())
    assert {record[name] for name in ("fold", "baseline", "vectors", "initial_model")} == {None}
    assert record["finished"] is True
    assert record["stopped_early"] is False
    assert record["epochs"] == 3
    val_loss = result.history.metrics["val_loss"]
    assert record["best_epoch"] == int(np.argmin(val_loss)) + 1
    assert record["best"]["val_loss"] == min(val_loss)
    stored = load_model_file(folder / "best-tiny-model.h5")
    assert stored.provenance == Provenance("reviews.csv", dataset.fingerprint, record["best_epoch"], __version__)
    assert stored.threshold == THRESHOLD
    assert stored.seen.count(dataset.train.digests) == len(dataset.train)
    assert not stored.seen.find(dataset.test.digests).any()


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
    from lstm_cli.training import keeper

    drawn = []
    draw = keeper.plot_history
    monkeypatch.setattr(keeper, "plot_history", lambda models: drawn.append(draw(models)) or drawn[-1])
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
        assert load_model_file(folder / "last-tiny-model.h5").provenance.epoch == result.history.epochs


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
