"""Reviews that a program hands over, a data frame or pairs of text and label → rows by their columns' names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lstm_cli.config import show_value
from lstm_cli.errors import ArgumentError

Row = Mapping[str, object]

_AT_ONCE = 4096
_EXPECTED = "expected a path, a data frame, or pairs of text and label"


def is_frame(data: object) -> bool:
    """Return whether something is a table of named columns: pandas', or any that Arrow's interface reads."""
    return (hasattr(data, "iloc") and hasattr(data, "columns")) or hasattr(data, "__arrow_c_stream__")


def iter_given_rows(data: object) -> Iterator[Row]:
    """Yield the rows of a data frame, with all their columns, or pairs as rows of `text` and `label`.

    Args:
        data: walked over once; of what is not in memory some thousand rows are at a time.

    Raises:
        ArgumentError: it is neither, holds nothing, or a row of it is no pair.
    """
    if is_frame(data):
        rows = _iter_frame(data)
    elif isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping):
        rows = _iter_pairs(data)
    else:
        raise ArgumentError(f"data: {_EXPECTED}, got {show_value(data)}.")
    first = next(rows, None)
    if first is None:
        raise ArgumentError(f"data: {_EXPECTED}, got none.")
    yield first
    yield from rows


def _iter_frame(frame: Any) -> Iterator[Row]:  # noqa: ANN401 - whichever library's
    if hasattr(frame, "iloc"):
        names = [str(column) for column in frame.columns]
        _check_names(names)
        for first in range(0, len(frame), _AT_ONCE):
            block = frame.iloc[first : first + _AT_ONCE].astype(object)
            yield from _name(names, block.where(block.notna(), None).itertuples(index=False, name=None))
    else:
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_stream(frame)
        _check_names(reader.schema.names)
        for batch in reader:
            yield from batch.to_pylist()


def _name(names: list[str], rows: Iterable[tuple[object, ...]]) -> Iterator[Row]:
    for row in rows:
        yield dict(zip(names, map(unwrap, row), strict=True))


def _check_names(names: list[str]) -> None:
    if not names:
        raise ArgumentError(f"data: {_EXPECTED}, got a data frame without columns.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ArgumentError(f"data: expected columns with names of their own, got {twice!r} twice.")


def _iter_pairs(pairs: Iterable[object]) -> Iterator[Row]:
    for number, pair in enumerate(pairs, start=1):
        match pair:
            case (str() | None as text, label):
                yield {"text": text if text is None else str(text), "label": unwrap(label)}
            case _:
                raise ArgumentError(
                    f"data, row {number}: expected a text and its label, got {show_value(pair)}. "
                    "Two lists become pairs by zip(texts, labels)."
                )


def unwrap(value: object) -> object:
    """Return what is inside one of NumPy's scalars; anything else as it is."""
    return value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value
