"""How a file was read: in a line for people, in a fingerprint for machines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lstm_cli.config import SourceConfig
from lstm_cli.data.tables.table import Table, TextTable

_SHOWN = {"\t": "a tab", " ": "a space"}


@dataclass(frozen=True)
class Reading:
    """How a file was read.

    Attributes:
        form: what the file is, in a word or two.
        text: the columns of the text, by name or by number from 1; none where the form has no columns.
        label: the column of the label.
        group: the column of what keeps rows together; None where none is asked for. It changes no review.
        encoding: of the text; None where the form has its own.
        delimiter: what stands between two fields; None where nothing does.
        quoting: what stands around a field and what takes the meaning from a character, if anything does.
        header: whether the columns have names; None where there are no columns.
        classes: the labels that the user has grouped; None where the classes are the file's.
        broken_line: the first with bytes that are none of the encoding's; None where there is none.
        broken_file: the same of texts in files of their own.
        is_plain: whether a release without these options would have read the file in the same way.
    """

    form: str
    text: tuple[str, ...] = ()
    label: str | None = None
    group: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quoting: str | None = None
    header: bool | None = None
    classes: Mapping[str, tuple[str, ...]] | None = None
    broken_line: int | None = None
    broken_file: str | None = None
    is_plain: bool = False

    def describe(self) -> str:
        """Return `read as cp1252, separated by ';', text from 'bewertung', labels from 'gut'`."""
        parts = [f"read as {self.encoding or self.form}"]
        if self.delimiter is not None:
            parts.append(f"separated by {_SHOWN.get(self.delimiter, repr(self.delimiter))}")
        elif self.encoding is not None:
            parts.append(self.form)
        if self.header is False:
            parts.append("without a header")
        kind = "column " if self.header is False else ""
        if self.text:
            parts.append(
                "text from " + " and ".join(f"{kind}{name!r}" if not kind else kind + name for name in self.text)
            )
        if self.label is not None:
            parts.append(f"labels from {kind}{self.label}" if kind else f"labels from {self.label!r}")
        if self.group is not None:
            parts.append(f"groups from {kind}{self.group}" if kind else f"groups from {self.group!r}")
        if self.broken_line is not None:
            parts.append(f"with \ufffd for broken bytes from line {self.broken_line} on")
        if self.broken_file is not None:
            parts.append(f"with \ufffd for broken bytes from {self.broken_file} on")
        return ", ".join(parts)

    def build_fingerprint(self, sha256: str) -> str:
        """Return the fingerprint of a file.

        Args:
            sha256: of its content (hexadecimal).
        """
        if self.is_plain:
            return sha256
        ways = asdict(self)
        del ways["group"], ways["broken_file"]  # the reviews are the same with and without; of folders alone
        if self.encoding != "utf-8":
            ways["broken_line"] = None  # of others it was not told at first, and runs go on with what they know
        how = json.dumps([sha256, ways])
        return hashlib.sha256(how.encode("utf-8", "surrogatepass")).hexdigest()


def build_reading(
    table: Table,
    source: SourceConfig,
    *,
    text: tuple[str, ...] = (),
    label: str | None = None,
    group: str | None = None,
    is_plain: bool = False,
) -> Reading:
    """Return what is told of how a table is read.

    Args:
        table: an opened file.
        source: how it is read, as far as the user says.
        text: the columns of the text; none where the form has no columns.
        label: the column of the label; None where none is read.
        group: as for `Reading`.
        is_plain: as for `Reading`.
    """
    dialect = table.dialect
    return Reading(
        form=table.form,
        text=text,
        label=label,
        group=group,
        encoding=table.encoding,
        delimiter=dialect.delimiter if dialect else None,
        quoting=f"{dialect.quotechar or ''}{dialect.escapechar or ''}" if dialect else None,
        header=table.has_header if text else None,
        classes=source.classes,
        broken_line=table.file.broken_line if isinstance(table, TextTable) else None,
        is_plain=is_plain,
    )
