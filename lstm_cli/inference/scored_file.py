"""Rows as they came, with what a model makes of each beside them → `.csv`, `.jsonl` or `.parquet`.

A file is written whole, or in parts that are joined: the outcome is the same to the byte.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lstm_cli.errors import ConfigError
from lstm_cli.inference.classifier import Prediction
from lstm_cli.whole_file import write_whole

Record = Mapping[str, object]

ROWS_AT_ONCE = 4096
"""Rows that are in memory together, and of one part."""


@dataclass(frozen=True)
class Layout:
    """What stands in the columns of a scored file.

    Attributes:
        columns: those that the rows came with.
        added: the names of those that are added, by what they hold.
        kinds: of all of them, as Parquet has them: `bool`, `int64`, `double` or `string`.
    """

    columns: tuple[str, ...]
    added: Mapping[str, str]
    kinds: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in their order."""
        return (*self.columns, *self.added.values())

    def describe(self, record: Record, prediction: Prediction) -> Record:
        """Return a row with what a model makes of it."""
        values: dict[str, object] = {
            "prediction": prediction.label,
            "probability": prediction.probability,
            **{f"probability_{name}": value for name, value in (prediction.probabilities or {}).items()},
            "unknown_share": prediction.unknown_share,
            "truncated": prediction.truncated,
        }
        return {**record, **{column: values.get(name) for name, column in self.added.items()}}


def build_layout(columns: Sequence[str], records: Iterable[Record], *, classes: Sequence[str]) -> Layout:
    """Return the layout of a scored file.

    Nothing of the input is overwritten: a name that is taken gets `_2` behind it.

    Args:
        columns: all that rows may hold, in their order.
        records: the first rows, which tell what kind their columns are.
        classes: the names of the model's classes.
    """
    kinds = {
        "prediction": "string",
        "probability": "double",
        **dict.fromkeys((f"probability_{name}" for name in classes), "double"),
        "unknown_share": "double",
        "truncated": "bool",
    }
    taken = set(columns)
    added = {}
    for name in kinds:
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        added[name] = free
        taken.add(free)
    records = list(records)
    own = (_find_kind([record.get(name) for record in records]) for name in columns)
    return Layout(tuple(columns), added, (*own, *kinds.values()))


def check_scored_path(path: Path) -> None:
    """Raise an error unless a path ends in a suffix that is written here.

    Raises:
        ConfigError: it does not.
    """
    if path.suffix.lower() not in _FORMS:
        suffix = repr(path.suffix) if path.suffix else "no suffix"
        raise ConfigError(f"{path}: expected a file named {', '.join(_FORMS)}, got {suffix}.")


def save_scored(
    path: Path, rows: Iterable[tuple[Record, Prediction]], *, columns: Sequence[str], classes: Sequence[str]
) -> int:
    """Write rows with the columns `prediction`, `probability`, `probability_CLASS`, `unknown_share`, `truncated`.

    Some thousand rows are in memory at a time; the file appears whole or not at all. A text in which the model
    knows nothing has empty cells there.

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
    remaining, count = iter(rows), 0
    block = list(islice(remaining, ROWS_AT_ONCE))
    layout = build_layout(columns, [record for record, _ in block], classes=classes)
    with write_whole(path) as aside, _FORMS[path.suffix.lower()].open(aside, layout, True) as write:
        while block:
            write([layout.describe(record, prediction) for record, prediction in block])
            count += len(block)
            block = list(islice(remaining, ROWS_AT_ONCE))
    return count


def write_part(path: Path, records: Sequence[Record], layout: Layout) -> None:
    """Write a part, which `join_parts` takes.

    Args:
        path: the part's; its suffix says the form.
        records: the rows as `Layout.describe` gives them.
        layout: of the whole file.

    Raises:
        OSError: it cannot be written.
    """
    with _FORMS[path.suffix.lower()].open(path, layout, False) as write:
        write(records)


def join_parts(path: Path, parts: Sequence[Path], layout: Layout) -> None:
    """Write a file of all parts, whole or not at all: the one that `save_scored` would have written.

    Raises:
        OutputError: it cannot be written.
    """
    with write_whole(path) as aside:
        _FORMS[path.suffix.lower()].join(aside, parts, layout)


_Write = Callable[[Sequence[Record]], None]


@dataclass(frozen=True)
class _Form:
    """How a form is written.

    Attributes:
        open: opens a file; the flag says whether it is a whole one.
        join: puts parts behind each other.
    """

    open: Callable[[Path, Layout, bool], AbstractContextManager[_Write]]
    join: Callable[[Path, Sequence[Path], Layout], None]


@contextmanager
def _open_csv(path: Path, layout: Layout, is_whole: bool) -> Iterator[_Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, layout.names, restval="")
        if is_whole:
            writer.writeheader()
        yield lambda records: writer.writerows(
            {name: _spell(value) for name, value in record.items()} for record in records
        )


@contextmanager
def _open_jsonl(path: Path, layout: Layout, is_whole: bool) -> Iterator[_Write]:  # noqa: ARG001 - as above
    def write(records: Sequence[Record]) -> None:
        for record in records:
            ordered = {name: record[name] for name in layout.names if name in record}
            file.write(json.dumps(ordered, ensure_ascii=False, default=str) + "\n")

    with path.open("w", encoding="utf-8") as file:
        yield write


def _join_texts(path: Path, parts: Sequence[Path], layout: Layout) -> None:
    suffix = path.suffix.lower()
    with _FORMS[suffix].open(path, layout, True):
        pass  # what stands before the rows
    with path.open("ab") as file:
        for part in parts:
            with part.open("rb") as content:
                shutil.copyfileobj(content, file)


@contextmanager
def _open_parquet(path: Path, layout: Layout, is_whole: bool) -> Iterator[_Write]:  # noqa: ARG001 - as above
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _build_schema(layout)

    def write(records: Sequence[Record]) -> None:
        arrays = [
            pa.array([_fit(record.get(field.name), field.type) for record in records], field.type)
            for field in schema
        ]
        if records:
            writer.write_table(pa.table(arrays, schema))

    with pq.ParquetWriter(path, schema) as writer:
        yield write


def _join_parquet(path: Path, parts: Sequence[Path], layout: Layout) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, _build_schema(layout)) as writer:
        for part in parts:
            writer.write_table(pq.read_table(part))


_FORMS: Mapping[str, _Form] = {
    ".csv": _Form(_open_csv, _join_texts),
    ".jsonl": _Form(_open_jsonl, _join_texts),
    ".parquet": _Form(_open_parquet, _join_parquet),
}


def _build_schema(layout: Layout) -> Any:  # noqa: ANN401 - pyarrow ships no type information
    import pyarrow as pa

    return pa.schema(
        [(name, pa.type_for_alias(kind)) for name, kind in zip(layout.names, layout.kinds, strict=True)]
    )


def _spell(value: object) -> object:
    """Return a value as a cell of text: nothing for None, JSON for what is nested."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value


def _find_kind(values: Sequence[object]) -> str:
    """Return the kind of a column: a plain one where all values have it, else text."""
    kinds = {type(value) for value in values if value is not None}
    plain: dict[type, str] = {bool: "bool", int: "int64", float: "double"}
    if kinds == {int, float}:
        return "double"
    return plain.get(kinds.pop(), "string") if len(kinds) == 1 else "string"


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
