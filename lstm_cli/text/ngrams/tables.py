"""`NgramTables`: what is learnt of n-grams, and what it says of any text.

Of every n-gram it knows, by its key, a weight and a log ratio for each output: the part that it has in a
regression's log odds, and how much more of the one class' texts hold it than of the others'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_cli.errors import ModelFileError
from lstm_cli.kernels.threads import run_tasks
from lstm_cli.text.ngrams.patterns import sort_ngrams
from lstm_cli.text.ngrams.settings import CHANNELS, Channel, check_pattern, is_of_characters
from lstm_cli.text.ngrams.tokens import TokenTexts

WEIGHT_SCALE = 10.0
"""By which weights are multiplied, so that a network meets them as large as log ratios."""

LOGIT_SCALE = 0.2
"""By which log odds are multiplied, so that a network meets them as large as its features."""

LARGEST_VALUE = 60_000.0
"""Of a weight or a channel: float16 holds a little more."""

_TOKENS_AT_ONCE = 2**18
_MOST_NGRAMS = 2**31
_MOST_OUTPUTS = 1_000


@dataclass(frozen=True, eq=False)
class NgramInputs:
    """What a network is told of n texts, beside their tokens.

    Attributes:
        channels: `float16[tokens, channels]` of all texts' tokens one behind the other; as many channels as
            `NgramTables.width`, 0 where no n-gram ends that is known.
        logits: `float32[n, outputs]`, the regressions' log odds times `LOGIT_SCALE`.
    """

    channels: NDArray[np.float16]
    logits: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NgramTables:
    """What is known of the n-grams of some texts.

    There is one output for two classes, the second against the first; with more, one for each class against the
    rest.

    Attributes:
        patterns: which tokens make an n-gram.
        channels: what a network is told.
        keys: `uint64[ngrams of the pattern]` for each pattern, sorted: see `patterns.hash_ngrams`.
        weights: `float16[ngrams, outputs]`, times `WEIGHT_SCALE`; the n-grams of one pattern follow another's.
        log_ratios: `float16[ngrams, outputs]`.
        intercepts: `float64[outputs]`.
        mean_count: distinct known n-grams of a text, on average over those that this was learnt from.
        length_normalization: a text's weights are divided by its number of n-grams, in proportion to the mean, to
            the power of this.
    """

    patterns: tuple[str, ...]
    channels: tuple[Channel, ...]
    keys: tuple[NDArray[np.uint64], ...]
    weights: NDArray[np.float16]
    log_ratios: NDArray[np.float16]
    intercepts: NDArray[np.float64]
    mean_count: float
    length_normalization: float

    @property
    def outputs(self) -> int:
        """Regressions: 1 for two classes, else one a class."""
        return len(self.intercepts)

    @property
    def width(self) -> int:
        """Channels of a token: kind by kind, for each output by output, for each pattern by pattern."""
        return len(self.channels) * self.outputs * len(self.patterns)

    def describe(self) -> dict[str, Any]:
        """Return what `load_ngram_tables` needs beside the arrays, fit for JSON."""
        return {
            "patterns": list(self.patterns),
            "channels": list(self.channels),
            "counts": [len(keys) for keys in self.keys],
            "intercepts": self.intercepts.tolist(),
            "mean_count": self.mean_count,
            "length_normalization": self.length_normalization,
        }

    def list_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `load_ngram_tables` needs beside the description: 64-bit keys, 16-bit values."""
        return {"keys": np.concatenate(self.keys), "weights": self.weights, "log_ratios": self.log_ratios}

    def dump(self) -> bytes:
        """Return what `parse_ngram_tables` needs beside the description, little-endian."""
        arrays = self.list_arrays().values()
        return b"".join(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes() for array in arrays)

    def encode(self, texts: TokenTexts) -> NgramInputs:
        """Return what a network is told of some whole texts that this was not learnt from; on several threads."""
        channels = np.zeros((len(texts.numbers), self.width), np.float16)
        logits = np.empty((len(texts), self.outputs), np.float32)
        blocks = list(_iter_blocks(texts.starts))

        def encode_block(number: int) -> None:
            first, last = blocks[number]
            begin, end = texts.starts[first], texts.starts[last]
            self._encode_block(texts.slice(first, last), channels[begin:end], logits[first:last])

        run_tasks(encode_block, len(blocks))
        return NgramInputs(channels, logits)

    def _encode_block(self, texts: TokenTexts, channels: NDArray[np.float16], logits: NDArray[np.float32]) -> None:
        """Write the channels and logits of texts few enough to be sorted at once."""
        counts = np.zeros(len(logits), np.int64)
        odds = np.zeros(logits.shape)
        view = channels.reshape(-1, len(self.channels), self.outputs, len(self.patterns))
        offset = 0
        for number, (pattern, keys) in enumerate(zip(self.patterns, self.keys, strict=True)):
            found = sort_ngrams(texts.list_units(pattern), pattern)
            distinct = found.keys[found.is_new_key]
            rows = np.searchsorted(keys, distinct)
            is_known = rows < len(keys)
            is_known[is_known] = keys[rows[is_known]] == distinct[is_known]
            rows = np.where(is_known, rows + offset, -1)[np.cumsum(found.is_new_key) - 1]
            known = rows >= 0
            for place, channel in enumerate(self.channels):
                values = (self.weights if channel == "weight" else self.log_ratios)[rows[known]]
                if is_of_characters(pattern):
                    values = _gather(values, found.places[known], tokens=len(view), is_mean=channel != "weight")
                    view[:, place, :, number] = values
                else:
                    view[found.places[known], place, :, number] = values
            pairs = found.is_new_pair & known
            of_pairs = found.texts[pairs]
            counts += np.bincount(of_pairs, minlength=len(counts))
            for output in range(self.outputs):
                weights = self.weights[rows[pairs], output].astype(np.float64)
                odds[:, output] += np.bincount(of_pairs, weights, minlength=len(counts))
            offset += len(keys)
        scales = compute_scales(counts, mean=self.mean_count, power=self.length_normalization)
        logits[:] = LOGIT_SCALE * (scales[:, None] * odds / WEIGHT_SCALE + self.intercepts)
        if "weight" in self.channels:
            weights = view[:, self.channels.index("weight")]
            scaled = weights * np.repeat(scales, texts.lengths)[:, None, None]
            weights[:] = np.clip(scaled, -LARGEST_VALUE, LARGEST_VALUE)


def _gather(
    values: NDArray[np.float16], places: NDArray[np.int64], *, tokens: int, is_mean: bool
) -> NDArray[np.float32]:
    """Return for each token the sum, or the mean, of what is said of the n-grams that end in it.

    Args:
        values: `float16[n-grams, outputs]`.
        places: `int64[n-grams]`, the token that each ends in.
        tokens: how many there are.
        is_mean: of those that are known.
    """
    columns = [np.bincount(places, column, minlength=tokens) for column in values.T.astype(np.float64)]
    gathered: NDArray[np.float64] = np.stack(columns, axis=1)
    if is_mean:
        gathered = gathered / np.maximum(np.bincount(places, minlength=tokens), 1)[:, None]
    return np.clip(gathered, -LARGEST_VALUE, LARGEST_VALUE).astype(np.float32)


def average_tables(tables: Sequence[NgramTables]) -> NgramTables:
    """Return the mean of tables that know the same n-grams, as those of other folds of the same texts do.

    Raises:
        ValueError: they know others, or there are none.
    """
    first, *others = tables
    for other in others:
        is_alike = (other.patterns, other.channels, other.length_normalization, other.weights.shape) == (
            first.patterns, first.channels, first.length_normalization, first.weights.shape,
        )  # fmt: skip
        if not is_alike or not all(map(np.array_equal, first.keys, other.keys)):
            raise ValueError("expected tables of the same n-grams")

    def average(arrays: Sequence[NDArray[np.float16]]) -> NDArray[np.float16]:
        return np.asarray(np.mean(arrays, axis=0, dtype=np.float32), np.float16)

    return replace(
        first,
        weights=average([table.weights for table in tables]),
        log_ratios=average([table.log_ratios for table in tables]),
        intercepts=np.mean([table.intercepts for table in tables], axis=0),
        mean_count=float(np.mean([table.mean_count for table in tables])),
    )


def load_ngram_tables(description: object, arrays: Mapping[str, NDArray[Any]]) -> NgramTables:
    """Return the tables that a model file holds; the arrays are taken as they are, and may be memory-mapped.

    Args:
        description: what `NgramTables.describe` gave, or whatever a file from elsewhere holds in its place.
        arrays: what `NgramTables.list_arrays` gave, or likewise.

    Raises:
        ModelFileError: they are no tables that a network could be told of.
    """
    match description:
        case {"patterns": list(patterns), "channels": list(channels), "counts": list(counts),
              "intercepts": list(intercepts), "mean_count": float(mean), "length_normalization": float(power),
              **others} if (
            not others
            and _are_patterns(patterns)
            and _are_channels(channels)
            and len(counts) == len(patterns)
            and all(type(count) is int and 0 <= count <= _MOST_NGRAMS for count in counts)
            and 1 <= len(intercepts) <= _MOST_OUTPUTS
            and all(isinstance(one, float) and abs(one) <= LARGEST_VALUE for one in intercepts)
            and 0.0 <= mean <= _MOST_NGRAMS
            and 0.0 <= power <= 1.0
        ):  # fmt: skip
            keys, weights, log_ratios = _check_arrays(arrays, ngrams=sum(counts), outputs=len(intercepts))
            of_patterns = tuple(np.split(keys, np.cumsum(counts)[:-1]))
            if not all((some[1:] > some[:-1]).all() for some in of_patterns):
                raise ModelFileError("the keys of its n-grams are not sorted.")
            return NgramTables(
                patterns=tuple(patterns),
                channels=tuple(channels),
                keys=of_patterns,
                weights=weights,
                log_ratios=log_ratios,
                intercepts=np.array(intercepts),
                mean_count=mean,
                length_normalization=power,
            )
    raise ModelFileError("it does not say what it knows of n-grams.")


def parse_ngram_tables(description: object, data: bytes) -> NgramTables:
    """Return the tables that a file holds.

    Args:
        description: as for `load_ngram_tables`.
        data: what `NgramTables.dump` gave, or whatever a file from elsewhere holds in its place.

    Raises:
        ModelFileError: they are no tables that a network could be told of.
    """
    match description:
        case {"counts": list(counts), "intercepts": list(intercepts)} if all(
            type(count) is int and 0 <= count <= _MOST_NGRAMS for count in counts
        ):
            ngrams, values = sum(counts), sum(counts) * len(intercepts)
            if len(data) == 8 * ngrams + 4 * values:
                shape = (2, ngrams, len(intercepts))
                weights, log_ratios = _take(data, "<f2", 2 * values, offset=8 * ngrams).reshape(shape)
                arrays = {"keys": _take(data, "<u8", ngrams), "weights": weights, "log_ratios": log_ratios}
                return load_ngram_tables(description, arrays)
    raise ModelFileError("its n-grams are not there, or not as many as it says.")


def _take(data: bytes, dtype: str, count: int, *, offset: int = 0) -> NDArray[Any]:
    kind = np.dtype(dtype)
    return np.frombuffer(data, kind, count, offset).astype(kind.newbyteorder("="), copy=False)


def _are_patterns(patterns: list[object]) -> bool:
    try:
        return (
            0 < len(patterns) == len({check_pattern(pattern) for pattern in patterns if isinstance(pattern, str)})
        )
    except ValueError:
        return False


def _are_channels(channels: list[object]) -> bool:
    return 0 < len(channels) == len({channel for channel in CHANNELS if channel in channels})


def _check_arrays(
    arrays: Mapping[str, NDArray[Any]], *, ngrams: int, outputs: int
) -> tuple[NDArray[np.uint64], NDArray[np.float16], NDArray[np.float16]]:
    """Return keys, weights and log ratios of the given shapes."""
    expected: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
        "keys": (np.uint64, (ngrams,)),
        "weights": (np.float16, (ngrams, outputs)),
        "log_ratios": (np.float16, (ngrams, outputs)),
    }
    for name, (dtype, shape) in expected.items():
        array = arrays.get(name)
        if array is None or array.dtype != dtype or array.shape != shape:
            raise ModelFileError(f"the {name} of its n-grams are not there, or not of the shape {shape}.")
        # A NaN is not below the bound either: the maximum gives it back, and no comparison holds.
        if dtype is np.float16 and not np.abs(array).max(initial=0.0) <= LARGEST_VALUE:
            raise ModelFileError(f"the {name} of its n-grams are no finite numbers.")
    return arrays["keys"], arrays["weights"], arrays["log_ratios"]


def compute_scales(counts: NDArray[np.int64], *, mean: float, power: float) -> NDArray[np.float32]:
    """Return the factors of texts' weights by how many distinct n-grams they have: `float32`.

    Args:
        counts: of known n-grams.
        mean: of the texts that the weights were learnt from.
        power: the stronger, the more; 0 for no normalisation.
    """
    if mean <= 0:
        return np.ones(counts.shape, np.float32)
    return np.asarray((np.maximum(counts, 1) / mean) ** -power, np.float32)


def _iter_blocks(starts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield blocks of texts, the first and the one behind the last, of few tokens each."""
    first, count = 0, len(starts) - 1
    while first < count:
        last = int(np.searchsorted(starts, starts[first] + _TOKENS_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), count)
        yield first, last
        first = last
