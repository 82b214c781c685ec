"""Several workers on this machine: whoever waits for them waits no longer than there is something to wait for."""

from __future__ import annotations

import signal
import subprocess

import click
import pytest

from lstm_cli.cli import local_workers
from lstm_cli.cli.local_workers import _drop_option, _wait_for_first_to_fail, run_local_workers
from lstm_cli.errors import TrainingError


class _Process:
    """A process that ends with its code after so many looks, or never."""

    def __init__(self, code: int | None, *, after: int = 0) -> None:
        self._code = code
        self._looks_left = after

    def poll(self) -> int | None:
        self._looks_left -= 1
        return self.returncode

    @property
    def returncode(self) -> int | None:
        return self._code if self._looks_left < 0 else None


@pytest.fixture
def sleeps(monkeypatch):
    """How often was slept; the clock follows, and nobody waits in earnest."""
    slept: list[float] = []
    monkeypatch.setattr(local_workers.time, "sleep", slept.append)
    monkeypatch.setattr(local_workers.time, "monotonic", lambda: sum(slept))
    return slept


def test_once_the_chief_has_failed_nobody_is_waited_for(sleeps):
    """The others may wait for ever to join it; the chief has said why."""
    chief, second = _Process(2, after=3), _Process(None)
    assert _wait_for_first_to_fail([chief, second]) == 0
    assert len(sleeps) <= 4


def test_a_chief_that_is_killed_is_the_first_to_fail(sleeps):
    assert _wait_for_first_to_fail([_Process(-9, after=1), _Process(1, after=100)]) == 0
    assert len(sleeps) <= 2


def test_where_another_fails_the_chief_may_say_so(sleeps):
    assert _wait_for_first_to_fail([_Process(1, after=20), _Process(1, after=2)]) == 1
    assert 17 <= len(sleeps) <= 20


def test_a_chief_that_does_not_end_is_given_up(sleeps):
    assert _wait_for_first_to_fail([_Process(None), _Process(1, after=2)]) == 1
    assert sum(sleeps) == pytest.approx(local_workers._CHIEFS_LAST_WORDS_SECONDS, abs=1)


def test_behind_a_chief_that_is_done_the_others_have_only_to_end(sleeps):
    assert _wait_for_first_to_fail([_Process(0), _Process(None)]) == 0
    assert sum(sleeps) == pytest.approx(local_workers._ENDING_SECONDS, abs=1)


@pytest.fixture
def start(monkeypatch):
    """A function: how each worker ends → the words each was started with, and the command's code."""

    def call(*codes, cores=8, threads=None, chief_after=0):
        started = []
        call.options = []

        class Process(_Process):
            def __init__(self, words, **options):
                super().__init__(codes[len(started)], after=0 if started else chief_after)
                started.append(words)
                call.options.append(options)
                if options["stderr"]:
                    options["stderr"].write(f"worker {len(started) - 1} spoke".encode())
                    options["stderr"].flush()

            def kill(self):
                pass

            def wait(self):
                pass

            def send_signal(self, number):
                raise AssertionError(number)

        monkeypatch.setattr(local_workers.subprocess, "Popen", Process)
        monkeypatch.setattr("lstm_cli.kernels.threads.count_cores", lambda: cores)
        monkeypatch.setattr(local_workers.sys, "argv", ["lstm-train", "-m", "gru", "--local-workers", "3", "-q"])
        with click.Context(click.Command("lstm-train")), pytest.raises(click.exceptions.Exit) as ended:
            run_local_workers(len(codes), threads=threads)
        return started, ended.value.exit_code

    return call


def read_option(words, name):
    return words[words.index(name) + 1] if name in words else None


def test_the_command_is_started_as_each_worker_with_its_share_of_the_cores(start):
    started, code = start(0, 0, 0)
    assert code == 0
    assert [read_option(words, "--task") for words in started] == ["0", "1", "2"]
    assert [words[3:6] for words in started] == [["-m", "gru", "-q"]] * 3
    addresses = {read_option(words, "--workers") for words in started}
    assert [len(set(one.split(","))) for one in addresses] == [3]
    assert {read_option(words, "--threads") for words in started} == {"2"}


@pytest.mark.parametrize(
    ("cores", "threads", "expected"), [(1, None, "1"), (3, None, "1"), (4, None, "2"), (8, 3, None)]
)
def test_each_has_a_core_at_least_and_as_many_as_the_user_says(start, cores, threads, expected):
    started, _ = start(0, 0, cores=cores, threads=threads)
    assert {read_option(words, "--threads") for words in started} == {expected}


def test_what_a_failed_worker_said_is_shown_and_its_code_is_the_commands(start, capsys):
    _, code = start(0, 3, 0)
    assert code == 3
    assert capsys.readouterr().err == "Worker 1 said:\nworker 1 spoke\n"


@pytest.mark.parametrize(
    ("ended", "code"), [(-signal.SIGTERM, 143), (-signal.SIGINT, 130), (143, 143), (130, 130)]
)
def test_one_that_was_stopped_by_a_signal_gives_the_signals_code(start, ended, code, capsys):
    """Once the chief has ended, it speaks for all."""
    assert start(ended, ended)[1] == code
    assert capsys.readouterr().err == ""


def test_a_worker_that_was_killed_is_told(start):
    with pytest.raises(TrainingError, match=r"Worker 1 was killed \(SIGKILL\).*--resume"):
        start(0, -signal.SIGKILL)


@pytest.mark.usefixtures("sleeps")
def test_where_the_chief_has_said_why_nobody_tells_of_the_kill(start):
    assert start(2, -signal.SIGKILL, chief_after=3)[1] == 1


def test_the_chief_alone_prints_and_none_takes_its_place_from_tf_config(start, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{}")
    start(0, 0)
    assert [options["stdout"] for options in start.options] == [None, subprocess.DEVNULL]
    assert not any("TF_CONFIG" in options["env"] for options in start.options)
    assert all(options["env"]["PATH"] for options in start.options)


def test_an_option_is_dropped_with_its_value_in_either_spelling():
    words = ["a", "--data", "b", "--local-workers", "3", "--local-workers=2", "--local-workersx", "--seed", "c"]
    kept = ["a", "--data", "b", "--local-workersx", "--seed", "c"]
    assert _drop_option(words, "--local-workers") == kept
    assert _drop_option(["--local-workers"], "--local-workers") == []
