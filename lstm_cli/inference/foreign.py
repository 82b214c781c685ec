"""How somebody else's model reads words: by what it holds itself, a file beside it, or the name of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_cli.classes import SENTIMENT, Classes
from lstm_cli.config import DataConfig, check_config, parse_overrides
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.encoding import build_encoder
from lstm_cli.data.imdb_keras import load_keras_vocabulary
from lstm_cli.errors import ConfigError, ModelFileError, suggest_sibling
from lstm_cli.modelfile.foreign_model import ForeignModel
from lstm_cli.text.encoder import TextEncoder
from lstm_cli.text.languages import Language
from lstm_cli.text.tokenizers import Tokenizer, learn_tokenizer
from lstm_cli.text.tokenizers.keras_tokenizer import parse_keras_tokenizer
from lstm_cli.text.tokenizers.text_vectorization import (
    TextVectorization,
    build_vectorization_vocabulary,
    parse_tokens,
)
from lstm_cli.text.vocabulary import Vocabulary, cut_words

_LARGEST_TOKENIZER_FILE = 64 * 2**20  # Keras' JSON of a million words


@dataclass(frozen=True)
class Reading:
    """How texts are read for a model of plain Keras, and what its outputs mean.

    Attributes:
        encoder: of its texts.
        classes: negative and positive where there are two, else their numbers.
        data: the data settings; None where no data set was named.
        notice: what the user should know of it; empty where nothing is to be said.
    """

    encoder: TextEncoder
    classes: Classes
    data: DataConfig | None
    notice: str


def find_reading(
    path: Path, model: ForeignModel, *, overrides: Sequence[str], tokenizer_file: Path | None
) -> Reading:
    """Find out how texts are read for a model.

    Args:
        path: the model's file.
        model: what it holds.
        overrides: `data.key=value` settings.
        tokenizer_file: what `Tokenizer.to_json` wrote, or a `TextVectorization` layer's vocabulary.

    Raises:
        ModelFileError: nothing says how the words are numbered, or a file that should cannot be read.
        ConfigError: the overrides are wrong, or not wanted.
        DataError: the data set that the vocabulary is learnt from cannot be read.
    """
    settings = _read_settings(path, model, overrides=overrides)
    numbering = _read_numbering(path, model, tokenizer_file)
    if numbering is None and "dataset" not in settings:
        raise ModelFileError(_explain_numbering(path, model))
    if numbering is not None and "tokenizer" in settings:
        raise ConfigError("data.tokenizer: the words are already read as the model's own. Leave it out.")
    if numbering is not None and isinstance(numbering[0], TextVectorization):
        # As the layer itself does it.
        settings = {"padding": "post", "truncating": "post"} | settings
    if "maxlen" not in settings:
        raise ConfigError(f"{path} takes reviews of any length: say how long with --set data.maxlen=N.")
    config = check_config({"data": settings, "model": model.description.model}, source="--set")
    encoder, notice = _build_encoder(path, config.data, numbering)
    outputs = model.description.outputs
    numbers = Classes(tuple(map(str, range(outputs))), {str(label): label for label in range(outputs)})
    return Reading(
        encoder=encoder,
        classes=SENTIMENT if outputs <= 2 else numbers,
        data=config.data if "dataset" in settings else None,
        notice=notice,
    )


def _read_settings(path: Path, model: ForeignModel, *, overrides: Sequence[str]) -> dict[str, Any]:
    """Return the data settings given, with those that the model itself fixes."""
    settings = parse_overrides(overrides)
    data = settings.get("data")
    if settings.keys() - {"data"} or (data is not None and not isinstance(data, dict)):
        raise ConfigError("For a file of plain Keras --set takes data settings only, such as data.maxlen=100.")
    data = dict(data or {})
    given = {"num_words": model.description.num_words}
    if model.description.maxlen is not None:
        given["maxlen"] = model.description.maxlen
    for key, value in given.items():
        if data.setdefault(key, value) != value:
            raise ConfigError(f"data.{key}: the model in {path} was built for {value}, got {data[key]}.")
    return data


def _read_numbering(
    path: Path, model: ForeignModel, tokenizer_file: Path | None
) -> tuple[Tokenizer, Vocabulary] | None:
    """Return how words are split and numbered, or None where neither the model nor a file says it."""
    vectorization = model.description.vectorization
    if tokenizer_file is None:
        if vectorization is None or model.tokens is None:
            return None
        try:
            return vectorization.tokenizer, build_vectorization_vocabulary(model.tokens)
        except ModelFileError as error:
            raise ModelFileError(f"{path}: {error}") from error
    if model.tokens is not None:
        raise ConfigError(f"--tokenizer is for files that say nothing of their words: {path} holds its own.")
    try:
        content = _read_tokenizer_file(tokenizer_file)
        if content.lstrip().startswith(b"{") and vectorization is None:
            return parse_keras_tokenizer(content)
        tokenizer = TextVectorization() if vectorization is None else vectorization.tokenizer
        return tokenizer, build_vectorization_vocabulary(parse_tokens(content))
    except ModelFileError as error:
        raise ModelFileError(f"{tokenizer_file}: {error}") from error


def _read_tokenizer_file(path: Path) -> bytes:
    if not path.is_file():
        missing = f"not there.{suggest_sibling(path)}"
        what = "a folder." if path.is_dir() else "no ordinary file." if path.exists() else missing
        raise ModelFileError(f"expected a tokenizer's file; it is {what}")
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_TOKENIZER_FILE + 1)
    except OSError as error:
        raise ModelFileError(f"it cannot be read ({error.strerror}).") from error
    if len(content) > _LARGEST_TOKENIZER_FILE:
        raise ModelFileError(f"expected a tokenizer's file of at most {_LARGEST_TOKENIZER_FILE:,} bytes.")
    if content.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        raise ModelFileError("it is a pickle, which could run anything. Write it with Tokenizer.to_json().")
    return content


def _build_encoder(
    path: Path, data: DataConfig, numbering: tuple[Tokenizer, Vocabulary] | None
) -> tuple[TextEncoder, str]:
    """Return the encoder, and what is doubtful about it."""
    if numbering is not None:
        tokenizer, vocabulary = numbering
        return _fit_encoder(path, data, tokenizer, vocabulary)
    if data.dataset == "imdb-keras":
        data = data.settle(Language("en", "Latin"))
        tokenizer = learn_tokenizer(data.tokenizer, (), language="en", num_words=data.num_words)
        encoder = build_encoder(data, tokenizer, load_keras_vocabulary(num_words=data.num_words))
        return encoder, _doubt_size(encoder.vocabulary, rows=data.num_words)
    encoder = load_dataset(data).encoder
    guess = (
        f"How {path} numbers its words is a guess, by how often {data.place} has them: its answers may be "
        "wrong. What it was trained with says it: --tokenizer FILE, or --set data.dataset=imdb-keras."
    )
    doubt = _doubt_size(encoder.vocabulary, rows=data.num_words)
    return encoder, f"{guess}\n{doubt}" if doubt else guess


def _fit_encoder(
    path: Path, data: DataConfig, tokenizer: Tokenizer, vocabulary: Vocabulary
) -> tuple[TextEncoder, str]:
    """Return the encoder of a numbering, cut to the rows of the model's embedding."""
    rows, special = data.num_words, vocabulary.special
    if (special.unknown or 0) >= rows:
        raise ModelFileError(
            f"{path}: unknown words have the number {special.unknown}, and the model {rows} rows."
        )
    notice = _doubt_size(vocabulary, rows=rows)
    if len(vocabulary) > rows:
        notice = (
            f"The vocabulary has {len(vocabulary):,} numbers and the model's embedding {rows:,} rows: "
            "it is probably the wrong one. Words beyond are read as unknown."
        )
    fitting = cut_words(vocabulary.words, num_words=rows, special=special)
    return TextEncoder(tokenizer, fitting, data.maxlen, data.padding, data.truncating), notice


def _doubt_size(vocabulary: Vocabulary, *, rows: int) -> str:
    if len(vocabulary) >= rows / 2:
        return ""
    return (
        f"The vocabulary has {len(vocabulary):,} numbers and the model's embedding {rows:,} rows: "
        "it is probably the wrong one."
    )


def _explain_numbering(path: Path, model: ForeignModel) -> str:
    if model.description.vectorization is not None:
        return (
            f"{path} was saved without the vocabulary of its TextVectorization layer, as .h5 files are.\n"
            "Write the layer's get_vocabulary(), one token a line, and name that file with --tokenizer."
        )
    return (
        f"{path} was written by plain Keras and does not say how its words were numbered. "
        "If keras.datasets.imdb did it: --set data.dataset=imdb-keras.\n"
        "Else --tokenizer FILE: what Tokenizer.to_json() wrote, or TextVectorization's vocabulary, a token a line."
    )
