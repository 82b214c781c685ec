"""A model that a training begins with: its configuration, its encoder, its classes and its weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_cli.config import Config, SourceConfig
from lstm_cli.data.encoding import Dataset
from lstm_cli.data.sources import DATASET_NAMES
from lstm_cli.errors import ConfigError, DataError, ModelFileError
from lstm_cli.modelfile.foreign_model import ForeignModel
from lstm_cli.modelfile.shapes import list_weight_shapes, measure_model
from lstm_cli.modelfile.stored_model import StoredModel, load_model_file

# How a text becomes what the weights were learnt for.
_READING = ("tokenizer", "language", "ngrams", "num_words", "maxlen", "padding", "truncating")
# What was of the model's own reviews, and says nothing of others.
_OF_ITS_DATA = ("limit", "folds", "fold")


@dataclass(frozen=True, eq=False)
class InitialModel:
    """A model file of ours, to begin with.

    Attributes:
        path: of the file.
        sha256: of its content, hexadecimal.
        stored: what it holds.
    """

    path: Path
    sha256: str
    stored: StoredModel

    def derive_settings(self, *, has_data: bool) -> dict[str, Any]:
        """Return the settings of a training that begins with the model, as plain sections.

        Args:
            has_data: whether other reviews are named, so that how its own were read is no matter.
        """
        settings = self.stored.config.model_dump(mode="json")
        data, training = settings["data"], settings["training"]
        settings["model"]["embedding"]["vectors"] = None  # they are among the weights
        if has_data:
            for name in (*SourceConfig.model_fields, *_OF_ITS_DATA):
                data.pop(name)
        training["initial_model"] = str(self.path.resolve())
        return settings

    def name_classes(self, datasets: Sequence[str]) -> dict[str, list[str]] | None:
        """Return the labels of each class by which other reviews are read; None of data sets that have their own.

        Args:
            datasets: that are read.
        """
        if set(DATASET_NAMES) & set(datasets):
            return None
        classes = self.stored.classes
        return {
            name: [label for label, place in classes.spellings.items() if place == number] or [name]
            for number, name in enumerate(classes.names)
        }

    def check(self, config: Config) -> None:
        """Check that a training of the configuration can begin with the model.

        Raises:
            ConfigError: the configuration reads texts otherwise, or is of other layers.
        """
        for key in _READING:
            own, other = getattr(self.stored.config.data, key), getattr(config.data, key)
            if own != other:
                raise ConfigError(
                    f"data.{key} is {other}, and {own} in {self.path}, with which the training begins: it reads "
                    "as it has learnt to. Leave the setting out, or --from."
                )
        classes = self.stored.classes
        shapes = [
            list_weight_shapes(each.model, sizes=measure_model(each, classes=classes))
            for each in (self.stored.config, config)
        ]
        if shapes[0] != shapes[1]:
            raise ConfigError(
                f"The layers of {self.path}, with which the training begins, are others than those of the "
                "configuration. Leave the settings of model out, or --from."
            )

    def check_classes(self, dataset: Dataset) -> None:
        """Check that the reviews are of the model's classes.

        Raises:
            DataError: they are not.
        """
        own, other = self.stored.classes.names, dataset.classes.names
        if own != other:
            raise DataError(
                f"{dataset.name} is of the classes {', '.join(other)}, and {self.path} knows {', '.join(own)}: a "
                "model cannot learn new ones. Name them as the model does with --classes, or train anew."
            )


def load_initial_model(path: Path) -> InitialModel:
    """Read a model file to begin with.

    Raises:
        ModelFileError: it cannot be read, or is not ours.
    """
    stored = load_model_file(path)
    if isinstance(stored, ForeignModel):
        raise ModelFileError(
            f"{path} is of plain Keras and does not say how it was trained. Expected a file of lstm-train."
        )
    if stored.config.members > 1:
        raise ModelFileError(
            f"{path} is an ensemble, whose members learn alone. Begin with one of them: they lie beside it, in "
            "members/1 and so on."
        )
    with path.open("rb") as file:
        return InitialModel(path, hashlib.file_digest(file, "sha256").hexdigest(), stored)
