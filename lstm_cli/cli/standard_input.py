"""`--data -`: the reviews on standard input, kept in a file for as long as the command, or its run, needs them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lstm_cli.cli.command import Output, show_as

if TYPE_CHECKING:
    from lstm_cli.config import Config, DataConfig, SourceConfig

_Source = TypeVar("_Source", bound="SourceConfig")


def take_standard_input(
    source: _Source, output: Output, *, usual: SourceConfig | None = None
) -> tuple[_Source, Path | None]:
    """Return the source with a `data.jsonl` in the place of standard input; the file goes when the command ends.

    Args:
        source: which reviews, and how they are read as far as the user says.
        output: is told how they were read.
        usual: how a model's own data were read.

    Returns:
        The source, and the file; None where standard input is none of it.

    Raises:
        click.UsageError: nothing is sent to standard input.
        DataError: what comes are no reviews.
        OutputError: the file cannot be written.
    """
    if not source.reads_standard_input:
        return source, None
    from lstm_cli.data.standard_input import KEPT_NAME, SHOWN_NAME, keep_standard_input
    from lstm_cli.errors import OutputError
    from lstm_cli.user_folders import settle_temporary_folder

    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError(
            "--data - reads standard input, to which nothing is sent here: … --data - < reviews.csv."
        )
    settle_temporary_folder()
    context = click.get_current_context()
    folder = Path(
        context.with_resource(tempfile.TemporaryDirectory(prefix="lstm-cli-", ignore_cleanup_errors=True))
    )
    try:
        kept, reading = keep_standard_input(sys.stdin.buffer, source, folder=folder, usual=usual)
    except OutputError as error:
        raise OutputError(f"{error} TMPDIR names one for what comes on standard input.") from error
    show_as(context, path=folder / KEPT_NAME, name=SHOWN_NAME)
    output.print_notice(f"{SHOWN_NAME}: {reading.describe()}")
    return kept, folder / KEPT_NAME


def take_for_configs(configs: Sequence[Config], output: Output) -> tuple[list[Config], Path | None]:
    """Return the configurations of a command, which all read the same data, as `take_standard_input` does."""
    data, kept = take_standard_input(configs[0].data, output)
    if kept is None:
        return [*configs], None

    def change(other: DataConfig) -> DataConfig:
        names = ("dataset", "encoding", "delimiter", "header")
        return other.model_copy(update={name: getattr(data, name) for name in names})

    return [config.model_copy(update={"data": change(config.data)}) for config in configs], kept
