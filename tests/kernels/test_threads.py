"""The pool: every task once, errors come back, nested callers do not wait for each other."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lstm_cli.kernels import threads


@pytest.fixture(autouse=True)
def _restore_threads():
    yield
    threads.set_threads(None)


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("tasks", [0, 1, 5, 100])
def test_every_task_runs_exactly_once(count, tasks):
    threads.set_threads(count)
    seen = []
    threads.run_tasks(seen.append, tasks)
    assert sorted(seen) == list(range(tasks))


def test_one_thread_is_the_caller():
    threads.set_threads(1)
    seen = set()
    threads.run_tasks(lambda _: seen.add(threading.current_thread()), 5)
    assert seen == {threading.current_thread()}


def test_helpers_do_take_part():
    """Two tasks that wait for each other can only both end on two threads."""
    threads.set_threads(2)
    barrier = threading.Barrier(2)
    threads.run_tasks(lambda _: barrier.wait(timeout=30), 2)


@pytest.mark.parametrize("count", [1, 3])
def test_an_error_reaches_the_caller_and_the_pool_goes_on(count):
    threads.set_threads(count)

    def fail(index):
        if index == 3:
            raise LookupError("task 3")

    with pytest.raises(LookupError, match="task 3"):
        threads.run_tasks(fail, 6)
    seen = []
    threads.run_tasks(seen.append, 6)
    assert sorted(seen) == list(range(6))


def test_callers_at_once_each_get_their_own_tasks():
    threads.set_threads(3)

    def call(caller):
        seen = []
        threads.run_tasks(seen.append, 20)
        return caller, sorted(seen)

    with ThreadPoolExecutor(8) as pool:
        assert all(seen == list(range(20)) for _, seen in pool.map(call, range(50)))


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_than_one_thread_is_refused(count):
    with pytest.raises(ValueError, match=f"1 or more, not {count}"):
        threads.set_threads(count)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only some systems bind processes to cores")
def test_the_default_is_the_cores_of_the_process():
    cores = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(cores)})
        assert threads.get_threads() == 1
    finally:
        os.sched_setaffinity(0, cores)
    assert threads.get_threads() == len(cores)


_FORK = """
import os, sys, threading
from lstm_cli.kernels import threads
threads.set_threads(2)
threads.run_tasks(lambda _: None, 4)
child = os.fork()
barrier = threading.Barrier(2)
threads.run_tasks(lambda _: barrier.wait(timeout=20), 2)
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only some systems fork")
def test_a_forked_child_has_helpers_of_its_own():
    """Threads do not survive a fork; a child that waited for its parent's would wait for ever."""
    subprocess.run([sys.executable, "-c", _FORK], check=True, timeout=60)
