"""The display: a live line in a terminal; one line an epoch elsewhere is held by `test_train`."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from types import SimpleNamespace

import click
import forked_python
import pytest
from rich.console import Console

from lstm_cli.cli import progress
from lstm_cli.cli.command import Output
from lstm_cli.config import TrainingConfig
from lstm_cli.data.ngrams import NgramProgress
from lstm_cli.history import History
from lstm_cli.inference.scoring import Scoring
from lstm_cli.sessions.facts import EpochBegan, EpochEnded


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX'")
def test_a_terminal_sees_the_epoch_under_way_the_best_so_far_and_the_time_left(
    command_path, command_environment, reviews_csv, tmp_path
):
    import pty

    terminal, stderr = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(terminal, 65536):
                seen.append(data)
        except OSError:  # Linux' way to say that nobody writes any more
            pass

    reader = threading.Thread(target=read)
    reader.start()
    options = [
        "-m",
        "gru",
        "-d",
        reviews_csv,
        "--epochs",
        "30",
        "-s",
        "training.early_stopping=null",
        "-s",
        "data.maxlen=30",
    ]
    result = forked_python.run(
        [command_path("lstm-train"), *options, "-o", tmp_path / "run", "--json"],
        env=command_environment | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=stderr,
        check=False,
    )
    os.close(stderr)
    reader.join()
    os.close(terminal)
    shown = b"".join(seen).decode()
    assert result.returncode == 0, shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"best val_loss 0\.\d{4} \(epoch \d+\) · \d+\.\d\d s an epoch · \d+:\d\d left at most", plain)
    assert re.search(r"epoch +1/30  loss 0\.\d{4}  accuracy .* s  best so far", plain)
    assert re.search(r"epoch 30/30  loss", plain)
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")  # the cursor is given back


def show_ngrams(monkeypatch, *, terminal, shares=(0.0, 0.05, 0.5, 1.0), texts=20_000):
    """Return what a terminal, or a file, gets of the learning of n-grams."""
    file = io.StringIO()
    monkeypatch.setattr(
        progress, "build_console", lambda **_: Console(file=file, force_terminal=terminal, width=120)
    )
    bar = progress.NgramBar()
    for share in shares:
        bar.show(NgramProgress(texts=texts, of=20_000, seconds=23.4, bytes=710_000_000, share=share))
    return file.getvalue()


def test_what_learning_of_n_grams_takes_is_said_in_a_line_and_a_terminal_has_a_bar_meanwhile(monkeypatch):
    line = "Learning what n-grams say, from 20,000 reviews: about 20 seconds and 0.7 GB of memory\n"
    assert show_ngrams(monkeypatch, terminal=False) == line
    shown = show_ngrams(monkeypatch, terminal=True)
    assert shown.index("Learning what") < shown.index("n-grams \x1b")
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")  # the cursor is given back
    assert "from 9,000 of 20,000 reviews:" in show_ngrams(monkeypatch, terminal=False, texts=9_000)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, "1 second"),
        (7.4, "7 seconds"),
        (43, "40 seconds"),
        (89, "90 seconds"),
        (90, "2 minutes"),
        (3_599, "60 minutes"),
    ],
)
def test_an_estimate_is_as_round_as_it_is_sure(seconds, shown):
    assert progress.format_duration(seconds) == shown


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_scoring_shows_what_is_done_and_what_is_left_in_a_terminal_alone(monkeypatch, is_terminal):
    file = io.StringIO()
    console = Console(file=file, force_terminal=is_terminal, width=120)
    monkeypatch.setattr(progress, "build_console", lambda **_: console)
    with progress.show_scoring(Output(quiet=False, verbose=False, json=False)) as report:
        report(Scoring(rows=9_000, scored=8_192, share=0.4))
    shown = file.getvalue()
    assert ("8,192 rows" in shown) == ("40 %" in shown) == ("left" in shown) == is_terminal
    assert shown.rfind("\x1b[?25h") >= shown.rfind("\x1b[?25l")


def test_a_terminal_is_given_back_where_learning_is_interrupted(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(progress, "build_console", lambda **_: Console(file=file, force_terminal=True, width=120))
    with click.Context(click.Command("lstm-train")):
        show = progress.show_ngrams(Output(quiet=False, verbose=False, json=False))
        show(NgramProgress(texts=9, of=9, seconds=1.0, bytes=10**8, share=0.0))
    shown = file.getvalue()
    assert "\x1b[?25l" in shown
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")


def begin_training():
    """Return the display of a training of 40 epochs with 7 batches each, the last a short one."""
    training = TrainingConfig(epochs=40, batch_size=36)
    data = SimpleNamespace(train=range(217))
    return progress.LiveProgress(
        SimpleNamespace(history=History(), config=SimpleNamespace(training=training), dataset=data)
    )


def learn_ngrams():
    """Show a learning of n-grams under way, and then its end."""
    bar = progress.NgramBar()
    for share in (0.0, 0.5):
        bar.show(NgramProgress(texts=9, of=9, seconds=1.0, bytes=10**8, share=share))
    yield
    bar.show(NgramProgress(texts=9, of=9, seconds=1.0, bytes=10**8, share=1.0))


def score():
    """Show a scoring under way, and then its end."""
    with progress.show_scoring(Output(quiet=False, verbose=False, json=False)):
        yield


def train():
    """Show a training under way, and then its end."""
    shown = begin_training()
    shown.show(EpochBegan(1))
    yield
    shown.close()


@pytest.mark.parametrize("work", [learn_ngrams, score, train])
def test_a_bar_leaves_what_others_write_alone_and_nothing_of_itself_behind(monkeypatch, work):
    file = io.StringIO()
    monkeypatch.setattr(progress, "build_console", lambda **_: Console(file=file, force_terminal=True, width=120))
    before = sys.stdout, sys.stderr
    under_way = work()
    next(under_way)
    assert (sys.stdout, sys.stderr) == before
    assert next(under_way, None) is None
    assert file.getvalue().endswith("\x1b[2K")  # the line is emptied


def test_the_time_left_is_that_of_the_epochs_left():
    """The median of the last five, so that one that was disturbed says nothing."""
    shown = begin_training()
    try:
        figures = zip([9.0, 1.0, 4.0, 50.0, 1.5, 2.0], [0.9, 0.8, 0.5, 0.6, 0.7, 0.7], strict=True)
        for epoch, (seconds, loss) in enumerate(figures, start=1):
            shown.show(EpochBegan(epoch))
            shown.show(EpochEnded(epoch, {"loss": 0.7, "val_loss": loss, "seconds": seconds}))
        shown.show(EpochBegan(7))
        (task,) = shown._progress.tasks
    finally:
        shown.close()
    assert (task.total, task.fields["epoch"]) == (7, "7/40")
    assert task.fields["status"] == "best val_loss 0.5000 (epoch 3) · 2.00 s an epoch · 1:08 left at most"
