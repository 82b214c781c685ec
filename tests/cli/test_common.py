"""What every command promises: help, examples, version, quiet, verbose, JSON."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import click
import pytest

from lstm_cli import __version__

_COMMANDS = {
    "lstm-train": ("lstm_cli.cli.train", "train"),
    "lstm-data": ("lstm_cli.cli.data", "data"),
    "lstm-eval": ("lstm_cli.cli.evaluate", "evaluate"),
    "lstm-plot": ("lstm_cli.cli.plot", "plot"),
    "lstm-predict": ("lstm_cli.cli.predict", "predict"),
    "lstm-config": ("lstm_cli.cli.config", "config"),
    "lstm-compare": ("lstm_cli.cli.compare", "compare"),
    "lstm-sweep": ("lstm_cli.cli.sweep", "sweep"),
}
_SUBCOMMANDS = ["ls", "show", "validate", "schema"]
_LINES = [*((name,) for name in _COMMANDS), *(("lstm-config", name) for name in _SUBCOMMANDS)]
_every_line = pytest.mark.parametrize("line", _LINES, ids=" ".join)

_HEAVY = (
    "h5py",
    "keras",
    "matplotlib",
    "numba",
    "numpy",
    "optuna",
    "pandas",
    "pyarrow",
    "pydantic",
    "rich",
    "sklearn",
    "tensorflow",
)


def _import_command(name):
    module, attribute = _COMMANDS[name]
    return getattr(__import__(module, fromlist=[attribute]), attribute)


@_every_line
def test_help_describes_every_option_and_ends_with_examples_that_parse(line, invoke):
    name, *subcommand = line
    result = invoke(name, *subcommand, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {' '.join(line)}")
    for option in ("--help", "--version", "--quiet", "--verbose", "--json"):
        assert option in result.stdout
    _, _, examples = result.stdout.partition("Examples:")
    runnable = [text.strip() for text in examples.splitlines() if text.strip()]
    assert len(runnable) >= 2
    for example in runnable:
        words = shlex.split(re.split(r" [<>|] ", example)[0])
        assert words[: len(line)] == [*line] if subcommand else words[0] == name
        _parse(words)


def _parse(words):
    """Parse a command line with everything that Click checks, and run nothing."""
    command = _import_command(words[0])
    context = command.make_context(words[0], words[1:])
    if isinstance(command, click.Group):
        arguments = [*context._protected_args, *context.args]
        name, subcommand, rest = command.resolve_command(context, arguments)
        subcommand.make_context(name, rest, parent=context)


@_every_line
def test_version_is_the_packages(line, invoke):
    result = invoke(*line, "--version")
    assert (result.exit_code, result.stdout) == (0, f"{line[0]} {__version__}\n")


@pytest.mark.parametrize("name", _COMMANDS)
def test_help_of_the_installed_command_imports_nothing_heavy(name, command_path, command_environment):
    """Every help of the command in one process; the script itself is the one that was installed."""
    subcommands = _SUBCOMMANDS if name == "lstm-config" else []
    program = (
        "import runpy, sys\n"
        "script, *subcommands = sys.argv[1:]\n"
        "for words in [[], *([word] for word in subcommands)]:\n"
        "    sys.argv = [script, *words, '--help']\n"
        "    try:\n"
        "        runpy.run_path(script, run_name='__main__')\n"
        "    except SystemExit as end:\n"
        "        assert not end.code, end.code\n"
        f"print('imported:', [name for name in {_HEAVY!r} if name in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, command_path(name), *subcommands],
        env=command_environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert result.stderr == ""
    assert result.stdout.count("Usage: ") == 1 + len(subcommands)
    assert result.stdout.endswith("imported: []\n")


@_every_line
def test_an_unknown_option_is_named_with_the_nearest_one_in_a_line(line, assert_fails):
    message = assert_fails(2, *line, "--qiet")
    assert message.startswith("Error: No such option '--qiet'. ")
    assert "'--quiet'" in message
    assert message.endswith(f" See {' '.join(line)} --help.\n")
    assert message.count("\n") == 1


@pytest.mark.parametrize(
    "line",
    [
        ("lstm-train", "-m", "gur"),
        ("lstm-eval", "missing.h5"),
        ("lstm-plot", "missing.json"),
        ("lstm-predict", "missing.h5", "text"),
        ("lstm-config", "show", "gur"),
        ("lstm-compare", "missing"),
        ("lstm-sweep", "gur"),
    ],
    ids=lambda line: line[0],
)
def test_only_verbose_shows_a_traceback(line, invoke, assert_fails):
    assert_fails(2 if "gur" in line else 4, *line)
    name, *arguments = line
    for words in ([*arguments, "-v"], ["--verbose", *arguments]):
        result = invoke(name, *words)
        assert "Traceback (most recent call last)" in result.stderr
        assert result.stdout == ""


def test_a_reader_who_has_had_enough_is_no_failure(command_path, command_environment):
    with subprocess.Popen(
        [command_path("lstm-config"), "schema"],
        env=command_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("exit_code", "line", "expected"),
    [
        (3, "lstm-train -m gru -d {tmp}/reviewz.csv", "reviews.csv"),
        (3, "lstm-train -m gru -d {reviews} --validation {tmp}/reviewz.csv", "reviews.csv"),
        (3, "lstm-train -m gru -d {tmp}/folder/my-ruun", "folder/my-run"),
        (3, "lstm-train -d {reviews} -s model.embedding.vectors={tmp}/vectros.txt --dry-run", "vectors.txt"),
        (2, "lstm-train -c {tmp}/mime.yaml", "mine.yaml"),
        (2, "lstm-train --resume {tmp}/folder/my-ruun", "folder/my-run"),
        (3, "lstm-data {tmp}/reviewz.csv", "reviews.csv"),
        (4, "lstm-eval {tmp}/modle.h5", "model.h5"),
        (4, "lstm-predict {tmp}/modle.h5 text", "model.h5"),
        (4, "lstm-predict {tmp}/model.h5 text --tokenizer {tmp}/wrods.txt", "words.txt"),
        (3, "lstm-predict {model} -f {tmp}/reviewz.csv", "reviews.csv"),
        (4, "lstm-plot {tmp}/histroy.json", "history.json"),
        (4, "lstm-compare {tmp}/folder/my-ruun", "folder/my-run"),
        (2, "lstm-sweep {tmp}/mime.yaml", "mine.yaml"),
        (2, "lstm-config validate {tmp}/mime.yaml", "mine.yaml"),
    ],
)
def test_where_a_path_is_mistyped_the_nearest_is_named(
    assert_fails, model_file, reviews_csv, foreign_bytes, tmp_path, *, exit_code, line, expected
):
    (tmp_path / "folder" / "my-run").mkdir(parents=True)
    for name in ("reviews.csv", "vectors.txt", "mine.yaml", "history.json", "words.txt"):
        (tmp_path / name).touch()
    (tmp_path / "model.h5").write_bytes(foreign_bytes)
    words = [word.format(tmp=tmp_path, model=model_file, reviews=reviews_csv) for word in line.split()]
    assert f" Did you mean '{tmp_path / expected}'?" in assert_fails(exit_code, *words)


@pytest.mark.parametrize(
    "line",
    [
        ["lstm-train", "-m", "gru", "-d", "{reviews}", "--print-config"],
        ["lstm-train", "-m", "gru", "-d", "{reviews}", "--dry-run"],
        ["lstm-train", "-m", "gru", "-d", "{reviews}", "--epochs", "1", "-o", "{tmp}/run"],
        ["lstm-eval", "{model}"],
        ["lstm-eval", "{model}", "-o", "{tmp}/judged", "--mistakes", "2", "--split", "train"],
        ["lstm-plot", "{run}/history.json", "-o", "{tmp}/loss.svg"],
        ["lstm-predict", "{model}", "ein schöner Film 🎬"],
        ["lstm-compare", "{run}", "-o", "{tmp}/compared"],
        ["lstm-sweep", "gru", "--print-config"],
        ["lstm-config", "ls"],
        ["lstm-config", "show", "gru"],
        ["lstm-config", "validate", "{run}/config.yaml"],
        ["lstm-config", "schema"],
    ],
    ids=lambda line: " ".join(word for word in line if "{" not in word),
)
def test_json_is_one_document_on_stdout_and_quiet_is_silence_on_stderr(
    *, line, invoke, finished_run, model_file, reviews_csv, tmp_path
):
    places = {"model": model_file, "run": finished_run, "reviews": reviews_csv, "tmp": tmp_path}
    result = invoke(*(word.format(**places) for word in line), "--json", "--quiet")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    document = json.loads(result.stdout, parse_constant=pytest.fail)  # NaN is no JSON
    assert isinstance(document, dict)
    assert document
