"""Reviews that have no path → `data.jsonl`, from which they are read ever after: standard input, or rows."""

from __future__ import annotations

import filecmp
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from lstm_cli.config import STANDARD_INPUT, Config, SourceConfig
from lstm_cli.data.file_reviews import LabelledTable, open_labelled
from lstm_cli.data.findings import Findings
from lstm_cli.data.labelled_rows import join_text, spell_label
from lstm_cli.data.reading import Reading
from lstm_cli.data.sources import list_places
from lstm_cli.data.tables.forms import iter_records
from lstm_cli.data.tables.table import BrokenRow, get_field
from lstm_cli.errors import ConfigError, DataError, explain_failure
from lstm_cli.whole_file import write_whole

KEPT_NAME = "data.jsonl"
"""The file that such reviews are kept in."""

SHOWN_NAME = "standard input"
"""What messages call it."""

_Source = TypeVar("_Source", bound=SourceConfig)
_READ_AT_ONCE = 2**18
# Byte order marks, the zeros of UTF-16, and white space.
_BEFORE_TEXT = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n\v\f"


def keep_standard_input(
    stream: BinaryIO, source: _Source, *, folder: Path, usual: SourceConfig | None = None
) -> tuple[_Source, Reading]:
    """Write the reviews on standard input, CSV or JSON, to a `data.jsonl`, all rows with all their columns.

    However large they are, a row at a time is in memory; but for a JSON document, which has a bound.

    Args:
        stream: standard input, of which nothing has been read.
        source: which reviews, standard input among them, and how they are read as far as the user says.
        folder: where the file is written; there must be room for them twice.
        usual: as for `open_labelled`.

    Returns:
        The source with the file in the place of standard input. How this was written (encoding, delimiter, header)
        is no longer part of it. And how it was read.

    Raises:
        ConfigError: an encoding is named, which would be that of other files too.
        DataError: standard input cannot be read, is empty, or is nothing that reviews come in; all its broken rows
            are told at once.
        OutputError: the file cannot be written.
    """
    if source.encoding is not None and len(list_places(source)) > 1:
        raise ConfigError(
            f"{SHOWN_NAME} is kept as UTF-8, so that --encoding (data.encoding) cannot be of other files as well. "
            "Write it to a file, and name that."
        )
    spooled = folder / "spooled"
    _spool(stream, spooled)
    typed = spooled.rename(spooled.with_suffix(_find_suffix(spooled)))
    path = folder / KEPT_NAME
    try:
        table = open_labelled(typed, source, usual=usual)
        findings = Findings(SHOWN_NAME)
        write_rows(path, _iter_records(table, findings))
        findings.check()
    except DataError as error:
        raise DataError(str(error).replace(str(typed), SHOWN_NAME)) from error
    typed.unlink()
    form = {} if len(list_places(source)) > 1 else {"delimiter": None, "header": None}
    kept = source.model_copy(update={"encoding": None, **form})
    return replace_dataset(kept, STANDARD_INPUT, path), table.reading


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as JSON lines, whole or not at all.

    Args:
        path: the file's.
        rows: what each holds by its columns' names; what JSON has no word for is written as text.

    Raises:
        DataError: a row is nested past all bounds, or in itself.
        OutputError: the file cannot be written.
    """
    # Half a character, which JSON's escapes can name and UTF-8 cannot hold, is written as its escape.
    with write_whole(path) as aside, aside.open("w", encoding="utf-8", errors="backslashreplace") as file:
        for number, row in enumerate(rows, start=1):
            try:
                line = json.dumps(row, ensure_ascii=False, default=str)
            except (TypeError, ValueError, RecursionError) as error:
                raise DataError(f"{path.name}, line {number}: expected a row of columns, got {error}.") from error
            file.write(line + "\n")


def move_kept(kept: Path, folder: Path, *, force: bool) -> Path:
    """Move a `data.jsonl` into a folder, and return its absolute path there.

    Args:
        kept: the file.
        folder: is made where it is missing.
        force: replace what was kept there before.

    Raises:
        ConfigError: other reviews are kept there, and `force` is not given.
        OutputError: the folder cannot be written.
    """
    path = folder.absolute() / KEPT_NAME
    if path.exists() and not force and not filecmp.cmp(path, kept, shallow=False):
        raise ConfigError(f"{path} holds other reviews. Take another --output, or --force to replace them.")
    with write_whole(path) as aside:
        shutil.move(kept, aside)
    return path


def replace_dataset(source: _Source, dataset: str, path: Path) -> _Source:
    """Return the source with a file in the place of one of its data sets."""
    datasets = tuple(str(path) if each == dataset else each for each in source.datasets)
    return source.model_copy(update={"dataset": datasets[0] if len(datasets) == 1 else datasets})


def move_for_configs(configs: Sequence[Config], kept: Path, *, folder: Path, force: bool) -> list[Config]:
    """Move a `data.jsonl` into the folder of a run, or of several, and return their configurations, which name it.

    Raises:
        ConfigError: other reviews are kept there, and `force` is not given.
        OutputError: the folder cannot be written.
    """
    place = move_kept(kept, folder, force=force)
    return [
        config.model_copy(update={"data": replace_dataset(config.data, str(kept), place)}) for config in configs
    ]


def _spool(stream: BinaryIO, path: Path) -> None:
    with write_whole(path) as aside, aside.open("wb") as file:
        while block := _read(stream):
            file.write(block)


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read(_READ_AT_ONCE)
    except (OSError, ValueError) as error:  # a folder, a stream that is only written or is closed
        raise DataError(f"Cannot read {SHOWN_NAME}: {explain_failure(error)}.") from error


def _find_suffix(path: Path) -> str:
    """Return the suffix of the form that a file is in, by its first character."""
    with path.open("rb") as file:
        first = file.read(_READ_AT_ONCE).lstrip(_BEFORE_TEXT)[:1]
    return ".json" if first in {b"{", b"["} else ".csv"


def _iter_records(table: LabelledTable, findings: Findings) -> Iterator[Mapping[str, object]]:
    """Yield all rows; those that are none, or whose text or label is none, are noted."""
    for place, record in iter_records(table.table, text=table.text, label=table.label):
        if isinstance(record, BrokenRow):
            findings.refuse(place, record.reason)
            continue
        try:
            join_text([get_field(record, name) for name in table.text])
            spell_label(get_field(record, table.label))
        except ValueError as error:
            findings.refuse(place, str(error))
        else:
            yield record
