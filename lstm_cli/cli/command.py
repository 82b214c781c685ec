"""What all commands share: their options, where they write, and how they fail."""

from __future__ import annotations

import atexit
import gc
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from lstm_cli.cli.display import format_document, show_text, steady_streams
from lstm_cli.cli.interrupts import SignalInterrupt, raise_signals
from lstm_cli.errors import Interrupted, LstmCliError
from lstm_cli.version import __version__

_Function = TypeVar("_Function", bound=Callable[..., Any])
_COLLECTED_AFTER = 50_000  # objects; Python's own 700 are for programs that import less than TensorFlow
_SHOWN = f"{__name__}.shown"  # of a command's `meta`


@dataclass(frozen=True)
class Output:
    """Where a command writes: results to stdout, all else to stderr.

    Attributes:
        quiet: no progress and no notices.
        verbose: details, and tracebacks.
        json: stdout gets one JSON document and nothing else.
    """

    quiet: bool
    verbose: bool
    json: bool

    def print_result(self, text: str) -> None:
        """Print for people what the command is for; nothing where JSON was asked for."""
        if not self.json:
            click.echo(text)

    def print_document(self, document: Mapping[str, Any]) -> None:
        """Print the JSON document, where it was asked for."""
        if self.json:
            click.echo(format_document(document))

    def print_notice(self, text: str) -> None:
        """Tell what the user should know beside the result."""
        if not self.quiet:
            click.echo(show_text(text), err=True)


class _BriefUsageError(click.ClickException):
    """A command line that cannot be followed, in one line."""

    exit_code = 2


class _BriefCommand(click.Command):
    """A command whose usage errors are one line, without the usage of all options before it.

    Whatever it writes is made fit to show, and no stream that fails ends it (`cli/display.py`).
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Click's signature
        """Run the command from the command line's words to the exit."""
        _collect_seldom()
        with steady_streams():
            return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401 - Click's signature
        """Parse the command line."""
        with _shorten_usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - Click's signature
        """Run the command."""
        with _shorten_usage_errors():
            return super().invoke(ctx)


def _collect_seldom() -> None:
    """Look for garbage seldom, and for none as the process ends: imports make a million objects, to stay."""
    if gc.get_threshold()[0] < _COLLECTED_AFTER:
        gc.set_threshold(_COLLECTED_AFTER)
        atexit.register(gc.freeze)


@contextmanager
def _shorten_usage_errors() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:  # its message is the help
        raise
    except click.UsageError as error:
        hint = f" See {error.ctx.command_path} --help." if error.ctx else ""
        raise _BriefUsageError(f"{error.format_message()}{hint}") from error


class Group(_BriefCommand, click.Group):
    """A command of subcommands, each a `Command`."""


class Command(_BriefCommand):
    """A command that explains its failures in a line or two, with the promised exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - Click's signature
        """Run the command, turning failures into messages."""
        if _is_verbose(ctx):
            logging.basicConfig(format="%(name)s: %(message)s")  # to stderr
            logging.getLogger("lstm_cli").setLevel(logging.INFO)
        try:
            with raise_signals():
                return super().invoke(ctx)
        except Interrupted as wish:
            click.echo(str(wish), err=True)
            ctx.exit(wish.exit_code)
        except LstmCliError as error:
            _fail(ctx, str(error), exit_code=error.exit_code)
        except SignalInterrupt as signal:
            _fail(ctx, str(signal), exit_code=signal.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - the last resort: a user never meets a traceback unasked
            summary = " ".join(f"{type(error).__name__}: {error}".split())[:500]
            _fail(
                ctx, f"{summary}\nThis is a fault of lstm-cli; the same command with -v shows where.", exit_code=1
            )


def show_as(ctx: click.Context, *, path: Path, name: str) -> None:
    """Let the command's errors name a file of ours by what the user knows it as."""
    ctx.meta[_SHOWN] = {**ctx.meta.get(_SHOWN, {}), str(path): name}


def _fail(ctx: click.Context, message: str, *, exit_code: int) -> None:
    if _is_verbose(ctx):
        traceback.print_exc()
    for path, name in ctx.meta.get(_SHOWN, {}).items():
        message = message.replace(path, name)
    click.echo(f"Error: {message}", err=True)
    ctx.exit(exit_code)


def _is_verbose(ctx: click.Context) -> bool:
    """Return whether -v stands behind the command's name, or before the subcommand's."""
    return bool(ctx.params.get("verbose") or (ctx.parent and ctx.parent.params.get("verbose")))


def common_options(function: _Function) -> _Function:
    """Add the options that every command takes."""
    options = [
        click.option("-q", "--quiet", is_flag=True, help="No progress and no notices."),
        click.option("-v", "--verbose", is_flag=True, help="Details, and a traceback where something fails."),
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
        click.version_option(__version__, package_name="lstm-cli", message="%(prog)s %(version)s"),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def threads_option(function: _Function) -> _Function:
    """Add the one setting of how many cores a command computes on."""
    return click.option(
        "--threads", type=click.IntRange(min=1), metavar="N", help="Cores to compute on.  [default: all]"
    )(function)


def data_settings_option(function: _Function) -> _Function:
    """Add what a model file of plain Keras does not say of its words."""
    return click.option(
        "-s",
        "--set",
        "overrides",
        multiple=True,
        metavar="data.KEY=VALUE",
        help="How a plain Keras file's words were numbered and padded.",
    )(function)


def tokenizer_option(function: _Function) -> _Function:
    """Add the file that says what a model file of plain Keras does not."""
    return click.option(
        "--tokenizer",
        "tokenizer_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="How a plain Keras file's words were numbered: Keras' tokenizer.json, or TextVectorization's "
        "vocabulary, one token a line.",
    )(function)


def format_examples(*lines: str) -> str:
    """Return a help text's closing part, with examples to run."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
