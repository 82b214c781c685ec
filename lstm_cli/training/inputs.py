"""What one training is made from, all of it read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from lstm_cli.config import Config
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.word_vectors import WordVectors
from lstm_cli.history import History
from lstm_cli.modelfile.stored_model import StoredModel
from lstm_cli.training.run_folder import Background
from lstm_cli.training.state import TrainingState


@dataclass(frozen=True, eq=False)
class TrainingInputs:
    """What one training is made from; on all of its workers the same.

    Attributes:
        config: all of it is followed, and saved.
        dataset: what `load_dataset(config.data)` gave.
        background: what of the record was found out before.
        vectors: what the embedding begins with, unless there is a state.
        initial: a model of the same layers whose weights are gone on with, likewise.
        state: where an earlier training stopped, to go on from.
    """

    config: Config
    dataset: Dataset
    background: Background = field(default_factory=Background)
    vectors: WordVectors | None = None
    initial: StoredModel | None = None
    state: TrainingState | None = None

    @property
    def history(self) -> History:
        """Of the epochs before."""
        return self.state.history if self.state else History()

    @property
    def fingerprints(self) -> dict[str, str | None]:
        """Of all files that it is read from: SHA-256, each under what it holds."""
        vectors = self.vectors.used.sha256 if self.vectors else None
        initial = self.background.initial_model
        return {"reviews": self.dataset.fingerprint, "vectors": vectors, "initial model": initial}

    @property
    def most_steps(self) -> int:
        """How many the training takes at most, of which schedules may be shares."""
        training = self.config.training
        return training.most_epochs * training.count_batches(len(self.dataset.train))
