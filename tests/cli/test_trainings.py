"""What a user hears of a training, and when a signal asks instead of ending it."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lstm_cli.cli.command import Output
from lstm_cli.cli.interrupts import SignalInterrupt, raise_signals
from lstm_cli.cli.trainings import TrainingDisplay, describe_stop, tell_assistance, tell_run, tell_runs
from lstm_cli.data.baseline import BaselineFigures
from lstm_cli.data.dataset import load_dataset
from lstm_cli.data.word_vectors import VectorsUsed
from lstm_cli.distributed.cluster import Cluster
from lstm_cli.errors import DivergedError, Interrupted, TrainingError
from lstm_cli.history import History
from lstm_cli.sessions import facts
from lstm_cli.sessions.facts import EpochBegan, StateSkipped, TrainingBegan, TrainingEnded
from lstm_cli.sessions.run import Run
from lstm_cli.sessions.several import SeveralRuns
from lstm_cli.training.run_folder import RunFolder, RunRecord


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


@pytest.mark.parametrize(
    ("epochs", "member", "said"),
    [
        (3, None, "Stopped in epoch 4; 3 whole epochs are kept."),
        (3, 2, "Stopped in epoch 4 of member 2; 3 whole epochs are kept."),
        (1, None, "Stopped in epoch 2; 1 whole epoch is kept."),
        (0, 1, "Stopped in epoch 1 of member 1; 0 whole epochs are kept."),
    ],
)
def test_a_training_is_stopped_in_the_epoch_behind_those_that_are_kept(epochs, member, said):
    run = SimpleNamespace(member=member, result=SimpleNamespace(history=SimpleNamespace(epochs=epochs)))
    assert describe_stop(run) == said


RECORD = RunRecord(
    "tiny", 7, "a.csv", "f", {"train": 8, "validation": 2, "test": 0}, 9, "fast", "CPU", {},
    finished=True, epochs=4, best_epoch=3,
    best={"loss": 0.25, "accuracy": 0.875, "val_loss": 0.5, "val_accuracy": 0.75},
)  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (lambda config: facts.RunBegan(2, 6, config("a.csv", "training.seed=7")), "Run 2 of 6: tiny, seed 7"),
        (
            lambda config: facts.RunBegan(1, 5, config("a.csv", "data.folds=5", "data.fold=1")),
            "Run 1 of 5: tiny, fold 1 of 5",
        ),
        (lambda _: facts.RunDiverged(Path("a"), DivergedError("The loss became nan.")), "a: The loss became nan."),
        (lambda _: facts.MemberBegan(1, 3), "Member 1 of 3"),
        (
            lambda _: facts.MemberEnded(1, 3, RECORD),
            "Member 1 of 3, seed 7: best epoch 3, loss 0.2500, accuracy 0.8750, validation loss 0.5000, "
            "validation accuracy 0.7500",
        ),
        (
            lambda _: facts.VectorsRead("glove.txt", VectorsUsed("f", words=8_000, found=6_000)),
            "glove.txt: vectors of 6,000 of the 8,000 words that are learnt (75%)",
        ),
        (
            lambda _: facts.WorkersAwaited(Cluster(("a:1", "b:1"), task=1)),
            "Worker 1 of 2, b:1: waiting for the others",
        ),
    ],
)
def test_what_happens_on_the_way_is_told_in_a_line(fact, said, display, tiny_config, capsys):
    display.hear(fact(tiny_config))
    assert capsys.readouterr() == ("", f"{said}\n")


@pytest.fixture
def finish(tiny_config, tmp_path):
    """A function: a seed, changes of its record → a finished run."""

    def call(seed, *, interrupted=False, **changes):
        config = tiny_config("imdb", f"training.seed={seed}", "training.epochs=4")
        record = replace(RECORD, seed=seed, **changes)
        history = History({"loss": (0.5,) * 4, "val_loss": (0.7, 0.6, 0.5, 0.6), "seconds": (1.0,) * 4})
        told = {"interrupted": interrupted, "largest_share": 0.5, "classes": 2}
        result = SimpleNamespace(record=record, history=history, **told)
        return Run(RunFolder(tmp_path / f"seed-{seed}", "tiny"), config, result)

    return call


def test_a_run_is_told_by_its_best_epoch_and_what_can_be_done_with_it(display, finish, tmp_path, capsys):
    tell_run(finish(1, stopped_early=True, baseline=BaselineFigures(0.625, 0.5)), display=display)
    model = tmp_path / "seed-1" / "best-tiny-model.h5"
    assert capsys.readouterr() == (
        "Trained tiny: 4 epochs in 4 s (early stopping).\n"
        "Best epoch 3: loss 0.2500, accuracy 0.8750, validation loss 0.5000, validation accuracy 0.7500\n"
        "Baseline: n-gram regression, validation accuracy 0.6250\n"
        "\n"
        f"Judge it    lstm-eval {model}\n"
        f'Use it      echo "a wonderful film" | lstm-predict {model}\n'
        "\n"
        f"Model       {model}\n"
        f"Loss curve  {tmp_path / 'seed-1' / 'loss.png'}\n",
        "",
    )


def test_a_run_whose_data_leave_nothing_to_judge_it_on_says_that_reviews_are_to_be_named(
    display, finish, tiny_config, capsys
):
    run = finish(1, reviews={"train": 10, "validation": 0, "test": 0}, epochs=1, best_epoch=1)
    tell_run(replace(run, config=tiny_config("a.csv")), display=display)
    told = capsys.readouterr().out
    assert "Trained tiny: 1 epoch in" in told
    assert "best-tiny-model.h5 --data REVIEWS\n" in told
    assert 'echo "your text" | lstm-predict' in told


def test_several_runs_are_told_in_a_line_each_and_by_their_means(display, finish, tmp_path, capsys):
    better = RECORD.best | {"val_loss": 0.25, "val_accuracy": 0.8125}
    baselines = [BaselineFigures(accuracy, 0.5) for accuracy in (0.5, 0.75)]
    runs = [
        finish(1, baseline=baselines[0]),
        finish(2, epochs=1, best_epoch=1, best=better, baseline=baselines[1]),
    ]
    tell_runs(SeveralRuns(2, runs, []), parent=tmp_path / "a place", display=display)
    assert capsys.readouterr().out == (
        "tiny, seed 1: 4 epochs, best 3, validation loss 0.5000, validation accuracy 0.7500\n"
        "tiny, seed 2: 1 epoch, best 1, validation loss 0.2500, validation accuracy 0.8125\n"
        "tiny, mean: validation loss 0.3750 ± 0.1768, validation accuracy 0.7812 ± 0.0442\n"
        "n-gram regression, validation accuracy 0.6250 ± 0.1768\n"
        f"\nRuns        {tmp_path / 'a place'}\nCompare     lstm-compare '{tmp_path / 'a place'}'\n"
    )


def test_of_runs_that_were_stopped_it_is_told_how_many_are_finished(display, finish, tmp_path):
    runs = [finish(1), finish(2), finish(3, interrupted=True)]
    with pytest.raises(Interrupted) as caught:
        tell_runs(SeveralRuns(5, runs, []), parent=tmp_path, display=display)
    assert str(caught.value) == (
        "Stopped in epoch 5; 4 whole epochs are kept. Of 5 runs, 2 are finished.\n"
        f"Go on with: lstm-train --resume {tmp_path}"
    )


def test_runs_that_diverged_are_told_behind_those_that_did_not(display, finish, tmp_path, capsys):
    several = SeveralRuns(2, [finish(1)], [Path("seed-2")])
    with pytest.raises(TrainingError, match=r"^1 of 2 runs did not come to an end, .*: seed-2\.$"):
        tell_runs(several, parent=tmp_path, display=display)
    assert "seed 1: 4 epochs" in capsys.readouterr().out
    with pytest.raises(TrainingError, match=r"^1 of 1 runs"):
        tell_runs(SeveralRuns(1, [], [Path("seed-2")]), parent=tmp_path, display=display)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_a_worker_that_is_not_the_chief_says_what_it_took_part_in(display, finish, is_interrupted, capsys):
    result = finish(1, interrupted=is_interrupted).result
    if is_interrupted:
        with pytest.raises(Interrupted, match=r"^Stopped in epoch 5; the chief keeps 4 whole epochs\.$"):
            tell_assistance(result, task=1, display=display)
        return
    tell_assistance(result, task=1, display=display)
    assert capsys.readouterr().out == "Trained tiny as worker 1: 4 epochs.\n"
