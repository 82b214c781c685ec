"""Run folders are found wherever they lie, and damage is named."""

from __future__ import annotations

import json
import shutil

import pytest

from lstm_cli.comparison.runs import find_runs, load_run, load_runs
from lstm_cli.config import save_config
from lstm_cli.errors import ConfigError, DataError, HistoryError
from lstm_cli.history import save_history
from lstm_cli.training.run_folder import save_record


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
    with pytest.raises(HistoryError, match=r"There is no run's folder .*alon\. Did you mean '.*alone'\?"):
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


@pytest.fixture
def write_run(draft_run, tmp_path):
    """A function: a run's folder, settings and more of `draft_run` → its files, as a training writes them."""

    def write(name, *settings, **known):
        run = draft_run(*settings, **known)
        path = tmp_path / name
        path.mkdir(parents=True)
        save_config(path / "config.yaml", run.config)
        save_record(path / "run.json", run.record)
        if run.history.metrics:
            save_history(path / "history.json", run.history)
        return path

    return write


def test_a_folder_below_a_run_is_part_of_it_and_a_configuration_alone_is_no_run(write_run, tmp_path):
    """Such as the members of an ensemble, or runs that are only planned."""
    write_run("runs/one", finished=False)
    write_run("runs/one/members/1", finished=False)
    (tmp_path / "runs" / "planned").mkdir()
    (tmp_path / "runs" / "planned" / "config.yaml").write_text("")
    assert find_runs([tmp_path / "runs"]) == [tmp_path / "runs" / "one"]
    assert find_runs([tmp_path / "runs" / "one" / "members"]) == [tmp_path / "runs" / "one" / "members" / "1"]
    with pytest.raises(HistoryError, match=r"holds no run\.json"):
        find_runs([tmp_path / "runs" / "planned"])


def test_numbers_in_names_are_ordered_by_their_value_wherever_they_stand(write_run, tmp_path):
    for name in ("b-2", "10", "9", "b-10", "b", "a-3-x", "a-12-x"):
        write_run(f"runs/{name}", finished=False)
    assert [path.name for path in find_runs([tmp_path / "runs"])] == [
        "9", "10", "a-3-x", "a-12-x", "b", "b-2", "b-10"
    ]  # fmt: skip


def test_a_path_of_which_nothing_is_there_is_named_without_a_guess(tmp_path):
    with pytest.raises(HistoryError, match=r"There is no run's folder .*nowhere/one\.$"):
        find_runs([tmp_path / "nowhere" / "one"])


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"model": "other"}, r"config\.yaml is of tiny, seed 7, but run\.json of other, seed 7"),
        ({"seed": 8}, r"config\.yaml is of tiny, seed 7, but run\.json of tiny, seed 8"),
    ],
)
def test_a_record_of_another_model_or_seed_is_of_another_run(write_run, known, message):
    path = write_run("run", finished=False)
    change_record(path, **known)
    with pytest.raises(ConfigError, match=message):
        load_run(path)


@pytest.mark.parametrize(
    ("validation", "names", "missing"),
    [
        (2, ("loss", "val_loss", "val_accuracy", "seconds"), None),
        (
            2,
            ("loss", "val_loss", "seconds"),
            "expected loss, val_loss, val_accuracy, seconds; it lacks val_accuracy.",
        ),
        (0, ("loss", "seconds"), None),
        (0, ("accuracy",), "expected loss, seconds; it lacks loss, seconds."),
    ],
)
def test_where_nothing_is_validated_the_history_needs_no_such_figures(write_run, validation, names, missing):
    reviews = {"train": 6, "validation": validation, "test": 2}
    path = write_run("run", reviews=reviews, figures={name: [0.5, 0.25] for name in names})
    if missing:
        with pytest.raises(HistoryError, match=missing):
            load_run(path)
    else:
        assert load_run(path).best_epoch == 2


def test_a_finished_run_without_a_history_is_damaged_and_an_unfinished_one_has_none_yet(write_run):
    assert load_run(write_run("begun", finished=False)).history.epochs == 0
    with pytest.raises(HistoryError, match="There is no history"):
        load_run(write_run("damaged", finished=True))


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        ({"train": 9, "validation": 1, "test": 0}, True),
        ({"train": 9, "validation": 0, "test": 1}, True),
        ({"train": 9, "validation": 0, "test": 0}, False),
        ({"train": 9}, False),
    ],
)
def test_a_run_holds_out_what_is_validated_or_kept_for_the_test(draft_run, reviews, expected):
    assert draft_run(reviews=reviews).has_held_out is expected


class TestData:
    @pytest.fixture
    def own(self, write_run, reviews_csv, tmp_path):
        """A begun run whose reviews are a file of its own."""
        from lstm_cli.data.sources import compute_fingerprint

        path = shutil.copy(reviews_csv, tmp_path / "mine.csv")
        fingerprint = compute_fingerprint(str(path))
        return write_run("run", f"data.dataset={path}", finished=False, fingerprint=fingerprint)

    def test_they_are_where_they_were(self, own, tmp_path):
        [run] = load_runs([own])
        assert run.config.data.dataset == str(tmp_path / "mine.csv")

    def test_moved_they_are_found_at_the_places_that_are_named(self, own, reviews_csv, tmp_path):
        moved = (tmp_path / "mine.csv").rename(tmp_path / "moved.csv")
        other = tmp_path / "other.csv"
        other.write_text("text,label\nfine,1\nbad,0\n")
        [run] = load_runs([own], places=[str(other), str(moved)])
        assert run.config.data.dataset == str(moved)
        assert run.config.model_copy(update={"data": load_run(own).config.data}) == load_run(own).config
        assert reviews_csv.is_file()

    def test_gone_they_are_named_with_the_run_and_the_way_out(self, own, tmp_path):
        (tmp_path / "mine.csv").unlink()
        with pytest.raises(DataError, match=r"mine\.csv.* .*run was trained on it: --data says where it lies now"):
            load_runs([own])

    def test_a_place_at_which_nothing_is_is_named(self, own, tmp_path):
        with pytest.raises(DataError, match=r"There is no data set at .*nowhere\.csv\. Check the path\."):
            load_runs([own], places=[str(tmp_path / "mine.csv"), str(tmp_path / "nowhere.csv")])
