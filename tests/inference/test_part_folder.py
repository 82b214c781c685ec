"""Parts that are done, and what they are parts of: all there or not at all, one writer at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_cli.errors import ConfigError, OutputError
from lstm_cli.inference.part_folder import PartFolder, Plan
from lstm_cli.inference.scored_file import build_layout, write_part

_LAYOUT = build_layout(("id", "näme"), [{"id": 1}], classes=("a", "b"))
_PLAN = Plan("input", "model", _LAYOUT)


@pytest.fixture
def folder(tmp_path):
    """One that has begun."""
    folder = PartFolder(tmp_path / "scored.csv")
    with folder.lock():
        folder.begin(_PLAN)
    return folder


def keep(folder, number):
    aside = folder.name_aside()
    write_part(aside, [{"id": number}], _LAYOUT)
    folder.keep(aside, number)


def test_what_was_begun_is_known_again(folder):
    assert folder.path.name == "scored.csv.partial"
    assert folder.is_begun
    assert folder.load_plan() == _PLAN
    for number in (2, 0):
        keep(folder, number)
    folder.name_aside().write_text("half a row")
    (folder.path / ".plan-0123abcd.json").write_text("half a plan")
    assert folder.find_done() == {0, 2}
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "lock",
        "part-000000.csv",
        "part-000002.csv",
        "plan.json",
    ]


def test_beginning_anew_drops_what_is_there(folder):
    keep(folder, 0)
    folder.begin(_PLAN)
    assert folder.find_done() == set()


def test_parts_become_the_file_and_the_folder_goes(folder):
    for number in (1, 0):
        keep(folder, number)
    folder.join(2, layout=_LAYOUT)
    assert [line.split(",")[0] for line in folder.target.read_text().splitlines()] == ["id", "0", "1"]
    assert not folder.path.exists()


def test_what_is_left_of_it_goes_unless_it_has_begun_or_is_being_removed(folder):
    keep(folder, 0)
    folder.remove_left()
    assert folder.find_done() == {0}
    (folder.path / "plan.json").unlink()
    with folder.lock():
        PartFolder(folder.target).remove_left()
        assert folder.find_done() == {0}
    folder.remove_left()
    assert not folder.path.exists()
    folder.remove_left()
    assert list(folder.target.parent.iterdir()) == []


@pytest.mark.parametrize("removals", range(5))
def test_killed_at_any_removal_the_file_is_whole_and_the_rest_goes(folder, removals, monkeypatch):
    """That of what was written aside, of the plan, of each part, of the lock."""
    for number in (0, 1):
        keep(folder, number)
    unlink, left = Path.unlink, iter(range(removals))

    def unlink_or_die(path, missing_ok=False):
        if next(left, None) is None:
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    with monkeypatch.context() as patches, folder.lock():
        patches.setattr(Path, "unlink", unlink_or_die)
        with pytest.raises(KeyboardInterrupt):
            folder.join(2, layout=_LAYOUT)
    whole = folder.target.read_text(encoding="utf-8")
    assert len(whole.splitlines()) == 3
    if folder.is_begun:
        with folder.lock():
            folder.join(2, layout=_LAYOUT)
    folder.remove_left()
    assert not folder.path.exists()
    assert folder.target.read_text(encoding="utf-8") == whole


def test_what_is_somebody_elses_stays(folder):
    """Whoever has a folder of that name loses nothing in it."""
    other = folder.path / "part-of-my-life.txt"
    other.write_text("mine")
    keep(folder, 0)
    folder.name_aside().write_text("half a row")
    (folder.path / ".plan-0123abcd.json").write_text("half a plan")
    folder.begin(_PLAN)
    folder.remove()
    assert other.read_text() == "mine"
    assert not folder.is_begun
    assert [path.name for path in folder.path.iterdir() if path.name != "lock"] == [other.name]


def test_a_plan_that_is_damaged_is_told(folder):
    plan = folder.path / "plan.json"
    plan.write_text(plan.read_text().replace("model", "mOdel"))
    with pytest.raises(ConfigError, match=r"is damaged, so that nothing can be gone on with\. --force"):
        folder.load_plan()


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[]", b'{"input": "i", "model": 1, "layout": {}}'])
def test_what_is_no_plan_is_told(folder, content):
    plan = folder.path / "plan.json"
    plan.unlink() if content is None else plan.write_bytes(content)
    with pytest.raises(ConfigError, match=r"plan\.json is damaged"):
        folder.load_plan()


def test_the_folders_above_are_made(tmp_path):
    folder = PartFolder(tmp_path / "a" / "b" / "scored.csv")
    for _ in range(2):  # and may be there
        with folder.lock():
            assert folder.path.is_dir()
            assert not folder.is_begun


def test_a_part_that_cannot_take_its_place_is_told(folder):
    with pytest.raises(OutputError, match=r"^Cannot write .*scored\.csv\.partial: No such file or directory\."):
        folder.keep(folder.name_aside(), 0)


def test_what_cannot_be_removed_is_told_before_anything_is_begun(folder):
    (folder.path / "part-000000.csv").mkdir()
    with pytest.raises(OutputError, match=r"^Cannot write .*scored\.csv\.partial: .*Choose another place"):
        folder.begin(_PLAN)
    assert not folder.is_begun


def test_two_do_not_write_at_once(folder):
    with (
        folder.lock(),
        pytest.raises(OutputError, match="Another command writes"),
        PartFolder(folder.target).lock(),
    ):
        pass


def test_where_nothing_can_be_written_it_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    folder = PartFolder(tmp_path / "file" / "scored.csv")
    with pytest.raises(OutputError, match="Cannot write"), folder.lock():
        pass
