"""A configuration trained by stock Keras: `python -m reproduction.stock MODEL SEED FILE`.

Plain layers, `fit` on NumPy arrays, Keras' own callbacks, as in the tutorials; XLA compiles the steps, because the
same training takes five times as long without it. The file gets Keras' `History.history`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from lstm_cli.config import load_config
from lstm_cli.config.files import find_named_config
from lstm_cli.history import History, load_history
from lstm_cli.modelfile.shapes import ModelSizes
from lstm_cli.whole_file import write_text_whole


def make_stock_run(model: str, *, seed: int, root: Path, overrides: tuple[str, ...] = ()) -> History:
    """Return the history of stock Keras' training, an earlier one where it exists.

    Raises:
        subprocess.CalledProcessError: the training failed; it has told why.
    """
    path = name_stock_history(root, model, seed=seed)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "reproduction.stock", model, str(seed), str(path), *overrides]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return load_history(path)


def name_stock_history(root: Path, model: str, *, seed: int) -> Path:
    """Return the file of a stock training's history."""
    return root / "stock-keras" / f"{model.removeprefix('tutorials/')}-seed-{seed}.json"


def train(model: str, *, seed: int, overrides: tuple[str, ...] = ()) -> dict[str, list[float]]:
    """Train as the tutorials do.

    Returns:
        Keras' `History.history`.
    """
    config = load_config(find_named_config(model), overrides=overrides)
    from lstm_cli.backend import start_keras

    start_keras()
    import keras

    from lstm_cli.data.dataset import load_dataset
    from lstm_cli.models.builder import build_model
    from lstm_cli.training.objective import build_loss
    from lstm_cli.training.optimizer import build_optimizer

    keras.utils.set_random_seed(seed)
    dataset = load_dataset(config.data)
    built = build_model(config.model, sizes=ModelSizes(config.data.num_words), maxlen=config.data.maxlen)
    built.compile(
        optimizer=build_optimizer(config.training.optimizer),
        loss=build_loss(config.training.loss),
        metrics=["accuracy"],
        jit_compile=True,
    )
    early_stopping = config.training.early_stopping
    callbacks = [keras.callbacks.EarlyStopping(**early_stopping.model_dump())] if early_stopping else []
    history = built.fit(
        dataset.train.tokens,
        dataset.train.labels,
        epochs=config.training.epochs,
        batch_size=config.training.batch_size,
        validation_data=(dataset.validation.tokens, dataset.validation.labels),
        verbose=2,
        callbacks=callbacks,
    )
    return {name: [float(value) for value in values] for name, values in history.history.items()}


if __name__ == "__main__":
    name, seed, file, *settings = sys.argv[1:]
    figures = train(name, seed=int(seed), overrides=tuple(settings))
    write_text_whole(Path(file), json.dumps(figures, indent=1) + "\n")
