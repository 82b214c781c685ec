"""What the commands share that write a section of docs/results.md: their options, their errors, the page."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from lstm_cli.errors import LstmCliError
from lstm_cli.whole_file import write_text_whole
from reproduction.page import insert_tables

_DOCS = Path(__file__).parent.parent / "docs"
_Function = TypeVar("_Function", bound=Callable[..., Any])


def section_options(name: str) -> Callable[[_Function], _Function]:
    """Add the options of the command that writes the section of a name: `root`, `output` and `overrides`."""

    def add(function: _Function) -> _Function:
        options = (
            click.option(
                "--runs",
                "root",
                type=click.Path(path_type=Path),
                default=Path("runs") / name,
                show_default=True,
                help="Where the runs lie.",
            ),
            click.option(
                "--output",
                type=click.Path(path_type=Path),
                default=_DOCS,
                help="Folder to write to.  [default: docs]",
            ),
            click.option(
                "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting: a rehearsal."
            ),
        )
        for option in reversed(options):
            function = option(function)
        return function

    return add


@contextmanager
def explain_failures() -> Iterator[None]:
    """End the command with a line where something goes wrong.

    Raises:
        click.ClickException: something did.
    """
    try:
        yield
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{error} Called again, this goes on where it stopped.") from error
    except LstmCliError as error:
        raise click.ClickException(str(error)) from error


def describe_command(name: str, words: Sequence[str], *, overrides: Sequence[str]) -> str:
    """Return the command line that writes a section again.

    Args:
        name: of the module in `reproduction`.
        words: its arguments and options but for `--set`.
        overrides: those of `--set`.
    """
    changes = [word for override in overrides for word in ("--set", override)]
    return shlex.join(["python", "-m", f"reproduction.{name}", *words, *changes])


def save_section(text: str, *, name: str, output: Path) -> None:
    """Write a section into `results.md` in a folder, in the place of what it was before, and say so."""
    page = output / "results.md"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    marks = (f"<!-- {name}:start -->", f"<!-- {name}:end -->")
    write_text_whole(page, insert_tables(before, text, marks=marks))
    click.echo(f"Written: {page}", err=True)
