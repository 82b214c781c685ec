"""The files of an ensemble: what its history is, and which members make none."""

from __future__ import annotations

import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest

from lstm_cli.errors import TrainingError
from lstm_cli.evaluation import THRESHOLD
from lstm_cli.history import History, load_history
from lstm_cli.modelfile.stored_model import load_model_file
from lstm_cli.training.ensemble import average_histories, save_ensemble
from lstm_cli.training.run_folder import MemberRecord, RunFolder, create_run_folder, load_record, save_record


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


def test_members_of_different_trainings_make_no_model_and_nothing_is_written(train, tmp_path):
    """Of other words, of other reviews, and where a model was put in a member's place."""
    import keras

    config, one = train("one")
    _, other = train("other", "data.split_seed=5")
    ensemble = config.model_copy(update={"training": config.training.model_copy(update={"ensemble": 2})})
    folder = RunFolder(tmp_path / "all", config.name)
    record = load_record(one.record)
    save_record(other.record, record)
    with pytest.raises(TrainingError, match="do not read the same words"):
        save_ensemble(ensemble, folder=folder, members=[one, other])
    for change in ({"fingerprint": "cd" * 32}, {"initial_model": "ab" * 32}):
        save_record(other.record, replace(record, **change))
        with pytest.raises(TrainingError, match=r"in .*members began with other reviews, other vectors"):
            save_ensemble(ensemble, folder=folder, members=[one, other])
    keras.models.load_model(other.best_model).save(other.best_model)
    with pytest.raises(TrainingError, match=r"other/best-tiny-model\.h5 is not what was trained there"):
        save_ensemble(ensemble, folder=folder, members=[one, other])
    assert not folder.path.exists()


def expect_record_of_twins(result, *, folder, member):
    """Expect the files of an ensemble of two members that are one and the same."""
    record = load_record(folder.record)
    assert record == result.record
    twins = [MemberRecord(name, member.seed, member.best_epoch, member.best) for name in ("one", "twin")]
    assert record.members == twins
    assert record.best == pytest.approx(member.best, rel=1e-5)
    same = replace(record, parameters=member.parameters, best=member.best, members=[])
    assert (same, record.parameters) == (member, 2 * member.parameters)
    assert (result.history, result.interrupted, result.classes) == (load_history(folder.history), False, 2)
    assert 0.5 <= result.largest_share < 1
    stored = load_model_file(folder.best_model)
    assert (stored.provenance.epoch, stored.threshold) == (member.best_epoch, THRESHOLD)
    assert folder.picture.is_file()


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
    result = save_ensemble(ensemble, folder=folder, members=members)
    expect_record_of_twins(result, folder=folder, member=load_record(members[0].record))
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
