"""The files of an ensemble: what its history is, and which members make none."""

from __future__ import annotations

import shutil

import h5py
import numpy as np
import pytest

from lstm_cli.errors import TrainingError
from lstm_cli.history import History
from lstm_cli.training.ensemble import average_histories, save_ensemble
from lstm_cli.training.run_folder import RunFolder, create_run_folder


def test_the_history_is_the_mean_over_the_epochs_that_all_have_and_its_seconds_the_sum():
    one = History({"loss": (0.5, 0.4, 0.3), "seconds": (1.0, 2.0, 3.0)})
    other = History({"loss": (0.7, 0.2), "seconds": (4.0, 5.0)})
    history = average_histories([one, other])
    assert history.metrics["loss"] == pytest.approx((0.6, 0.3))
    assert history.metrics["seconds"] == (5.0, 7.0)
    assert history.epochs == 2


@pytest.fixture
def train(tiny_config, reviews_csv, tmp_path):
    """A function: settings → a finished run that may be a member."""
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.training.inputs import TrainingInputs
    from lstm_cli.training.trainer import train_model

    def call(name, *settings):
        config = tiny_config(reviews_csv, "training.epochs=1", *settings)
        folder = create_run_folder(tmp_path / name, model=config.name, force=False)
        train_model(TrainingInputs(config, load_dataset(config.data)), folder=folder, kernel="fast")
        return config, folder

    return call


def test_members_of_other_words_make_no_model_and_nothing_is_written(train, tmp_path):
    config, one = train("one")
    _, other = train("other", "data.split_seed=5")
    ensemble = config.model_copy(update={"training": config.training.model_copy(update={"ensemble": 2})})
    folder = RunFolder(tmp_path / "all", config.name)
    with pytest.raises(TrainingError, match="do not read the same words"):
        save_ensemble(ensemble, folder=folder, members=[one, other])
    assert not folder.path.exists()


def test_members_without_n_grams_are_a_model_of_tokens_alone(train, tmp_path):
    import keras

    from lstm_cli.inference.classifier import load_classifier

    config, one = train("one")
    twin = RunFolder(tmp_path / "twin", config.name)
    shutil.copytree(one.path, twin.path)
    ensemble = config.model_copy(update={"training": config.training.model_copy(update={"ensemble": 2})})
    folder = RunFolder(tmp_path / "all", config.name)
    folder.path.mkdir()
    members = [RunFolder(path.path.rename(folder.path / path.path.name), config.name) for path in (one, twin)]
    save_ensemble(ensemble, folder=folder, members=members)
    whole, alone = load_classifier(folder.best_model), load_classifier(members[0].best_model)
    encoded = whole.encoder.encode(["a wonderful film", "the worst"])
    np.testing.assert_allclose(
        whole.compute_probabilities(encoded), alone.compute_probabilities(encoded), rtol=1e-6
    )
    with h5py.File(folder.best_model, "a") as file:  # changed by someone else, so that its seal is broken
        file.attrs["mine"] = 1
    again = load_classifier(folder.best_model)
    np.testing.assert_array_equal(again.compute_probabilities(encoded), whole.compute_probabilities(encoded))
    given = keras.models.load_model(folder.best_model).predict(encoded.tokens, verbose=0)
    np.testing.assert_allclose(whole.compute_probabilities(encoded), given[:, 0], atol=1e-6)
