"""What every engine of a case is given: the same reviews in the same order, and the same initial weights.

They are made once, by `python -m benchmarks.workload FOLDER …`, in a process of their own: a worker's peak memory
begins at that of the process that starts it, so that one stays small.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import Case
from lstm_cli.config import check_config
from lstm_cli.data.dataset import load_dataset
from lstm_cli.modelfile.shapes import ModelSizes

_CASE, _ARRAYS = "case.json", "arrays.npz"


@dataclass(frozen=True, eq=False)
class Workload:
    """A case with its arrays.

    Attributes:
        case: what is measured.
        tokens: `int32[reviews, maxlen]`, in the order of the batches.
        labels: `int32[reviews]`.
        weights: as Keras' `model.get_weights()` orders them.
    """

    case: Case
    tokens: NDArray[np.int32]
    labels: NDArray[np.int32]
    weights: tuple[NDArray[np.float32], ...]


def save_case(case: Case, folder: Path) -> None:
    """Write a case into a new folder, which `prepare` then fills."""
    folder.mkdir(parents=True)
    document = {"config": case.config.model_dump(mode="json"), "task": case.task, "reviews": case.reviews}
    (folder / _CASE).write_text(json.dumps(document), encoding="utf-8")


def load_case(folder: Path) -> Case:
    """Return the case of a folder."""
    document = json.loads((folder / _CASE).read_text(encoding="utf-8"))
    return Case(check_config(document["config"], source=str(folder)), document["task"], document["reviews"])


def prepare(folder: Path) -> None:
    """Add the arrays to a folder with a case: real reviews of all splits, and Keras' own initial weights.

    Raises:
        DataError: the data set cannot be read.
        ValueError: it has fewer reviews than the case needs.
    """
    case = load_case(folder)
    dataset = load_dataset(case.config.data)
    splits = (dataset.train, dataset.validation, dataset.test)
    tokens = np.concatenate([split.tokens for split in splits])[: case.reviews]
    labels = np.concatenate([split.labels for split in splits])[: case.reviews]
    if len(tokens) < case.reviews:
        raise ValueError(f"{case.name} needs {case.reviews} reviews, {dataset.name} has {len(tokens)}.")
    import keras

    from lstm_cli.models.builder import build_model

    keras.utils.set_random_seed(case.config.training.seed)
    data = case.config.data
    weights = build_model(case.config.model, sizes=ModelSizes(data.num_words), maxlen=data.maxlen).get_weights()
    arrays = {f"weight_{position:02}": weight for position, weight in enumerate(weights)}
    np.savez(folder / _ARRAYS, tokens=tokens, labels=labels, **arrays)


def load_workload(folder: Path) -> Workload:
    """Return what `prepare` has written."""
    with np.load(folder / _ARRAYS) as arrays:
        weights = tuple(arrays[name] for name in sorted(arrays) if name.startswith("weight_"))
        return Workload(load_case(folder), arrays["tokens"], arrays["labels"], weights)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        prepare(Path(argument))
