"""What a session reports, in the order in which it happens; the words for it are the listener's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_cli.data.ngrams import NgramProgress

if TYPE_CHECKING:
    from lstm_cli.config import Config
    from lstm_cli.data.encoding import Dataset
    from lstm_cli.data.word_vectors import VectorsUsed
    from lstm_cli.distributed.cluster import Cluster
    from lstm_cli.errors import DivergedError
    from lstm_cli.history import History
    from lstm_cli.models.kernels import KernelChoice
    from lstm_cli.training.run_folder import RunRecord


@dataclass(frozen=True)
class RunBegan:
    """Run `number` of `count` is next; the first is 1."""

    number: int
    count: int
    config: Config


@dataclass(frozen=True)
class MemberBegan:
    """Member `number` of the `count` of an ensemble is next; the first is 1."""

    number: int
    count: int


@dataclass(frozen=True)
class MemberEnded:
    """Member `number` of the `count` of an ensemble is trained, be it before."""

    number: int
    count: int
    record: RunRecord


@dataclass(frozen=True)
class RunDiverged:
    """The run in this folder came to no end; the others are trained nevertheless."""

    path: Path
    error: DivergedError


@dataclass(frozen=True)
class DataRead:
    """Reviews were read, once for all runs and folds that share them; what was left out stands with them."""

    dataset: Dataset


@dataclass(frozen=True)
class VectorsRead:
    """The embedding begins with the vectors of a file."""

    path: str
    used: VectorsUsed


@dataclass(frozen=True)
class ModelContinued:
    """The weights begin with those of a model file; so many of the reviews had a part in them already."""

    path: Path
    train_seen: int
    validation_seen: int


@dataclass(frozen=True)
class StateSkipped:
    """The newest state is damaged or missing: the training goes on from the one before it."""


@dataclass(frozen=True)
class WorkersAwaited:
    """Keras has started, and this worker waits for the others."""

    cluster: Cluster


@dataclass(frozen=True)
class TrainingBegan:
    """All is settled; `TrainingEnded` follows, whatever comes between.

    Attributes:
        config: the effective one.
        dataset: what is learnt from.
        kernel: what computes the recurrence, and what keeps it from the fast one.
        device: what TensorFlow computes on.
        history: of the epochs before, where a training goes on.
        cluster: the workers; None where it trains alone.
    """

    config: Config
    dataset: Dataset
    kernel: KernelChoice
    device: str
    history: History
    cluster: Cluster | None


@dataclass(frozen=True)
class EpochBegan:
    """An epoch began; the first of a training is 1."""

    number: int


@dataclass(frozen=True)
class BatchesTrained:
    """So many batches of the epoch under way are trained."""

    count: int


@dataclass(frozen=True)
class EpochEnded:
    """An epoch ended with these figures, by Keras' names; what is kept of it is written next."""

    number: int
    figures: Mapping[str, float]


@dataclass(frozen=True)
class TrainingEnded:
    """The training has come to some end: its own, a wish to stop or an error."""


Notice = (
    RunBegan | RunDiverged | MemberBegan | MemberEnded | VectorsRead | ModelContinued | StateSkipped
    | WorkersAwaited
)  # fmt: skip
"""What is told, and no more."""

Fact = Notice | NgramProgress | DataRead | TrainingBegan | EpochBegan | BatchesTrained | EpochEnded | TrainingEnded
Listener = Callable[[Fact], None]
