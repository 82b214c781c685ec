"""A history's file: ours written and read as it is, others' read as far as they go, or refused with a reason."""

from __future__ import annotations

import codecs
import json
import math
from contextlib import suppress
from pathlib import Path

from lstm_cli.errors import HistoryError, explain_failure, suggest_sibling
from lstm_cli.history.columns import build_history, build_own_history
from lstm_cli.history.epochs import History
from lstm_cli.history.layouts import read_csv, read_json
from lstm_cli.history.rows import Report
from lstm_cli.sealed_json import has_seal, is_damaged, seal_json
from lstm_cli.whole_file import write_text_whole

FILE_NAME = "history.json"
"""The history's name in a run folder."""

MAX_FILE_BYTES = 64 * 2**20
"""Hundreds of thousands of epochs; what is larger is another kind of file."""

_DUMP = "json.dump(getattr(h, 'history', h), open('history.json', 'w'), default=float)"
# What files begin with that people keep histories in, or take for one, and what to do with them.
_KINDS = {
    b"\x80": "a pickle, which could run any code. Where it is yours, make JSON of it in Python:"
    f" import json, pickle; h = pickle.load(open(FILE, 'rb')); {_DUMP}",
    b"\x93NUMPY": "a NumPy array. Where it is yours, make JSON of it in Python:"
    f" import json, numpy; h = numpy.load(FILE, allow_pickle=True).item(); {_DUMP}",
    b"\x89HDF": "an HDF5 file, such as a model. A model holds no history: name the history.json beside it",
    b"PK\x03\x04": "a ZIP archive, such as a .keras model or a workbook. Save the history as JSON or CSV",
    b"\x89PNG": "a picture. Name the history.json or the CSVLogger file that it shows",
    b"\x1f\x8b": "compressed by gzip. Unpack it first",
}


def _ignore(_: str) -> None:
    pass


def load_history(path: Path, *, report: Report = _ignore) -> History:
    """Read our `history.json`, a dump of Keras' `History.history`, or a table as of `CSVLogger` or pandas.

    A file of ours is read as it is. Of others, metrics get Keras' names (`train_loss` → `loss`), and epochs the
    numbers that the file gives them, counted from 1. Partial histories are read as far as they go: a list that is
    shorter than the others gets gaps at its end, and a last line that was cut off is dropped. Every list is taken
    to start with the first epoch, since a dump does not say which epochs Keras' `validation_freq` left out.

    Args:
        path: the file, or a run folder that holds a `history.json`.
        report: hears in a line what was left out or taken otherwise than it stands.

    Raises:
        HistoryError: there is no such file, it is no history, or it has no epochs.
    """
    with suppress(OSError):  # opening it says what is wrong
        if path.is_dir():
            path = path / FILE_NAME
    text = _read_text(path)
    if is_damaged(text):
        raise HistoryError(
            f"{path} does not match its checksum: it is damaged or was edited. "
            "Its blank last line holds the checksum; without that line it is read as it is."
        )
    is_json = path.suffix.lower() == ".json" or text.lstrip().startswith(("{", "["))
    table = read_json(text, path=str(path)) if is_json else read_csv(text, path=str(path))
    if is_json and has_seal(text):
        history = build_own_history(table, path=str(path))
    else:
        history = build_history(table, path=str(path), report=report)
    if not history.epochs:
        raise HistoryError(f"{path} holds no epochs. Let the first epoch finish, or name another file.")
    return history


def save_history(path: Path, history: History) -> None:
    """Write `history` as a JSON object of equally long lists of floats, one list a line; a gap is `null`.

    `pandas.DataFrame(json.load(file))` reads it, gaps as NaN. The file appears whole or not at all, and a blank
    last line shows damage. It holds no numbers of epochs: they are a training's, from the first on.

    Raises:
        OutputError: the file cannot be written.
    """
    lines = []
    for name, values in history.metrics.items():
        numbers = [None if math.isnan(value) else value for value in values]
        lines.append(f"  {json.dumps(name)}: {json.dumps(numbers, allow_nan=False)}")
    write_text_whole(path, seal_json("{\n" + ",\n".join(lines) + "\n}"))


def _read_text(path: Path) -> str:
    """Return the text of the file at `path`, without a byte order mark."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)  # bounds a pipe or a device too, which have no size
    except FileNotFoundError as error:
        raise HistoryError(
            f"There is no history {path}.{suggest_sibling(path)} "
            f"lstm-train writes {FILE_NAME} into its run folder."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise HistoryError(f"Cannot read {path}: {explain_failure(error)}.") from error
    if len(data) > MAX_FILE_BYTES:
        raise HistoryError(
            f"{path} is larger than {MAX_FILE_BYTES // 2**20} MiB: expected a training history, a small file."
        )
    for beginning, kind in _KINDS.items():
        if data.startswith(beginning):
            raise HistoryError(f"{path}: expected JSON or CSV, got {kind}.")
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as PowerShell's > writes
    try:
        return data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise HistoryError(
            f"{path}: expected JSON or CSV in UTF-8, got the byte 0x{data[error.start]:02x}. "
            "Name a history.json or a CSVLogger file."
        ) from error
