"""What resuming needs: everything that an epoch starts from, in two generations with checksums."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lstm_cli.bounded_json import parse_json
from lstm_cli.config import Config, counts_in_shares
from lstm_cli.errors import OutputError, TrainingError
from lstm_cli.history import History
from lstm_cli.whole_file import write_whole

if TYPE_CHECKING:
    import keras

_DIGEST_BYTES = hashlib.sha256().digest_size
_LARGEST_JSON = 64 * 2**20
# What may be another when a training goes on: how far, and where the same files now lie.
_CHANGEABLE = {"training.epochs", "training.initial_model", "data.dataset", "data.validation", "data.test"}
# Whose keys are names of classes and no settings.
_BY_CLASS = {".data.classes", ".training.class_weight"}
# What zipfile and NumPy make of archives that no writer of theirs has made.
_STATE_ERRORS = (
    ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, EOFError, OSError, MemoryError, SyntaxError,
    struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class TrainingState:
    """A training between two epochs.

    Attributes:
        history: of the epochs so far. The best score and the patience that is left follow from it.
        variables: of the model (weights and dropout's generators) and then of the optimiser.
        config: the effective configuration, as JSON has it.
    """

    history: History
    variables: tuple[NDArray[np.generic], ...]
    config: Mapping[str, Any] = field(default_factory=dict)


def take_state(model: keras.Model, *, history: History, config: Config) -> TrainingState:
    """Return the state of a model that has its optimiser, after the history's epochs."""
    from keras import ops

    variables = tuple(ops.convert_to_numpy(variable) for variable in _list_variables(model))
    return TrainingState(history, variables, config.model_dump(mode="json"))


def restore_state(model: keras.Model, state: TrainingState) -> None:
    """Put a model and its optimiser, which is built, where a state was taken.

    Raises:
        TrainingError: it was taken of another model.
    """
    variables = _list_variables(model)
    if [tuple(variable.shape) for variable in variables] != [variable.shape for variable in state.variables]:
        raise TrainingError("The kept state is of another model than config.yaml describes. Train anew.")
    for variable, value in zip(variables, state.variables, strict=True):
        variable.assign(value)


def _list_variables(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]


def save_state(folder: Path, state: TrainingState) -> None:
    """Write the state; the one before stays beside it until the next.

    Raises:
        OutputError: it cannot be written; the earlier states are untouched.
    """
    with write_whole(folder / "newest.state", previous=folder / "previous.state") as aside:
        aside.write_bytes(dump_state(state))


def load_state(folder: Path) -> tuple[TrainingState, bool]:
    """Read the newest whole state.

    Returns:
        The state, and whether it is the newest (a damaged one is passed over).

    Raises:
        TrainingError: there is none.
    """
    for name in ("newest", "previous"):
        state = read_state(folder / f"{name}.state")
        if state is not None:
            return state, name == "newest"
    raise TrainingError(f"{folder} holds no whole state to go on from. Train anew with lstm-train -c.")


def dump_state(state: TrainingState) -> bytes:
    """Return the state as `save_state` writes it, for another worker or a file."""
    content = io.BytesIO()
    arrays: dict[str, NDArray[np.generic]] = {
        f"variable_{index}": variable for index, variable in enumerate(state.variables)
    }
    for name, value in (("history", state.history.metrics), ("config", state.config)):
        arrays[name] = np.frombuffer(json.dumps(dict(value)).encode(), dtype=np.uint8)
    np.savez(content, allow_pickle=False, **arrays)
    return hashlib.sha256(content.getbuffer()).digest() + content.getvalue()


def discard_newest(folder: Path) -> None:
    """Remove a newest state that is damaged, which else would take the place of the sound one before it.

    Raises:
        OutputError: it cannot be removed.
    """
    path = folder / "newest.state"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot remove the damaged {path}: {error.strerror}.") from error


def list_changes(kept: Mapping[str, Any], config: Config) -> list[str]:
    """Return the settings that differ from those a state was reached with, such as `training.seed`.

    Settings of another version of lstm-cli, which only one side has, are passed over. How many epochs there are
    counts where steps are shares of them all: the ones behind would have been others.
    """
    differing = _iter_differing(kept, config.model_dump(mode="json"))
    changed = (path.removeprefix(".") for path in differing)
    free = _CHANGEABLE - ({"training.epochs"} if counts_in_shares(config.training.optimizer) else set())
    return [path for path in changed if path.partition("[")[0] not in free]


def _iter_differing(kept: object, now: object, *, path: str = "") -> Iterator[str]:
    """Yield where two structures of JSON differ."""
    if isinstance(kept, Mapping) and isinstance(now, Mapping) and path not in _BY_CLASS:
        for key in kept:
            if key in now:
                yield from _iter_differing(kept[key], now[key], path=f"{path}.{key}")
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for index, (one, other) in enumerate(zip(kept, now, strict=True)):
            yield from _iter_differing(one, other, path=f"{path}[{index}]")
    elif kept != now:
        yield path


def read_state(path: Path) -> TrainingState | None:
    """Return the state that a file holds, or None where it holds no whole one."""
    try:
        return parse_state(path.read_bytes())
    except OSError:
        return None


def parse_state(data: bytes) -> TrainingState | None:
    """Return the state that `dump_state` gave as `data`; None where they are damaged."""
    digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    # Anyone can compute a checksum: whatever the file holds, it is a state or none.
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist()):
                return None  # we compress nothing, and little can unfold to much
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            metrics = parse_json(bytes(arrays["history"]), largest=_LARGEST_JSON)
            config = parse_json(bytes(arrays["config"]), largest=_LARGEST_JSON) if "config" in arrays else {}
            count = sum(name.startswith("variable_") for name in arrays.files)
            variables = tuple(arrays[f"variable_{index}"] for index in range(count))
        if not isinstance(config, dict):
            return None
        return TrainingState(history=_build_history(metrics), variables=variables, config=config)
    except _STATE_ERRORS:
        return None


def _build_history(metrics: object) -> History:
    """Return the history that its JSON describes.

    Raises:
        TypeError: it is no mapping of lists of numbers.
        ValueError: the lists differ in length.
    """
    if not isinstance(metrics, dict):
        raise TypeError("expected an object of lists")
    return History({name: tuple(float(value) for value in values) for name, values in metrics.items()})
