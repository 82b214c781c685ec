"""What is measured: models, data and optimisers, each as a configuration of lstm-cli."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from lstm_cli.config import Config, check_config, find_named_config, load_config

# Reviews of an epoch in the tables; a round with fewer is extrapolated to it.
EPOCH_REVIEWS = 20_000
INFERENCE_REVIEWS = 25_000
# Of an inference round, the same for all engines: what lstm-eval takes.
INFERENCE_BATCH_SIZE = 512

_TUTORIAL_C = ("lstm", "dropout-lstm", "stacked-lstm", "gru")
_QUICK = ("lstm", "gru", "gru-64", "predict-gru")


@dataclass(frozen=True)
class Case:
    """One row of the tables.

    Attributes:
        config: the data, the model and the optimiser; its name is the case's.
        task: what is timed, the optimiser's steps or the probabilities of reviews.
        reviews: of one round.
    """

    config: Config
    task: Literal["train", "predict"]
    reviews: int

    @property
    def name(self) -> str:
        """The name in the tables and after `--cases`."""
        return self.config.name

    @property
    def table_reviews(self) -> int:
        """The reviews that the seconds in the tables stand for."""
        return EPOCH_REVIEWS if self.task == "train" else INFERENCE_REVIEWS

    @property
    def is_whole(self) -> bool:
        """Whether a round is all that the tables' seconds stand for."""
        return self.reviews == self.table_reviews

    def cut(self, batches: int) -> Case:
        """Return the case with rounds of that many batches at most."""
        size = self.config.training.batch_size if self.task == "train" else INFERENCE_BATCH_SIZE
        return Case(self.config, self.task, min(self.reviews, batches * size))


def list_cases() -> list[Case]:
    """Return all cases, in the order of the tables."""
    cases = [Case(load_config(find_named_config(name)), "train", EPOCH_REVIEWS) for name in _TUTORIAL_C]
    cases += [_build_tutorial_a(), _build_tutorial_b()]
    for cell in ("lstm", "gru"):
        cases += [_build_sized(cell, units, reviews=1024 if units == 128 else 2048) for units in (32, 64, 128)]
    cases += [_build_sized("lstm", 64, reviews=2048, batch_size=size) for size in (32, 128, 512)]
    judged = {case.name: case for case in cases}
    for name in ("gru", "lstm-64"):
        config = judged[name].config.model_copy(update={"name": f"predict-{name}"})
        cases.append(Case(config, "predict", INFERENCE_REVIEWS))
    return cases


def list_quick_cases() -> list[Case]:
    """Return the few that `--quick` runs."""
    return [case for case in list_cases() if case.name in _QUICK]


def _build_tutorial_a() -> Case:
    config = _check(
        "tutorial-a",
        data={"num_words": 10_000, "maxlen": 20},
        recurrent=[{"cell": "lstm", "units": 64}],
        training={"optimizer": {"name": "adam"}, "batch_size": 64},
    )
    return Case(config, "train", EPOCH_REVIEWS)


def _build_tutorial_b() -> Case:
    config = _check(
        "tutorial-b",
        data={"num_words": 10_000, "maxlen": 200},
        recurrent=[
            {"cell": "lstm", "units": 128, "output_dropout": 0.2},
            {"cell": "lstm", "units": 64, "output_dropout": 0.2},
        ],
        training={"optimizer": {"name": "adadelta"}, "loss": "mean_squared_error", "batch_size": 64},
    )
    return Case(config, "train", 1024)


def _build_sized(cell: str, units: int, *, reviews: int, batch_size: int = 64) -> Case:
    config = _check(
        f"{cell}-{units}" if batch_size == 64 else f"{cell}-{units}-batch-{batch_size}",
        data={"num_words": 10_000, "maxlen": 200},
        recurrent=[{"cell": cell, "units": units}],
        training={"optimizer": {"name": "adam"}, "batch_size": batch_size},
    )
    return Case(config, "train", reviews)


def _check(
    name: str, *, data: dict[str, Any], recurrent: list[dict[str, Any]], training: dict[str, Any]
) -> Config:
    model = {"embedding": {"output_dim": 64}, "recurrent": recurrent}
    return check_config({"name": name, "data": data, "model": model, "training": training}, source=name)
