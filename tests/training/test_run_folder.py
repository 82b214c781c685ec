"""The run folder: whose it is, and what is in it."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from lstm_cli.errors import ConfigError, OutputError, TrainingError
from lstm_cli.training.run_folder import (
    Background,
    RunFolder,
    RunRecord,
    create_run_folder,
    is_planned,
    load_record,
    remove_unused,
    save_record,
)

_RECORD = RunRecord(
    model="gru",
    seed=1,
    dataset="reviews.csv",
    fingerprint="ab" * 32,
    reviews={"train": 8, "validation": 2, "test": 0},
    parameters=10,
    kernel="fast",
    device="CPU, 2 cores",
    versions={"keras": "3.15.1"},
    finished=True,
    epochs=2,
    best_epoch=1,
    best={"loss": 0.5},
)


def test_default_folders_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [str(create_run_folder(None, model="gru", force=False).path) for _ in range(3)]
    assert names == [str(Path("runs", name)) for name in ("gru", "gru-2", "gru-3")]


def test_where_no_default_folder_can_be_made_it_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("runs").write_text("mine")
    with pytest.raises(OutputError, match=r"^Cannot write to runs: File exists\. Name a folder of yours"):
        create_run_folder(None, model="gru", force=False)
    Path("runs").unlink()
    Path("runs", "gru").mkdir(parents=True)
    Path("runs", "gru-2").write_text("mine")
    assert create_run_folder(None, model="gru", force=False).path == Path("runs", "gru-3")


def test_trainings_that_start_at_once_get_a_folder_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        folders = pool.map(lambda _: create_run_folder(None, model="gru", force=False).path, range(24))
    assert len(set(folders)) == 24


def test_a_folder_with_something_in_it_needs_force(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"is not empty\. Take another --output, or --force"):
        create_run_folder(tmp_path, model="gru", force=False)
    assert create_run_folder(tmp_path, model="gru", force=True).path == tmp_path


def test_an_empty_folder_and_one_of_a_training_that_never_began_are_taken(tmp_path):
    folder = create_run_folder(tmp_path, model="gru", force=False)
    with folder.lock():
        pass  # killed before anything was written
    assert create_run_folder(tmp_path, model="gru", force=False).path == tmp_path


def test_a_folder_inside_folders_that_do_not_exist_is_made(tmp_path):
    folder = create_run_folder(tmp_path / "a" / "b", model="gru", force=False)
    assert folder.state.is_dir()


def test_a_file_in_the_way_is_named(tmp_path):
    file = tmp_path / "taken"
    file.write_text("")
    with pytest.raises(ConfigError, match=r"taken is a file; --output names a folder"):
        create_run_folder(file, model="gru", force=True)
    with pytest.raises(OutputError, match=r"Cannot write to .*taken.* Name a folder of yours with --output"):
        create_run_folder(file / "run", model="gru", force=False)


def test_a_folder_is_locked_for_others_until_its_process_ends(tmp_path):
    folder = create_run_folder(tmp_path, model="gru", force=False)
    program = (
        "import sys, pathlib\n"
        "from lstm_cli.training.run_folder import RunFolder\n"
        "with RunFolder(pathlib.Path(sys.argv[1]), 'gru').lock():\n"
        "    print('locked', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout.readline() == "locked\n"
            with pytest.raises(TrainingError, match="Another training is under way in"), folder.lock():
                pass
        finally:
            other.kill()
    with folder.lock():
        pass  # it ended with the process, though nobody unlocked it


def test_clearing_removes_a_run_and_nothing_else(tmp_path):
    folder = create_run_folder(tmp_path, model="gru", force=False)
    for path in (folder.config, folder.history, folder.record, folder.picture):
        path.write_text("")
    for path in (folder.best_model, folder.last_model, folder.state / "newest.state"):
        path.write_text("")
    foreign = [tmp_path / "notes.txt", tmp_path / "best-lstm-model.h5", folder.state / "mine.txt"]
    for path in foreign:
        path.write_text("mine")
    folder.prepare(force=True)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(foreign)


def test_clearing_removes_the_runs_of_an_ensemble_and_no_other_folder_of_their_name(tmp_path):
    folder = create_run_folder(tmp_path, model="gru", force=False)
    mine = folder.members / "anna" / "letter.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    folder.prepare(force=True)
    assert mine.exists()
    (folder.members / "1").mkdir()
    (folder.members / "1" / "config.yaml").write_text("")
    folder.prepare(force=True)
    assert not folder.members.exists()


def test_a_folder_is_unused_whatever_lies_in_it_that_was_made_for_a_run_which_never_began(tmp_path):
    folder = create_run_folder(tmp_path / "run", model="gru", force=False)
    folder.data.write_text("reviews")
    assert not folder.is_unused()
    remove_unused(folder)
    assert folder.data.exists()
    remove_unused(folder, made=[folder.data])
    assert not folder.path.exists()


def test_only_a_folder_that_was_never_used_is_removed(tmp_path):
    unused = create_run_folder(tmp_path / "unused", model="gru", force=False)
    used = create_run_folder(tmp_path / "used", model="gru", force=False)
    (used.path / "notes.txt").write_text("mine")
    kept = create_run_folder(tmp_path / "kept", model="gru", force=False)
    (kept.state / "mine.txt").write_text("mine")
    for folder in (unused, used, kept):
        with folder.lock():
            remove_unused(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "used"]


def test_a_record_is_read_back_equal_also_with_keys_of_a_later_version(tmp_path):
    path = tmp_path / "run.json"
    for record in (_RECORD, replace(_RECORD, best_epoch=None, best={})):
        save_record(path, record)
        assert load_record(path) == record
    path.write_text(json.dumps({**_RECORD.to_dict(), "mood": "good"}))
    assert load_record(path) == _RECORD


def test_a_record_is_of_a_training_that_has_just_begun_unless_it_says_otherwise():
    names = ("model", "seed", "dataset", "fingerprint", "reviews", "parameters", "kernel", "device", "versions")
    begun = RunRecord(**{name: getattr(_RECORD, name) for name in names})
    assert (begun.finished, begun.stopped_early, begun.epochs, begun.best_epoch) == (False, False, 0, None)
    assert (begun.fold, begun.best, begun.members, begun.background) == (None, {}, [], Background())


def test_a_record_that_was_edited_says_so(tmp_path):
    path = tmp_path / "run.json"
    save_record(path, _RECORD)
    path.write_text(path.read_text().replace('"loss": 0.5', '"loss": 0.4'))
    with pytest.raises(TrainingError, match=r"run\.json does not match its checksum: it is damaged or was edited"):
        load_record(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"epochs": "2"}, r"epochs: Input should be a valid integer\.$"),
        ({"reviews": {"train": None}}, r"reviews\.train: Input should be a valid integer\.$"),
    ],
)
def test_a_record_with_one_thing_wrong_is_refused_with_its_place(content, problem, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(_RECORD.to_dict() | content))
    with pytest.raises(TrainingError, match=rf"run\.json is no record of a run: {problem}"):
        load_record(path)


def test_a_list_is_no_record_at_any_place_in_it(tmp_path):
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(TrainingError, match=r"is no record of a run: [^:]+$"):
        load_record(tmp_path / "run.json")


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "{}", '{"model": "gru"}', "[" * 100_000, "\ufeff{}"])
def test_what_is_no_record_is_an_error(content, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TrainingError, match=r"run\.json is no record of a run"):
        load_record(path)


def test_a_folder_without_a_record_is_no_run_folder(tmp_path):
    with pytest.raises(TrainingError, match=r"is no run folder: run.json: No such file"):
        load_record(tmp_path / "run.json")


def test_the_files_are_those_of_the_contract(tmp_path):
    folder = RunFolder(tmp_path, "gru")
    files = (folder.config, folder.best_model, folder.last_model, folder.history, folder.record, folder.picture)
    assert [path.relative_to(tmp_path).as_posix() for path in (*files, folder.state, folder.members)] == [
        "config.yaml",
        "best-gru-model.h5",
        "last-gru-model.h5",
        "history.json",
        "run.json",
        "loss.png",
        "state",
        "members",
    ]


def test_what_a_killed_training_was_writing_is_removed_by_the_next(tmp_path):
    folder = create_run_folder(tmp_path, model="gru", force=False)
    names = [".history-0123abcd.json", ".config-01234567.yaml", ".run-abcdef01.json", ".loss-0123abcd.png"]
    names += [".best-gru-model-0123abcd.h5", ".last-gru-model-0123abcd.h5"]
    left = [*[tmp_path / name for name in names], folder.state / ".newest-89abcdef.state"]
    mine = [tmp_path / ".notes-0123abcd.json", tmp_path / ".history.json"]
    for path in left:
        path.write_text("half")
    assert folder.is_unused()
    for path in mine:
        path.write_text("mine")
    with folder.lock():
        assert not any(path.exists() for path in left)
    assert all(path.exists() for path in mine)


def test_a_folder_that_another_training_has_used_meanwhile_is_not_emptied(tmp_path):
    """Both found it unused; the other one was quicker, and has finished."""
    folder = create_run_folder(tmp_path, model="gru", force=False)
    folder.config.write_text("the other's")
    with folder.lock(), pytest.raises(ConfigError, match="is not empty"):
        folder.prepare(force=False)
    assert folder.config.read_text() == "the other's"


def test_what_cannot_be_removed_is_an_error_that_says_what_to_do(tmp_path):
    folder = create_run_folder(tmp_path, model="gru", force=False)
    folder.history.mkdir()
    with pytest.raises(OutputError, match="Cannot write to"):
        folder.prepare(force=True)


def test_a_planned_run_is_one_of_which_nothing_was_trained(tmp_path):
    folder = create_run_folder(tmp_path, model="gru", force=False)
    assert not is_planned(tmp_path)
    folder.config.write_text("")
    (folder.state / ".newest-0123abcd.state").write_text("half")  # killed while its first state was written
    assert is_planned(tmp_path)
    states = (folder.state / f"{name}.state" for name in ("newest", "previous"))
    for path in (folder.history, folder.best_model, *states):
        path.write_text("")
        assert not is_planned(tmp_path)
        path.unlink()
