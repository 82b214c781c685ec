"""What the tests of training share: reviews as arrays, and a training in a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lstm_cli.config import Config
from lstm_cli.text.encoder import EncodedTexts

NUM_WORDS, MAXLEN = 20, 6


@pytest.fixture
def make_reviews() -> Callable[[int], EncodedTexts]:
    """A function: a size → so many reviews of 6 tokens out of 20, the label in the first of them."""

    def make(size: int) -> EncodedTexts:
        rng = np.random.default_rng(size)
        tokens = rng.integers(3, NUM_WORDS, (size, MAXLEN), dtype=np.int32)
        labels = np.arange(size, dtype=np.int32) % 2
        tokens[:, 0] = labels + 3
        return EncodedTexts(
            tokens, np.zeros(size, np.float32), np.zeros(size, np.bool_), labels, np.zeros(size, np.uint64)
        )

    return make


@pytest.fixture
def train(
    keras_started,  # noqa: ARG001 - quietly, before the imports below
    tmp_path,
) -> Callable[..., tuple[Path, object]]:
    """A function: a configuration, and what it begins with → its run's folder and what `train_model` returned."""
    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.training.inputs import TrainingInputs
    from lstm_cli.training.run_folder import RunFolder, create_run_folder
    from lstm_cli.training.trainer import train_model

    def run(config: Config, *, path: Path | None = None, kernel="fast", begins=None, state=None, **arguments):
        path = path or tmp_path / "run"
        folder = RunFolder(path, config.name) if state else create_run_folder(path, model=config.name, force=True)
        inputs = TrainingInputs(config, load_dataset(config.data), state=state, **begins or {})
        return path, train_model(inputs, folder=folder, kernel=kernel, **arguments)

    return run


@pytest.fixture
def read_weights(
    keras_started,  # noqa: ARG001 - quietly, before the import below
) -> Callable[[Path], list[np.ndarray]]:
    """A function: a model file → its weights, read by plain Keras."""
    import keras

    return lambda path: keras.models.load_model(path).get_weights()


@pytest.fixture
def drop_seconds() -> Callable[[object], dict[str, tuple[float, ...]]]:
    """A function: a history → its figures without the time, which is another in every run."""
    return lambda history: {name: values for name, values in history.metrics.items() if name != "seconds"}
