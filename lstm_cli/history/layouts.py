"""JSON and CSV in the forms in which histories are kept → a table of columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from lstm_cli.errors import HistoryError
from lstm_cli.history.columns import Table, check_size, name_kind, read_number
from lstm_cli.history.epochs import Monitor
from lstm_cli.history.names import find_keras_name, is_epoch_name, is_index_name

_DELIMITERS = ",;\t"


def read_json(text: str, *, path: str) -> Table:
    """Read an object of lists, what pandas' `to_json` writes in its orients, or an object a line.

    Python's NaN and Infinity are understood. A last line that was cut off is dropped.

    Raises:
        HistoryError: it is none of these.
    """
    try:
        content = _parse(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        records = _parse_lines(lines) if error.msg == "Extra data" else None
        if records is None:
            hint = " Written by print or str; json.dump writes JSON." if text.lstrip().startswith("{'") else ""
            raise HistoryError(f"{path} is no JSON: {error.msg} (line {error.lineno}).{hint}") from error
        content = records
    except RecursionError as error:
        raise HistoryError(f"{path}: expected a JSON object of lists, got a deeper nesting.") from error
    return _find_table(content, path=path)


def read_csv(text: str, *, path: str) -> Table:
    r"""Read what `CSVLogger`, pandas' `to_csv` and the like write, separated by `,`, `;` or a tab.

    A header may stand again further on, with other names as well. A last line that was cut off is dropped.

    Raises:
        HistoryError: there is no such header, or a row has more or fewer cells than it.
    """
    first_line = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first_line.count)  # the comma where there is none
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [(rows.line_num, [cell.strip() for cell in row]) for row in rows if row]
    except csv.Error as error:
        raise HistoryError(f"{path}, line {rows.line_num}: no CSV: {error}.") from error
    names = lines[0][1] if lines else []
    _check_header(names, path=path)
    if len(lines) > 1 and not text.endswith(("\n", "\r")) and _is_cut(lines[-1][1], lines[1][1], names):
        del lines[-1]
    columns: dict[str, list[object]] = {name: [] for name in names}
    numbers: list[int] = []
    for number, row in lines[1:]:
        if row == names or any(map(is_epoch_name, row)):
            names = row
            _check_header(names, path=f"{path}, line {number}")
            columns |= {name: [None] * len(numbers) for name in names if name not in columns}
            continue
        if len(row) != len(names):
            raise HistoryError(
                f"{path}, line {number}: expected {len(names)} cells as in the header, got {len(row)}."
            )
        numbers.append(number)
        check_size(rows=len(numbers), columns=len(columns), path=path)
        cells = dict(zip(names, row if delimiter == "," else _read_decimal_commas(row), strict=True))
        for name, column in columns.items():
            column.append(cells.get(name))
    return Table(columns, lines=numbers)


def _read_decimal_commas(row: Sequence[str]) -> list[str]:
    return [cell.replace(",", ".") for cell in row]


def _parse(text: str) -> object:
    return json.loads(text, parse_int=float)  # an integer without bound becomes an infinite float


def _parse_lines(lines: Sequence[str]) -> list[dict[str, object]] | None:
    """Return the objects that stand one a line; None where it is not that."""
    records: list[dict[str, object]] = []
    for number, line in enumerate(lines, start=1):
        try:
            record = _parse(line) if line.strip() else None
        except (json.JSONDecodeError, RecursionError):
            return records if records and number == len(lines) else None
        if isinstance(record, dict):
            records.append(record)
        elif record is not None:
            return None
    return records


def _find_table(content: object, *, path: str) -> Table:
    """Return the columns of any of the forms that JSON comes in."""
    if isinstance(content, list) and content and all(isinstance(record, dict) for record in content):
        return _join_records(content, path=path)  # pandas' orient="records"
    if not isinstance(content, dict):
        hint = " In pandas, to_json() without an orient keeps the names." if isinstance(content, list) else ""
        raise HistoryError(f"{path}: expected a JSON object of lists, got {name_kind(content)}.{hint}")
    history, data = content.get("history"), content.get("data")
    index: list[object] | None = None
    if isinstance(history, dict):  # of Keras' History, with what else that holds
        table, index = _find_table(history, path=path), _get_list(content, "epoch")
    elif isinstance(data, list) and "schema" in content:  # pandas' orient="table"
        table = _find_table(data, path=path)
    elif isinstance(data, list) and all(isinstance(row, list) for row in data):  # orient="split"
        names = [str(name) for name in _get_list(content, "columns") or ()]
        table = _join_records([dict(zip(names, row, strict=False)) for row in data], path=path)
        index = _get_list(content, "index")
    elif content and all(isinstance(value, dict) for value in content.values()):
        table = _turn_labelled(content, path=path)
    else:
        table = Table(content)
    return table if index is None else Table(table.columns, index)


def _turn_labelled(content: dict[str, dict[str, object]], *, path: str) -> Table:
    """Return the columns of an object of objects: columns whose rows have labels, or the other way round."""
    if all(read_number(label) is not None for label in content):  # pandas' orient="index"
        table = _join_records(list(content.values()), path=path)
        return Table(table.columns, list(content))
    labels = dict.fromkeys(label for column in content.values() for label in column)
    check_size(rows=len(labels), columns=len(content), path=path)
    columns = {name: [column.get(label) for label in labels] for name, column in content.items()}
    return Table(columns, list(labels))


def _get_list(content: dict[str, object], name: str) -> list[object] | None:
    value = content.get(name)
    return value if isinstance(value, list) else None


def _join_records(records: Sequence[dict[str, object]], *, path: str) -> Table:
    """Return the columns of rows that say by name what they hold."""
    names = dict.fromkeys(name for record in records for name in record)
    check_size(rows=len(records), columns=len(names), path=path)
    return Table({name: [record.get(name) for record in records] for name in names})


def _check_header(names: Sequence[str], *, path: str) -> None:
    """Raise a HistoryError unless the names are different ones, and such as a training's are."""
    keras_names = [find_keras_name(name) for name in names]
    is_known = any(is_epoch_name(name) or is_index_name(name) for name in names) or any(
        Monitor(name).mode or name == "learning_rate" for name in keras_names
    )
    if not is_known or len(set(names)) < len(names) or not any(read_number(name) is None for name in names):
        raise HistoryError(
            f"{path}: expected a JSON object of lists, or CSV under a header of different names "
            "such as epoch,accuracy,loss."
        )


def _is_cut(last: Sequence[str], first: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether the last row lacks cells, or has no number where the first has one."""
    return len(last) < len(names) or any(
        read_number(end) is None and read_number(begin) is not None
        for end, begin in zip(last, first, strict=False)
    )
