"""A Parquet file as a table, streamed by pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lstm_cli.data.packed_file import is_packed
from lstm_cli.data.review import Place
from lstm_cli.data.tables.columns import Column
from lstm_cli.data.tables.table import MOST_SAMPLED, Record, Row, get_field, sample_columns
from lstm_cli.data.text_file import compute_sha256, read_bytes
from lstm_cli.errors import DataError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_ROWS_AT_ONCE = 1_000
_LARGEST_FOOTER = 100_000_000  # bytes of what a file says of itself
_BUFFER_SIZE = 2**20


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file.

    Attributes:
        path: the file.
        sha256: of its content (hexadecimal).
        columns: by the schema's names.
        count: of the rows.
    """

    path: Path
    sha256: str
    columns: tuple[Column, ...]
    count: int
    form: ClassVar[str] = "Parquet"
    encoding: ClassVar[None] = None
    dialect: ClassVar[None] = None
    has_header: ClassVar[bool] = True
    is_plain: ClassVar[bool] = False

    def iter_rows(
        self,
        names: Sequence[str],
        *,
        label: str | None = None,  # noqa: ARG002
        group: str | None = None,  # noqa: ARG002
    ) -> Iterator[Row]:
        """Yield the rows: see `Table`."""
        for number, record in self._iter_numbered(names):
            yield number, [get_field(record, name) for name in names]

    def iter_records(self) -> Iterator[tuple[Place, Record]]:
        """Yield the rows: see `Table`."""
        return self._iter_numbered(None)

    def measure_walk(self, rows: int) -> float:
        """Return how far a walk has come: see `Table`."""
        return rows / max(1, self.count)

    def _iter_numbered(self, names: Sequence[str] | None) -> Iterator[tuple[int, Record]]:
        with _open(self.path) as file:
            yield from enumerate(_iter_records(file, names), start=1)
        if compute_sha256(self.path) != self.sha256:
            raise DataError(f"{self.path} changed while it was read. Wait until it is whole and try again.")


def open_parquet(path: Path) -> ParquetTable:
    """Return a Parquet file as a table.

    Raises:
        DataError: there is no such file, or it is none of Parquet's.
    """
    sha256 = compute_sha256(path)
    with _open(path) as file:
        every = max(1, file.metadata.num_rows // MOST_SAMPLED)
        first = list(islice(_iter_records(file, None), MOST_SAMPLED))
        spread = _iter_spread(file) if every > 1 else iter(())
        return ParquetTable(path, sha256, sample_columns([*first, *spread]), file.metadata.num_rows)


def _iter_spread(file: pq.ParquetFile) -> Iterator[Record]:
    """Yield some rows of each of a few groups."""
    groups = file.num_row_groups
    for group in sorted({groups * part // 16 for part in range(16)}):
        for batch in file.iter_batches(batch_size=50, row_groups=[group]):
            yield from batch.to_pylist()
            break


def _iter_records(file: pq.ParquetFile, names: Sequence[str] | None) -> Iterator[Record]:
    """Yield the rows with the columns of these names, or with all."""
    known = file.schema_arrow.names
    tops = None if names is None else {name if name in known else name.partition(".")[0] for name in names}
    columns = known if tops is None else [name for name in known if name in tops]
    for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns):
        yield from batch.to_pylist()


@contextmanager
def _open(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file; what goes wrong while it is open is explained too."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = io.BytesIO(read_bytes(path)) if is_packed(path) else path
    try:
        with pq.ParquetFile(
            source,
            pre_buffer=False,
            buffer_size=_BUFFER_SIZE,
            thrift_string_size_limit=_LARGEST_FOOTER,
            thrift_container_size_limit=_LARGEST_FOOTER,
        ) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} is no Parquet file that can be read ({reason}).") from error
