"""A command writes where it promises to, and fails in a line or two with the promised exit code."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lstm_cli import __version__
from lstm_cli.cli.command import (
    Command,
    Group,
    Output,
    common_options,
    data_settings_option,
    format_examples,
    show_as,
    threads_option,
    tokenizer_option,
)
from lstm_cli.cli.interrupts import SignalInterrupt
from lstm_cli.errors import ConfigError, DataError, Interrupted, LstmCliError, ModelFileError


@pytest.fixture
def fresh_logging(monkeypatch):
    """A context in which nobody has set up logging, as where a command begins."""

    @contextmanager
    def begin():
        with monkeypatch.context() as patch:
            patch.setattr(logging.getLogger(), "handlers", [])
            yield
            logging.getLogger("lstm_cli").setLevel(logging.NOTSET)

    return begin


def run(body, *words):
    """Run a command whose body is a function of nothing."""

    @click.command("probe", cls=Command)
    @common_options
    def probe(**_):
        body()

    return CliRunner().invoke(probe, words, prog_name="probe")


def fail(error):
    """Return what raises the error."""

    def body():
        raise error

    return body


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("is_json", [False, True])
def test_a_result_is_for_people_or_a_document_and_a_notice_is_neither(*, quiet, is_json, capsys):
    output = Output(quiet=quiet, verbose=False, json=is_json)
    output.print_result("0.9 of 10")
    output.print_document({"accuracy": 0.9})
    output.print_notice("by the way\a")
    printed = capsys.readouterr()
    if is_json:
        assert json.loads(printed.out) == {"accuracy": 0.9}
    else:
        assert printed.out == "0.9 of 10\n"
    assert printed.err.startswith("by the way") != quiet
    assert "\a" not in printed.err


@pytest.mark.parametrize(
    ("error", "exit_code", "said"),
    [
        (LstmCliError("No."), 1, "Error: No.\n"),
        (ConfigError("No such model."), 2, "Error: No such model.\n"),
        (DataError("No\nreviews."), 3, "Error: No\nreviews.\n"),
        (ModelFileError("No model."), 4, "Error: No model.\n"),
        (SignalInterrupt(signal.SIGINT), 130, "Error: Interrupted.\n"),
        (SignalInterrupt(signal.SIGTERM), 143, "Error: Terminated.\n"),
        (Interrupted("All is kept.", exit_code=130), 130, "All is kept.\n"),
        (click.UsageError("Not so."), 2, "Error: Not so. See probe --help.\n"),
        (click.ClickException("Click's own."), 1, "Error: Click's own.\n"),
        (click.Abort(), 1, "Aborted!\n"),
        (click.exceptions.Exit(7), 7, ""),
    ],
    ids=repr,
)
def test_every_failure_has_its_line_and_its_exit_code(error, exit_code, said):
    result = run(fail(error))
    assert (result.exit_code, result.stdout, result.stderr) == (exit_code, "", said)


def test_a_fault_of_ours_is_told_in_two_lines_and_traced_on_request(invoke, assert_fails, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("by\nnought")

    monkeypatch.setattr("pathlib.Path.rglob", fail)
    message = assert_fails(1, "lstm-config", "ls")
    assert message == (
        "Error: ZeroDivisionError: by nought\nThis is a fault of lstm-cli; the same command with -v shows where.\n"
    )
    assert "Traceback" in invoke("lstm-config", "-v", "ls").stderr


def test_of_a_fault_no_more_is_told_than_a_line_can_bear():
    first, second = run(fail(ValueError("x" * 9_999))).stderr.splitlines()
    assert first == "Error: " + f"ValueError: {'x' * 9_999}"[:500]
    assert second.startswith("This is a fault")


@pytest.mark.parametrize("word", ["-v", "--verbose"])
def test_verbose_shows_the_traceback_and_what_is_logged(word, fresh_logging):
    def body():
        logging.getLogger("lstm_cli.room").info("a detail")
        raise DataError("No reviews.")

    with fresh_logging():
        told = run(body, word).stderr
    assert told.startswith("lstm_cli.room: a detail\nTraceback")
    assert told.endswith("DataError: No reviews.\nError: No reviews.\n")


def test_without_verbose_no_detail_is_logged(fresh_logging):
    with fresh_logging():
        assert run(lambda: logging.getLogger("lstm_cli.room").info("a detail")).output == ""


@pytest.mark.parametrize(
    ("words", "is_traced"),
    [(["sub"], False), (["-v", "sub"], True), (["sub", "-v"], True), (["-q", "sub"], False)],
    ids=str,
)
def test_verbose_may_stand_before_the_subcommand(words, is_traced):
    @click.group("probe", cls=Group)
    @common_options
    def group(**_):
        pass

    @group.command("sub", cls=Command)
    @common_options
    def sub(**_):
        raise DataError("No reviews.")

    result = CliRunner().invoke(group, words)
    assert result.exit_code == 3
    assert result.stderr.startswith("Traceback") == is_traced


def test_an_error_names_files_of_ours_by_what_the_user_knows_them_as():
    @click.command("probe", cls=Command)
    @click.pass_context
    def probe(ctx):
        show_as(ctx, path=Path("made/one.jsonl"), name="<stdin>")
        show_as(ctx, path=Path("made/two.jsonl"), name="data")
        raise DataError("made/one.jsonl, line 2: none in made/two.jsonl or made/three.jsonl.")

    told = CliRunner().invoke(probe).stderr
    assert told == "Error: <stdin>, line 2: none in data or made/three.jsonl.\n"


def test_a_wrong_command_line_is_one_line_that_says_where_help_is():
    result = run(lambda: None, "--qiet")
    assert result.exit_code == 2
    assert result.stderr == "Error: No such option '--qiet'. Did you mean '--quiet'? See probe --help.\n"


def test_an_unknown_subcommand_is_named_with_the_nearest_one_in_a_line(assert_fails):
    message = assert_fails(2, "lstm-config", "shwo")
    assert message == "Error: No such command 'shwo'. Did you mean 'show'? See lstm-config --help.\n"


def test_the_group_without_a_subcommand_shows_its_help(invoke):
    result = invoke("lstm-config")
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: lstm-config")


def test_a_file_name_that_is_no_utf_8_is_shown_and_not_a_fault():
    result = run(lambda: click.echo("caf\udce9"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("caf")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")
def test_a_signal_ends_a_command_with_its_number():
    result = run(lambda: signal.raise_signal(signal.SIGTERM))
    assert (result.exit_code, result.stderr) == (143, "Error: Terminated.\n")


def list_options(*words):
    """Return what a command with all options is called with."""
    seen = {}

    @click.command("probe", cls=Command)
    @common_options
    @threads_option
    @data_settings_option
    @tokenizer_option
    def probe(**options):
        seen.update(options)

    assert CliRunner().invoke(probe, words).exit_code == (0 if seen else 2)
    return seen


def test_the_options_of_all_commands_have_their_names_and_kinds():
    unsaid = {"quiet": False, "verbose": False, "as_json": False, "threads": None, "overrides": ()}
    assert list_options() == unsaid | {"tokenizer_file": None}
    words = "-q -v --json --threads 1 -s data.maxlen=3 --set data.padding=pre --tokenizer t.json"
    assert list_options(*words.split()) == {
        "quiet": True,
        "verbose": True,
        "as_json": True,
        "threads": 1,
        "overrides": ("data.maxlen=3", "data.padding=pre"),
        "tokenizer_file": Path("t.json"),
    }
    assert list_options("--threads", "0") == {}


def test_the_version_is_told_with_the_commands_name():
    assert run(lambda: None, "--version").stdout == f"probe {__version__}\n"


def test_examples_close_a_help_as_they_are_written():
    @click.command("probe", cls=Command, epilog=format_examples("probe a.csv", "probe -q  b.csv | sort"))
    def probe():
        pass

    told = CliRunner().invoke(probe, ["--help"]).stdout
    assert told.endswith("  Examples:\n    probe a.csv\n    probe -q  b.csv | sort\n")


def test_garbage_is_looked_for_seldom_and_not_at_the_end():
    """Once, however many commands a process runs: modules are no garbage, and to walk them all takes a second."""
    program = (
        "import atexit, gc\n"
        "from lstm_cli.cli.config import config\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0]))\n"
        "freeze, calls = gc.freeze, []\n"
        "gc.freeze = lambda: calls.append(1) or freeze()\n"
        "atexit.register(lambda: print(len(calls)))\n"
        "for _ in range(2):\n"
        "    config(['ls', '-q'], standalone_mode=False)\n"
        "atexit.register(lambda: print(len(calls)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-4:] == ["0", "1", "True", "50000"]
