"""What a training is made from also says what follows from it alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstm_cli.data.word_vectors import VectorsUsed, WordVectors
from lstm_cli.history import History
from lstm_cli.training.inputs import TrainingInputs
from lstm_cli.training.run_folder import Background
from lstm_cli.training.state import TrainingState


@pytest.fixture
def dataset(tiny_config, reviews_csv):
    from lstm_cli.data.dataset import load_dataset

    return load_dataset(tiny_config(reviews_csv).data)


@pytest.mark.parametrize(("size", "batches"), [(1, 216), (36, 6), (100, 3), (500, 1)])
def test_the_most_steps_are_every_batch_of_every_epoch(size, batches, dataset, tiny_config, reviews_csv):
    config = tiny_config(reviews_csv, f"training.batch_size={size}", "training.epochs=7")
    assert len(dataset.train) == 216
    assert TrainingInputs(config, dataset).most_steps == 7 * batches


def test_the_files_that_it_is_read_from_are_known_by_what_they_hold(dataset, tiny_config, reviews_csv):
    bare = TrainingInputs(tiny_config(reviews_csv), dataset)
    assert bare.fingerprints == {"reviews": dataset.fingerprint, "vectors": None, "initial model": None}
    vectors = WordVectors(np.array([3]), np.zeros((1, 4), np.float32), VectorsUsed("abc", 1, 9))
    inputs = replace(bare, vectors=vectors, background=Background(initial_model="def"))
    assert inputs.fingerprints == bare.fingerprints | {"vectors": "abc", "initial model": "def"}


def test_the_epochs_before_are_those_of_the_state(dataset, tiny_config, reviews_csv):
    history = History({"loss": (0.5, 0.4)})
    state = TrainingState(history, (np.zeros(2, np.float32),))
    inputs = TrainingInputs(tiny_config(reviews_csv), dataset, state=state)
    assert inputs.history == history
    assert TrainingInputs(tiny_config(reviews_csv), dataset).history.epochs == 0
