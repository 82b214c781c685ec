"""A worker: it takes trial after trial, and what goes wrong with one is told apart from what it has lost."""

from __future__ import annotations

import os
import signal
import sys
import time
from multiprocessing import Pipe
from types import SimpleNamespace

import optuna
import pytest
from optuna.trial import TrialState

from lstm_cli.errors import TrainingError
from lstm_cli.sweep import worker
from lstm_cli.sweep.worker import SweepJob, run_worker, train_next


@pytest.fixture
def train_by(monkeypatch):
    """A function: what training a trial does, given the trial → the study in which that was done."""

    def train(work):
        study = optuna.create_study()

        def train_trial(trial, *, setting):
            assert setting is None
            return work(trial)

        monkeypatch.setattr("lstm_cli.sweep.trial.train_trial", train_trial)
        train_next(study, setting=None)
        return study

    return train


def take_away(trial):
    """End a trial as another worker does that takes this one for dead."""
    trial.study.tell(trial.number, state=TrialState.FAIL)
    return 0.5


def report_on_what_was_taken_away(trial):
    take_away(trial)
    trial.report(0.5, step=1)


@pytest.mark.parametrize("work", [take_away, report_on_what_was_taken_away])
def test_a_trial_that_was_taken_away_is_left_alone_and_costs_the_worker_nothing(train_by, work):
    assert [trial.state for trial in train_by(work).trials] == [TrialState.FAIL]


@pytest.mark.parametrize("error", [ValueError("a fault"), RuntimeError("a fault")])
def test_a_fault_is_no_lost_trial(train_by, error):
    def fail(_):
        raise error

    with pytest.raises(type(error), match="a fault"):
        train_by(fail)


@pytest.fixture
def run(monkeypatch):
    """A function: what a worker does in place of its trials → what it says before it ends, and its exit code."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    parent, child = Pipe()

    def call(take_trials):
        monkeypatch.setattr(worker, "_take_trials", take_trials)
        try:
            run_worker(SimpleNamespace(storage=None), child)
        except SystemExit as end:
            return parent.recv_bytes().decode(), end.code
        return parent.poll(), 0

    yield call
    for number, handler in before.items():
        signal.signal(number, handler)


def test_why_a_worker_cannot_go_on_is_told_to_its_parent(run):
    def fail(*_, **__):
        raise TrainingError("The disk is full.")

    assert run(fail) == ("The disk is full.", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX'")
def test_an_interrupt_is_the_parents_to_hear_and_a_termination_ends_the_worker_behind_the_batch(run):
    def be_told(*_, terminated):
        signal.raise_signal(signal.SIGINT)
        assert terminated == []
        signal.raise_signal(signal.SIGTERM)
        assert terminated == [signal.SIGTERM]

    assert run(be_told) == (False, 0)


@pytest.mark.usefixtures("keras_started")
class TestTaking:
    """Trials are taken as long as there are any, and nobody says otherwise."""

    @pytest.fixture
    def study(self):
        return optuna.create_study()

    @pytest.fixture
    def take(self, study, build_sweep, monkeypatch):
        """A function: how many trials are wanted → the worker takes what it may; the parent's end of the pipe."""
        parent, child = Pipe()

        def call(total, *, deadline=None, terminated=(), train=lambda study: study.tell(study.ask(), 0.5), **keys):
            job = SweepJob(build_sweep(trials=total), None, None, 1, deadline, **{"has_neighbours": False} | keys)
            monkeypatch.setattr(worker, "join_study", lambda *_: study)
            monkeypatch.setattr("lstm_cli.backend.start_keras", lambda **_: None)
            monkeypatch.setattr(worker, "train_next", lambda study, **_: train(study))
            worker._take_trials(job, child, terminated=list(terminated))

        call.parent = parent
        return call

    def test_until_all_are_done(self, study, take):
        take(3)
        assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 3
        take(3)
        assert len(study.trials) == 3

    def test_one_that_waits_to_be_tried_again_counts_as_undone(self, study, take):
        study.tell(study.ask(), 0.5)
        study.enqueue_trial({})
        take(2)
        assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 2

    def test_none_after_the_deadline(self, study, take):
        take(3, deadline=time.time() - 1)
        assert study.trials == []

    def test_none_more_once_the_deadline_has_passed(self, study, take, monkeypatch):
        def train(study):
            study.tell(study.ask(), 0.5)
            monkeypatch.setattr(time, "time", lambda: 1e10)

        take(3, deadline=1e10, train=train)
        assert len(study.trials) == 1

    def test_none_after_a_signal(self, study, take):
        take(3, terminated=[15])
        assert study.trials == []

    @pytest.mark.parametrize("is_word", [True, False])
    def test_none_more_after_a_word_or_the_end_of_the_parent(self, study, take, is_word):
        def train(study):
            study.tell(study.ask(), 0.5)
            if is_word:
                take.parent.send_bytes(b"stop")
            else:
                take.parent.close()

        take(3, train=train)
        assert len(study.trials) == 1

    def test_what_was_begun_beyond_them_is_not_waited_for(self, study, take):
        study.tell(study.ask(), 0.5)
        study.ask()
        take(1)
        assert len(study.trials) == 2

    @pytest.mark.parametrize("has_neighbours", [True, False])
    def test_the_memory_of_a_gpu_is_left_to_neighbours_where_there_are_any(
        self, take, monkeypatch, has_neighbours
    ):
        monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
        take(1, has_neighbours=has_neighbours)
        assert os.environ.pop("TF_FORCE_GPU_ALLOW_GROWTH", None) == ("true" if has_neighbours else None)

    def test_while_others_are_at_theirs_it_waits_for_what_they_leave(self, study, take, monkeypatch):
        monkeypatch.setattr(worker, "_SECONDS_BETWEEN_LOOKS", 0.01)
        others = study.ask()
        looks = []

        def queue_stale(_):
            looks.append(len(study.trials))
            if len(looks) == 3:
                study.tell(others, state=TrialState.FAIL)

        monkeypatch.setattr(worker, "queue_stale", queue_stale)
        take(1)
        assert looks == [1, 1, 1]
