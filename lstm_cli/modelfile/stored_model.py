"""The self-contained .h5: a plain Keras model that also carries all that reading a review needs.

Keras' own part lies where Keras puts it; ours is the group `lstm_cli`, which Keras' loader passes over: the
effective configuration, the encoder with its vocabulary, the classes, where the model comes from, and the
fingerprints of what it was trained on. Behind HDF5's end stands a seal. Reading never deserialises Keras' objects:
the configuration is read as data, the arrays are compared with the shapes it implies, and the network is built
anew from our own schema.

Format 1, of before there were class names, is read for ever: its words are those of the tokenizer `words`, its
classes negative and positive. Format 3 is format 2 with what n-grams say, format 4 holds the members of an
ensemble, with or without n-grams; a model that needs neither is written in format 2.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from lstm_cli.bounded_json import parse_json
from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import Config, check_config
from lstm_cli.errors import ConfigError, ModelFileError, suggest_sibling
from lstm_cli.evaluation import THRESHOLD
from lstm_cli.modelfile.content import ModelContent, open_content, shorten_message
from lstm_cli.modelfile.foreign_model import (
    LARGEST_DESCRIPTION,
    ForeignModel,
    load_keras_file,
    read_foreign_content,
)
from lstm_cli.modelfile.keras_file import is_keras_file
from lstm_cli.modelfile.seal import build_seal, describe_array
from lstm_cli.modelfile.shapes import check_size, list_stored_shapes
from lstm_cli.text.encoder import TextEncoder, load_encoder
from lstm_cli.text.ngrams.tables import NgramTables, parse_ngram_tables
from lstm_cli.text.seen import SeenTexts, parse_seen_texts
from lstm_cli.text.tokenizers.words import Words
from lstm_cli.text.vocabulary import Vocabulary
from lstm_cli.whole_file import write_whole

if TYPE_CHECKING:
    import keras

_GROUP = "lstm_cli"
_FORMAT_VERSIONS = (1, 2, 3, 4)
_MOST_CLASSES = 10_000
_MOST_NAMED = 3  # models in a folder
_NEW_ARGUMENTS = {"quantization_config", "input_axes", "output_axes"}  # newer than Keras 3.12


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from."""

    dataset: str
    fingerprint: str  # SHA-256 of the data set's content
    epoch: int  # whose weights these are; the first is 1
    lstm_cli_version: str


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A model file of ours, read and checked; all of it but the weights is also what is written.

    Attributes:
        config: the effective configuration of the training.
        encoder: how a text becomes what the model reads.
        classes: what its outputs mean.
        threshold: of two classes, the probability above which a text is of the second.
        provenance: where it comes from.
        seen: the fingerprints of its training texts; None in files of format 1.
        weights: `float32` arrays in the order of Keras' `model.get_weights()`; of an ensemble member by member.
    """

    config: Config
    encoder: TextEncoder
    classes: Classes
    threshold: float
    provenance: Provenance
    seen: SeenTexts | None
    weights: tuple[NDArray[np.float32], ...]


def save_model_file(
    path: Path,
    model: keras.Model,
    *,
    config: Config,
    encoder: TextEncoder,
    classes: Classes,
    threshold: float,
    provenance: Provenance,
    seen: SeenTexts,
) -> None:
    """Write a Keras model of plain Keras layers, with all that reading a review needs, whole or not at all.

    Raises:
        OutputError: the file cannot be written, or would be larger than what we open.
    """
    check_size(config, classes=classes)
    from keras.src.legacy.saving.legacy_h5_format import save_model_to_hdf5  # model.save() takes no open file

    texts = {
        "config": config.model_dump_json().encode(),
        "encoder": json.dumps(encoder.describe()).encode(),
        "vocabulary": "\n".join(encoder.vocabulary.words).encode(),  # no word holds a line's end
        "classes": json.dumps({**asdict(classes), "threshold": threshold}).encode(),
        "provenance": json.dumps(asdict(provenance)).encode(),
        "seen_texts": seen.dump(),
    }
    if encoder.ngrams:
        texts |= {
            "ngrams": json.dumps(encoder.ngrams.describe()).encode(),
            "ngram_tables": encoder.ngrams.dump(),
        }
    # In memory, because HDF5's library breaks down when a disk turns out full under it.
    with h5py.File(path.name, "w", driver="core", backing_store=False) as file:
        save_model_to_hdf5(model, file)
        file.attrs["model_config"] = simplify_description(file.attrs["model_config"])
        group = file.create_group(_GROUP)
        group.attrs["format_version"] = 4 if config.members > 1 else 3 if encoder.ngrams else 2
        # Datasets, not attributes: these end at 64 KiB.
        for name, text in texts.items():
            group[name] = np.frombuffer(text, dtype=np.uint8)
        file.flush()
        index = build_index(file)
        content = file.id.get_file_image()
    with write_whole(path) as aside:
        aside.write_bytes(content + build_seal(content, index))


def simplify_description(description: str) -> str:
    """Return Keras' JSON of a model without what only the newest Keras 3 knows, where that says nothing.

    Older ones refuse an argument that they do not know, and with it the file.
    """

    def leave_out(mapping: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in mapping.items() if value is not None or key not in _NEW_ARGUMENTS}

    return json.dumps(json.loads(description, object_hook=leave_out))


def build_index(file: h5py.File) -> dict[str, Any]:
    """Return the index that belongs into the seal of a file of ours: where its texts and its weights lie."""
    group, root = file[_GROUP], file["model_weights"]
    arrays = list(group.values())
    for layer in root.attrs["layer_names"]:
        arrays += [root[layer][name] for name in root[layer].attrs["weight_names"]]
    return {"version": int(group.attrs["format_version"]), "arrays": [describe_array(array) for array in arrays]}


def _describe_other(path: Path) -> str:
    """Return what stands in the place of a model file."""
    if not path.is_dir():
        return "no file." if path.exists() else f"not there.{suggest_sibling(path)}"
    try:
        models = sorted(str(file) for file in path.iterdir() if file.suffix in {".h5", ".keras"})
    except OSError:
        models = []
    return f"a folder: name {' or '.join(models[:_MOST_NAMED])}." if models else "a folder."


def load_model_file(path: Path) -> StoredModel | ForeignModel:
    """Read and check a model file, ours or plain Keras'.

    Raises:
        ModelFileError: it is missing, no HDF5, damaged, or describes what we do not know.
    """
    if not path.is_file():
        raise ModelFileError(f"Expected a model file (.h5 or .keras) at {path}; it is {_describe_other(path)}")
    try:
        if is_keras_file(path):
            return load_keras_file(path)
        with open_content(path) as content:
            return read_foreign_content(content) if content.version is None else _read_stored(content)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelFileError(
            f"{path} is no readable HDF5 model file ({reason}). "
            "Expected what lstm-train or Keras wrote as .h5, or Keras as .keras."
        ) from error


def _read_stored(content: ModelContent) -> StoredModel:
    if content.version not in _FORMAT_VERSIONS:
        raise ModelFileError(
            f"expected format 1 to {_FORMAT_VERSIONS[-1]}, got {str(content.version)[:20]}: "
            "it was written by another version of lstm-cli."
        )
    try:
        settings = _parse_text(content, "config")
        if not isinstance(settings, dict):
            raise ModelFileError("its configuration is no JSON object.")
        config = check_config(settings, source="its configuration")
        words = _parse_words(content.texts["vocabulary"], num_words=config.data.num_words)
        provenance = _check_provenance(_parse_text(content, "provenance"))
        if content.version == 1:
            data = config.data
            encoder = TextEncoder(Words(), Vocabulary(words), data.maxlen, data.padding, data.truncating)
            classes, threshold, seen = SENTIMENT, THRESHOLD, None
        else:
            ngrams = None
            if content.version == 3 or (content.version == 4 and config.data.ngrams):
                ngrams = parse_ngram_tables(_parse_text(content, "ngrams"), content.texts["ngram_tables"])
            encoder = load_encoder(_parse_text(content, "encoder"), words=words, ngrams=ngrams)
            classes, threshold = _check_classes(_parse_text(content, "classes"))
            seen = parse_seen_texts(content.texts["seen_texts"])
    except KeyError as error:
        raise ModelFileError(f"expected the array {error}, which is not there.") from error
    except (ConfigError, ValueError) as error:
        raise ModelFileError(shorten_message(str(error))) from error
    if len(encoder.vocabulary) > config.data.num_words or encoder.maxlen != config.data.maxlen:
        raise ModelFileError("its encoder is not that of its configuration.")
    _check_ngrams(encoder.ngrams, config, classes=classes)
    if (config.members > 1) != (content.version == 4):
        raise ModelFileError("it has not as many members as its configuration.")
    weights = content.read_weights(list_stored_shapes(config, classes=classes))
    return StoredModel(config, encoder, classes, threshold, provenance, seen, weights)


def _check_ngrams(ngrams: NgramTables | None, config: Config, *, classes: Classes) -> None:
    """Raise an error unless a network of the configuration reads what its n-grams say.

    Raises:
        ModelFileError: it does not.
    """
    settings = config.data.ngrams and config.data.ngrams.build_settings()
    if (ngrams is None) != (settings is None) or (
        ngrams
        and settings
        and (ngrams.patterns, ngrams.channels, ngrams.outputs)
        != (settings.patterns, settings.channels, settings.count_outputs(len(classes)))
    ):
        raise ModelFileError("its n-grams are not those of its configuration.")


def _parse_text(content: ModelContent, name: str) -> object:
    return parse_json(content.texts[name], largest=LARGEST_DESCRIPTION)


def _parse_words(text: bytes, *, num_words: int) -> tuple[str, ...]:
    if text.count(b"\n") >= num_words:
        raise ModelFileError(f"its vocabulary is larger than the {num_words} of its configuration.")
    return tuple(word.decode() for word in text.split(b"\n")) if text else ()


def _check_classes(values: object) -> tuple[Classes, float]:
    threshold = values.get("threshold") if isinstance(values, dict) else None
    if not isinstance(threshold, float) or not 0 < threshold < 1:
        raise ModelFileError("its classes have no threshold between 0 and 1.")
    try:
        classes = TypeAdapter(Classes).validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise ModelFileError("its classes cannot be read.") from error
    count = len(classes.names)
    if not 2 <= count <= _MOST_CLASSES or len(set(classes.names)) < count or not all(classes.names):
        raise ModelFileError("its classes have no two different names.")
    if not all(0 <= place < count for place in classes.spellings.values()):
        raise ModelFileError("its labels are spelled for classes that it does not have.")
    return classes, threshold


def _check_provenance(values: object) -> Provenance:
    match values:
        case {"dataset": str(dataset), "fingerprint": str(fingerprint), "epoch": int(epoch),
              "lstm_cli_version": str(version), **others} if not others:  # fmt: skip
            return Provenance(dataset, fingerprint, epoch, version)
    raise ModelFileError("it does not say where it comes from as lstm-train does.")
