"""The self-contained .h5: a plain Keras model that also carries all that reading a review needs.

Keras' own part lies where Keras puts it; ours is the group `lstm_cli`, which Keras' loader passes over: the
effective configuration, the vocabulary and where the model comes from. Behind HDF5's end stands a seal. Reading
never deserialises Keras' objects: the configuration is read as data, the arrays are compared with the shapes it
implies, and the model is built anew from our own schema.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from lstm_cli.bounded_json import parse_json
from lstm_cli.config import Config, check_config
from lstm_cli.data.vocabulary import FIRST_WORD_INDEX, Vocabulary
from lstm_cli.errors import ConfigError, ModelFileError, OutputError
from lstm_cli.hdf5.content import LARGEST_FILE, ModelContent, open_content
from lstm_cli.hdf5.seal import build_seal, describe_array
from lstm_cli.models.keras_description import KerasDescription, read_keras_description
from lstm_cli.models.shapes import count_parameters, list_weight_shapes
from lstm_cli.whole_file import write_whole

if TYPE_CHECKING:
    import keras

_GROUP = "lstm_cli"
_FORMAT_VERSION = 1
_TEXTS = ("config", "vocabulary", "provenance")
_LARGEST_DESCRIPTION = 4 * 1024 * 1024  # bytes; no description of a recurrent classifier comes near


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from."""

    dataset: str
    fingerprint: str  # SHA-256 of the data set's content
    epoch: int  # whose weights these are; the first is 1
    lstm_cli_version: str


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A model file of ours, read and checked.

    Attributes:
        config: the effective configuration of the training.
        vocabulary: the words it was trained with.
        provenance: where it comes from.
        weights: `float32` arrays in the order of Keras' `model.get_weights()`.
    """

    config: Config
    vocabulary: Vocabulary
    provenance: Provenance
    weights: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """A model file that plain Keras wrote: it says nothing of words and padding.

    Attributes:
        description: the model in our terms.
        weights: as in `StoredModel`.
    """

    description: KerasDescription
    weights: tuple[NDArray[np.float32], ...]


def check_size(config: Config) -> None:
    """Check that a file of ours holds the model of a configuration; before it is trained, lest that is in vain.

    Raises:
        OutputError: it does not.
    """
    parameters = count_parameters(config.model, num_words=config.data.num_words)
    if 4 * parameters > LARGEST_FILE // 2:
        raise OutputError(
            f"Cannot keep a model of {parameters:,} parameters; a file of ours holds {LARGEST_FILE // 8:,}. "
            "Take fewer words (data.num_words) or units."
        )


def save_model_file(
    path: Path, model: keras.Model, *, config: Config, vocabulary: Vocabulary, provenance: Provenance
) -> None:
    """Write a Keras model of plain Keras layers, with all that reading a review needs, whole or not at all.

    Raises:
        OutputError: the file cannot be written, or would be larger than what we open.
    """
    check_size(config)
    from keras.src.legacy.saving.legacy_h5_format import save_model_to_hdf5  # model.save() takes no open file

    texts = {
        "config": config.model_dump_json(),
        "vocabulary": "\n".join(vocabulary.words),  # no word holds white space
        "provenance": json.dumps(asdict(provenance)),
    }
    # In memory, because HDF5's library breaks down when a disk turns out full under it.
    with h5py.File(path.name, "w", driver="core", backing_store=False) as file:
        save_model_to_hdf5(model, file)
        group = file.create_group(_GROUP)
        group.attrs["format_version"] = _FORMAT_VERSION
        # Datasets, not attributes: these end at 64 KiB.
        for name, text in texts.items():
            group[name] = np.frombuffer(text.encode(), dtype=np.uint8)
        file.flush()
        index = build_index(file)
        content = file.id.get_file_image()
    with write_whole(path) as aside:
        aside.write_bytes(content + build_seal(content, index))


def build_index(file: h5py.File) -> dict[str, Any]:
    """Return the index that belongs into the seal of a file of ours: where its texts and its weights lie."""
    group, root = file[_GROUP], file["model_weights"]
    arrays = [group[name] for name in _TEXTS]
    for layer in root.attrs["layer_names"]:
        arrays += [root[layer][name] for name in root[layer].attrs["weight_names"]]
    return {"version": _FORMAT_VERSION, "arrays": [describe_array(array) for array in arrays]}


def load_model_file(path: Path) -> StoredModel | ForeignModel:
    """Read and check a model file, ours or plain Keras'.

    Raises:
        ModelFileError: it is missing, no HDF5, damaged, or describes what we do not know.
    """
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file" if path.exists() else "not there"
        raise ModelFileError(f"Expected a model file (.h5) at {path}; it is {what}.")
    try:
        with open_content(path) as content:
            return _read_foreign(content) if content.version is None else _read_stored(content)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelFileError(
            f"{path} is no readable HDF5 model file ({reason}). Expected what lstm-train or Keras wrote as .h5."
        ) from error


def _read_stored(content: ModelContent) -> StoredModel:
    if content.version != _FORMAT_VERSION:
        raise ModelFileError(
            f"expected format {_FORMAT_VERSION}, got {str(content.version)[:20]}: "
            "it was written by another version of lstm-cli."
        )
    try:
        settings = parse_json(content.texts["config"], largest=_LARGEST_DESCRIPTION)
        source = parse_json(content.texts["provenance"], largest=_LARGEST_DESCRIPTION)
        if not isinstance(settings, dict):
            raise ModelFileError("its configuration is no JSON object.")
        config = check_config(settings, source="its configuration")
        vocabulary = _parse_vocabulary(content.texts["vocabulary"], num_words=config.data.num_words)
    except KeyError as error:
        raise ModelFileError(f"expected the array {error}, which is not there.") from error
    except (ConfigError, ValueError) as error:
        raise ModelFileError(" ".join(str(error).split())[:500]) from error
    weights = content.read_weights(list_weight_shapes(config.model, num_words=config.data.num_words))
    return StoredModel(config=config, vocabulary=vocabulary, provenance=_check_provenance(source), weights=weights)


def _parse_vocabulary(text: bytes, *, num_words: int) -> Vocabulary:
    if text and text.count(b"\n") + 1 + FIRST_WORD_INDEX > num_words:
        raise ModelFileError(f"its vocabulary is larger than the {num_words} of its configuration.")
    return Vocabulary(tuple(word.decode() for word in text.split(b"\n")) if text else ())


def _check_provenance(values: object) -> Provenance:
    match values:
        case {"dataset": str(dataset), "fingerprint": str(fingerprint), "epoch": int(epoch),
              "lstm_cli_version": str(version), **others} if not others:  # fmt: skip
            return Provenance(dataset, fingerprint, epoch, version)
    raise ModelFileError("it does not say where it comes from as lstm-train does.")


def _read_foreign(content: ModelContent) -> ForeignModel:
    try:
        settings = parse_json(content.texts["model_config"], largest=_LARGEST_DESCRIPTION)
    except ValueError as error:
        raise ModelFileError(f"its description is no JSON that we read: {error}.") from error
    except KeyError as error:
        raise ModelFileError("it holds no description of a model.") from error
    if not isinstance(settings, dict):
        raise ModelFileError("its description is no JSON object.")
    version = content.texts.get("keras_version", b"").decode(errors="replace")
    description = read_keras_description(settings, keras_version=version)
    weights = content.read_weights(list_weight_shapes(description.model, num_words=description.num_words))
    return ForeignModel(description=description, weights=weights)
