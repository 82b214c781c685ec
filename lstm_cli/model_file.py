"""The self-contained .h5: a plain Keras model that also carries all that reading a review needs.

Keras' own part lies where Keras puts it; ours is the group `lstm_cli`, which Keras' loader passes over: the
effective configuration, the vocabulary and where the model comes from. Behind HDF5's end stands a checksum of
the whole. Reading never deserialises Keras' objects: the configuration is read as data, the arrays are compared
with the shapes it implies, and the model is built anew from our own schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from lstm_cli.config import Config, check_config
from lstm_cli.data.vocabulary import FIRST_WORD_INDEX, Vocabulary
from lstm_cli.errors import ConfigError, ModelFileError
from lstm_cli.models.keras_description import KerasDescription, read_keras_description
from lstm_cli.models.shapes import Shape, list_weight_shapes
from lstm_cli.whole_file import write_whole

if TYPE_CHECKING:
    import keras

_GROUP = "lstm_cli"
_FORMAT_VERSION = 1
_SEAL = b"lstm-cli sha256:"
_SEAL_SIZE = len(_SEAL) + hashlib.sha256().digest_size
# No description, vocabulary or list of layers comes near these; past them a file is not a model of this kind.
_LARGEST_TEXT = 512 * 1024 * 1024
_LARGEST_DESCRIPTION = 4 * 1024 * 1024
_MOST_WEIGHTS = 2_000


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


def save_model_file(
    path: Path, model: keras.Model, *, config: Config, vocabulary: Vocabulary, provenance: Provenance
) -> None:
    """Write a Keras model of plain Keras layers, with all that reading a review needs, whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    texts = {
        "config": config.model_dump_json(),
        "vocabulary": "\n".join(vocabulary.words),  # no word holds white space
        "provenance": json.dumps(asdict(provenance)),
    }
    with write_whole(path) as aside:
        try:
            model.save(aside)
            with h5py.File(aside, "a") as file:
                group = file.create_group(_GROUP)
                group.attrs["format_version"] = _FORMAT_VERSION
                # Datasets, not attributes: these end at 64 KiB.
                for name, text in texts.items():
                    group[name] = np.frombuffer(text.encode(), dtype=np.uint8)
        except RuntimeError as error:  # what h5py makes of a disk that turns out full when it closes the file
            raise OSError(str(error)) from error
        _seal(aside)


def load_model_file(path: Path) -> StoredModel | ForeignModel:
    """Read and check a model file, ours or plain Keras'.

    Raises:
        ModelFileError: it is missing, no HDF5, damaged, or describes what we do not know.
    """
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not there"
        raise ModelFileError(f"Expected a model file (.h5) at {path}; it is {what}.")
    try:
        _check_seal(path)
        with h5py.File(path, "r") as file:
            return _read_stored(file) if _GROUP in file else _read_foreign(file)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error
    # h5py reports damage with whichever of these its C library's error code maps to.
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, UnicodeError) as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(
            f"{path} is no readable HDF5 model file ({reason}). Expected what lstm-train or Keras wrote as .h5."
        ) from error


def _read_stored(file: h5py.File) -> StoredModel:
    group = _get_group(file, _GROUP)
    version = group.attrs.get("format_version")
    if version != _FORMAT_VERSION:
        raise ModelFileError(
            f"expected format {_FORMAT_VERSION}, got {version}: it was written by another version of lstm-cli."
        )
    texts = {name: _read_text(group, name) for name in ("config", "vocabulary", "provenance")}
    try:
        config = check_config(json.loads(texts["config"]), source="its configuration")
        provenance = Provenance(**json.loads(texts["provenance"]))
    except (ConfigError, TypeError, json.JSONDecodeError, RecursionError) as error:
        raise ModelFileError(str(error)) from error
    words = tuple(texts["vocabulary"].split("\n")) if texts["vocabulary"] else ()
    if len(words) + FIRST_WORD_INDEX > config.data.num_words:
        raise ModelFileError(f"its vocabulary is larger than the {config.data.num_words} of its configuration.")
    weights = _read_weights(file, list_weight_shapes(config.model, num_words=config.data.num_words))
    return StoredModel(config=config, vocabulary=Vocabulary(words), provenance=provenance, weights=weights)


def _read_foreign(file: h5py.File) -> ForeignModel:
    text = file.attrs.get("model_config")
    if text is None:
        raise ModelFileError(
            "it holds no description of a model. Expected what lstm-train or Keras' model.save() wrote."
        )
    text = text.decode() if isinstance(text, bytes) else str(text)
    if len(text) > _LARGEST_DESCRIPTION:
        raise ModelFileError("its description is too large for a recurrent classifier.")
    try:
        settings = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ModelFileError("its description is no JSON.") from error
    if not isinstance(settings, dict):
        raise ModelFileError("its description is no JSON object.")
    description = read_keras_description(settings, keras_version=str(file.attrs.get("keras_version", "")))
    weights = _read_weights(file, list_weight_shapes(description.model, num_words=description.num_words))
    return ForeignModel(description=description, weights=weights)


def _read_text(group: h5py.Group, name: str) -> str:
    data = _get_array(group, name)
    if data.dtype != np.uint8 or data.ndim != 1 or data.size > _LARGEST_TEXT:
        raise ModelFileError(f"{_GROUP}/{name}: expected text, got {data.dtype}{list(data.shape)}.")
    return bytes(data[()]).decode()


def _read_weights(file: h5py.File, shapes: Sequence[Shape]) -> tuple[NDArray[np.float32], ...]:
    """Read the weight arrays, each compared with the shape that the configuration implies before it is read."""
    stored = list(_iter_weights(file))
    found = [dataset.shape for dataset in stored]
    if found != list(shapes):
        raise ModelFileError(f"expected weights of the shapes {list(shapes)}, got {found}.")
    weights = []
    for dataset in stored:
        if dataset.dtype.kind != "f":
            raise ModelFileError(f"{dataset.name}: expected floating-point weights, got {dataset.dtype}.")
        with np.errstate(over="ignore"):  # an infinity is refused below
            weight = np.asarray(dataset[()], dtype=np.float32)
        if not np.isfinite(weight).all():
            raise ModelFileError(f"{dataset.name} holds values that are no finite numbers.")
        weights.append(weight)
    return tuple(weights)


def _iter_weights(file: h5py.File) -> Iterator[Any]:
    """Yield the weight datasets in the order in which Keras lists them."""
    root = _get_group(file, "model_weights")
    count = 0
    for layer in _read_names(root, "layer_names"):
        group = _get_group(root, layer)
        for name in _read_names(group, "weight_names"):
            count += 1
            if count > _MOST_WEIGHTS:
                raise ModelFileError(f"it holds more than {_MOST_WEIGHTS} weight arrays.")
            yield _get_array(group, name)


def _read_names(group: h5py.Group, attribute: str) -> list[str]:
    if attribute not in group.attrs:
        raise ModelFileError(f"{group.name} lists no {attribute}.")
    return [name.decode() if isinstance(name, bytes) else str(name) for name in group.attrs[attribute]]


def _get_group(parent: h5py.Group, name: str) -> h5py.Group:
    found = _follow_hard_links(parent, name)
    if not isinstance(found, h5py.Group):
        raise ModelFileError(f"{parent.name}: expected the group {name!r}.")
    return found


def _get_array(parent: h5py.Group, name: str) -> h5py.Dataset:
    found = _follow_hard_links(parent, name)
    # Data that lies in other files is not the model's own: it could be any file that the reader may read.
    if not isinstance(found, h5py.Dataset) or found.external or found.is_virtual:
        raise ModelFileError(f"{parent.name}: expected the array {name!r} in the file itself.")
    # Where less is stored, a file of a few bytes could ask for all memory: HDF5 fills up what was never written.
    if found.chunks is not None or found.id.get_storage_size() != found.size * found.dtype.itemsize:
        raise ModelFileError(f"{parent.name}: expected the array {name!r} written out, not compressed.")
    return found


def _follow_hard_links(parent: h5py.Group, name: str) -> object:
    """Return what stands at `name`, or None; links that lead elsewhere are not followed."""
    found: object = parent
    for part in name.split("/"):
        if not isinstance(found, h5py.Group) or not isinstance(found.get(part, getlink=True), h5py.HardLink):
            return None
        found = found[part]
    return found


def _seal(path: Path) -> None:
    """Append the SHA-256 of the file to it; HDF5 passes over what stands behind its own end."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    with path.open("ab") as file:
        file.write(_SEAL + digest)


def _check_seal(path: Path) -> None:
    """Raise an error if the file ends in a seal that does not fit it.

    This comes before HDF5, which reads some damaged files for ever and others as if they were whole.
    """
    data = path.read_bytes()
    content, seal = data[:-_SEAL_SIZE], data[-_SEAL_SIZE:]
    if seal.startswith(_SEAL) and seal != _SEAL + hashlib.sha256(content).digest():
        raise ModelFileError("its content does not match its checksum: the file is damaged. Train it anew.")
