"""The tutorial's GRU as a stock Keras script: `python -m benchmarks.stock_script ARRAYS.npz EPOCHS FOLDER`.

It reads encoded reviews, and knows nothing of lstm_cli. Into the folder it writes the best model and
`seconds.json`, a list with the duration of every epoch.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np


class EpochClock(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no type information
    """Notes when each epoch begins, and when the last has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - Keras' signature
        """Note the time."""
        self.times.append(time.perf_counter())

    def on_train_end(self, logs: object = None) -> None:  # noqa: ARG002 - Keras' signature
        """Note the time."""
        self.times.append(time.perf_counter())


def main(arrays: Path, *, epochs: int, folder: Path) -> None:
    """Train as the tutorial does."""
    keras.utils.set_random_seed(42)
    reviews = np.load(arrays)
    model = keras.Sequential(
        [
            keras.Input((100,)),
            keras.layers.Embedding(500, 16),
            keras.layers.GRU(8),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=1e-4), loss="binary_crossentropy", metrics=["accuracy"]
    )
    clock = EpochClock()
    model.fit(
        reviews["train_tokens"],
        reviews["train_labels"],
        epochs=epochs,
        batch_size=64,
        validation_data=(reviews["validation_tokens"], reviews["validation_labels"]),
        verbose=2,
        callbacks=[
            clock,
            keras.callbacks.ModelCheckpoint(folder / "best-model.h5", save_best_only=True),
            keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
        ],
    )
    seconds = [end - begin for begin, end in pairwise(clock.times)]
    (folder / "seconds.json").write_text(json.dumps(seconds), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), epochs=int(sys.argv[2]), folder=Path(sys.argv[3]))
