"""What is shown: nothing that a terminal obeys, on streams that may be closed, full, gone or of few characters."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import shutil
import subprocess
import sys
import time
import unicodedata

import click
import forked_python
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from lstm_cli.cli.config import config as config_command
from lstm_cli.cli.display import build_console, format_document, measure_text, pad_text, show_text, steady_streams
from lstm_cli.cli.evaluate import evaluate
from lstm_cli.cli.predict import predict
from lstm_cli.config import find_named_config
from lstm_cli.history import load_history
from lstm_cli.training.run_folder import load_record

# A title and a colour for the terminal, in 7 and in 8 bits, a bell, text that runs backwards, half a character.
HOSTILE = "\x1b]0;title\x07 \x1b[31mred\x1b[0m \x9b31m \x85 \x7f \u202etxt.exe\u2066 \udce9"
DIRECTIONS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
MARKUP = "[bold]good[/bold] [/] :bomb: [link=http://x]"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="/dev/full, pseudo-terminals and `>&-` are POSIX'")


def find_obeyed(text: str) -> set[str]:
    """Return what of a text a terminal obeys."""
    return {
        repr(character)
        for character in text
        if (unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and character not in "\n\t")
        or unicodedata.bidirectional(character) in DIRECTIONS
        or character in "\u061c\u200e\u200f"
    }


class TestShowText:
    @given(st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
    def test_nothing_in_it_is_obeyed_and_all_else_stays(self, text):
        shown = show_text(text)
        assert not find_obeyed(shown)
        harmless = [character for character in text if not find_obeyed(character)]
        assert [character for character in shown if character not in "\ufffd "] == [
            character for character in harmless if character not in "\ufffd "
        ]
        assert show_text(shown) == shown

    @pytest.mark.parametrize("text", ["a\tb\nc", "naïve 日本語 สวัสดี क्‍ष 🎬 👨‍👩‍👧 é", MARKUP])
    def test_what_is_harmless_stays_as_it_is(self, text):
        assert show_text(text) == text


@pytest.fixture(scope="module")
def hostile_csv(tmp_path_factory):
    """Reviews that hold what a terminal obeys and what rich would take for its own, in a file named like them."""
    path = tmp_path_factory.mktemp("hostile") / "[red]re\x1b[31mviews:bomb:.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        text = HOSTILE.encode("utf-8", "replace").decode()
        writer.writerows(
            [f"{MARKUP} {text} {'good' if number % 2 else 'bad'} {number}", number % 2] for number in range(60)
        )
        writer.writerows([f"{MARKUP} {text} good {number}", 0] for number in range(3))
    return path


@pytest.mark.usefixtures("keras_started")
class TestEveryCommandShowsHostileTextAsText:
    @pytest.fixture
    def show(self, invoke):
        """A function: a command line → all that it showed, with nothing in it that a terminal obeys."""

        def run(exit_code, *line):
            result = invoke(*line)
            assert result.exit_code == exit_code, result.output
            assert not find_obeyed(result.stdout)
            assert not find_obeyed(result.stderr)
            return result.stdout + result.stderr

        return run

    def test_lstm_predict(self, show, model_file):
        shown = show(0, "lstm-predict", model_file, f"{MARKUP} {HOSTILE}")
        assert MARKUP in shown
        assert "red" in shown

    def test_lstm_eval(self, show, model_file, hostile_csv):
        shown = show(0, "lstm-eval", model_file, "-d", hostile_csv, "--mistakes", "5")
        assert MARKUP in " ".join(shown.split())
        assert ":bomb:.csv" in shown
        assert "💣" not in shown

    def test_lstm_train_and_lstm_compare(self, show, hostile_csv, tmp_path):
        folder = tmp_path / "[b]ru\x1b[1mn:bomb:"
        line = ("lstm-train", "-m", "gru", "-d", hostile_csv, "--epochs", "1", "-o", folder)
        show(0, *line[:-2], "--dry-run")
        show(0, *line[:-2], "--print-config")
        show(0, *line)
        show(2, *line)  # the folder is used
        show(1, "lstm-train", "--resume", folder)
        shutil.copytree(folder, tmp_path / "other\x1b[2J")
        shown = show(0, "lstm-compare", folder, tmp_path / "other\x1b[2J", "-o", tmp_path / "[i]\x1b[3m")
        assert ":bomb:" in shown

    def test_lstm_plot(self, show, finished_run, tmp_path):
        history = json.loads((finished_run / "history.json").read_bytes())
        history["val_\x1b[31mloss[b]"] = history["loss"]
        path = tmp_path / "hi\x1b[31mstory.json"
        path.write_text(json.dumps(history))
        show(0, "lstm-plot", path, "-o", tmp_path / "\x1b[1m.svg")
        show(4, "lstm-plot", path, "--metric", "\x1b[31mnone", "-o", tmp_path / "a.svg")

    def test_lstm_config(self, show, tmp_path):
        path = tmp_path / "\x1b[31m.yaml"
        path.write_text('data: {"\\e[31mnum": 3, dataset: "\\e[0m\\x9b"}\n', encoding="utf-8")
        show(2, "lstm-config", "validate", path)
        show(2, "lstm-config", "show", HOSTILE)
        show(2, "lstm-config", HOSTILE)
        show(2, "lstm-config", "-v", "show", HOSTILE)  # a traceback holds the message too

    def test_lstm_sweep(self, show, tmp_path):
        path = tmp_path / "\x1b[31m.yaml"
        path.write_text('base: "\\e[31mgru"\nsearch_space: {"\\e[1m": [1, 2]}\n', encoding="utf-8")
        show(2, "lstm-sweep", path)
        show(2, "lstm-sweep", "gru", "--set", f"{HOSTILE}=1")
        show(2, "lstm-sweep", "gru", f"--{HOSTILE}")

    def test_json_keeps_the_text_whole_all_the_same(self, invoke, model_file):
        result = invoke("lstm-predict", model_file, HOSTILE, "--json")
        assert not find_obeyed(result.stdout)
        assert json.loads(result.stdout)["predictions"][0]["text"] == HOSTILE


@pytest.mark.usefixtures("keras_started")
class TestEncodings:
    """A stream that lacks a character gets a replacement."""

    @pytest.mark.parametrize("charset", ["cp1252", "latin-1", "ascii", "cp437"])
    @pytest.mark.parametrize("text", ["schön 🎬 日本語", "\udce9 ½ …"])
    def test_a_text_is_shown_as_far_as_it_can_be(self, charset, text, model_file, tmp_path):
        data = tmp_path / "reviews.csv"
        data.write_text("text,label\n" + "".join(f"{text} {n},{n % 2}\n" for n in range(20)), "utf-8", "replace")
        for command, arguments in (
            (predict, [text]),
            (evaluate, ["-d", str(data), "--mistakes", "3"]),
        ):
            result = CliRunner(charset=charset).invoke(command, [str(model_file), *arguments])
            assert result.exit_code == 0, result.output
            assert "?" in result.stdout
            assert "fault of lstm-cli" not in result.stderr

    @pytest.mark.parametrize("charset", ["cp1252", "ascii", "utf-8"])
    def test_json_loses_nothing(self, charset, model_file):
        text = "schön 🎬 \udce9"
        result = CliRunner(charset=charset).invoke(predict, [str(model_file), text, "--json"])
        assert json.loads(result.stdout)["predictions"][0]["text"] == text

    def test_json_that_can_be_shown_is_for_people_to_read(self, model_file):
        result = CliRunner().invoke(predict, [str(model_file), "schön 🎬", "--json"])
        assert "schön 🎬" in result.stdout

    def test_no_document_is_shown_that_strict_json_has_no_word_for(self):
        with pytest.raises(ValueError, match="JSON compliant"):
            format_document({"accuracy": float("nan"), "text": "🎬"})

    def test_errors_are_shown_too(self):
        result = CliRunner(charset="ascii").invoke(config_command, ["show", "grü…"])
        assert result.exit_code == 2
        assert "gr??" in result.stderr


@pytest.fixture
def start(command_path, command_environment):
    """A function: a command line and streams → the process."""

    def run(name, *arguments, environment=None, **streams):
        return forked_python.Popen(
            [command_path(name), *map(str, arguments)], env=command_environment | (environment or {}), **streams
        )

    return run


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
    ids=str,
)
def test_the_help_of_an_installed_command_is_shown_in_any_locale(start, environment):
    process = start(
        "lstm-train", "--help", environment=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    stdout, stderr = process.communicate()
    assert (process.returncode, stderr) == (0, b"")
    assert b"runs/NAME-2, ?]" in stdout


@posix_only
class TestResultsThatCannotBeWritten:
    @pytest.mark.parametrize(
        "line", [("lstm-config", "schema"), ("lstm-train", "--help"), ("lstm-plot", "--version")], ids=" ".join
    )
    def test_a_full_disk_is_one_line_and_a_failure(self, start, line):
        with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
            process = start(*line, stdout=full, stderr=subprocess.PIPE)
            _, stderr = process.communicate()
        assert process.returncode == 1
        assert stderr == b"Error: Cannot write the result to standard output: No space left on device.\n"

    @pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_closed_streams_are_as_good_as_the_null_device(
        self, closed, command_path, command_environment, tmp_path
    ):
        program = f"{command_path('lstm-config')} validate gru.yaml {closed}"
        shutil.copy(find_named_config("gru"), tmp_path)
        done = subprocess.run(
            ["/bin/sh", "-c", program], env=command_environment, cwd=tmp_path, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout == (b"" if ">&-" in closed.replace("2>&-", "") else b"gru.yaml: valid\n")

    def test_a_pipe_that_does_not_wait_gets_all_of_it(self, start):
        """Who shares a pipe may have made it one that says "later": no word is lost."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        process = start("lstm-config", "schema", stdout=write)
        os.close(write)
        time.sleep(1)
        with os.fdopen(read, "rb") as pipe:
            document = json.loads(pipe.read())
        assert process.wait() == 0
        assert document["title"] == "Config"


@posix_only
class TestATrainingOutlivesItsDisplay:
    @pytest.fixture
    def options(self, reviews_csv, tmp_path):
        settings = ["-s", "training.early_stopping=null", "-s", "data.maxlen=30", "--epochs", 40]
        return ["lstm-train", "-m", "gru", "-d", reviews_csv, *settings, "-o", tmp_path / "run"]

    @pytest.fixture
    def assert_finished(self, tmp_path):
        def check():
            assert load_record(tmp_path / "run" / "run.json").finished
            assert load_history(tmp_path / "run" / "history.json").epochs == 40

        return check

    def test_a_full_disk_under_the_progress(self, start, options, assert_finished):
        with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
            process = start(*options, stdout=subprocess.PIPE, stderr=full)
            stdout, _ = process.communicate()
        assert process.returncode == 0
        assert b"Trained gru: 40 epochs" in stdout
        assert_finished()

    def test_a_reader_who_has_gone(self, start, options, assert_finished):
        """`2>&1 | head -1`."""
        process = start(*options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == 0
        assert_finished()

    def test_a_terminal_that_is_closed(self, start, options, assert_finished):
        """With its live display, as under `& disown`: nobody tells the command, and every write fails."""
        import pty

        terminal, stream = pty.openpty()
        process = start(*options, stdout=stream, stderr=stream, environment={"TERM": "xterm"})
        os.close(stream)
        seen = b""
        while b"epoch  2/40" not in seen:
            seen += os.read(terminal, 65536)
        os.close(terminal)
        assert process.wait() == 0
        assert_finished()

    def test_no_stream_at_all(self, command_path, command_environment, options, assert_finished):
        line = " ".join(map(str, [command_path(options[0]), *options[1:]]))
        done = subprocess.run(["/bin/sh", "-c", f"{line} <&- >&- 2>&-"], env=command_environment, check=False)
        assert done.returncode == 0
        assert_finished()


class _Disk(io.RawIOBase):
    """A stream that is full for its first lines."""

    def __init__(self, *, full_for: int) -> None:
        self.full_for = full_for
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        if self.full_for:
            self.full_for -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        self.content += bytes(data)
        return len(data)


def test_what_was_lost_of_the_notices_is_told_once_there_is_room_again(monkeypatch):
    disk = _Disk(full_for=2)
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(disk, encoding="utf-8"))

    def command():
        with steady_streams():
            for number in range(4):
                click.echo(f"line {number}", err=True)
            raise SystemExit(0)

    with pytest.raises(SystemExit, match="0"):
        command()
    assert disk.content.decode() == (
        "line 2\nline 3\nNot all that belongs here could be written: No space left on device.\n"
    )


def test_who_is_started_finds_the_null_device_in_place_of_a_closed_stream(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with steady_streams():
        assert (sys.stdin.name, sys.stdin.read()) == (os.devnull, "")
        assert os.get_inheritable(sys.stdin.fileno())
        sys.stdin.close()


def test_a_terminal_gets_the_bold_of_a_table_and_no_escape_of_a_text(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    disk = _Disk(full_for=0)
    disk.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(disk, encoding="utf-8"))
    with steady_streams():
        build_console().print("\x1b[31mred", style="bold")
    assert disk.content.decode() == "\x1b[1m\ufffd[31mred\x1b[0m\n"


@pytest.mark.parametrize(
    ("text", "cells"),
    [("good", 4), ("", 0), ("好评", 4), ("ｶﾀ", 2), ("좋음", 4), ("ดี", 1), ("é", 1), ("e\u0301", 1)],
)
def test_a_text_is_padded_to_cells_of_a_terminal_not_to_characters(text, cells):
    assert measure_text(text) == cells
    assert pad_text(text, width=6) == text + " " * (6 - cells)
