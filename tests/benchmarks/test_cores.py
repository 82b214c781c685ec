"""Trainings where cores are missing are measured beside those on all of them."""

from __future__ import annotations

import os

import pytest

from benchmarks.cores import can_measure_cores, measure_cores


@pytest.mark.rehearsal
@pytest.mark.usefixtures("forked_processes")
@pytest.mark.skipif(not can_measure_cores(), reason="needs two cores that processes can be pinned to")
def test_a_case_is_trained_under_each_condition_and_all_cores_are_free_again(build_case, build_workload):
    cores = os.sched_getaffinity(0)
    result = measure_cores(build_case(), folder=build_workload(), engines=["lstm-cli"], rounds=1)
    assert os.sched_getaffinity(0) == cores
    conditions = result.seconds["lstm-cli"]
    assert set(conditions) == {"all cores", "one core busy", "one core"}
    for condition, seconds in conditions.items():
        assert len(seconds) == 1
        assert result.compare("lstm-cli", condition)[0] > 0
