"""Rows as they came, with what a model makes of each beside them → `.csv`, `.jsonl` or `.parquet`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lstm_cli.errors import ConfigError
from lstm_cli.inference.classifier import Prediction
from lstm_cli.whole_file import write_whole

Record = Mapping[str, object]
_Write = Callable[[Sequence[Record]], None]

_ROWS_AT_ONCE = 4096


def check_scored_path(path: Path) -> None:
    """Raise an error unless a path ends in a suffix that `save_scored` writes.

    Raises:
        ConfigError: it does not.
    """
    if path.suffix.lower() not in _WRITERS:
        suffix = repr(path.suffix) if path.suffix else "no suffix"
        raise ConfigError(f"{path}: expected a file named {', '.join(_WRITERS)}, got {suffix}.")


def save_scored(
    path: Path,
    rows: Iterable[tuple[Record, Prediction]],
    *,
    columns: Sequence[str],
    classes: Sequence[str],
) -> int:
    """Write rows with the columns `prediction`, `probability`, `probability_CLASS`, `unknown_share`, `truncated`.

    A row at a time is in memory, or some thousand; the file appears whole or not at all. Nothing of the input is
    overwritten: a name that is taken gets `_2` behind it. A text that the model cannot read has empty cells there.

    Args:
        path: its suffix says the form.
        rows: what each row holds by its columns' names, and what the model makes of it.
        columns: all that rows may hold, in their order.
        classes: the names of the model's classes.

    Returns:
        How many rows there were.

    Raises:
        ConfigError: the suffix is of no form that is written here.
        OutputError: the file cannot be written.
    """
    check_scored_path(path)
    names = _name_columns(columns, classes=classes)
    count = 0
    with write_whole(path) as aside, _WRITERS[path.suffix.lower()](aside, [*columns, *names.values()]) as write:
        block: list[Record] = []
        for record, prediction in rows:
            block.append({**record, **_describe(prediction, names=names)})
            count += 1
            if len(block) == _ROWS_AT_ONCE:
                write(block)
                block = []
        write(block)
    return count


def _name_columns(columns: Sequence[str], *, classes: Sequence[str]) -> dict[str, str]:
    """Return the names of the columns that are added, by what they hold."""
    wanted = [
        "prediction",
        "probability",
        *(f"probability_{name}" for name in classes),
        "unknown_share",
        "truncated",
    ]
    taken = set(columns)
    names = {}
    for name in wanted:
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        names[name] = free
        taken.add(free)
    return names


def _describe(prediction: Prediction, *, names: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {
        "prediction": prediction.label,
        "probability": prediction.probability,
        **{f"probability_{name}": value for name, value in (prediction.probabilities or {}).items()},
        "unknown_share": prediction.unknown_share,
        "truncated": prediction.truncated,
    }
    return {column: values.get(name) for name, column in names.items()}


@contextmanager
def _write_csv(path: Path, columns: Sequence[str]) -> Iterator[_Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        yield lambda records: writer.writerows(
            {name: _spell(value) for name, value in record.items()} for record in records
        )


@contextmanager
def _write_jsonl(path: Path, columns: Sequence[str]) -> Iterator[_Write]:
    def write(records: Sequence[Record]) -> None:
        for record in records:
            ordered = {name: record[name] for name in columns if name in record}
            file.write(json.dumps(ordered, ensure_ascii=False, default=str) + "\n")

    with path.open("w", encoding="utf-8") as file:
        yield write


@contextmanager
def _write_parquet(path: Path, columns: Sequence[str]) -> Iterator[_Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writers: list[pq.ParquetWriter] = []

    def write(records: Sequence[Record]) -> None:
        if not writers:  # the first rows tell the types
            schema = pa.schema([(name, _find_type([record.get(name) for record in records])) for name in columns])
            writers.append(pq.ParquetWriter(path, schema))
        schema = writers[0].schema
        arrays = [
            pa.array([_fit(record.get(field.name), field.type) for record in records], field.type)
            for field in schema
        ]
        if records:
            writers[0].write_table(pa.table(arrays, schema))

    try:
        yield write
    finally:
        for writer in writers:
            writer.close()


_WRITERS: Mapping[str, Callable[[Path, Sequence[str]], Any]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}


def _spell(value: object) -> object:
    """Return a value as a cell of text: nothing for None, JSON for what is nested."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value


def _find_type(values: Sequence[object]) -> Any:  # noqa: ANN401 - pyarrow ships no type information
    """Return the Arrow type of a column: a plain one where all values have it, else text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    plain = {bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
    if kinds == {int, float}:
        return pa.float64()
    return plain.get(kinds.pop(), pa.string()) if len(kinds) == 1 else pa.string()


def _fit(value: object, kind: Any) -> object:  # noqa: ANN401 - as above
    """Return a value as its column has it; None where it does not go there."""
    import pyarrow as pa

    if value is None:
        return None
    if kind == pa.string():
        return str(_spell(value))
    if kind == pa.float64():
        return float(value) if isinstance(value, int | float) else None
    return value if isinstance(value, bool) == (kind == pa.bool_()) and isinstance(value, int) else None
