"""A worker: it takes trial after trial, and what goes wrong with one is told apart from what it has lost."""

from __future__ import annotations

import optuna
import pytest
from optuna.trial import TrialState

from lstm_cli.sweep.worker import train_next


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
