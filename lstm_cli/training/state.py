"""What resuming needs: everything that an epoch starts from, in two generations with checksums."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstm_cli.bounded_json import parse_json
from lstm_cli.errors import TrainingError
from lstm_cli.history import History
from lstm_cli.whole_file import write_whole

_DIGEST_BYTES = hashlib.sha256().digest_size
_LARGEST_HISTORY = 64 * 2**20
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
    """

    history: History
    variables: tuple[NDArray[np.generic], ...]


def save_state(folder: Path, state: TrainingState) -> None:
    """Write the state; the one before stays beside it until the next.

    Raises:
        OutputError: it cannot be written; the earlier states are untouched.
    """
    newest, previous = folder / "newest.state", folder / "previous.state"
    with write_whole(newest) as aside:
        aside.write_bytes(dump_state(state))
        if newest.exists():
            newest.replace(previous)


def load_state(folder: Path) -> tuple[TrainingState, bool]:
    """Read the newest whole state.

    Returns:
        The state, and whether it is the newest (a damaged one is passed over).

    Raises:
        TrainingError: there is none.
    """
    for name in ("newest", "previous"):
        state = _read_state(folder / f"{name}.state")
        if state is not None:
            return state, name == "newest"
    raise TrainingError(f"{folder} holds no whole state to go on from. Train anew with lstm-train -c.")


def dump_state(state: TrainingState) -> bytes:
    """Return the state as `save_state` writes it, for another worker or a file."""
    content = io.BytesIO()
    arrays: dict[str, NDArray[np.generic]] = {
        f"variable_{index}": variable for index, variable in enumerate(state.variables)
    }
    metrics = json.dumps(dict(state.history.metrics))
    arrays["history"] = np.frombuffer(metrics.encode(), dtype=np.uint8)
    np.savez(content, allow_pickle=False, **arrays)
    return hashlib.sha256(content.getbuffer()).digest() + content.getvalue()


def _read_state(path: Path) -> TrainingState | None:
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
            metrics = parse_json(bytes(arrays["history"]), largest=_LARGEST_HISTORY)
            variables = tuple(arrays[f"variable_{index}"] for index in range(len(arrays.files) - 1))
        return TrainingState(history=_build_history(metrics), variables=variables)
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
