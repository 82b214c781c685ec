"""Run folders are found wherever they lie, and damage is named."""

from __future__ import annotations

import json
import shutil

import pytest

from lstm_cli.comparison.runs import find_runs, load_run, load_runs
from lstm_cli.errors import ConfigError, DataError, HistoryError


@pytest.fixture
def tree(run_path, tmp_path):
    """Runs of three seeds under a parent of theirs, which lies beside another run."""
    for seed in (2, 10, 1):
        shutil.copytree(run_path(), tmp_path / "runs" / "tiny" / f"seed-{seed}")
    shutil.copytree(run_path(), tmp_path / "runs" / "alone")
    return tmp_path / "runs"


def change_record(folder, **values):
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_runs_are_found_at_any_depth_in_the_order_of_their_numbers(tree):
    names = [path.relative_to(tree).as_posix() for path in find_runs([tree])]
    assert names == ["alone", "tiny/seed-1", "tiny/seed-2", "tiny/seed-10"]
    assert find_runs([tree / "alone"]) == [tree / "alone"]


def test_a_run_that_is_named_twice_counts_once(tree, monkeypatch):
    monkeypatch.chdir(tree)
    paths = [tree / "tiny" / "seed-2", tree / "tiny", tree / "alone" / ".." / "tiny"]
    assert [path.name for path in find_runs(paths)] == ["seed-2", "seed-1", "seed-10"]


def test_the_kind_of_what_is_no_run_is_named(tree):
    with pytest.raises(HistoryError, match=r"There is no run's folder .*alon\. Did you mean 'alone'\?"):
        find_runs([tree / "alon"])
    with pytest.raises(HistoryError, match=r"got the file .*history\.json\. Its folder is .*alone\.$"):
        find_runs([tree / "alone" / "history.json"])
    (tree / "empty").mkdir()
    with pytest.raises(HistoryError, match=r"empty holds no run\.json, nor does any folder below it"):
        find_runs([tree / "alone", tree / "empty"])


def test_a_runs_best_epoch_is_its_historys(run):
    loaded = run()
    losses = loaded.history.metrics["val_loss"]
    assert loaded.best_epoch == losses.index(min(losses)) + 1
    assert loaded.best_model.is_file()


def test_a_run_that_was_killed_is_read_as_far_as_it_came(run_copy):
    """Its record, written when it began, knows of no epoch; its history does."""
    folder = run_copy("killed")
    change_record(folder, finished=False, epochs=0, best_epoch=None, best={})
    loaded = load_run(folder)
    assert loaded.history.epochs == 2
    assert loaded.best_epoch is not None
    (folder / "history.json").unlink()
    assert load_run(folder).best_epoch is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"parameters": "many"}, r"run\.json is no record of a run: parameters: Input should be a valid integer"),
        ({"fingerprint": None}, r"fingerprint: Input should be a valid string"),
        ({"reviews": {"train": [1]}}, r"reviews\.train: "),
    ],
)
def test_a_damaged_record_is_named_with_what_is_wrong(values, message, run_copy):
    folder = run_copy("damaged")
    change_record(folder, **values)
    with pytest.raises(HistoryError, match=message):
        load_run(folder)


@pytest.mark.parametrize("content", ["", "[]", "{", "\ud800"])
def test_a_record_that_is_none_is_damaged(content, run_copy):
    folder = run_copy("damaged")
    (folder / "run.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(HistoryError, match=r"is no record of a run: .*leave this run out"):
        load_run(folder)


def test_a_run_that_lost_a_file_is_not_passed_over(run_copy, tmp_path):
    folder = run_copy("damaged")
    (folder / "run.json").unlink()
    with pytest.raises(HistoryError, match=r"damaged is no run folder: run\.json"):
        load_runs([tmp_path])
    folder = run_copy("without-history")
    (folder / "history.json").unlink()
    with pytest.raises(HistoryError, match="There is no history"):
        load_run(folder)
    folder = run_copy("without-config")
    (folder / "config.yaml").unlink()
    with pytest.raises(ConfigError, match="Cannot read the configuration"):
        load_run(folder)


def test_files_of_different_runs_are_not_read_as_one(run_copy):
    folder = run_copy("mixed")
    change_record(folder, seed=8)
    with pytest.raises(ConfigError, match=r"config\.yaml is of tiny, seed 7, but run\.json of tiny, seed 8"):
        load_run(folder)


def test_a_history_of_something_else_is_refused(run_copy):
    folder = run_copy("foreign")
    (folder / "history.json").write_text('{"loss": [0.5], "seconds": [1.0]}')
    with pytest.raises(HistoryError, match=r"expected loss, val_loss.*it lacks val_loss, val_accuracy"):
        load_run(folder)


def test_a_data_set_that_has_changed_is_an_error(run_copy):
    folder = run_copy("stale")
    change_record(folder, fingerprint="00" * 32)
    with pytest.raises(DataError, match=r"reviews\.csv has changed since .*stale was trained on it"):
        load_runs([folder])
