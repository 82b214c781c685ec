"""The engines train and predict the same, in their own processes and beside one another."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import measurement
from benchmarks.cases import Case
from benchmarks.engines import OURS, TITLES, build_round, is_installed
from benchmarks.measurement import WorkerError, measure_case
from benchmarks.workload import Workload, load_workload, prepare, save_case


def test_a_workload_has_real_reviews_and_keras_weights(build_workload):
    workload = load_workload(build_workload())
    assert workload.case.reviews == len(workload.tokens) == len(workload.labels) == 130
    assert workload.tokens.shape == (130, 12)
    assert set(workload.labels) == {0, 1}
    assert [weight.shape for weight in workload.weights[:4]] == [(60, 4), (4, 12), (3, 12), (12,)]


def test_a_case_with_more_reviews_than_there_are_is_refused(build_case, tmp_path):
    case = build_case()
    save_case(Case(case.config, case.task, 10_000), tmp_path / "workload")
    with pytest.raises(ValueError, match=r"needs 10000 reviews, reviews\.csv has 300"):
        prepare(tmp_path / "workload")


@pytest.mark.rehearsal
def test_all_engines_train_the_same_in_processes_of_their_own(build_workload):
    """Stock Keras squares a word's gradient token by token, so that its second round differs a little."""
    folder = build_workload()
    case = load_workload(folder).case
    result = measure_case(case, folder=folder, engines=list(TITLES), rounds=1)
    assert result.absent == {engine: "not installed" for engine in TITLES if not is_installed(engine)}
    ours = result.measurements[OURS].losses
    assert ours[1] < ours[0]
    for engine, measured in result.measurements.items():
        assert len(measured.seconds) == 1
        assert min(measured.start_seconds, measured.first_seconds, *measured.seconds) > 0
        assert measured.peak_memory > 1e8
        np.testing.assert_allclose(measured.losses, ours, rtol=5e-3 if engine == "keras-fit" else 1e-5)


@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "adadelta"])
@pytest.mark.parametrize("loss", ["binary_crossentropy", "mean_squared_error"])
def test_pytorch_follows_keras_update_rules(build_workload, optimizer, loss):
    pytest.importorskip("torch")
    workload = load_workload(build_workload(optimizer=optimizer, loss=loss))
    ours, pytorch = (build_round(engine, workload) for engine in (OURS, "pytorch"))
    for _ in range(3):
        assert pytorch().loss == pytest.approx(ours().loss, rel=1e-5)


@pytest.mark.parametrize("engine", ["keras-fit", "pytorch"])
def test_engines_predict_the_same(build_workload, engine):
    if not is_installed(engine):
        pytest.skip(f"{engine} is not installed")
    workload: Workload = load_workload(build_workload(task="predict"))
    ours, theirs = (build_round(name, workload)() for name in (OURS, engine))
    assert theirs.loss == pytest.approx(ours.loss, rel=1e-5)


def test_an_engine_that_is_not_installed_is_passed_over(build_case, tmp_path, monkeypatch):
    monkeypatch.setattr(measurement, "is_installed", lambda engine: False)  # noqa: ARG005 - its signature
    result = measure_case(build_case(), folder=tmp_path, engines=["pytorch"], rounds=1)
    assert (result.measurements, result.absent) == ({}, {"pytorch": "not installed"})


def test_a_worker_that_fails_is_told_of_and_stops_nobody(build_case, tmp_path):
    """There is no workload in its folder."""
    result = measure_case(build_case(), folder=tmp_path, engines=[OURS], rounds=1)
    assert result.measurements == {}
    assert result.absent[OURS].startswith("failed: FileNotFoundError")


def test_a_worker_that_has_ended_says_so(tmp_path):
    with (tmp_path / "log").open("w+b") as log:
        worker = measurement.Worker(OURS, tmp_path, log)
        with pytest.raises(WorkerError, match="FileNotFoundError"):
            worker.wait_until_ready()
        with pytest.raises(WorkerError, match="FileNotFoundError"):
            worker.run_round()
        worker.close()
