"""What a training recorded, epoch by epoch: `history.json`, and the files that Keras itself leaves."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lstm_cli.errors import HistoryError
from lstm_cli.sealed_json import is_damaged, seal_json
from lstm_cli.whole_file import write_text_whole

FILE_NAME = "history.json"
"""The history's name in a run folder."""

MAX_FILE_BYTES = 64 * 2**20
"""Hundreds of thousands of epochs; what is larger is another kind of file."""

_LARGEST_FLOAT32 = 3.4028234663852886e38

# By the ends of the metrics' names; Keras numbers the second of a kind: auc_1.
_LOWER_IS_BETTER = re.compile(
    r"(loss|error|crossentropy|divergence|hinge|brier_score|mse|rmse|mae|mape|msle)(_\d+)?$"
)
_HIGHER_IS_BETTER = re.compile(r"(acc|accuracy|auc|precision|recall|sensitivity|specificity|f1|score)(_\d+)?$")


@dataclass(frozen=True, slots=True)
class History:
    """Equally long series, one a metric, under the names of Keras' `History.history`.

    NaN is a gap: an epoch without a value of that metric. What float32, in which Keras computes metrics,
    has no finite number for becomes a gap too, so that every history can be drawn and written as JSON.

    Attributes:
        metrics: such as `loss`, `accuracy`, `val_loss`, `val_accuracy`, `learning_rate` and `seconds`
            (an epoch's), each with one float an epoch.

    Raises:
        ValueError: the series differ in length.
    """

    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({len(values) for values in self.metrics.values()}) > 1:
            raise ValueError("expected equally long series")
        # One NaN object for all gaps: tuples compare by identity first, so equal histories are equal.
        metrics = {
            name: tuple(float(value) if abs(value) <= _LARGEST_FLOAT32 else math.nan for value in values)
            for name, values in self.metrics.items()
        }
        object.__setattr__(self, "metrics", metrics)

    @property
    def epochs(self) -> int:
        """The number of epochs."""
        return max((len(values) for values in self.metrics.values()), default=0)

    def append(self, epoch_metrics: Mapping[str, float]) -> History:
        """Return this history with one more epoch; a metric that only one of the two has gets gaps."""
        unseen = (math.nan,) * self.epochs
        names = dict.fromkeys([*self.metrics, *epoch_metrics])  # in order, each once
        return History(
            {name: (*self.metrics.get(name, unseen), epoch_metrics.get(name, math.nan)) for name in names}
        )

    def best_epoch(self, *, monitor: str = "val_loss") -> int | None:
        """Return the epoch, counted from 1, with the best value of `monitor`; the earliest of equals.

        Losses and errors are best low, accuracies, AUC, precision, recall and scores high. None where the
        metric is absent, has nothing but gaps, or knows no better and worse (`learning_rate`, `seconds`).
        """
        if _LOWER_IS_BETTER.search(monitor):
            sign = 1.0
        elif _HIGHER_IS_BETTER.search(monitor):
            sign = -1.0
        else:
            return None
        values = self.metrics.get(monitor, ())
        known = [index for index, value in enumerate(values) if not math.isnan(value)]
        return min(known, key=lambda index: sign * values[index]) + 1 if known else None


def load_history(path: Path) -> History:
    """Read our `history.json`, a dump of Keras' `History.history` or a file of Keras' `CSVLogger`.

    Partial histories are read as far as they go: a list that is shorter than the others gets gaps at its
    end, and a last CSV line that was cut off is dropped. Every list is taken to start with the first
    epoch, since a dump does not say which epochs Keras' `validation_freq` left out.

    Args:
        path: the file, or a run folder that holds a `history.json`.

    Raises:
        HistoryError: there is no such file, it is none of the three, or it has no epochs.
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
    is_json = path.suffix.lower() == ".json" or text.lstrip().startswith("{")
    history = _parse_json(text, path=path) if is_json else _parse_csv(text, path=path)
    if history.epochs == 0:
        raise HistoryError(f"{path} holds no epochs. Let the first epoch finish, or name another file.")
    return history


def save_history(path: Path, history: History) -> None:
    """Write `history` as a JSON object of equally long lists of floats, one list a line; a gap is `null`.

    `pandas.DataFrame(json.load(file))` reads it, gaps as NaN. The file appears whole or not at all, and a blank
    last line shows damage.

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
            f"There is no history {path}. lstm-train writes {FILE_NAME} into its run folder."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise HistoryError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error
    if len(data) > MAX_FILE_BYTES:
        raise HistoryError(
            f"{path} is larger than {MAX_FILE_BYTES // 2**20} MiB: expected a training history, a small file."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HistoryError(
            f"{path}: expected JSON or CSV in UTF-8, got the byte 0x{data[error.start]:02x}. "
            "Name a history.json or a CSVLogger file."
        ) from error


def _parse_json(text: str, *, path: Path) -> History:
    """Read a JSON object of lists of numbers and nulls; Python's NaN and Infinity are understood."""
    try:
        content = json.loads(text, parse_int=float)  # an integer without bound becomes an infinite float
    except json.JSONDecodeError as error:
        raise HistoryError(f"{path} is no JSON: {error.msg} (line {error.lineno}).") from error
    except RecursionError as error:
        raise HistoryError(f"{path}: expected a JSON object of lists, got a deeper nesting.") from error
    if not isinstance(content, dict):
        raise HistoryError(f"{path}: expected a JSON object of lists, got {_name_kind(content)}.")
    series = {name: _read_series(values, name=name, path=path) for name, values in content.items()}
    epochs = max(map(len, series.values()), default=0)
    return History({name: (*values, *[math.nan] * (epochs - len(values))) for name, values in series.items()})


def _read_series(values: object, *, name: str, path: Path) -> list[float]:
    """Return a metric's list of JSON numbers as floats, null as NaN."""
    if not isinstance(values, list):
        raise HistoryError(f"{path}: expected a list of numbers under {_quote(name)}, got {_name_kind(values)}.")
    for epoch, value in enumerate(values, start=1):
        if not isinstance(value, float) and value is not None:
            raise HistoryError(
                f"{path}: expected a number under {_quote(name)}, epoch {epoch}, got {_name_kind(value)}."
            )
    return [math.nan if value is None else value for value in values]


def _parse_csv(text: str, *, path: Path) -> History:
    """Read a `CSVLogger` file, separated by `,` or `;` (https://keras.io/api/callbacks/csv_logger)."""
    header, _, _ = text.partition("\n")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",")
    try:
        lines = [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise HistoryError(f"{path}, line {rows.line_num}: no CSV: {error}.") from error
    names = [name.strip() for name in lines[0][1]] if lines else []
    if "epoch" not in names or len(set(names)) < len(names):
        raise HistoryError(
            f"{path}: expected a JSON object of lists, or CSV under a header of different names "
            "such as epoch,accuracy,loss."
        )
    is_cut = not text.endswith(("\n", "\r"))
    table = []
    for number, row in lines[1:]:
        try:
            table.append(_read_row(row, names=names, place=f"{path}, line {number}"))
        except HistoryError:
            if not (is_cut and number == lines[-1][0]):
                raise
    return History(
        {
            name: values
            for name, values in zip(names, zip(*table, strict=True), strict=False)  # no rows, no columns
            # Where a run validates nothing, CSVLogger adds a val_ column for every metric, filled with NA.
            if name != "epoch" and not (name.startswith("val_") and all(map(math.isnan, values)))
        }
    )


def _read_row(row: list[str], *, names: list[str], place: str) -> list[float]:
    """Return the cells of one epoch as floats, gaps as NaN."""
    if len(row) != len(names):
        raise HistoryError(f"{place}: expected {len(names)} cells as in the header, got {len(row)}.")
    numbers = []
    for name, cell in zip(names, row, strict=True):
        word = cell.strip()
        try:
            numbers.append(math.nan if word in {"", "NA"} else float(word))
        except ValueError as error:
            raise HistoryError(f"{place}: expected a number for {_quote(name)}, got {_quote(word)}.") from error
    return numbers


def _name_kind(value: object) -> str:
    """Return what JSON calls `value`, with its beginning where it is a string."""
    if isinstance(value, str):
        return f"the text {_quote(value)}"
    kinds = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _quote(text: str) -> str:
    """Return `text` in quotes, on one line and no longer than a message can bear."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
