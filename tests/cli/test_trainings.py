"""What a user hears of a training, and when a signal asks instead of ending it."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest

from lstm_cli.cli.command import Output
from lstm_cli.cli.interrupts import SignalInterrupt, raise_signals
from lstm_cli.cli.trainings import TrainingDisplay, describe_stop, tell_run
from lstm_cli.data.dataset import load_dataset
from lstm_cli.distributed.cluster import Cluster
from lstm_cli.history import History
from lstm_cli.sessions.facts import EpochBegan, StateSkipped, TrainingBegan, TrainingEnded


@pytest.fixture
def display():
    """The display of a command that shall not be quiet."""
    return TrainingDisplay(Output(quiet=False, verbose=False, json=False))


@pytest.fixture
def began(tiny_config):
    """The beginning of a training, as a worker sees it that is not the chief."""
    return TrainingBegan(tiny_config("a.csv"), None, None, "CPU", History(), Cluster(("a:1", "b:1"), task=1))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")
def test_while_a_training_runs_a_signal_asks_and_before_and_behind_it_ends_the_command(display, began):
    session = display.open_session(threads=None, cluster=None)
    before = signal.getsignal(signal.SIGTERM)
    display.hear(began)
    assert not session.stop_requested()
    signal.raise_signal(signal.SIGTERM)
    assert session.stop_requested()
    assert display.exit_code == 143
    display.hear(TrainingEnded())
    assert signal.getsignal(signal.SIGTERM) is before
    display.hear(began)  # the next of several runs
    assert not session.stop_requested()
    display.hear(TrainingEnded())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_an_import_has_lost_ends_the_command_at_the_next_fact(display, number):
    with suppress(SignalInterrupt), raise_signals():
        with suppress(KeyboardInterrupt):
            signal.raise_signal(number)
        with pytest.raises(SignalInterrupt) as caught:
            display.hear(StateSkipped())
        assert caught.value.exit_code == 128 + number


def test_a_worker_that_is_not_the_chief_says_who_is_and_shows_no_epochs(display, began, capsys):
    for fact in (began, EpochBegan(1), TrainingEnded()):
        display.hear(fact)
    assert capsys.readouterr() == ("", "Training tiny; the chief, a:1, shows and writes the run\n")


def test_of_an_ensemble_only_what_all_together_did_is_called_so(
    display, tiny_config, reviews_csv, tmp_path, capsys
):
    for split, expected in ((0.1, "All together: validation loss"), (0, "Mean of the members: loss")):
        settings = ("training.ensemble=2", "training.epochs=1", f"data.validation_split={split}")
        with display:
            run = display.open_session(threads=None).begin(
                tiny_config(reviews_csv, *settings), output=tmp_path / f"run-{split}"
            )
        capsys.readouterr()
        labels = load_dataset(run.config.data).validation.labels
        assert run.result.largest_share == (np.bincount(labels).max() / len(labels) if split else None)
        tell_run(run, display=display)
        assert f"\n{expected} " in capsys.readouterr().out


@pytest.mark.parametrize(("member", "of_it"), [(None, ""), (2, " of member 2")])
def test_a_training_is_stopped_in_the_epoch_behind_those_that_are_kept(member, of_it):
    run = SimpleNamespace(member=member, result=SimpleNamespace(history=SimpleNamespace(epochs=3)))
    assert describe_stop(run) == f"Stopped in epoch 4{of_it}; 3 whole epochs are kept."
