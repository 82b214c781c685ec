"""Our models' files in other versions of Keras, for `make test-keras-versions`: the same probabilities.

The four named ones, and one that also reads channels and a logit, skips padding and pools twice.

`write FOLDER` needs us; `check FOLDER` needs nothing but Keras 3, or `tf_keras`, which is Keras 2 and reads the
weights into layers of one's own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

MODELS = ("lstm", "dropout-lstm", "stacked-lstm", "gru")
FURTHER = "further-inputs"
_random = np.random.default_rng(0)
TOKENS = _random.integers(0, 500, (16, 100))
TOKENS[:8, :40] = 0
CHANNELS = _random.normal(size=(16, 100, 10)).astype("float32")
LOGIT = _random.normal(size=(16, 1)).astype("float32")


def write(folder: Path) -> None:
    """Save the models as a training saves them, but with large random weights, and what they give."""
    from lstm_cli.backend import start_keras

    start_keras()
    from model_files import build, read_config, save

    from lstm_cli.config import find_named_config, load_config

    configs = {name: load_config(find_named_config(name)) for name in MODELS}
    configs[FURTHER] = read_config(
        data={"num_words": 500, "maxlen": 100},
        embedding={"output_dim": 3, "mask_zero": True, "spatial_dropout": 0.5},
        recurrent=[{"cell": "lstm", "units": 3, "bidirectional": True}, {"cell": "gru", "units": 2}],
        pooling=["max", "mean"],
        dropout=0.5,
        logit_skip=True,
    )

    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    probabilities = {}
    for name, config in configs.items():
        model = build(config)
        model.set_weights([random.normal(size=weight.shape) for weight in model.get_weights()])
        save(folder / f"{name}.h5", config, model=model)
        probabilities[name] = np.asarray(model(list_inputs(name)))[:, 0].tolist()
    (folder / "probabilities.json").write_text(json.dumps(probabilities))


def check(folder: Path, keras: Any) -> None:
    """Raise an error unless this Keras makes of the files what ours does."""
    for name, expected in json.loads((folder / "probabilities.json").read_text()).items():
        if name == FURTHER and not keras.__version__.startswith("3."):
            continue  # Keras 2 does not read our description
        model = load(folder / f"{name}.h5", keras)
        np.testing.assert_allclose(np.asarray(model(list_inputs(name)))[:, 0], expected, atol=1e-5)
        print(f"keras {keras.__version__}: {name} gives the same probabilities")


def list_inputs(name: str) -> Any:
    return [TOKENS, CHANNELS, LOGIT] if name == FURTHER else TOKENS


def load(path: Path, keras: Any) -> Any:
    if keras.__version__.startswith("3."):
        return keras.models.load_model(path)
    layers = keras.layers
    recurrent = {
        "lstm": [layers.LSTM(8)],
        "dropout-lstm": [layers.LSTM(8, dropout=0.3)],
        "stacked-lstm": [layers.LSTM(8, return_sequences=True), layers.LSTM(8)],
        "gru": [layers.GRU(8)],
    }[path.stem]
    tokens = keras.Input((100,))
    model = keras.Sequential([tokens, layers.Embedding(500, 16), *recurrent, layers.Dense(1, "sigmoid")])
    model.load_weights(path)
    return model


def main() -> None:
    """Do what the command line says: `write FOLDER`, or `check FOLDER` with the package to take for Keras."""
    task, folder, *package = sys.argv[1:]
    if task == "write":
        write(Path(folder))
    else:
        check(Path(folder), __import__(package[0]))


if __name__ == "__main__":
    main()
