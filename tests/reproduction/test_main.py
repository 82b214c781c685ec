"""The command, on real reviews: a rehearsal with few of them."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from lstm_cli.config.files import find_named_config
from lstm_cli.history import load_history
from reproduction.__main__ import main
from reproduction.runs import make_run
from reproduction.stock import make_stock_run
from reproduction.tutorials import TUTORIALS

REHEARSAL = (
    "data.limit=400",
    "data.num_words=50",
    "training.epochs=2",
    "training.batch_size=512",
    "data.maxlen=20",
)


def list_arguments(folder):
    settings = [argument for override in REHEARSAL for argument in ("--set", override)]
    return ["--tutorial", "a", "--seeds", "1", "--runs", str(folder / "runs"), "--output", str(folder), *settings]


def test_every_model_of_the_tutorials_is_a_named_configuration():
    for tutorial in TUTORIALS:
        for model in tutorial.models:
            assert find_named_config(model).is_file()
        assert {figure.model for figure in tutorial.published} <= set(tutorial.models)


@pytest.mark.usefixtures("shared_cache_home")
def test_it_trains_writes_the_page_and_keeps_what_is_finished(tmp_path):
    result = CliRunner().invoke(main, list_arguments(tmp_path))
    assert result.exit_code == 0, result.output
    path = tmp_path / "runs" / "a-lstm64" / "seed-42"
    history = load_history(path / "history.json")
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert f"| {history.metrics['val_accuracy'][0]:.4f} |" in page
    assert f"--output {path}" in page
    raw = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert raw["runs"]["tutorials/a-lstm64"][0]["history"]["val_loss"] == list(history.metrics["val_loss"])

    def list_times():
        return {file: os.stat(file).st_mtime_ns for file in (tmp_path / "runs").rglob("*") if file.is_file()}  # noqa: PTH116 - as nanoseconds

    times = list_times()
    assert CliRunner().invoke(main, list_arguments(tmp_path)).exit_code == 0
    assert list_times() == times
    assert (tmp_path / "results.md").read_text(encoding="utf-8") == page


@pytest.mark.usefixtures("shared_cache_home")
def test_an_interrupted_run_is_gone_on_with_and_one_of_another_configuration_trained_anew(tmp_path):
    arguments = {"seed": 42, "root": tmp_path, "parts": ()}
    model = "tutorials/a-simple-rnn"
    whole = make_run(model, overrides=REHEARSAL, **arguments)
    record = whole.path / "run.json"
    unfinished = {**json.loads(record.read_text(encoding="utf-8")), "finished": False}
    record.write_text(json.dumps(unfinished), encoding="utf-8")
    assert make_run(model, overrides=REHEARSAL, **arguments).record.finished
    assert (
        len(make_run(model, overrides=(*REHEARSAL, "training.epochs=3"), **arguments).history.metrics["loss"]) == 3
    )


@pytest.mark.rehearsal
@pytest.mark.usefixtures("shared_cache_home")
def test_stock_keras_trains_once(tmp_path):
    first = make_stock_run("tutorials/c-gru", seed=42, root=tmp_path, overrides=REHEARSAL)
    assert first.epochs == 2
    (path,) = (tmp_path / "stock-keras").iterdir()
    time = path.stat().st_mtime_ns
    assert make_stock_run("tutorials/c-gru", seed=42, root=tmp_path, overrides=REHEARSAL) == first
    assert path.stat().st_mtime_ns == time
