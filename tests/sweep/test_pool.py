"""The pool of a machine's workers: who is replaced, who is not, and what of a dead one's is kept."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time

import pytest
from optuna.trial import TrialState

from lstm_cli.errors import TrainingError
from lstm_cli.sweep import pool
from lstm_cli.sweep.study import join_study, list_slots, locate_storage, open_study
from lstm_cli.sweep.worker import SweepJob, name_worker

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="its workers are forked here"),
    # Here trials are asked for one by one, and no heart beats.
    pytest.mark.filterwarnings("ignore:Heartbeat of storage"),
]


@pytest.fixture
def run_pool(build_sweep, tmp_path, monkeypatch):
    """A function: what a worker does, given its job, its connection and how many began before it → the study.

    The pool's own processes, but forked, so that a worker can be any function.
    """
    sweep = build_sweep(pruner="none")
    storage = locate_storage(None, folder=tmp_path, study_name="tiny", grace=60)
    study = open_study(storage, sweep, fingerprint="a", folder=tmp_path)
    job = SweepJob(sweep, storage, tmp_path, threads=1, deadline=None, has_neighbours=False)
    context = multiprocessing.get_context("fork")
    monkeypatch.setattr(pool.multiprocessing, "get_context", lambda _: context)
    began = context.Value("i", 0)

    def run(work, *, jobs=1, stop_requested=lambda: False, most=5):
        def run_worker(job, connection):
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            with began.get_lock():
                before, began.value = began.value, began.value + 1
            if before < most:  # else the test has failed already, and shall end
                work(job, connection, before)

        monkeypatch.setattr(pool, "run_worker", run_worker)
        pool.run_workers(job, study=study, jobs=jobs, report=lambda: None, stop_requested=stop_requested)
        return study

    run.began, run.study = began, study
    return run


def take_trial(job):
    """Begin a trial as a worker does."""
    study = join_study(job.storage, job.sweep)
    trial = study.ask()
    trial.set_user_attr("worker", name_worker(os.getpid()))
    return study, trial


def test_a_worker_that_dies_before_it_has_a_trial_is_not_replaced_without_end(run_pool):
    """What killed it would kill the next one as well."""

    def die(*_):
        os._exit(7)

    with pytest.raises(TrainingError, match="exit code 7 while it had no trial"):
        run_pool(die)
    assert run_pool.began.value == 1


def test_a_worker_that_is_killed_in_a_trial_is_replaced_and_the_trial_queued_again(run_pool):
    def work(job, _, before):
        study, trial = take_trial(job)
        if before == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        study.tell(trial, 0.5)

    study = run_pool(work)
    assert run_pool.began.value == 2
    (slot,) = list_slots(study)
    assert [trial.state for trial in slot.attempts] == [TrialState.FAIL, TrialState.COMPLETE]


def test_what_a_worker_says_of_its_end_is_told_and_its_trial_queued_again(run_pool):
    """Nobody replaces it: the others would meet the same, a full disk for instance."""

    def work(job, connection, _):
        take_trial(job)
        connection.send_bytes(b"Cannot write.")
        os._exit(1)

    with pytest.raises(TrainingError, match=r"Cannot write\."):
        run_pool(work)
    assert run_pool.began.value == 1


def test_those_that_end_by_themselves_are_not_replaced(run_pool):
    run_pool(lambda *_: os._exit(0), jobs=3)
    assert run_pool.began.value == 3


def test_where_the_user_asks_to_stop_all_are_told_and_none_is_replaced(run_pool):
    def wait_for_the_word(job, connection, before):
        if before == 0:
            take_trial(job)
        assert connection.poll(60)
        os._exit(9 if before == 0 else 0)

    deadline = time.monotonic() + 30

    def ask_to_stop():
        running = study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
        return time.monotonic() > deadline or bool(running and "worker" in running[0].user_attrs)

    study = run_pool.study
    run_pool(wait_for_the_word, jobs=2, stop_requested=ask_to_stop)
    assert run_pool.began.value == 2
    assert list_slots(study)[0].trial.state == TrialState.WAITING  # for whoever goes on


def test_where_one_cannot_go_on_the_others_are_told_and_what_they_had_is_queued_again(run_pool):
    def work(job, connection, before):
        if before == 0:
            take_trial(job)
            told = connection.poll(60)
            os._exit(0 if told else 1)
        study = join_study(job.storage, job.sweep)
        while not any("worker" in trial.user_attrs for trial in study.get_trials(deepcopy=False)):
            assert not connection.poll(0.05)
        connection.send_bytes(b"Cannot write.")
        os._exit(1)

    with pytest.raises(TrainingError, match=r"Cannot write\."):
        run_pool(work, jobs=2)
    assert run_pool.began.value == 2
    (slot,) = list_slots(run_pool.study)
    assert [trial.state for trial in slot.attempts] == [TrialState.FAIL, TrialState.WAITING]
